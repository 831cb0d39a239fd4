// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A detector's answer, looked at before anything of it is used.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "burin/cpp/text.hpp"
#include "burin/role/detector.h"

namespace burin::sdk {

constexpr std::size_t most_detections = 1 << 20;
constexpr std::uint32_t most_landmarks = 1 << 16;
/// Of an item of a list, whose struct_size is the way to the next one.
constexpr std::uint32_t most_item_bytes = 1 << 16;

/// Whether a list can go on with an item of `struct_size` bytes of which `least` are read.
/// [any-thread]
inline bool is_item_size(std::uint32_t struct_size, std::size_t least) {
  return struct_size >= least && struct_size <= most_item_bytes &&
         struct_size % alignof(double) == 0;
}

/// How one detection breaks the contract of burin_detection for a picture of that size, to follow
/// "detection 3 with"; "": it does not. The values of its mask are not looked at. Boxes may reach
/// out of the picture: whoever uses them clips them. [any-thread]
inline std::string detection_fault(const burin_detection& item, std::int64_t height,
                                   std::int64_t width) {
  if (!std::isfinite(item.x1) || !std::isfinite(item.y1) || !std::isfinite(item.x2) ||
      !std::isfinite(item.y2)) {
    return "a box whose edges are not numbers";
  }
  if (item.x2 < item.x1 || item.y2 < item.y1) {
    return "a box of " + std::to_string(item.x2 - item.x1) + " x " +
           std::to_string(item.y2 - item.y1) + " pixels; expected is 0 or more";
  }
  if (!(item.confidence >= 0 && item.confidence <= 1)) {
    return "the confidence " + std::to_string(item.confidence) + "; expected is 0 to 1";
  }
  if (item.label != nullptr && !is_utf8(item.label)) return "a label that is no UTF-8";
  if (item.landmark_count > most_landmarks ||
      (item.landmark_count > 0 && item.landmarks == nullptr)) {
    return std::to_string(item.landmark_count) + " landmarks" +
           (item.landmarks == nullptr ? " at NULL" : "");
  }
  for (std::uint32_t i = 0; i < 2 * item.landmark_count; ++i) {
    if (!std::isfinite(item.landmarks[i])) return "a landmark that is no number";
  }
  if (!BURIN_HAS(&item, mask) || item.mask == nullptr) return "";
  const DLTensor& mask = *item.mask;
  if (mask.ndim != 2 || mask.shape == nullptr || mask.data == nullptr ||
      mask.dtype.code != kDLFloat || mask.dtype.bits != 32 || mask.dtype.lanes != 1 ||
      mask.device.device_type != kDLCPU) {
    return "a mask that is not float32 [height, width] on the CPU";
  }
  if (mask.shape[0] != height || mask.shape[1] != width) {
    return "a mask of " + std::to_string(mask.shape[1]) + " x " + std::to_string(mask.shape[0]) +
           " pixels; the picture has " + std::to_string(width) + " x " + std::to_string(height);
  }
  return "";
}

/// Calls take(const burin_detection&) for each detection, by the writer's struct_size: a newer
/// module may have longer items. Returns how the answer breaks its contract, to follow "The
/// detector" ("gave 7 detections at NULL"); "": it does not. After a fault nothing more is taken.
/// [any-thread]
template <typename Take>
std::string for_each_detection(const burin_detections& found, std::int64_t height,
                               std::int64_t width, Take&& take) {
  if (found.count > most_detections) {
    return "gave " + std::to_string(found.count) + " detections; expected are at most " +
           std::to_string(most_detections);
  }
  if (found.count > 0 && found.items == nullptr) {
    return "gave " + std::to_string(found.count) + " detections at NULL";
  }
  const char* at = reinterpret_cast<const char*>(found.items);
  for (std::size_t i = 0; i < found.count; ++i) {
    const auto& item = *reinterpret_cast<const burin_detection*>(at);
    const std::size_t least = offsetof(burin_detection, mask);
    if (!is_item_size(item.struct_size, least)) {
      return "gave detection " + std::to_string(i) + " with " + std::to_string(item.struct_size) +
             " bytes; expected are at least " + std::to_string(least) + ", a multiple of 8";
    }
    if (const std::string fault = detection_fault(item, height, width); !fault.empty()) {
      return "gave detection " + std::to_string(i) + " with " + fault;
    }
    take(item);
    at += item.struct_size;
  }
  return "";
}

}  // namespace burin::sdk
