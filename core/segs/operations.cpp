// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and applying lists of operations.
#include "segs/operations.hpp"

#include <algorithm>
#include <optional>

#include "runtime/error.hpp"
#include "runtime/json_fields.hpp"
#include "segs/filters.hpp"
#include "segs/mask_operations.hpp"
#include "segs/segs_file.hpp"
#include "segs/tiles.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr std::size_t kMostOperations = 1000;
constexpr std::int64_t kMostWhole = INT64_C(1) << 53;
const std::vector<std::string_view> kMeasures = {
    "area", "width", "height", "x1", "y1", "x2", "y2", "length_percent", "ratio", "confidence"};

// An operation as it is applied; reading it checks it.
using Operation = std::function<Segs(Segs, const OperationFiles&)>;

Measure read_measure(const Fields& fields) {
  const auto place = choice(fields, "target", kMeasures);
  return place ? static_cast<Measure>(*place) : Measure::area;
}

// The object under the operation's name.
Fields parameters(const Fields& fields, std::string_view name,
                  const std::vector<std::string_view>& keys) {
  const auto object = object_member(fields, name);
  if (!object) refuse(fields, name, nullptr, "an object");
  only_keys(*object, keys);
  return *object;
}

Operation read_label(const Fields& fields, const char* name, bool keep) {
  const std::string labels = text_member(fields, name).value_or("");
  return [labels, keep](const Segs& segs, const OperationFiles&) {
    Filtered parts = filter_labels(segs, labels);
    return keep ? parts.kept : parts.rest;
  };
}

Operation read_range(const Fields& fields) {
  const Fields range = parameters(fields, "range", {"target", "min", "max", "mode"});
  const Measure measure = read_measure(range);
  const double least = number(range, "min", 0, kMostWhole).value_or(0);
  const double most = number(range, "max", 0, kMostWhole).value_or(67108864);
  const bool inside = choice(range, "mode", {"inside", "outside"}).value_or(0) == 0;
  return [=](const Segs& segs, const OperationFiles&) {
    return filter_range(segs, measure, least, most, inside).kept;
  };
}

Operation read_order(const Fields& fields) {
  const Fields order = parameters(fields, "order", {"target", "order", "take_start", "take_count"});
  const Measure measure = read_measure(order);
  const bool descending = choice(order, "order", {"descending", "ascending"}).value_or(0) == 0;
  const auto start =
      static_cast<std::size_t>(whole_number(order, "take_start", 0, kMostWhole).value_or(0));
  const auto count =
      static_cast<std::size_t>(whole_number(order, "take_count", 0, kMostWhole).value_or(1));
  return [=](const Segs& segs, const OperationFiles&) {
    return filter_ordered(segs, measure, descending, start, count).kept;
  };
}

Operation read_intersection(const Fields& fields) {
  const Fields inner = parameters(fields, "intersection", {"segs", "ioa_threshold"});
  const auto file = path_member(inner, "segs");
  if (!file) refuse(inner, "segs", nullptr, "the path of a SEGS file");
  const double threshold = number(inner, "ioa_threshold", 0, 1).value_or(0.5);
  return [=](const Segs& segs, const OperationFiles& files) {
    return filter_overlapping(segs, files.segs(*file), threshold).kept;
  };
}

Operation read_pick(const Fields& fields) {
  const json* list = member(fields, "pick");
  if (!list || !list->is_array() || list->size() > kMostSegs)
    refuse(fields, "pick", list ? *list : json(), "a list of ids");
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < list->size(); ++i)
    ids.push_back(whole_value(fields, "pick[" + std::to_string(i) + "]", (*list)[i], 1, INT64_MAX));
  return [ids](Segs segs, const OperationFiles&) {
    std::erase_if(segs.segs, [&](const Seg& seg) {
      return std::find(ids.begin(), ids.end(), seg.id) == ids.end();
    });
    return segs;
  };
}

Operation read_blur(const Fields& fields) {
  const Fields blur = parameters(fields, "blur", {"kernel_size", "sigma"});
  const auto size = static_cast<int>(whole_number(blur, "kernel_size", 0, 100).value_or(10));
  const double sigma = number(blur, "sigma", 0.1, 100).value_or(10);
  return [=](Segs segs, const OperationFiles&) { return blur_masks(std::move(segs), size, sigma); };
}

// and, subtract: a SEGS file's combined mask, or a mask.
Operation read_masks(const Fields& fields, const char* name,
                     Segs (*combine)(Segs, const cv::Mat&)) {
  const Fields source = parameters(fields, name, {"segs", "mask"});
  const auto segs_file = path_member(source, "segs"), mask_file = path_member(source, "mask");
  if (segs_file.has_value() == mask_file.has_value())
    refuse(fields, name, *member(fields, name), "either segs or mask, with a path");
  return [=](Segs segs, const OperationFiles& files) {
    if (mask_file) return combine(std::move(segs), files.mask(*mask_file));
    const Segs others = files.segs(*segs_file);
    expect_same_picture(segs, others);
    return combine(std::move(segs), combined_mask(others));
  };
}

Operation read_tile(const Fields& fields) {
  const Fields tile = parameters(
      fields, "tile", {"bbox_size", "crop_factor", "min_overlap", "dilation", "inside", "outside"});
  TileOptions options;
  options.bbox_size =
      static_cast<int>(whole_number(tile, "bbox_size", 64, 4096).value_or(options.bbox_size));
  options.crop_factor = number(tile, "crop_factor", 1, 10).value_or(options.crop_factor);
  options.min_overlap =
      static_cast<int>(whole_number(tile, "min_overlap", 0, 512).value_or(options.min_overlap));
  options.dilation =
      static_cast<int>(whole_number(tile, "dilation", -255, 255).value_or(options.dilation));
  const auto inside = path_member(tile, "inside"), outside = path_member(tile, "outside");
  return [=](const Segs& segs, const OperationFiles& files) {
    TileOptions all = options;
    if (inside) all.inside = files.segs(*inside);
    if (outside) all.outside = files.segs(*outside);
    return tile_segs(segs.width, segs.height, all);
  };
}

Operation read_concat(const Fields& fields) {
  const auto file = path_member(fields, "concat");
  return [file](Segs segs, const OperationFiles& files) {
    return concat_segs(std::move(segs), files.segs(*file));
  };
}

Operation read_operation(const json& object, const std::string& prefix) {
  const std::vector<std::string_view> names = {
      "label", "drop_label", "range",  "order",   "intersection",  "nms",
      "pick",  "tile",       "dilate", "blur",    "assign_labels", "scale_bbox",
      "merge", "concat",     "and",    "subtract"};
  const Fields fields{&object, prefix, BURIN_E_JOB};
  if (!object.is_object() || object.size() != 1 || object.begin()->is_null())
    throw Error(BURIN_E_JOB, prefix.substr(0, prefix.size() - 1) + " is " + described(object) +
                                 "; expected an object with one operation");
  only_keys(fields, names);
  const std::string& name = object.begin().key();
  if (name == "label" || name == "drop_label")
    return read_label(fields, name.c_str(), name == "label");
  if (name == "range") return read_range(fields);
  if (name == "order") return read_order(fields);
  if (name == "intersection") return read_intersection(fields);
  if (name == "pick") return read_pick(fields);
  if (name == "tile") return read_tile(fields);
  if (name == "blur") return read_blur(fields);
  if (name == "concat") return read_concat(fields);
  if (name == "and") return read_masks(fields, "and", and_masks);
  if (name == "subtract") return read_masks(fields, "subtract", subtract_masks);
  if (name == "nms") {
    const double threshold = *number(fields, "nms", 0, 1);
    return [=](const Segs& segs, const OperationFiles&) {
      return filter_suppressed(segs, threshold).kept;
    };
  }
  if (name == "dilate") {
    const auto k = static_cast<int>(*whole_number(fields, "dilate", -512, 512));
    return [=](Segs segs, const OperationFiles&) { return dilate_masks(std::move(segs), k); };
  }
  if (name == "scale_bbox") {
    const double scale = *number(fields, "scale_bbox", 0.01, 8);
    return [=](Segs segs, const OperationFiles&) { return scale_boxes(std::move(segs), scale); };
  }
  if (name == "assign_labels") {
    const std::string labels = *text_member(fields, "assign_labels");
    return [=](Segs segs, const OperationFiles&) { return assign_labels(std::move(segs), labels); };
  }
  const bool merges = *boolean(fields, "merge");
  return [=](const Segs& segs, const OperationFiles&) { return merges ? merge_segs(segs) : segs; };
}

std::vector<Operation> read_operations(const json& operations, const std::string& prefix) {
  const Fields fields{&operations, prefix, BURIN_E_JOB};
  if (!operations.is_array() || operations.size() > kMostOperations)
    refuse(fields, "filters", operations,
           "a list of at most " + std::to_string(kMostOperations) + " operations");
  std::vector<Operation> read;
  for (std::size_t i = 0; i < operations.size(); ++i)
    read.push_back(read_operation(operations[i], prefix + "filters[" + std::to_string(i) + "]."));
  return read;
}

}  // namespace

void check_operations(const json& operations, const std::string& prefix) {
  read_operations(operations, prefix);
}

Segs apply_operations(Segs segs, const json& operations, const OperationFiles& files) {
  for (const Operation& operation : read_operations(operations, ""))
    segs = operation(std::move(segs), files);
  return segs;
}

}  // namespace burin::core
