// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Boxes and selections to SEGS.
#include "segs/make_segs.hpp"

#include <rapidcheck.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;

namespace {

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

cv::Mat crop_of(const cv::Mat& picture, const Region& crop) {
  return picture(cv::Range(crop.y1, crop.y2), cv::Range(crop.x1, crop.x2));
}

Detection found(const Box& box, double confidence = 0.9, const std::string& label = "face") {
  Detection detection;
  detection.box = box;
  detection.confidence = confidence;
  detection.label = label;
  return detection;
}

// Rows of characters, '#': 1, digits: tenths, anything else: 0.
cv::Mat drawn(const std::vector<std::string>& rows) {
  cv::Mat mask = cv::Mat::zeros(int(rows.size()), int(rows[0].size()), CV_32F);
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      const char c = rows[y][x];
      if (c == '#') mask.at<float>(y, x) = 1;
      if (c >= '0' && c <= '9') mask.at<float>(y, x) = float(c - '0') / 10;
    }
  }
  return mask;
}

MaskOptions blobs(int drop_size = 1) {
  MaskOptions options;
  options.drop_size = drop_size;
  options.crop_factor = 1;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(boxes_to_segs_)

BOOST_AUTO_TEST_CASE(fills_and_dilates_the_box_as_the_whole_picture_would) {
  const bool same = rc::check([] {
    const int width = *rc::gen::inRange(4, 90), height = *rc::gen::inRange(4, 90);
    const double x1 = *rc::gen::inRange(0, 10 * width - 10) / 10.0;
    const double y1 = *rc::gen::inRange(0, 10 * height - 10) / 10.0;
    const Box box{x1, y1, std::min<double>(width, x1 + *rc::gen::inRange(1, 300) / 10.0),
                  std::min<double>(height, y1 + *rc::gen::inRange(1, 300) / 10.0)};
    BoxOptions options;
    options.dilation = *rc::gen::inRange(-5, 30);
    options.drop_size = 0;
    options.crop_factor = *rc::gen::inRange(10, 40) / 10.0;
    const Segs segs = boxes_to_segs(width, height, {found(box)}, options);
    RC_ASSERT(segs.segs.size() == 1u);
    cv::Mat picture = cv::Mat::zeros(height, width, CV_32F);
    cv::rectangle(picture, cv::Point(int(box.x1), int(box.y1)), cv::Point(int(box.x2), int(box.y2)),
                  1.0, cv::FILLED);
    if (options.dilation > 0)
      cv::dilate(picture, picture, cv::Mat::ones(options.dilation, options.dilation, CV_8U));
    RC_ASSERT(equal(segs.segs[0].mask, crop_of(picture, segs.segs[0].crop)));
    RC_ASSERT(segs.segs[0].bbox == box);
  });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(crops_and_dilates_a_detectors_own_mask) {
  const bool same = rc::check([] {
    cv::RNG random(*rc::gen::arbitrary<std::uint32_t>());
    cv::Mat picture(60, 80, CV_32F);
    random.fill(picture, cv::RNG::UNIFORM, 0, 1);
    BoxOptions options;
    options.dilation = *rc::gen::inRange(-3, 100);
    Detection detection = found({20, 10, 45, 40});
    detection.mask = picture;
    const Segs segs = boxes_to_segs(80, 60, {detection}, options);
    cv::Mat expected = picture;
    if (options.dilation > 0) expected = dilate_mask(picture, options.dilation);
    RC_ASSERT(equal(segs.segs.at(0).mask, crop_of(expected, segs.segs[0].crop)));
  });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(drops_by_confidence_label_and_size_but_counts_all) {
  BoxOptions options;
  options.threshold = 0.5;
  options.labels = "face, hand";
  options.drop_size = 10;
  const Segs segs = boxes_to_segs(
      200, 100,
      {found({0, 0, 50, 50}, 0.49), found({0, 0, 50, 50}, 0.5), found({0, 0, 50, 50}, 0.9, "cat"),
       found({0, 0, 10, 50}), found({0, 0, 50, 10}), found({0, 0, 10.5, 10.5}, 0.8, "hand")},
      options);
  BOOST_TEST_REQUIRE(segs.segs.size() == 2u);
  BOOST_TEST(segs.segs[0].id == 2);
  BOOST_TEST(segs.segs[0].confidence == 0.5);
  BOOST_TEST(segs.segs[1].id == 6);
  BOOST_TEST(segs.segs[1].label == "hand");
  BOOST_TEST(segs.width == 200);
  BOOST_TEST(segs.height == 100);
}

BOOST_AUTO_TEST_CASE(cuts_boxes_at_the_border) {
  BoxOptions options;
  const Segs segs = boxes_to_segs(
      100, 80, {found({-20, -5, 30, 40}), found({90, 70, 300, 1e9}), found({200, 0, 300, 50})},
      options);
  BOOST_TEST_REQUIRE(segs.segs.size() == 1u);
  BOOST_TEST((segs.segs[0].bbox == Box{0, 0, 30, 40}));
}

BOOST_AUTO_TEST_CASE(draws_an_ellipse_with_a_two_pixel_edge_around_it) {
  BoxOptions options;
  options.shape = MaskShape::ellipse;
  options.dilation = 0;
  const Box box{40, 30, 79, 89};  // pixels 40..79 and 30..89: radii 20 and 30 about (60, 60)
  const Seg seg = boxes_to_segs(200, 160, {found(box)}, options).segs.at(0);
  double along = 0;
  for (int y = 0; y < seg.mask.rows; ++y) {
    for (int x = 0; x < seg.mask.cols; ++x) {
      const double u = (seg.crop.x1 + x + 0.5 - 60) / 20, v = (seg.crop.y1 + y + 0.5 - 60) / 30;
      const float value = seg.mask.at<float>(y, x);
      BOOST_TEST_REQUIRE((value >= 0 && value <= 1));
      if (u * u + v * v <= 1) BOOST_TEST_REQUIRE(value == 1);
      const double wide = std::hypot(u * 20 / 22.2, v * 30 / 32.2);
      if (wide > 1) BOOST_TEST_REQUIRE(value == 0);
      along += value;
    }
  }
  // On the axes the distance is exact: 0.5 and 1.5 pixels outside give 3/4 and 1/4.
  const int row = 60 - seg.crop.y1, column = 80 - seg.crop.x1;
  BOOST_TEST(std::abs(seg.mask.at<float>(row, column) - 0.75f) < 0.01f);
  BOOST_TEST(std::abs(seg.mask.at<float>(row, column + 1) - 0.25f) < 0.01f);
  BOOST_TEST(seg.mask.at<float>(row, column + 2) == 0.0f);
  // A linear edge of two pixels adds the area of one pixel all around.
  const double area = std::acos(-1.0) * 21 * 31;
  BOOST_TEST(std::abs(along - area) < 0.01 * area);
}

BOOST_AUTO_TEST_CASE(keeps_thin_ellipses_within_two_pixels_of_their_box) {
  BoxOptions options;
  options.shape = MaskShape::ellipse;
  options.dilation = 0;
  options.crop_factor = 20;
  options.drop_size = 0;
  const Seg seg = boxes_to_segs(200, 100, {found({50, 50, 149, 50.5})}, options).segs.at(0);
  cv::Mat mask = cv::Mat::zeros(100, 200, CV_32F);
  seg.mask.copyTo(crop_of(mask, seg.crop));
  BOOST_TEST(mask.at<float>(50, 100) == 1.0f);
  mask(cv::Range(48, 53), cv::Range(48, 152)) = 0.0f;
  BOOST_TEST(cv::countNonZero(mask) == 0);
}

BOOST_AUTO_TEST_CASE(draws_the_part_of_an_ellipse_that_the_picture_has) {
  BoxOptions options;
  options.shape = MaskShape::ellipse;
  const Seg seg = boxes_to_segs(64, 64, {found({0, 0, 64, 64})}, options).segs.at(0);
  BOOST_TEST((seg.crop == Region{0, 0, 64, 64}));
  BOOST_TEST(seg.mask.at<float>(32, 0) == 1.0f);
  BOOST_TEST(seg.mask.at<float>(0, 0) == 0.0f);
}

BOOST_AUTO_TEST_CASE(refuses_numbers_and_masks_that_make_no_sense) {
  const double bad = std::nan(""), inf = std::numeric_limits<double>::infinity();
  for (const Detection& detection :
       {found({bad, 0, 9, 9}), found({0, 0, inf, 9}), found({0, 0, 9, 9}, bad)})
    BOOST_TEST(holds(sentence_of(BURIN_E_INVALID, [&] { boxes_to_segs(99, 99, {detection}, {}); }),
                     "detection 1 holds a number that is not finite"));
  Detection detection = found({0, 0, 50, 50});
  detection.landmarks = {{bad, 0}};
  sentence_of(BURIN_E_INVALID, [&] { boxes_to_segs(99, 99, {detection}, {}); });
  detection = found({0, 0, 50, 50});
  detection.mask = cv::Mat::zeros(99, 98, CV_32F);
  BOOST_TEST(sentence_of(BURIN_E_IMAGE, [&] { boxes_to_segs(99, 99, {detection}, {}); }) ==
             "the mask of detection 1 is 98x99 pixels; expected the picture's 99x99");
  detection.mask = cv::Mat::zeros(99, 99, CV_8U);
  sentence_of(BURIN_E_IMAGE, [&] { boxes_to_segs(99, 99, {detection}, {}); });
  detection.mask = cv::Mat(99, 99, CV_32F, cv::Scalar(bad));
  BOOST_TEST(holds(sentence_of(BURIN_E_IMAGE, [&] { boxes_to_segs(99, 99, {detection}, {}); }),
                   "holds NaN"));
}

BOOST_AUTO_TEST_CASE(reads_lists_of_labels) {
  BOOST_TEST(label_wanted("all", "x"));
  BOOST_TEST(label_wanted("", "x"));
  BOOST_TEST(label_wanted("a, all", "x"));
  BOOST_TEST(label_wanted(" a ,x\t", "x"));
  BOOST_TEST(!label_wanted("a,b", "x"));
  BOOST_TEST(!label_wanted("xx", "x"));
  BOOST_TEST(!label_wanted(",", "x"));
  BOOST_TEST(label_wanted("eyes", "left_eye"));
  BOOST_TEST(label_wanted("mouth,eyebrows", "right_eyebrow"));
  BOOST_TEST(label_wanted("pupils", "left_pupil"));
  BOOST_TEST(!label_wanted("eyes", "left_eyebrow"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(mask_to_segs_)

BOOST_AUTO_TEST_CASE(combined_takes_all_that_is_not_zero_with_the_box_one_pixel_short) {
  MaskOptions options = blobs(100);  // no effect here
  options.combined = true;
  const cv::Mat mask = drawn({"........", "..5.....", ".....#..", "........"});
  const Segs segs = mask_to_segs(mask, options);
  BOOST_TEST_REQUIRE(segs.segs.size() == 1u);
  const Seg& seg = segs.segs[0];
  BOOST_TEST((seg.bbox == Box{2, 1, 5, 2}));
  BOOST_TEST((seg.crop == Region{2, 1, 5, 2}));
  BOOST_TEST(seg.mask.at<float>(0, 0) == 0.5f);
  BOOST_TEST(seg.id == 1);
  BOOST_TEST(seg.label == "A");
  BOOST_TEST(seg.confidence == 1);
  BOOST_TEST(segs.width == 8);
  BOOST_TEST(segs.height == 4);
}

BOOST_AUTO_TEST_CASE(combined_gives_one_pixel_a_legal_seg) {
  MaskOptions options;
  options.combined = true;
  for (const auto& [x, y] : {std::pair(0, 0), std::pair(4, 3), std::pair(7, 5)}) {
    cv::Mat mask = cv::Mat::zeros(6, 8, CV_32F);
    mask.at<float>(y, x) = 0.001f;
    const Seg seg = mask_to_segs(mask, options).segs.at(0);
    BOOST_TEST((seg.bbox == Box{double(x), double(y), x + 1.0, y + 1.0}));
    BOOST_TEST(cv::countNonZero(seg.mask) == 1);
  }
}

BOOST_AUTO_TEST_CASE(combined_fills_its_box_where_the_box_is) {
  MaskOptions options;
  options.combined = true;
  options.bbox_fill = true;
  cv::Mat mask = cv::Mat::zeros(60, 60, CV_32F);
  mask.at<float>(20, 30) = mask.at<float>(25, 40) = 0.5f;
  const Seg seg = mask_to_segs(mask, options).segs.at(0);
  cv::Mat expected = mask.clone();
  expected(cv::Range(20, 25), cv::Range(30, 40)) = 1.0f;
  BOOST_TEST(equal(seg.mask, crop_of(expected, seg.crop)));
}

BOOST_AUTO_TEST_CASE(finds_blobs_from_the_bottom_up_and_drops_the_small) {
  const cv::Mat mask = drawn({"##........", "##...###..", ".....###..", ".....###..", "..........",
                              "###...#...", "####......", "###......."});
  const Segs segs = mask_to_segs(mask, blobs(2));
  BOOST_TEST_REQUIRE(segs.segs.size() == 2u);
  BOOST_TEST((segs.segs[0].bbox == Box{0, 5, 4, 8}));
  BOOST_TEST((segs.segs[1].bbox == Box{5, 1, 8, 4}));
  // The single pixel and the 2x2 blob count, but are not larger than 2.
  BOOST_TEST(segs.segs[0].id == 2);
  BOOST_TEST(segs.segs[1].id == 3);
  BOOST_TEST(mask_to_segs(mask, blobs(1)).segs.size() == 3u);
  BOOST_TEST(mask_to_segs(mask, blobs(0)).segs.size() == 3u);  // 0 means 1
}

BOOST_AUTO_TEST_CASE(keeps_grey_and_holes_or_fills_them) {
  const cv::Mat mask =
      drawn({".......", ".#####.", ".#...#.", ".#.5.#.", ".#...#.", ".###8#.", "......."});
  Seg seg = mask_to_segs(mask, blobs()).segs.at(0);
  BOOST_TEST(mask_to_segs(mask, blobs()).segs.size() ==
             1u);  // what lies in the hole is no SEG of its own
  BOOST_TEST((seg.bbox == Box{1, 1, 6, 6}));
  BOOST_TEST(equal(seg.mask, crop_of(mask, seg.crop)));
  MaskOptions options = blobs();
  options.contour_fill = true;
  seg = mask_to_segs(mask, options).segs.at(0);
  BOOST_TEST(equal(seg.mask, cv::Mat::ones(5, 5, CV_32F)));
}

BOOST_AUTO_TEST_CASE(gives_each_blob_only_its_own_pixels) {
  const cv::Mat mask =
      drawn({"####......", "#.........", "#..####...", "#..####...", "#.........", "####......"});
  MaskOptions options = blobs();
  options.crop_factor = 2;
  const Segs segs = mask_to_segs(mask, options);
  BOOST_TEST_REQUIRE(segs.segs.size() == 2u);
  BOOST_TEST((segs.segs[0].bbox == Box{3, 2, 7, 4}));
  BOOST_TEST(cv::countNonZero(segs.segs[0].mask) == 8);
  BOOST_TEST((segs.segs[1].bbox == Box{0, 0, 4, 6}));
  BOOST_TEST(cv::countNonZero(segs.segs[1].mask) == 12);
}

BOOST_AUTO_TEST_CASE(fills_the_whole_box_on_request) {
  const cv::Mat mask = drawn({"......", ".#....", ".##...", ".###..", "......"});
  MaskOptions options = blobs();
  options.bbox_fill = true;
  options.crop_min_size = 5;
  const Seg seg = mask_to_segs(mask, options).segs.at(0);
  BOOST_TEST((seg.bbox == Box{1, 1, 4, 4}));
  BOOST_TEST((seg.crop == Region{0, 0, 5, 5}));
  BOOST_TEST(cv::countNonZero(seg.mask) == 9);
  BOOST_TEST(cv::countNonZero(seg.mask(cv::Rect(1, 1, 3, 3))) == 9);
}

BOOST_AUTO_TEST_CASE(clips_values_and_ignores_what_is_below_a_255th) {
  cv::Mat mask = cv::Mat::zeros(20, 20, CV_32F);
  mask(cv::Rect(2, 2, 6, 6)) = 7.5f;
  mask(cv::Rect(12, 2, 6, 6)) = 0.9f / 255;
  mask(cv::Rect(2, 12, 6, 6)) = -1.0f;
  const Segs segs = mask_to_segs(mask, blobs());
  BOOST_TEST_REQUIRE(segs.segs.size() == 1u);
  BOOST_TEST((segs.segs[0].bbox == Box{2, 2, 8, 8}));
  BOOST_TEST(equal(segs.segs[0].mask, cv::Mat::ones(6, 6, CV_32F)));
}

BOOST_AUTO_TEST_CASE(finds_what_the_parentless_contours_of_the_full_tree_are) {
  const bool same = rc::check([] {
    cv::RNG random(*rc::gen::arbitrary<std::uint32_t>());
    const int size = *rc::gen::inRange(3, 70);
    cv::Mat noise(size, size + 3, CV_32F);
    random.fill(noise, cv::RNG::UNIFORM, 0, 1);
    const int blur = *rc::gen::inRange(0, 4);
    if (blur > 0) cv::blur(noise, noise, cv::Size(2 * blur + 1, 2 * blur + 1));
    const float level = float(*rc::gen::inRange(30, 70)) / 100;
    cv::Mat lit;
    noise.copyTo(lit, noise > level);
    cv::Mat bytes(lit.size(), CV_8U);
    for (int y = 0; y < lit.rows; ++y)
      for (int x = 0; x < lit.cols; ++x)
        bytes.at<unsigned char>(y, x) = (unsigned char)(lit.at<float>(y, x) * 255);
    std::vector<std::vector<cv::Point>> contours;
    std::vector<cv::Vec4i> tree;
    cv::findContours(bytes, contours, tree, cv::RETR_TREE, cv::CHAIN_APPROX_SIMPLE);
    const Segs segs = mask_to_segs(lit, blobs());
    std::size_t next = 0;
    std::int64_t id = 0;
    for (std::size_t i = 0; i < contours.size(); ++i) {
      if (tree[i][3] != -1) continue;
      ++id;
      const cv::Rect rect = cv::boundingRect(contours[i]);
      if (rect.width <= 1 || rect.height <= 1) continue;
      RC_ASSERT(next < segs.segs.size());
      const Seg& seg = segs.segs[next++];
      RC_ASSERT(seg.id == id);
      RC_ASSERT((seg.bbox == Box{double(rect.x), double(rect.y), double(rect.x + rect.width),
                                 double(rect.y + rect.height)}));
      cv::Mat filled = cv::Mat::zeros(bytes.size(), CV_8U),
              expected = cv::Mat::zeros(lit.size(), CV_32F);
      cv::drawContours(filled, contours, int(i), 255, cv::FILLED);
      lit.copyTo(expected, filled);
      RC_ASSERT(equal(seg.mask, crop_of(expected, seg.crop)));
    }
    RC_ASSERT(next == segs.segs.size());
  });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(finds_nothing_in_an_empty_selection) {
  MaskOptions combined;
  combined.combined = true;
  const cv::Mat mask = cv::Mat::zeros(5, 6, CV_32F);
  BOOST_TEST(mask_to_segs(mask, combined).segs.empty());
  BOOST_TEST(mask_to_segs(mask, {}).segs.empty());
  BOOST_TEST(mask_to_segs(mask, {}).width == 6);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_mask) {
  BOOST_TEST(sentence_of(BURIN_E_IMAGE, [] { mask_to_segs(cv::Mat(), {}); }) ==
             "the selection has no pixels; expected one value a pixel");
  BOOST_TEST(
      holds(sentence_of(BURIN_E_IMAGE, [] { mask_to_segs(cv::Mat::zeros(3, 3, CV_8U), {}); }),
            "CV_8UC1"));
  BOOST_TEST(
      holds(sentence_of(BURIN_E_IMAGE, [] { mask_to_segs(cv::Mat::zeros(3, 3, CV_32FC3), {}); }),
            "CV_32FC3"));
  cv::Mat mask = cv::Mat::zeros(3, 3, CV_32F);
  mask.at<float>(2, 1) = std::nanf("");
  BOOST_TEST(
      holds(sentence_of(BURIN_E_IMAGE, [&] { mask_to_segs(mask, {}); }), "holds NaN at (1, 2)"));
}

BOOST_AUTO_TEST_SUITE_END()
