// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a network's outputs mean, told by their shapes and the file's metadata.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "value.hpp"

namespace burin::yolo {

/// {0: 'face', 1: "dog's"}: the labels by class, as the file's metadata writes them. Empty for
/// anything else.
std::vector<std::string> parse_names(const std::string& text);

enum class Form {
  transposed,  ///< [1, 4 + classes + coefficients, boxes]: centre, size, scores (v8 and later)
  objectness,  ///< [1, boxes, 5 + classes + coefficients]: centre, size, objectness, scores (v5)
  finished     ///< [1, boxes, 6 + coefficients]: corners, score, class; overlaps are gone already
};

struct Layout {
  Form form = Form::transposed;
  size_t boxes_at = 0;     ///< which output has the boxes
  int prototypes_at = -1;  ///< which one the prototypes of masks [1, n, height, width]; -1: none
  int64_t boxes = 0, classes = 0, coefficients = 0;
};

/// names: how many the metadata has; 0: unknown. Throws sdk::Error (MODEL) for other outputs.
Layout layout_of(const std::vector<Shape>& outputs, size_t names);

}  // namespace burin::yolo
