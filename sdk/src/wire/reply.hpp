// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the worker answers: errors, progress, layers, patches.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/role/engine.h"
#include "wire/message.hpp"

namespace burin::wire {

Message error_message(burin_status status, std::string_view sentence);
Message progress_message(double fraction, double seconds_left, std::string_view stage,
                         std::string_view text);
/// Borrows the tensors.
Message layer_message(const burin_layer& layer);
Message preview_message(const burin_preview& preview);

/// The error that a frame carries. Throws Error (INVALID) where it carries none.
sdk::Error read_error(const Frame& frame);

/// A layer that came. It points into itself, so it stays where it was made.
class ReceivedLayer {
 public:
  /// Throws Error (INVALID) for a layer that breaks burin_layer's contract.
  explicit ReceivedLayer(Frame frame);
  ReceivedLayer(const ReceivedLayer&) = delete;
  ReceivedLayer& operator=(const ReceivedLayer&) = delete;

  const burin_layer& layer() const { return layer_; }

 private:
  const DLTensor* keep(const TensorField& field);

  Frame frame_;
  std::string name_, message_, job_;
  std::vector<std::unique_ptr<TensorField>> fields_;
  std::vector<std::unique_ptr<DLTensor>> tensors_;
  std::vector<const DLTensor*> controls_;
  burin_layer layer_ = {};
};

/// A mask that came. Its tensor points into it, so it stays where it was made.
class ReceivedMask {
 public:
  /// Throws Error (INVALID) for anything but a float32 tensor [height, width, 1].
  explicit ReceivedMask(Frame frame);
  ReceivedMask(const ReceivedMask&) = delete;
  ReceivedMask& operator=(const ReceivedMask&) = delete;

  const TensorField& pixels() const { return pixels_; }

 private:
  Frame frame_;
  TensorField pixels_;
};

/// A rectangle of the flattened picture, in the picture's own type.
struct Patch {
  Frame frame;
  std::int64_t x = 0, y = 0;
  TensorField pixels;
};

/// Throws Error (INVALID).
Patch read_patch(Frame frame);

/// Lays the patch into a picture [height, width, channels]. Throws Error (IMAGE) where type,
/// channels or place do not fit.
void apply_patch(const Patch& patch, DLTensor& picture);

}  // namespace burin::wire
