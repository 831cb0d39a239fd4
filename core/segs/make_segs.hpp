// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From boxes and masks to SEGS, by the rules of the Impact Pack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

// The crop around a bbox: `factor` times as large, at least min_size a side, moved (not cut) to lie
// inside the picture; box ends truncate toward zero. Reference examples: 512x768,
// (100,200,180,300), 3 -> (20,100,260,400); (10,20,60,90), 3 -> (0,0,150,210). Unlike the reference
// it never gives less than one pixel a side. width, height >= 1, factor > 0, all finite, else
// Error{BURIN_E_INVALID}.
Region make_crop_region(int width, int height, const Box& bbox, double factor, int min_size = 0);

// Morphological dilation by a k x k square (k < 0: erosion by |k|); even k is asymmetric as
// OpenCV's: offsets -(k/2-1)..+k/2. Pixels beyond the border neither grow nor shrink anything. Any
// one-channel mask; returns a copy.
cv::Mat dilate_mask(const cv::Mat& mask, int k);

struct Detection {
  Box box;
  double confidence = 1;
  std::string label;
  std::vector<std::array<double, 2>> landmarks;
  cv::Mat mask;  // CV_32F, picture size, or empty: the box
};

enum class MaskShape { box, ellipse };

struct BoxOptions {
  int dilation = 10;  // pixels; negative ignored
  double crop_factor = 3;
  int drop_size = 10;  // boxes must be strictly larger, both ways
  MaskShape shape = MaskShape::box;
  std::string labels = "all";  // see label_wanted
  double threshold = 0;        // least confidence
};

// Boxes to SEGS in the order given. The box mask fills int(x1)..int(x2), int(y1)..int(y2)
// inclusive, then dilates; the ellipse is inscribed in that dilated box: 1 inside, falling linearly
// to 0 over the two pixels around it. Ids count from 1 in the order given, before anything is
// dropped. Boxes are cut at the picture's border. Throws Error{BURIN_E_INVALID} for boxes,
// confidences or landmarks that are not finite, and Error{BURIN_E_IMAGE} for a mask of the wrong
// type or size, or with NaN.
Segs boxes_to_segs(int width, int height, const std::vector<Detection>& detections,
                   const BoxOptions& options);

// True where `labels`, a comma list, is empty or names `label` or "all". eyes, eyebrows and pupils
// stand for their left_ and right_ labels (left_eye, ...).
bool label_wanted(std::string_view labels, std::string_view label);

struct MaskOptions {
  bool combined = false;
  double crop_factor = 3;
  bool bbox_fill = false;  // 1 in the whole bbox
  int drop_size = 10;      // blobs must be strictly larger, both ways; combined: no effect
  std::string label = "A";
  int crop_min_size = 0;  // pixels; combined: no effect
  bool contour_fill =
      false;  // true: holes of a blob are filled and its values become 1; combined: no effect
};

// A selection (CV_32F, picture size, 0..1, values outside are clipped) to SEGS: one for all that is
// not 0, or one a blob. Blobs are 8-connected areas of at least 1/255 that lie in no other blob's
// hole, in OpenCV's order (the bottom-most first); what lies in a hole belongs to the blob around
// it. Ids count from 1 in that order, before anything is dropped. The combined bbox ends one pixel
// short of the last row and column, as the reference's does, but is never less than one pixel.
// Throws Error{BURIN_E_IMAGE} for a mask of another type, without pixels, or with NaN.
Segs mask_to_segs(const cv::Mat& mask, const MaskOptions& options);

}  // namespace burin::core
