// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Writing the SEGS file.
#include <utility>

#include "runtime/text.hpp"
#include "segs/segs_file.hpp"

namespace burin::core {

using nlohmann::json;

json seg_to_json(const Seg& seg) {
  json object = {{"id", seg.id},
                 {"bbox", {seg.bbox.x1, seg.bbox.y1, seg.bbox.x2, seg.bbox.y2}},
                 {"crop_region", {seg.crop.x1, seg.crop.y1, seg.crop.x2, seg.crop.y2}},
                 {"label", to_valid_utf8(seg.label)},
                 {"confidence", seg.confidence}};
  if (!seg.landmarks.empty()) object["landmarks"] = seg.landmarks;
  if (seg.positive) object["prompt"]["positive"] = to_valid_utf8(*seg.positive);
  if (seg.negative) object["prompt"]["negative"] = to_valid_utf8(*seg.negative);
  if (seg.seed) object["seed"] = *seg.seed;
  return object;
}

json segs_to_json(const Segs& segs, const std::function<json(std::size_t)>& mask_of) {
  json list = json::array();
  for (std::size_t i = 0; i < segs.segs.size(); ++i) {
    json object = seg_to_json(segs.segs[i]);
    if (mask_of && !mask_is_bbox(segs.segs[i])) object["mask"] = mask_of(i);
    list.push_back(std::move(object));
  }
  return {{"burin_segs", 1}, {"width", segs.width}, {"height", segs.height}, {"segs", list}};
}

}  // namespace burin::core
