// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS chosen by what they are and where they lie, by the rules of the Impact Pack's filters.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

// What a SEG is measured by: the crop region's size and ends in pixels, 100 x its longer side / its
// shorter one, its width / its height, and the confidence in percent.
enum class Measure { area, width, height, x1, y1, x2, y2, length_percent, ratio, confidence };

double measured(const Seg& seg, Measure measure);

struct Filtered {
  Segs kept, rest;
};

// impact behaviour: SEGSLabelFilter; `labels` as in label_wanted. Both parts keep the order.
Filtered filter_labels(const Segs& segs, std::string_view labels);

// impact behaviour: SEGSRangeFilter. Keeps what lies in least..most, ends included; inside false:
// what does not. Both parts keep the order.
Filtered filter_range(const Segs& segs, Measure measure, double least, double most, bool inside);

// impact behaviour: SEGSOrderedFilter. Sorts (equal ones keep their order both ways) and keeps
// `count` from place `start` (from 0) on. Both parts come sorted.
Filtered filter_ordered(const Segs& segs, Measure measure, bool descending, std::size_t start,
                        std::size_t count);

// impact behaviour: SEGSIntersectionFilter of later releases. Keeps a SEG where no SEG of `others`
// covers more than `threshold` (0..1) of its mask. A mask covers the pixels where it is 1/255 at
// least. Throws Error{BURIN_E_JOB} for SEGS of pictures of different size.
Filtered filter_overlapping(const Segs& segs, const Segs& others, double threshold);

// impact behaviour: SEGSNMSFilter of later releases. From the most confident one on (of equal ones
// the last), keeps a SEG where its mask's intersection over union with each kept one is below
// `threshold` (0..1). kept comes in this order.
Filtered filter_suppressed(const Segs& segs, double threshold);

}  // namespace burin::core
