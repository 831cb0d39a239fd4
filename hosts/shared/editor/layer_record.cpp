// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What is stored with a layer that Burin made.
#include "shared/editor/layer_record.hpp"

#include <algorithm>
#include <array>

#include "burin/cpp/error.hpp"

namespace burin::host {

using nlohmann::json;

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw sdk::Error(BURIN_E_INVALID, "What Burin stored with the layer cannot be used: " + why);
}

json rect_json(const Rect& rect) { return {rect.x, rect.y, rect.width, rect.height}; }

Rect rect_from(const json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_array() || found->size() != 4 ||
      !std::all_of(found->begin(), found->end(), [](const json& v) {
        return v.is_number_integer() && v >= -1000000 && v <= 1000000;
      })) {
    refuse(std::string("'") + key + "' is not four whole numbers.");
  }
  const Rect rect = {(*found)[0], (*found)[1], (*found)[2], (*found)[3]};
  if (rect.empty()) refuse(std::string("'") + key + "' has no pixels.");
  return rect;
}

json without_mask(json seg) {
  seg.erase("mask");
  return seg;
}

}  // namespace

LayerRecord make_record(const json& job, std::int64_t id, Source source, const Rect& picture,
                        const Rect& layer) {
  LayerRecord record{job, source, {}, picture, layer, {}, {}};
  for (const char* key : {"image", "output", "detect", "selection", "only", "filters"}) {
    record.job.erase(key);
  }
  for (const json& seg : job.value("segs", json::array())) {
    if (seg.value("id", std::int64_t{0}) != id) continue;
    record.job["segs"] = json::array({without_mask(seg)});
    return record;
  }
  throw sdk::Error(BURIN_E_INTERNAL, "The engine made a layer of segment " + std::to_string(id) +
                                         ", which the job does not have.");
}

std::string to_text(const LayerRecord& record) {
  const json out = {{"burin_layer", 1},
                    {"job", record.job},
                    {"source", record.source == Source::visible ? "visible" : "layer"},
                    {"source_id", record.source_id},
                    {"picture", rect_json(record.picture)},
                    {"layer", rect_json(record.layer)},
                    {"crop", record.crop},
                    {"mask", record.mask}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

LayerRecord read_record(const std::string& text) {
  const json values = json::parse(text, nullptr, false);
  if (!values.is_object()) refuse("it is no JSON object.");
  const json version = values.value("burin_layer", json());
  if (version != 1) {
    refuse("its version is " + (version.is_null() ? "not given" : version.dump()) +
           "; this Burin knows version 1.");
  }
  LayerRecord record;
  record.job = values.value("job", json());
  const json segs = record.job.is_object() ? record.job.value("segs", json()) : json();
  if (!segs.is_array() || segs.size() != 1 || !segs[0].is_object()) {
    refuse("its job does not have one segment.");
  }
  box_on_canvas(segs[0], {});
  record.source = values.value("source", json()) == "visible" ? Source::visible : Source::layer;
  record.picture = rect_from(values, "picture");
  record.layer = rect_from(values, "layer");
  for (auto [key, to] : {std::pair{"crop", &record.crop}, std::pair{"mask", &record.mask},
                         std::pair{"source_id", &record.source_id}}) {
    const json text_value = values.value(key, json());
    if (text_value.is_string()) *to = text_value.get<std::string>();
  }
  return record;
}

json rerun_job(const LayerRecord& record, const Rect& layer_now, const Rect& picture_now,
               const Mask& mask_now, const std::filesystem::path& scratch) {
  if (!contains(picture_now, layer_now)) {
    throw sdk::Error(
        BURIN_E_INVALID,
        "The picture that this layer was made from no longer covers the layer; move the "
        "layer back over it.");
  }
  const Rect painted = extent(mask_now, 1.0f / 512);
  if (painted.empty()) {
    throw sdk::Error(
        BURIN_E_INVALID,
        "The mask of the layer is black everywhere; paint white what is to be redrawn.");
  }
  json job = record.job;
  json seg = without_mask(job["segs"][0]);
  seg["id"] = seg.value("id", std::int64_t{1});
  const double across = static_cast<double>(layer_now.width) / record.layer.width;
  const double down = static_cast<double>(layer_now.height) / record.layer.height;
  const auto place_x = [&](double x) {
    return (x + record.picture.x - record.layer.x) * across + layer_now.x - picture_now.x;
  };
  const auto place_y = [&](double y) {
    return (y + record.picture.y - record.layer.y) * down + layer_now.y - picture_now.y;
  };
  const Rect at = moved(layer_now, -picture_now.x, -picture_now.y);
  const auto box = seg.at("bbox").get<std::array<double, 4>>();
  seg["bbox"] = {std::clamp<double>(place_x(box[0]), at.x, at.right() - 1),
                 std::clamp<double>(place_y(box[1]), at.y, at.bottom() - 1),
                 std::clamp<double>(place_x(box[2]), at.x + 1, at.right()),
                 std::clamp<double>(place_y(box[3]), at.y + 1, at.bottom())};
  seg["crop_region"] = {at.x, at.y, at.right(), at.bottom()};
  if (seg.contains("landmarks") && seg["landmarks"].is_array()) {
    for (json& point : seg["landmarks"]) {
      if (!point.is_array() || point.size() != 2) refuse("a landmark is no point.");
      point = {place_x(point[0]), place_y(point[1])};
    }
  }
  Segments one;
  one.masks[mask_key(seg["id"])] = cut(mask_now, layer_now);
  one.list.push_back(std::move(seg));
  put_segments(job, one, scratch);
  return job;
}

LayerRecord rerun_record(const json& job, const LayerRecord& before, const Rect& layer_now,
                         const Rect& picture_now) {
  LayerRecord after =
      make_record(job, job.at("segs").at(0).at("id"), before.source, picture_now, layer_now);
  after.source_id = before.source_id;
  return after;
}

}  // namespace burin::host
