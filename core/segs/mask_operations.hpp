// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS with changed masks, labels and boxes, by the rules of the Impact Pack's nodes.
#pragma once

#include <string_view>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

// 0..1 to 0..255, truncated, CV_8U: how the reference combines masks.
cv::Mat mask_bytes(const cv::Mat& mask);

// Throws Error{BURIN_E_JOB}, both sizes named, for SEGS of pictures of different size.
void expect_same_picture(const Segs& a, const Segs& b);

// impact behaviour: SegsToCombinedMask. CV_32F of the picture's size, whole steps of 1/255: the
// bitwise OR of all masks in 8 bits.
cv::Mat combined_mask(const Segs& segs);

// CV_32F of the picture's size: the largest of all masks at each pixel, 0 where there is none.
cv::Mat union_mask(const Segs& segs);

// impact behaviour: DilateMaskInSEGS; see dilate_mask. Masks grow inside their crop regions.
Segs dilate_masks(Segs segs, int k);

// impact behaviour: GaussianBlurMaskInSEGS. A kernel of 2 x `size` + 1 pixels a side and the given
// sigma, the border reflected; a mask no larger than the kernel gets one of half its shorter side,
// made odd, and one below 6 pixels stays. 0 changes nothing.
Segs blur_masks(Segs segs, int size, double sigma);

// impact behaviour: BitwiseAndMaskForEach and SubtractMaskForEach with the combined mask of
// `others`, and SegsBitwiseAndMask with a mask of the picture's size (CV_32F): AND of the 8-bit
// values bit by bit, subtraction down to 0. Throws Error{BURIN_E_JOB} for another size.
Segs and_masks(Segs segs, const cv::Mat& mask);
Segs subtract_masks(Segs segs, const cv::Mat& mask);

// impact behaviour: SEGSMerge. One SEG of all: the boxes and crop regions around them all, the
// combined mask, the least confidence, the label "merged", id 1. No SEGS give none.
Segs merge_segs(const Segs& segs);

// impact behaviour: SEGSConcat. `more` behind `segs`, its ids counted on from the highest where
// they are taken. Throws Error{BURIN_E_JOB} for pictures of different size.
Segs concat_segs(Segs segs, const Segs& more);

// impact behaviour: SEGSLabelAssign. The k-th of a comma list for the k-th SEG; a SEG without one
// keeps its label.
Segs assign_labels(Segs segs, std::string_view labels);

// impact behaviour: SEG_ELT_BBOX_ScaleBy. Each bbox grows about its centre to `scale` times its
// size, in whole pixels (truncated) a side, and the mask outside it becomes 0. Unlike there the box
// is cut at the crop region.
Segs scale_boxes(Segs segs, double scale);

}  // namespace burin::core
