// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS: what was found or chosen in a picture. Coordinates are pixel edges, half-open, x before y.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

namespace burin::core {

struct Box {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double width() const { return x2 - x1; }
  double height() const { return y2 - y1; }
  bool operator==(const Box&) const = default;
};

struct Region {
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
  bool operator==(const Region&) const = default;
};

inline cv::Rect rect_of(const Region& region) {
  return {region.x1, region.y1, region.width(), region.height()};
}

// A LoRA to be merged into a model, with how much of it goes into the networks.
struct LoraUse {
  std::string file;            // a path, or a name to be looked for in the job's paths.loras
  double model = 1, clip = 1;  // strengths: of the UNet, of the text encoders
  bool required = true;        // false: a file that is not found is warned of and left out
  std::int64_t version = 0;    // of the file: another one where it was written again
  bool operator==(const LoraUse&) const = default;
};

struct Seg {
  std::int64_t id =
      0;  // from 1: its place in the file or detection it came from, kept through filters
  Box bbox;
  Region crop;
  cv::Mat mask;  // CV_32F, crop size, 0..1
  double confidence = 1;
  std::string label;
  std::string left_out;  // one sentence that says why it is not redrawn; empty: it is
  std::vector<std::array<double, 2>> landmarks;   // picture pixels
  std::optional<std::string> positive, negative;  // absent: the job's
  std::optional<std::uint64_t> seed;              // absent: made from the job's
  std::vector<LoraUse> loras;                     // merged after the job's
};

struct Segs {
  int width = 0, height = 0;  // of the picture
  std::vector<Seg> segs;
};

}  // namespace burin::core
