// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Segments of a job as an editor makes them, and the masks of what comes back.
#include "shared/editor/segments.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "burin/cpp/error.hpp"
#include "shared/editor/mask_file.hpp"

namespace burin::host {

using nlohmann::json;

namespace {

constexpr float kNothing = 1.0f / 512;
constexpr double kSameFace = 0.3;  // boxes that overlap by more of what both cover

double area_of(const Rect& rect) { return static_cast<double>(rect.width) * rect.height; }

json corners(const Rect& rect, const Rect& picture) {
  const Rect at = moved(rect, -picture.x, -picture.y);
  return {at.x, at.y, at.right(), at.bottom()};
}

void check_shape(const DLTensor& tensor, const Rect& rect, int dimensions) {
  if (tensor.ndim != dimensions || tensor.shape[0] != rect.height ||
      tensor.shape[1] != rect.width) {
    throw sdk::Error(BURIN_E_INTERNAL, "The engine's layer has another shape than it says.");
  }
}

}  // namespace

std::string mask_key(std::int64_t id) { return "seg." + std::to_string(id) + ".mask"; }

Segments selection_segments(const Mask& selection, const Rect& picture, bool combined,
                            double crop_factor) {
  std::vector<Mask> parts = combined ? std::vector<Mask>{selection} : blobs(selection, kNothing);
  Segments segments;
  for (const Mask& part : parts) {
    const Rect whole = extent(part, kNothing);
    if (whole.empty()) continue;
    const Rect core = extent(part, 0.5f);  // what a feathered edge surrounds
    const Rect box = core.empty() ? whole : core;
    const Rect crop =
        intersection(bounding(surroundings(box, crop_factor, picture), whole), picture);
    const auto id = static_cast<std::int64_t>(segments.list.size() + 1);
    segments.list.push_back({{"id", id},
                             {"label", "selection"},
                             {"confidence", 1.0},
                             {"bbox", corners(box, picture)},
                             {"crop_region", corners(crop, picture)}});
    segments.masks[mask_key(id)] = cut(part, crop);
  }
  return segments;
}

void put_segments(json& job, const Segments& segments, const std::filesystem::path& scratch) {
  for (const char* other : {"detect", "selection", "only", "filters"}) job.erase(other);
  job["segs"] = segments.list;
  if (segments.masks.empty()) return;
  const std::filesystem::path file = scratch / "masks.safetensors";
  write_masks(file, segments.masks);
  for (json& seg : job["segs"]) {
    const std::string key = mask_key(seg.at("id").get<std::int64_t>());
    if (segments.masks.contains(key)) seg["mask"] = {{"tensor", file.string()}, {"key", key}};
  }
}

json chosen_faces(const json& segs_file, const std::vector<FaceChoice>& choices,
                  const Rect& picture, const Mask* selection) {
  json chosen = json::array();
  for (json seg : segs_file.at("segs")) {
    const auto choice = std::find_if(choices.begin(), choices.end(), [&](const FaceChoice& c) {
      return c.id == seg.at("id").get<std::int64_t>();
    });
    if (choice != choices.end()) {
      if (!choice->include) continue;
      if (!choice->prompt.empty()) seg["prompt"] = {{"positive", choice->prompt}};
    }
    if (selection && extent(cut(*selection, box_on_canvas(seg, picture)), kNothing).empty()) {
      continue;
    }
    chosen.push_back(std::move(seg));
  }
  return chosen;
}

FaceChoice choice_for(std::int64_t id, const Rect& box, const std::vector<PlacedChoice>& before) {
  FaceChoice chosen;
  double most = kSameFace;
  for (const PlacedChoice& each : before) {
    const double both = area_of(intersection(box, each.box));
    const double overlap = both / std::max(1.0, area_of(box) + area_of(each.box) - both);
    if (overlap <= most) continue;
    most = overlap;
    chosen = each.choice;
  }
  chosen.id = id;
  return chosen;
}

Rect box_on_canvas(const json& seg, const Rect& picture) {
  try {
    const auto box = seg.at("bbox").get<std::array<double, 4>>();
    const int x = static_cast<int>(std::floor(box[0])), y = static_cast<int>(std::floor(box[1]));
    return moved(
        {x, y, static_cast<int>(std::ceil(box[2])) - x, static_cast<int>(std::ceil(box[3])) - y},
        picture.x, picture.y);
  } catch (const json::exception&) {
    throw sdk::Error(BURIN_E_INVALID, "A segment has no box of four numbers.");
  }
}

Mask layer_mask(const DLTensor& engine, const Rect& rect, const Mask* selection,
                const Mask* opacity) {
  check_shape(engine, rect, 2);
  Mask mask{rect, packed(engine)};
  for (float& value : mask.values) value = std::clamp(value, 0.0f, 1.0f);
  if (selection) limit_by(mask, *selection);
  if (opacity) multiply_by(mask, *opacity);
  return mask;
}

std::vector<float> with_alpha(const DLTensor& pixels, const Rect& rect) {
  check_shape(pixels, rect, 3);
  const std::vector<float> colours = packed(pixels);
  const auto channels = static_cast<std::size_t>(pixels.shape[2]);
  std::vector<float> out;
  out.reserve(colours.size() / channels * (channels + 1));
  for (std::size_t at = 0; at < colours.size(); at += channels) {
    for (std::size_t c = 0; c < channels; ++c) out.push_back(colours[at + c]);
    out.push_back(1.0f);
  }
  return out;
}

std::vector<float> packed(const DLTensor& tensor) {
  if (tensor.dtype.code != kDLFloat || tensor.dtype.bits != 32 || tensor.dtype.lanes != 1 ||
      tensor.device.device_type != kDLCPU || tensor.ndim < 2 || tensor.ndim > 3) {
    throw sdk::Error(BURIN_E_INTERNAL, "The engine's layer is not float32 on the CPU.");
  }
  const std::int64_t height = tensor.shape[0], width = tensor.shape[1];
  const std::int64_t channels = tensor.ndim == 3 ? tensor.shape[2] : 1;
  const std::int64_t row = tensor.strides ? tensor.strides[0] : width * channels;
  const std::int64_t column = tensor.strides ? tensor.strides[1] : channels;
  const std::int64_t step = tensor.strides && tensor.ndim == 3 ? tensor.strides[2] : 1;
  const auto* data =
      reinterpret_cast<const float*>(static_cast<const char*>(tensor.data) + tensor.byte_offset);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(height * width * channels));
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < channels; ++c)
        out.push_back(data[y * row + x * column + c * step]);
    }
  }
  return out;
}

}  // namespace burin::host
