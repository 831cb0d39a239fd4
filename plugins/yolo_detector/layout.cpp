// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Telling layouts apart.
#include "layout.hpp"

#include <charconv>

namespace burin::yolo {
namespace {

constexpr size_t most_names = 100000;
// A network without overlaps answers with this many boxes or fewer; all others have more.
constexpr int64_t most_finished = 1000;

[[noreturn]] void refuse(const std::vector<Shape>& outputs, size_t names) {
  std::string shapes;
  for (const Shape& shape : outputs) shapes += (shapes.empty() ? "" : ", ") + text_of(shape);
  refuse_model("The network's outputs are " + shapes + " for " +
               (names ? std::to_string(names) : "an unknown number of") +
               " classes; expected are [1, 4 + classes, boxes], [1, boxes, 5 + classes] or "
               "[1, boxes, 6], with or without [1, 32, height, width] for masks.");
}

}  // namespace

std::vector<std::string> parse_names(const std::string& text) {
  std::map<size_t, std::string> names;
  const char *at = text.data(), *end = at + text.size();
  const auto skip = [&](const char* what) {
    while (at != end && std::string_view(what).find(*at) != std::string_view::npos) ++at;
  };
  for (skip(" {"); at != end && *at != '}'; skip(" ,")) {
    size_t index = 0;
    const auto [after, error] = std::from_chars(at, end, index);
    if (error != std::errc() || index >= most_names) return {};
    at = after;
    skip(" :");
    if (at == end || (*at != '\'' && *at != '"')) return {};
    const char quote = *at++;
    std::string name;
    for (; at != end && *at != quote; ++at) {
      if (*at == '\\' && at + 1 != end) ++at;
      name += *at;
    }
    if (at == end) return {};
    ++at;
    names[index] = name;
  }
  std::vector<std::string> list;
  for (const auto& [index, name] : names) {
    if (index != list.size()) return {};
    list.push_back(name);
  }
  return list;
}

Layout layout_of(const std::vector<Shape>& outputs, size_t names) {
  Layout layout;
  int boxes_at = -1;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Shape& shape = outputs[i];
    if (shape.size() == 3 && shape[0] == 1 && boxes_at < 0) {
      boxes_at = static_cast<int>(i);
    } else if (shape.size() == 4 && shape[0] == 1 && layout.prototypes_at < 0) {
      layout.prototypes_at = static_cast<int>(i);
    } else if (shape.size() != 5) {  // five: the raw heads beside the answer of old exports
      refuse(outputs, names);
    }
  }
  if (boxes_at < 0) refuse(outputs, names);
  layout.boxes_at = static_cast<size_t>(boxes_at);
  if (layout.prototypes_at >= 0) {
    layout.coefficients = outputs[static_cast<size_t>(layout.prototypes_at)][1];
  }
  const int64_t rows = outputs[layout.boxes_at][1], columns = outputs[layout.boxes_at][2];
  const auto known = static_cast<int64_t>(names);
  const auto fits = [&](int64_t width, int64_t fixed) {
    const int64_t classes = width - fixed - layout.coefficients;
    return classes >= 1 && (known == 0 || classes == known);
  };
  if (columns == 6 + layout.coefficients && rows <= most_finished && !(known && fits(rows, 4))) {
    layout.form = Form::finished;
    layout.boxes = rows;
    layout.classes = known;
  } else if (fits(rows, 4) && (rows < columns || known != 0)) {
    layout.form = Form::transposed;
    layout.boxes = columns;
    layout.classes = rows - 4 - layout.coefficients;
  } else if (fits(columns, 5)) {
    layout.form = Form::objectness;
    layout.boxes = rows;
    layout.classes = columns - 5 - layout.coefficients;
  } else {
    refuse(outputs, names);
  }
  return layout;
}

}  // namespace burin::yolo
