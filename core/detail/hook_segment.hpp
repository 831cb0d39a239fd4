// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The segment that a hook is shown.
#pragma once

#include <string>

#include "burin/role/detail_hook.h"
#include "detail/hook_modules.hpp"
#include "modules/abi_image.hpp"

namespace burin::core {

// A burin_hook_segment and what it points to. Borrows from the point or the SEGS.
class HookSegment {
 public:
  // Before there is a crop.
  HookSegment(const Segs& segs, std::size_t index, const Job& job, const DetailerSettings& settings,
              const Run& run);
  // original: what the model sees.
  explicit HookSegment(const HookPoint& point);
  // original and mask: the centre of it that the autoencoder took, of this size.
  HookSegment(const HookPoint& point, cv::Size size);
  HookSegment(const HookPoint& point, const cv::Mat& original, const cv::Mat& mask);
  HookSegment(const HookSegment&) = delete;
  HookSegment& operator=(const HookSegment&) = delete;

  const burin_hook_segment* c() const { return &c_; }

 private:
  void fill(const Seg& seg, const Run& run, int width, int height);
  void fill(const HookPoint& point);
  void show(const cv::Mat& original, const cv::Mat& mask);

  std::string label_;
  burin_run run_{};
  std::unique_ptr<MatTensor> original_, mask_;
  burin_hook_segment c_{};
};

// The whole pixels that a box covers.
burin_region hook_box(const Box& box);
burin_region hook_region(const Region& region);

}  // namespace burin::core
