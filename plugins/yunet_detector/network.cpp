// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// YuNet with OpenCV's dnn. Decoding after Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face
// Detector" (2023): one anchor point a cell, box centre and landmarks relative to the cell, sides
// as exponentials.
#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>

#include "burin/cpp/error.hpp"

namespace burin::yunet {
namespace {

constexpr int strides[] = {8, 16, 32};

// For each stride: cls, obj, bbox, kps.
const std::vector<std::string>& output_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const int stride : strides) {
      for (const char* kind : {"cls_", "obj_", "bbox_", "kps_"}) {
        all.push_back(kind + std::to_string(stride));
      }
    }
    return all;
  }();
  return names;
}

double clamped(float value) { return std::clamp(static_cast<double>(value), 0.0, 1.0); }

Face decode(const float* box, const float* points, int column, int row, int stride, double score) {
  const double centre_x = (column + box[0]) * stride, centre_y = (row + box[1]) * stride;
  const double width = std::exp(box[2]) * stride, height = std::exp(box[3]) * stride;
  Face face;
  face.x1 = centre_x - width / 2;
  face.y1 = centre_y - height / 2;
  face.x2 = centre_x + width / 2;
  face.y2 = centre_y + height / 2;
  face.score = score;
  face.seen_px = std::max(width, height);
  for (size_t k = 0; k < face.landmarks.size(); ++k) {
    face.landmarks[k] = {(column + points[2 * k]) * stride, (row + points[2 * k + 1]) * stride};
  }
  return face;
}

}  // namespace

Network::Network(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, "The face detector's model " + file + " is not there.");
  }
  try {
    net_ = cv::dnn::readNetFromONNX(file);
    const auto ends = net_.getUnconnectedOutLayersNames();
    for (const std::string& name : output_names()) {
      if (std::find(ends.begin(), ends.end(), name) == ends.end()) {
        throw sdk::Error(BURIN_E_MODEL, "The model " + file + " has no output " + name +
                                            "; expected is YuNet of the year 2023 or later.");
      }
    }
  } catch (const cv::Exception& failure) {
    throw sdk::Error(BURIN_E_MODEL,
                     "The model " + file + " is no readable ONNX file (" + failure.err + ").");
  }
}

std::vector<Face> Network::find(const cv::Mat& planar, double threshold) {
  const int height = planar.size[2], width = planar.size[3];
  std::vector<cv::Mat> out;
  net_.setInput(planar);
  net_.forward(out, output_names());
  std::vector<Face> faces;
  for (size_t level = 0; level < std::size(strides); ++level) {
    const int stride = strides[level], columns = width / stride, rows = height / stride;
    const auto* cls = out[4 * level].ptr<float>();
    const auto* obj = out[4 * level + 1].ptr<float>();
    const auto* box = out[4 * level + 2].ptr<float>();
    const auto* kps = out[4 * level + 3].ptr<float>();
    if (out[4 * level].total() != static_cast<size_t>(columns) * static_cast<size_t>(rows)) {
      throw sdk::Error(BURIN_E_MODEL,
                       "The face detector's model answers in another grid than its input's.");
    }
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const std::ptrdiff_t cell = std::ptrdiff_t{row} * columns + column;
        const double score = std::sqrt(clamped(cls[cell]) * clamped(obj[cell]));
        if (score >= threshold && score > 0) {
          faces.push_back(decode(box + 4 * cell, kps + 10 * cell, column, row, stride, score));
        }
      }
    }
  }
  return faces;
}

}  // namespace burin::yunet
