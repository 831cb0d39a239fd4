// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Filters, mask operations and tiles, with results of the reference's nodes, and bad lists.
#include "segs/operations.hpp"

#include <boost/test/unit_test.hpp>

#include "segs/filters.hpp"
#include "segs/mask_operations.hpp"
#include "segs/tiles.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;
using nlohmann::json;
using Ids = std::vector<std::int64_t>;

namespace {

Seg seg_at(std::int64_t id, const Region& crop, double confidence, const char* label,
           float value = 1) {
  Seg seg;
  seg.id = id;
  seg.crop = crop;
  seg.bbox = {double(crop.x1), double(crop.y1), double(crop.x2), double(crop.y2)};
  seg.mask = cv::Mat(crop.height(), crop.width(), CV_32F, cv::Scalar(value));
  seg.confidence = confidence;
  seg.label = label;
  return seg;
}

// Areas 400, 800, 400, 300.
Segs four() {
  return {
      100,
      80,
      {seg_at(1, {0, 0, 20, 20}, 0.5, "face"), seg_at(2, {10, 0, 50, 20}, 0.9, "hand"),
       seg_at(3, {0, 0, 20, 20}, 0.8, "left_eye", 0.5f), seg_at(4, {60, 50, 90, 60}, 0.5, "face")}};
}

Ids ids(const Segs& segs) {
  Ids all;
  for (const Seg& seg : segs.segs) all.push_back(seg.id);
  return all;
}

Segs applied(const char* operations, const Segs& segs = four()) {
  const OperationFiles files{
      [](const std::string&) { return four(); },
      [](const std::string&) { return cv::Mat(80, 100, CV_32F, cv::Scalar(0.25)); }};
  return apply_operations(segs, json::parse(operations), files);
}

std::string refusal(const char* operations) {
  return sentence_of(BURIN_E_JOB,
                     [&] { check_operations(json::parse(operations), "job: detect."); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(segs_operations)

BOOST_AUTO_TEST_CASE(labels_choose) {
  BOOST_TEST(ids(applied(R"([{"label": "face, eyes"}])")) == (Ids{1, 3, 4}));
  BOOST_TEST(ids(applied(R"([{"drop_label": "face"}])")) == (Ids{2, 3}));
}

BOOST_AUTO_TEST_CASE(order_sorts_stably_and_takes) {
  BOOST_TEST(ids(applied(R"([{"order": {}}])")) == (Ids{2}));
  BOOST_TEST(ids(applied(R"([{"order": {"take_start": 1, "take_count": 9}}])")) == (Ids{1, 3, 4}));
  BOOST_TEST(ids(applied(R"([{"order": {"order": "ascending", "target": "confidence",
                                        "take_count": 3}}])")) == (Ids{1, 4, 3}));
  BOOST_TEST(ids(filter_ordered(four(), Measure::x1, true, 0, 1).rest) == (Ids{2, 1, 3}));
}

BOOST_AUTO_TEST_CASE(ranges_include_their_ends) {
  BOOST_TEST(ids(applied(R"([{"range": {"min": 400, "max": 400}}])")) == (Ids{1, 3}));
  BOOST_TEST(ids(applied(R"([{"range": {"min": 400, "max": 400, "mode": "outside"}}])")) ==
             (Ids{2, 4}));
  BOOST_TEST(ids(applied(R"([{"range": {"target": "length_percent", "max": 200}}])")) ==
             (Ids{1, 2, 3}));
  BOOST_TEST(ids(applied(R"([{"range": {"target": "confidence", "min": 80}}])")) == (Ids{2, 3}));
  BOOST_TEST(ids(applied(R"([{"range": {"target": "ratio", "min": 1.5}}])")) == (Ids{2, 4}));
}

BOOST_AUTO_TEST_CASE(overlaps_are_measured_on_masks) {
  // Half of 1 and 3 lies in 2, a quarter of 2 in them.
  BOOST_TEST(ids(filter_overlapping(four(), {100, 80, {four().segs[1]}}, 0.4).kept) == (Ids{4}));
  BOOST_TEST(ids(filter_overlapping(four(), {100, 80, {four().segs[1]}}, 0.5).kept) ==
             (Ids{1, 3, 4}));
  BOOST_TEST(ids(filter_suppressed(four(), 0.5).kept) == (Ids{2, 3, 4}));
  BOOST_TEST(ids(filter_suppressed(four(), 0.2).kept) == (Ids{2, 4}));
  BOOST_TEST(ids(applied(R"([{"intersection": {"segs": "x"}}])")).empty());
}

BOOST_AUTO_TEST_CASE(masks_combine_in_eight_bits) {
  Segs segs{2, 1, {seg_at(1, {0, 0, 2, 1}, 1, ""), seg_at(2, {1, 0, 2, 1}, 0.25, "")}};
  segs.segs[0].mask.at<float>(0, 0) = 0.25f;
  segs.segs[0].mask.at<float>(0, 1) = 0.5f;
  segs.segs[1].mask.at<float>(0, 0) = 0.75f;
  const cv::Mat all = combined_mask(segs);
  BOOST_TEST(all.at<float>(0, 0) == 63 / 255.0f);
  BOOST_TEST(all.at<float>(0, 1) == (127 | 191) / 255.0f);
  const cv::Mat quarter(1, 2, CV_32F, cv::Scalar(0.25));
  BOOST_TEST(and_masks(segs, quarter).segs[0].mask.at<float>(0, 1) == 63 / 255.0f);
  BOOST_TEST(subtract_masks(segs, quarter).segs[0].mask.at<float>(0, 0) == 0.0f);
  BOOST_TEST(subtract_masks(segs, quarter).segs[1].mask.at<float>(0, 0) == 128 / 255.0f);
  const Segs merged = merge_segs(segs);
  BOOST_REQUIRE(merged.segs.size() == 1U);
  BOOST_TEST(merged.segs[0].label == "merged");
  BOOST_TEST(merged.segs[0].confidence == 0.25);
  BOOST_TEST((merged.segs[0].crop == Region{0, 0, 2, 1}));
  BOOST_TEST(merge_segs({5, 5, {}}).segs.empty());
}

BOOST_AUTO_TEST_CASE(blur_is_the_references_kernel) {
  Segs segs{9, 9, {seg_at(1, {0, 0, 9, 9}, 1, "", 0)}};
  segs.segs[0].mask(cv::Rect(3, 3, 3, 3)) = 1;
  const float expected[] = {0, .11959263f, .24099270f, .36300126f, .36480868f};
  for (const int size : {2, 20}) {
    const cv::Mat mask = blur_masks(segs, size, 10).segs[0].mask;
    for (int x = 0; x < 5; ++x) BOOST_TEST(std::abs(mask.at<float>(4, x) - expected[x]) < 1e-6f);
  }
  BOOST_TEST(cv::norm(blur_masks(segs, 0, 10).segs[0].mask, segs.segs[0].mask) == 0);
}

BOOST_AUTO_TEST_CASE(labels_and_boxes_change) {
  const Segs labelled = applied(R"([{"assign_labels": "a , b"}])");
  BOOST_TEST(labelled.segs[0].label == "a");
  BOOST_TEST(labelled.segs[1].label == "b");
  BOOST_TEST(labelled.segs[2].label == "left_eye");
  const Seg scaled = applied(R"([{"scale_bbox": 0.5}])").segs[1];
  BOOST_TEST((scaled.bbox == Box{20, 5, 40, 15}));
  BOOST_TEST(cv::countNonZero(scaled.mask) == 200);
  BOOST_TEST(ids(applied(R"([{"pick": [4, 2, 77]}, {"concat": "x"}])")) == (Ids{2, 4, 1, 5, 3, 6}));
}

// Made with MakeTileSEGS of October 2024.
BOOST_AUTO_TEST_CASE(tiles_are_the_references) {
  struct Recorded {
    int width, height;
    TileOptions options;
    std::size_t count;
    Box last;
    Region last_crop;
  };
  for (const Recorded& r :
       {Recorded{1000,
                 700,
                 {256, 1.5, 32, 20, {}, {}},
                 20,
                 {744, 444, 1000, 700},
                 {616, 316, 1000, 700}},
        Recorded{300, 900, {512, 2, 5, 20, {}, {}}, 4, {0, 600, 300, 900}, {0, 300, 300, 900}},
        Recorded{513, 512, {512, 1, 5, 20, {}, {}}, 2, {1, 0, 513, 512}, {1, 0, 513, 512}},
        Recorded{
            640, 480, {128, 1, 64, 20, {}, {}}, 80, {512, 352, 640, 480}, {512, 352, 640, 480}}}) {
    const Segs tiles = tile_segs(r.width, r.height, r.options);
    BOOST_REQUIRE(tiles.segs.size() == r.count);
    BOOST_TEST((tiles.segs.back().bbox == r.last));
    BOOST_TEST((tiles.segs.back().crop == r.last_crop));
  }
  Segs part{300, 200, {seg_at(1, {100, 60, 150, 100}, 1, "", 0)}};
  part.segs[0].mask(cv::Rect(20, 10, 20, 20)) = 1;
  const Segs inside = tile_segs(300, 200, {64, 1.5, 5, 10, part, {}});
  BOOST_REQUIRE(inside.segs.size() == 1U);
  BOOST_TEST((inside.segs[0].bbox == Box{116, 66, 144, 94}));
  BOOST_TEST((inside.segs[0].crop == Region{109, 59, 151, 101}));
  BOOST_TEST(cv::countNonZero(inside.segs[0].mask) == 784);
  const Segs outside = tile_segs(300, 200, {150, 1, 5, 10, {}, part});
  BOOST_REQUIRE(outside.segs.size() == 6U);
  const int pixels[] = {21659, 21659, 22500, 21659, 21659, 22500};
  for (std::size_t i = 0; i < 6; ++i)
    BOOST_TEST(cv::countNonZero(outside.segs[i].mask) == pixels[i]);
}

BOOST_AUTO_TEST_CASE(tiles_cover_the_picture) {
  const Segs tiles = applied(R"([{"tile": {"bbox_size": 64, "crop_factor": 1}}])");
  BOOST_TEST(tiles.segs.size() == 4U);
  cv::Mat all = combined_mask(tiles);
  BOOST_TEST(cv::countNonZero(all) == 8000);
  BOOST_TEST((tiles.segs[3].bbox == Box{36, 16, 100, 80}));
  TileOptions options;
  options.bbox_size = 64;
  options.dilation = 0;
  options.outside = Segs{100, 80, {seg_at(1, {0, 0, 64, 64}, 1, "")}};
  BOOST_TEST(cv::countNonZero(combined_mask(tile_segs(100, 80, options))) == 8000 - 64 * 64);
  options.inside = options.outside;
  BOOST_TEST(tile_segs(100, 80, options).segs.empty());
  BOOST_TEST(tile_segs(3, 2, {}).segs.size() >= 1U);
  options.outside->width = 5;
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { tile_segs(100, 80, options); }), "one size"));
}

BOOST_AUTO_TEST_CASE(bad_lists_are_refused_with_their_place) {
  BOOST_TEST(holds(refusal("{}"), "expected a list of at most 1000 operations"));
  BOOST_TEST(holds(refusal(R"([{"merge": true}, 5])"), "job: detect.filters[1] is 5"));
  BOOST_TEST(holds(refusal(R"([{"merge": true, "nms": 1}])"), "with one operation"));
  BOOST_TEST(holds(refusal(R"([{"nms": null}])"), "with one operation"));
  BOOST_TEST(holds(refusal(R"([{"lable": "x"}])"), "label"));
  BOOST_TEST(holds(refusal(R"([{"dilate": 600}])"), "filters[0].dilate is 600"));
  BOOST_TEST(holds(refusal(R"([{"nms": 2}])"), "nms is 2"));
  BOOST_TEST(holds(refusal(R"([{"range": {"target": "size"}}])"), "range.target is \"size\""));
  BOOST_TEST(holds(refusal(R"([{"and": {"segs": "a", "mask": "b"}}])"), "either segs or mask"));
  BOOST_TEST(holds(refusal(R"([{"order": 5}])"), "order is 5"));
  BOOST_TEST(holds(refusal(R"([{"pick": [0]}])"), "pick[0] is 0"));
  BOOST_TEST(holds(refusal(R"([{"tile": {"bbox_size": 1}}])"), "bbox_size is 1"));
  BOOST_TEST(holds(refusal(R"([{"concat": 1}])"), "concat is 1"));
  for (const char* name :
       {"label", "drop_label", "range", "order", "intersection", "nms", "pick", "tile", "dilate",
        "blur", "assign_labels", "scale_bbox", "merge", "concat", "and", "subtract"})
    BOOST_TEST(!refusal(("[{\"" + std::string(name) + "\": [[]]}]").c_str()).empty(), name);
}

BOOST_AUTO_TEST_CASE(no_segs_pass_through_everything) {
  const Segs none{100, 80, {}};
  BOOST_TEST(applied(R"([{"label": "x"}, {"order": {}}, {"range": {}}, {"nms": 0.5}, {"dilate": 5},
                         {"blur": {}}, {"merge": true}, {"scale_bbox": 2}, {"and": {"mask": "m"}},
                         {"assign_labels": "a"}, {"intersection": {"segs": "x"}}])",
                     none)
                 .segs.empty());
}

BOOST_AUTO_TEST_CASE(one_mask_of_all_is_the_largest_value_or_the_bits_of_all) {
  Segs segs{30, 10, {}};
  segs.segs.push_back(seg_at(1, {0, 0, 20, 10}, 1, "a", 170 / 255.f));
  segs.segs.push_back(seg_at(2, {10, 0, 25, 10}, 1, "b", 85.5f / 255));
  const cv::Mat largest = union_mask(segs), bits = combined_mask(segs);
  BOOST_TEST(largest.size() == cv::Size(30, 10));
  BOOST_TEST(largest.at<float>(3, 5) == 170 / 255.f);
  BOOST_TEST(largest.at<float>(3, 15) == 170 / 255.f);
  BOOST_TEST(largest.at<float>(3, 22) == 85.5f / 255);
  BOOST_TEST(largest.at<float>(3, 28) == 0);
  BOOST_TEST(bits.at<float>(3, 15) == 1);
  BOOST_TEST(bits.at<float>(3, 22) == 85 / 255.f);
}

BOOST_AUTO_TEST_SUITE_END()
