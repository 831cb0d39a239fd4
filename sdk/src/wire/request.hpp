// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What clients ask of the worker, checked.
#pragma once

#include <optional>
#include <string>

#include "wire/message.hpp"

namespace burin::wire {

struct Hello {
  std::uint32_t major = 0, minor = 0;
  std::string program, version;
};

/// Which engine a request is for; NULL and absent are alike.
struct EngineChoice {
  std::string device = "auto", dtype = "auto";
  std::uint64_t memory_bytes = 0;
  std::int32_t threads = 0;
  std::optional<std::string> data_dir;

  bool operator==(const EngineChoice&) const = default;
};

enum Wants : std::int64_t {
  wants_previews = 1,
  wants_patches = 2  ///< what flatten needs
};

struct Request {
  Type type = Type::status;
  Frame frame;  ///< what image and icc point into
  EngineChoice engine;
  std::string job;
  std::optional<std::string> base_dir, path;
  std::string masks_name;              ///< detect, edit_segs: a file name; "": masks are left out
  std::int32_t width = 0, height = 0;  ///< edit_segs, segs_mask: of the picture; 0: not said
  std::optional<TensorField> image;
  std::span<const std::byte> icc;
  std::int64_t wants = 0;
};

/// Throws Error (INVALID) for anything that is no greeting.
Hello read_hello(const Frame& frame);

/// Anything but hello and cancel. Throws Error (INVALID, IMAGE) with what was wrong.
Request read_request(Frame frame);

void write_engine(Message& message, const EngineChoice& engine);

}  // namespace burin::wire
