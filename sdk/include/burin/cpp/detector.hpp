// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detector role from a program's side: RAII, values, exceptions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/detection.hpp"
#include "burin/cpp/detections_fault.hpp"
#include "burin/cpp/modules.hpp"
#include "burin/cpp/run.hpp"
#include "burin/role/detector.h"

namespace burin::sdk {

/// One detector. Calls from one thread at a time. create and the end of the last copy are
/// [host-thread], all else is [work-thread].
class Detector {
 public:
  /// name: id of the module, or what follows its last "."; "": the first detector there is.
  static Detector create(const ModuleSet& modules, const std::string& name = {}) {
    const auto found = modules.find<burin_detector>(BURIN_DETECTOR_ID, name);
    void* self = nullptr;
    checked([&] {
      return found.api->create(modules.host(), found.data_dir ? found.data_dir->c_str() : nullptr,
                               &self);
    });
    return Detector(modules, found.api, name, self);
  }

  /// rgb: uint8 [height, width, 3], CPU, borrowed. By descending confidence. Throws Error: what the
  /// module said, INTERNAL for an answer that breaks its contract, and what a callback threw.
  /// [work-thread]
  std::vector<Detection> detect(const DLTensor* rgb, const DetectOptions& options = {},
                                const RunCallbacks& callbacks = {}) {
    const burin_detector_options c = {sizeof(c), options.threshold, options.min_size};
    RunBridge bridge(callbacks);
    burin_detections found = {};
    found.struct_size = sizeof(found);
    try {
      checked([&] { return api_->detect(self_.get(), rgb, &c, bridge.run(), &found); });
    } catch (const Error&) {
      bridge.rethrow();
      throw;
    }
    const std::unique_ptr<burin_detections, void (*)(burin_detections*)> owned(
        &found, [](burin_detections* d) {
          if (d->release) d->release(d);
        });
    bridge.rethrow();
    return values(found, rgb);
  }

 private:
  Detector(const ModuleSet& modules, const burin_detector* api, const std::string& name, void* self)
      : api_(api),
        name_(name.empty() ? "The detector" : "The detector '" + name + "'"),
        self_(self, [modules, api](void* detector) { api->destroy(detector); }) {}

  // A module that takes what is no picture has found things in one of no size.
  std::vector<Detection> values(const burin_detections& found, const DLTensor* rgb) const {
    const bool is_picture = rgb != nullptr && rgb->ndim == 3 && rgb->shape != nullptr;
    const int64_t height = is_picture ? rgb->shape[0] : 0, width = is_picture ? rgb->shape[1] : 0;
    std::vector<Detection> all;
    const auto take = [&](const burin_detection& item) {
      Detection& d = all.emplace_back(Detection{item.x1,
                                                item.y1,
                                                item.x2,
                                                item.y2,
                                                item.confidence,
                                                item.label ? item.label : "",
                                                {},
                                                {}});
      for (uint32_t k = 0; k < item.landmark_count; ++k) {
        d.landmarks.push_back({item.landmarks[2 * k], item.landmarks[2 * k + 1]});
      }
      if (BURIN_HAS(&item, mask) && item.mask) copy_mask(*item.mask, d.mask);
    };
    const std::string fault = for_each_detection(found, height, width, take);
    if (!fault.empty()) throw Error(BURIN_E_INTERNAL, name_ + " " + fault + ".");
    return all;
  }

  void copy_mask(const DLTensor& mask, std::vector<float>& to) const {
    const int64_t height = mask.shape[0], width = mask.shape[1];
    const int64_t row = mask.strides ? mask.strides[0] : width;
    const int64_t column = mask.strides ? mask.strides[1] : 1;
    const auto* data =
        reinterpret_cast<const float*>(static_cast<const char*>(mask.data) + mask.byte_offset);
    to.resize(static_cast<size_t>(height) * static_cast<size_t>(width));
    auto out = to.begin();
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const float value = data[y * row + x * column];
        if (!(value >= 0 && value <= 1)) {
          throw Error(BURIN_E_INTERNAL, name_ + " gave a mask with the value " +
                                            std::to_string(value) + "; expected is 0 to 1.");
        }
        *out++ = value;
      }
    }
  }

  const burin_detector* api_;
  std::string name_;  // begins sentences
  std::shared_ptr<void> self_;
};

}  // namespace burin::sdk
