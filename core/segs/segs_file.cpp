// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading the SEGS file and the SEG objects of a job, with every check.
#include "segs/segs_file.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "runtime/error.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_text.hpp"
#include "runtime/text.hpp"
#include "segs/make_segs.hpp"
#include "segs/mask_check.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr double kMostPixels = 1 << 30;
constexpr std::size_t kMostLandmarks = 1000;

struct MaskName {
  std::string file, key;
  bool tensor = false;
};

// What a SEG says, before the picture's size is known.
struct SegText {
  Seg seg;  // without crop and mask
  std::optional<Region> crop;
  double crop_factor = 3;
  std::optional<MaskName> mask;
};

std::string name_of_seg(std::int64_t place) { return "SEG " + std::to_string(place) + ": "; }

std::string text_of(const Box& box) { return json::array({box.x1, box.y1, box.x2, box.y2}).dump(); }

Box read_bbox(const Fields& fields) {
  const auto ends = numbers(fields, "bbox", 4);
  if (!ends)
    throw Error(fields.status, fields.prefix + "bbox is missing; expected [x1, y1, x2, y2]");
  const Box box{(*ends)[0], (*ends)[1], (*ends)[2], (*ends)[3]};
  if (!(box.x1 >= 0 && box.y1 >= 0 && box.x1 < box.x2 && box.y1 < box.y2))
    throw Error(fields.status,
                fields.prefix + "bbox is " + text_of(box) +
                    "; expected [x1, y1, x2, y2] with 0 <= x1 < x2 and 0 <= y1 < y2");
  return box;
}

std::optional<Region> read_crop(const Fields& fields) {
  const auto ends = numbers(fields, "crop_region", 4);
  if (!ends) return std::nullopt;
  const Box box{(*ends)[0], (*ends)[1], (*ends)[2], (*ends)[3]};
  const bool whole = std::all_of(ends->begin(), ends->end(), [](double end) {
    return std::trunc(end) == end && end < 2147483648.0;
  });
  if (!(whole && box.x1 >= 0 && box.y1 >= 0 && box.x1 < box.x2 && box.y1 < box.y2))
    throw Error(fields.status, fields.prefix + "crop_region is " + text_of(box) +
                                   "; expected whole pixels [x1, y1, x2, y2] with "
                                   "0 <= x1 < x2 and 0 <= y1 < y2");
  return Region{static_cast<int>(box.x1), static_cast<int>(box.y1), static_cast<int>(box.x2),
                static_cast<int>(box.y2)};
}

std::optional<MaskName> read_mask_name(const Fields& fields) {
  const auto mask = object_member(fields, "mask");
  if (!mask) return std::nullopt;
  only_keys(*mask, {"file", "tensor", "key"});
  const auto file = path_member(*mask, "file"), tensor = path_member(*mask, "tensor");
  const auto key = text_member(*mask, "key");
  if (file.has_value() == tensor.has_value())
    throw Error(fields.status, fields.prefix + "mask names " +
                                   (file ? "both a file and a tensor" : "no file and no tensor") +
                                   "; expected one of them");
  if (tensor.has_value() != key.has_value())
    throw Error(fields.status,
                fields.prefix +
                    (tensor ? "mask.key is missing; expected the name of a tensor in "
                            : "mask.key is given without mask.tensor, but with ") +
                    in_quotes(tensor ? *tensor : *file));
  if (file) return MaskName{*file, "", false};
  return MaskName{*tensor, *key, true};
}

std::vector<std::array<double, 2>> read_landmarks(const Fields& fields) {
  std::vector<std::array<double, 2>> marks;
  const json* list = member(fields, "landmarks");
  if (!list) return marks;
  if (!list->is_array() || list->size() > kMostLandmarks)
    refuse(fields, "landmarks", *list,
           "a list of at most " + std::to_string(kMostLandmarks) + " points [x, y]");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto mark = number_list(fields, "landmarks[" + std::to_string(i) + "]", (*list)[i], 2);
    marks.push_back({mark[0], mark[1]});
  }
  return marks;
}

SegText read_seg(const json& object, std::int64_t place) {
  Fields fields{&object, name_of_seg(place), BURIN_E_JOB};
  if (!object.is_object())
    throw Error(BURIN_E_JOB, fields.prefix + "is " + described(object) + "; expected an object");
  only_keys(fields, {"id", "bbox", "crop_region", "crop_factor", "label", "confidence", "landmarks",
                     "mask", "prompt", "seed"});
  SegText text;
  text.seg.id = whole_number(fields, "id", 1, INT64_MAX).value_or(place);
  text.seg.bbox = read_bbox(fields);
  text.crop = read_crop(fields);
  text.crop_factor = number(fields, "crop_factor", 1, 100).value_or(3);
  text.seg.label = text_member(fields, "label").value_or("");
  text.seg.confidence = number(fields, "confidence", 0, 1).value_or(1);
  text.seg.landmarks = read_landmarks(fields);
  text.mask = read_mask_name(fields);
  if (const auto prompt = object_member(fields, "prompt")) {
    only_keys(*prompt, {"positive", "negative"});
    text.seg.positive = text_member(*prompt, "positive");
    text.seg.negative = text_member(*prompt, "negative");
  }
  text.seg.seed = seed_member(fields, "seed");
  return text;
}

// Bbox and crop region against the picture; fills in the crop region.
void place_in_picture(SegText& text, const std::string& prefix, int width, int height) {
  const Box& box = text.seg.bbox;
  if (box.x2 > width || box.y2 > height)
    throw Error(BURIN_E_JOB, prefix + "bbox " + text_of(box) + " reaches outside the picture of " +
                                 size_text(width, height) + " pixels; expected it inside");
  // Made for a box thinner than a pixel, truncation can leave the box outside: the same check.
  const Region crop =
      text.crop ? *text.crop : make_crop_region(width, height, box, text.crop_factor);
  const Box crop_box{double(crop.x1), double(crop.y1), double(crop.x2), double(crop.y2)};
  if (crop.x2 > width || crop.y2 > height)
    throw Error(BURIN_E_JOB, prefix + "crop_region " + text_of(crop_box) +
                                 " reaches outside the picture of " + size_text(width, height) +
                                 " pixels; expected it inside");
  if (box.x1 >= crop.x2 || box.x2 <= crop.x1 || box.y1 >= crop.y2 || box.y2 <= crop.y1)
    throw Error(BURIN_E_JOB, prefix + "bbox " + text_of(box) + " lies outside the crop_region " +
                                 text_of(crop_box) + "; expected them to overlap");
  text.seg.crop = crop;
}

cv::Mat load_mask(const MaskName& name, const std::filesystem::path& base_dir,
                  const MaskSource& masks) {
  const std::filesystem::path file = base_dir / name.file;
  if (name.tensor) {
    if (masks.tensor) return masks.tensor(file, name.key);
  } else if (masks.file) {
    return masks.file(file);
  }
  throw Error(BURIN_E_UNSUPPORTED, std::string("masks cannot be read from ") +
                                       (name.tensor ? "safetensors files" : "picture files") +
                                       " here; " + in_quotes(file.string()) + " is one");
}

cv::Mat named_mask(const MaskName& name, const Region& crop, const std::string& prefix,
                   const std::filesystem::path& base_dir, const MaskSource& masks) {
  try {
    const cv::Mat mask = checked_mask(load_mask(name, base_dir, masks), "its mask");
    if (mask.cols != crop.width() || mask.rows != crop.height())
      throw Error(BURIN_E_JOB, "its mask is " + size_text(mask.cols, mask.rows) +
                                   " pixels; expected the size of its crop region, " +
                                   size_text(crop.width(), crop.height()));
    return mask;
  } catch (const Error& error) {
    throw Error(error.status(), prefix + error.what());
  }
}

Seg finish(SegText text, std::int64_t place, const std::filesystem::path& base_dir,
           const MaskSource& masks) {
  Seg seg = std::move(text.seg);
  seg.mask = text.mask ? named_mask(*text.mask, seg.crop, name_of_seg(place), base_dir, masks)
                       : bbox_mask(seg.bbox, seg.crop);
  return seg;
}

void check_count(const json& list) {
  if (!list.is_array())
    throw Error(BURIN_E_JOB, "segs is " + described(list) + "; expected a list of SEGS");
  if (list.size() > kMostSegs)
    throw Error(BURIN_E_JOB, "segs holds " + std::to_string(list.size()) +
                                 " SEGS; expected at most " + std::to_string(kMostSegs));
}

void claim_id(std::set<std::int64_t>& ids, std::int64_t id, std::int64_t place) {
  if (!ids.insert(id).second)
    throw Error(BURIN_E_JOB, name_of_seg(place) + "id is " + std::to_string(id) +
                                 ", which an earlier SEG has; expected each id once");
}

// Checks all of the document but its list.
cv::Size size_of_file(const json& document) {
  if (!document.is_object())
    throw Error(BURIN_E_JOB,
                "the SEGS are " + described(document) + "; expected a list or a SEGS file");
  const Fields fields{&document, "SEGS file: ", BURIN_E_JOB};
  only_keys(fields, {"burin_segs", "width", "height", "segs"});
  for (const char* key : {"burin_segs", "width", "height", "segs"}) {
    if (!member(fields, key))
      throw Error(BURIN_E_JOB,
                  fields.prefix + key + " is missing; expected burin_segs, width, height and segs");
  }
  const auto version = whole_number(fields, "burin_segs", 1, INT64_MAX);
  if (*version != 1)
    throw Error(BURIN_E_UNSUPPORTED, fields.prefix + "burin_segs is " + std::to_string(*version) +
                                         "; this build reads 1");
  const auto its_width = whole_number(fields, "width", 1, INT32_MAX);
  const auto its_height = whole_number(fields, "height", 1, INT32_MAX);
  return {static_cast<int>(*its_width), static_cast<int>(*its_height)};
}

const json& list_of_file(const json& document, int width, int height) {
  const cv::Size size = size_of_file(document);
  if (size != cv::Size(width, height))
    throw Error(BURIN_E_JOB, "SEGS file: it was made for a picture of " +
                                 size_text(size.width, size.height) + " pixels; this one has " +
                                 size_text(width, height));
  return document.at("segs");
}

json read_document(const std::filesystem::path& file) {
  JsonRules rules;
  rules.what = "the SEGS file " + in_quotes(file.string(), 400);
  return read_json_file(file, rules);
}

}  // namespace

std::int64_t check_seg(const json& seg, std::int64_t place) { return read_seg(seg, place).seg.id; }

void check_seg_list(const json& list) {
  check_count(list);
  std::set<std::int64_t> ids;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i) + 1;
    claim_id(ids, check_seg(list[i], place), place);
  }
}

Seg parse_seg(const json& seg, std::int64_t place, int width, int height,
              const std::filesystem::path& base_dir, const MaskSource& masks) {
  SegText text = read_seg(seg, place);
  place_in_picture(text, name_of_seg(place), width, height);
  return finish(std::move(text), place, base_dir, masks);
}

Segs parse_segs(const json& document, int width, int height, const std::filesystem::path& base_dir,
                const MaskSource& masks) {
  const json& list = document.is_array() ? document : list_of_file(document, width, height);
  check_count(list);
  std::vector<SegText> texts;
  std::set<std::int64_t> ids;
  double pixels = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i) + 1;
    SegText text = read_seg(list[i], place);
    claim_id(ids, text.seg.id, place);
    place_in_picture(text, name_of_seg(place), width, height);
    pixels += double(text.seg.crop.width()) * text.seg.crop.height();
    texts.push_back(std::move(text));
  }
  if (pixels > kMostPixels)
    throw Error(BURIN_E_JOB, "the crop regions of the " + std::to_string(texts.size()) +
                                 " SEGS hold " + json(pixels).dump() +
                                 " pixels together; expected at most 1073741824");
  Segs segs{width, height, {}};
  for (std::size_t i = 0; i < texts.size(); ++i)
    segs.segs.push_back(
        finish(std::move(texts[i]), static_cast<std::int64_t>(i) + 1, base_dir, masks));
  return segs;
}

Segs read_segs_file(const std::filesystem::path& file, int width, int height,
                    const MaskSource& masks) {
  return parse_segs(read_document(file), width, height, file.parent_path(), masks);
}

cv::Size segs_file_size(const std::filesystem::path& file) {
  return size_of_file(read_document(file));
}

}  // namespace burin::core
