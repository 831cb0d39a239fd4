// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Detections as values of the core.
#include "modules/detections.hpp"

#include "burin/cpp/detections_fault.hpp"
#include "burin/cpp/picture.hpp"

namespace burin::core {
namespace {

cv::Mat copy_of(const DLTensor& mask) {
  const sdk::FloatView view = sdk::float_view(&mask, 0, "mask");
  cv::Mat copy(static_cast<int>(view.height), static_cast<int>(view.width), CV_32F);
  for (int y = 0; y < copy.rows; ++y) {
    auto* to = copy.ptr<float>(y);
    for (int x = 0; x < copy.cols; ++x) to[x] = view.at(y, x);
  }
  return copy;
}

}  // namespace

std::vector<Detection> detections_of(const burin_detections& found, cv::Size picture,
                                     const ModuleCall& call) {
  std::vector<Detection> detections;
  const auto take = [&](const burin_detection& item) {
    Detection& d = detections.emplace_back(Detection{{item.x1, item.y1, item.x2, item.y2},
                                                     item.confidence,
                                                     item.label ? item.label : "",
                                                     {},
                                                     {}});
    for (std::uint32_t k = 0; k < item.landmark_count; ++k)
      d.landmarks.push_back({item.landmarks[2 * k], item.landmarks[2 * k + 1]});
    if (!BURIN_HAS(&item, mask) || item.mask == nullptr) return;
    d.mask = copy_of(*item.mask);
    if (!cv::checkRange(d.mask, true, nullptr, 0, 1 + 1e-6))
      call.broke_contract("gave a mask with values outside 0..1.");
  };
  const std::string fault = sdk::for_each_detection(found, picture.height, picture.width, take);
  if (!fault.empty()) call.broke_contract(fault + ".");
  return detections;
}

}  // namespace burin::core
