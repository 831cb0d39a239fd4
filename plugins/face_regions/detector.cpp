// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The face detector is another module, reached through the host alone.
#include "detector.hpp"

#include <algorithm>
#include <utility>

#include "burin/cpp/detections_fault.hpp"
#include "burin/ext/modules.h"
#include "regions.hpp"

namespace burin::regions {
namespace {

constexpr const char* face_detector = "burin.detector.yunet";

std::string reason(const burin_host* host) {
  const char* text =
      BURIN_HAS(host, last_error) && host->last_error ? host->last_error(host) : nullptr;
  return text && *text ? text : std::string(face_detector) + " failed without saying why.";
}

sdk::Detection value_of(const burin_detection& item) {
  sdk::Detection face{item.x1, item.y1, item.x2, item.y2, item.confidence, {}, {}, {}};
  for (size_t k = 0; k < item.landmark_count; ++k) {
    face.landmarks.push_back({item.landmarks[2 * k], item.landmarks[2 * k + 1]});
  }
  return face;
}

// The face detector's call is asked and tells through ours.
burin_run run_within(const sdk::DetectRun& run) {
  burin_run inner = {};
  inner.struct_size = sizeof(inner);
  inner.ctx = const_cast<sdk::DetectRun*>(&run);
  inner.cancelled = [](void* ctx) -> int32_t {
    try {
      static_cast<const sdk::DetectRun*>(ctx)->stop_if_cancelled();
      return 0;
    } catch (const sdk::Error&) {
      return 1;
    }
  };
  inner.progress = [](void* ctx, const burin_progress* progress) {
    static_cast<const sdk::DetectRun*>(ctx)->report(progress->fraction,
                                                    progress->text ? progress->text : "");
  };
  return inner;
}

}  // namespace

struct RegionDetector::Faces {
  const burin_host* host;
  const burin_detector* role;
  void* self = nullptr;

  explicit Faces(const burin_host* from) : host(from), role(nullptr) {
    const auto* modules = sdk::PluginHost(host).extension<burin_modules>(BURIN_MODULES_ID);
    if (modules == nullptr) {
      throw sdk::Error(BURIN_E_UNSUPPORTED,
                       std::string("The host has no ") + BURIN_MODULES_ID +
                           ", through which the parts of faces get at the face detector.");
    }
    const char* data_dir = nullptr;
    role = static_cast<const burin_detector*>(
        modules->find(host, BURIN_DETECTOR_ID, face_detector, &data_dir));
    if (role == nullptr) throw sdk::Error(BURIN_E_NOT_FOUND, reason(host));
    const burin_status status = role->create(host, data_dir, &self);
    if (status != BURIN_OK) throw sdk::Error(status, reason(host));
  }
  Faces(const Faces&) = delete;
  Faces& operator=(const Faces&) = delete;
  ~Faces() { role->destroy(self); }

  std::vector<sdk::Detection> find(const DLTensor& rgb, const burin_detector_options& options,
                                   const burin_run* run) const {
    burin_detections found = {};
    found.struct_size = sizeof(found);
    const burin_status status = role->detect(self, &rgb, &options, run, &found);
    if (status != BURIN_OK) throw sdk::Error(status, reason(host));
    const std::unique_ptr<burin_detections, void (*)(burin_detections*)> owner(
        &found, [](burin_detections* d) {
          if (d->release) d->release(d);
        });
    std::vector<sdk::Detection> faces;
    const std::string fault = sdk::for_each_detection(
        found, rgb.shape[0], rgb.shape[1],
        [&](const burin_detection& item) { faces.push_back(value_of(item)); });
    if (!fault.empty()) {
      throw sdk::Error(BURIN_E_INTERNAL, std::string(face_detector) + " " + fault + ".");
    }
    return faces;
  }
};

RegionDetector::RegionDetector(sdk::PluginHost host, const std::string&)
    : faces_(std::make_shared<Faces>(host.get())) {}

std::vector<sdk::Detection> RegionDetector::detect(const sdk::RgbView& rgb,
                                                   const sdk::DetectOptions& options,
                                                   const sdk::DetectRun& run) {
  int64_t shape[] = {rgb.height, rgb.width, 3};
  int64_t strides[] = {rgb.row_stride, rgb.column_stride, rgb.channel_stride};
  DLTensor picture = {};
  picture.data = const_cast<uint8_t*>(rgb.pixels);
  picture.device = {kDLCPU, 0};
  picture.ndim = 3;
  picture.dtype = {kDLUInt, 8, 1};
  picture.shape = shape;
  picture.strides = strides;
  // A part is smaller than its face, so a face below the least size has none of it.
  const burin_detector_options same = {sizeof(same), options.threshold, options.min_size};
  const burin_run inner = run_within(run);
  std::vector<sdk::Detection> parts;
  for (const sdk::Detection& face : faces_->find(picture, same, &inner)) {
    for (sdk::Detection& part : parts_of(face)) {
      if (std::min(part.x2 - part.x1, part.y2 - part.y1) >= options.min_size) {
        parts.push_back(std::move(part));
      }
    }
  }
  return parts;
}

}  // namespace burin::regions
