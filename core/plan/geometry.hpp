// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Whether a SEG runs, and at which size, by the rules of each semantics.
#pragma once

#include <string>

#include "job/job.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// What a SEG becomes in model pixels. reason is empty when it runs; otherwise nothing else counts.
struct Sizing {
  std::string reason;
  int width = 0, height = 0;
  double scale = 1;
  bool carry_difference = false;
  bool runs() const { return reason.empty(); }
};

// The SEG must have passed the checks of make_plan. Throw Error{BURIN_E_JOB} for a size above
// 32768.
Sizing size_by_impact(const Seg& seg, const DetailerSettings& settings);
Sizing size_by_burin(const Seg& seg, const DetailerSettings& settings, int multiple);

// The part of the picture that width x height model pixels show at `scale`: about the crop's
// centre, shifted into the picture, centred on it along an axis where the picture is smaller.
Box grown_crop(const Region& crop, double scale, int width, int height, int picture_width,
               int picture_height);

// "SEG 3 (face)", for sentences.
std::string seg_name(const Seg& seg);

}  // namespace burin::core
