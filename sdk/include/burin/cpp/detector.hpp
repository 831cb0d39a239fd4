// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detector role from a program's side: RAII, values, exceptions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "burin/cpp/detection.hpp"
#include "burin/cpp/modules.hpp"
#include "burin/cpp/run.hpp"
#include "burin/role/detector.h"

namespace burin::sdk {

/// One detector. Calls from one thread at a time.
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
    return Detector(modules, found.api, self);
  }

  /// rgb: uint8 [height, width, 3], CPU. By descending confidence. Throws Error.
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
    return values(found);
  }

 private:
  Detector(const ModuleSet& modules, const burin_detector* api, void* self)
      : api_(api), self_(self, [modules, api](void* detector) { api->destroy(detector); }) {}

  // Steps by the writer's struct_size: a newer module may have longer items.
  static std::vector<Detection> values(const burin_detections& found) {
    std::vector<Detection> all;
    all.reserve(found.count);
    const char* at = reinterpret_cast<const char*>(found.items);
    for (size_t i = 0; i < found.count; ++i) {
      const auto& item = *reinterpret_cast<const burin_detection*>(at);
      if (!BURIN_HAS(&item, landmarks)) {
        throw Error(BURIN_E_INTERNAL, "The detector's answer is shorter than the first revision.");
      }
      Detection d{item.x1, item.y1, item.x2, item.y2, item.confidence, item.label ? item.label : "",
                  {},      {}};
      for (uint32_t k = 0; k < item.landmark_count; ++k) {
        d.landmarks.push_back({item.landmarks[2 * k], item.landmarks[2 * k + 1]});
      }
      if (BURIN_HAS(&item, mask) && item.mask) copy_mask(*item.mask, d.mask);
      all.push_back(std::move(d));
      at += item.struct_size;
    }
    return all;
  }

  static void copy_mask(const DLTensor& mask, std::vector<float>& to) {
    if (mask.ndim != 2 || mask.dtype.code != kDLFloat || mask.dtype.bits != 32 ||
        mask.dtype.lanes != 1 || mask.device.device_type != kDLCPU) {
      throw Error(BURIN_E_INTERNAL,
                  "The detector's mask is not float32 [height, width] on the CPU.");
    }
    const int64_t height = mask.shape[0], width = mask.shape[1];
    const int64_t row = mask.strides ? mask.strides[0] : width;
    const int64_t column = mask.strides ? mask.strides[1] : 1;
    const auto* data =
        reinterpret_cast<const float*>(static_cast<const char*>(mask.data) + mask.byte_offset);
    to.resize(static_cast<size_t>(height) * static_cast<size_t>(width));
    auto out = to.begin();
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) *out++ = data[y * row + x * column];
    }
  }

  const burin_detector* api_;
  std::shared_ptr<void> self_;
};

}  // namespace burin::sdk
