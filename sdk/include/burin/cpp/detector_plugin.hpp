// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A detector module in C++: derive from DetectorPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "burin/cpp/detection.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/cpp/rgb_view.hpp"
#include "burin/role/detector.h"

namespace burin::sdk {

/// Cancel and progress of the call; stop_if_cancelled() and report(fraction, text).
using DetectRun = PluginRun;

template <typename Type>
struct DetectorTable;

/// Base of a detector. Any exception is fine: it stops at the module's border.
/// A derived class has a constructor (PluginHost, const std::string& data_dir), data_dir "" when
/// there is none.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class DetectorPlugin {
 public:
  template <typename Type>
  using Table = DetectorTable<Type>;

  virtual ~DetectorPlugin() = default;
  /// `rgb` and `options` are checked already; boxes are clipped to the picture and sorted
  /// afterwards.
  virtual std::vector<Detection> detect(const RgbView& rgb, const DetectOptions& options,
                                        const DetectRun& run) = 0;
};

/// Detections with the memory their C form points to.
class DetectionList {
 public:
  DetectionList(std::vector<Detection> found, int64_t height, int64_t width)
      : found_(std::move(found)), shape_{height, width} {
    items_.reserve(found_.size());
    masks_.reserve(found_.size());
    for (Detection& d : found_) {
      burin_detection item = {};
      item.struct_size = sizeof(item);
      item.x1 = d.x1;
      item.y1 = d.y1;
      item.x2 = d.x2;
      item.y2 = d.y2;
      item.confidence = d.confidence;
      item.label = d.label.c_str();
      static_assert(sizeof(Point) == 2 * sizeof(double));
      item.landmark_count = static_cast<uint32_t>(d.landmarks.size());
      item.landmarks = d.landmarks.empty() ? nullptr : &d.landmarks.front().x;
      if (!d.mask.empty()) item.mask = mask(d);
      items_.push_back(item);
    }
  }
  DetectionList(const DetectionList&) = delete;
  DetectionList& operator=(const DetectionList&) = delete;

  /// Gives `list` to the receiver of `out`.
  static void hand_over(std::unique_ptr<DetectionList> list, burin_detections& out) {
    out.struct_size = sizeof(burin_detections);
    out.count = list->items_.size();
    out.items = list->items_.empty() ? nullptr : list->items_.data();
    out.ctx = list.release();
    out.release = [](burin_detections* self) {
      if (self == nullptr || self->ctx == nullptr) return;
      delete static_cast<DetectionList*>(self->ctx);
      self->ctx = nullptr;
      self->count = 0;
      self->items = nullptr;
    };
  }

 private:
  const DLTensor* mask(Detection& d) {
    if (d.mask.size() != static_cast<size_t>(shape_[0]) * static_cast<size_t>(shape_[1])) {
      throw Error(BURIN_E_INTERNAL, "The mask of a detection has " + std::to_string(d.mask.size()) +
                                        " values; the picture has another number of pixels.");
    }
    DLTensor tensor = {};
    tensor.data = d.mask.data();
    tensor.device = {kDLCPU, 0};
    tensor.ndim = 2;
    tensor.dtype = {kDLFloat, 32, 1};
    tensor.shape = shape_;
    masks_.push_back(tensor);
    return &masks_.back();
  }

  std::vector<Detection> found_;
  int64_t shape_[2];
  std::vector<DLTensor> masks_;
  std::vector<burin_detection> items_;
};

/// Throws Error (INVALID) unless both numbers are finite and in their range; NULL gives the
/// defaults.
inline DetectOptions detect_options(const burin_detector_options* options) {
  DetectOptions read;
  if (options == nullptr) return read;
  if (BURIN_HAS(options, threshold)) read.threshold = options->threshold;
  if (BURIN_HAS(options, min_size)) read.min_size = options->min_size;
  if (!(read.threshold >= 0 && read.threshold <= 1)) {
    throw Error(BURIN_E_INVALID, "The detector's threshold is " + std::to_string(read.threshold) +
                                     "; expected is 0 to 1.");
  }
  if (!(read.min_size >= 0 && std::isfinite(read.min_size))) {
    throw Error(BURIN_E_INVALID, "The detector's least size is " + std::to_string(read.min_size) +
                                     " pixels; expected is 0 or more.");
  }
  return read;
}

/// The burin_detector table of `Type`.
template <typename Type>
struct DetectorTable : PluginCalls<Type> {
  static burin_status detect(void* self, const DLTensor* rgb, const burin_detector_options* options,
                             const burin_run* run, burin_detections* out) {
    return PluginCalls<Type>::call(self, [&](Type& detector) {
      require_place(out);
      const RgbView view = rgb_view(rgb);
      const DetectRun detect_run(run, "detect");
      detect_run.stop_if_cancelled();
      auto found = detector.detect(view, detect_options(options), detect_run);
      tidy(found, view);
      DetectionList::hand_over(
          std::make_unique<DetectionList>(std::move(found), view.height, view.width), *out);
    });
  }

  // Boxes inside the picture, none empty or without a number, best first.
  static void tidy(std::vector<Detection>& found, const RgbView& view) {
    const auto width = static_cast<double>(view.width), height = static_cast<double>(view.height);
    for (Detection& d : found) {
      d.x1 = std::clamp(d.x1, 0.0, width);
      d.x2 = std::clamp(d.x2, 0.0, width);
      d.y1 = std::clamp(d.y1, 0.0, height);
      d.y2 = std::clamp(d.y2, 0.0, height);
      d.confidence = std::clamp(d.confidence, 0.0, 1.0);
    }
    std::erase_if(found, [](const Detection& d) {
      return !(d.x2 > d.x1 && d.y2 > d.y1 && d.confidence >= 0);
    });
    std::stable_sort(found.begin(), found.end(), [](const Detection& a, const Detection& b) {
      return a.confidence > b.confidence;
    });
  }

  static constexpr burin_detector table = {sizeof(burin_detector), PluginCalls<Type>::create,
                                           PluginCalls<Type>::destroy, detect};
};

}  // namespace burin::sdk

/// BURIN_PLUGIN of a DetectorPlugin.
#define BURIN_DETECTOR_PLUGIN(Type, About) BURIN_PLUGIN(Type, About)
