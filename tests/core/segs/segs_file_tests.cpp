// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS files: what is read, refused and written.
#include "segs/segs_file.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "segs/make_segs.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;
using nlohmann::json;

namespace {

constexpr int kWidth = 640, kHeight = 480;

Seg parse(const std::string& text, const MaskSource& masks = {}) {
  return parse_seg(json::parse(text), 3, kWidth, kHeight, "/jobs", masks);
}

MaskSource always(const cv::Mat& mask) {
  return {[mask](const std::filesystem::path&) { return mask; },
          [mask](const std::filesystem::path&, const std::string&) { return mask; }};
}

struct Refusal {
  const char* seg;
  const char* sentence;  // after "SEG 3: "
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.seg; }

const Refusal refusals[] = {
    {R"({})", "bbox is missing; expected [x1, y1, x2, y2]"},
    {R"(7)", "is 7; expected an object"},
    {R"({"bbox": [1, 2, 3]})", "bbox is a list of 3; expected a list of 4 numbers"},
    {R"({"bbox": [1, 2, 3, "4"]})", "bbox[3] is \"4\"; expected a number"},
    {R"({"bbox": [1, 2, 3, null]})", "bbox[3] is null; expected a number"},
    {R"({"bbox": [1, 2, 1e300, 4]})", "bbox[2] is 1e+300; expected a number from"},
    {R"({"bbox": [10, 10, 10, 20]})",
     "bbox is [10.0,10.0,10.0,20.0]; expected [x1, y1, x2, y2] with 0 <= x1 < x2"},
    {R"({"bbox": [20, 10, 10, 20]})", "bbox is [20.0,10.0,10.0,20.0]; expected"},
    {R"({"bbox": [-1, 0, 10, 10]})", "bbox is [-1.0,0.0,10.0,10.0]; expected"},
    {R"({"bbox": [0, 0, 641, 10]})",
     "bbox [0.0,0.0,641.0,10.0] reaches outside the picture of 640x480 pixels"},
    {R"({"bbox": [0, 0, 10, 480.5]})",
     "bbox [0.0,0.0,10.0,480.5] reaches outside the picture of 640x480 pixels"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [0, 0, 9.5, 9]})",
     "crop_region is [0.0,0.0,9.5,9.0]; expected whole pixels"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [5, 5, 5, 9]})",
     "crop_region is [5.0,5.0,5.0,9.0]; expected whole pixels"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [-1, 0, 9, 9]})", "crop_region is"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [0, 0, 2147483648, 9]})", "crop_region is"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [0, 0, 9, 481]})",
     "crop_region [0.0,0.0,9.0,481.0] reaches outside the picture of 640x480"},
    {R"({"bbox": [0, 0, 9, 9], "crop_region": [9, 0, 20, 9]})",
     "bbox [0.0,0.0,9.0,9.0] lies outside the crop_region [9.0,0.0,20.0,9.0]"},
    {R"({"bbox": [0, 0, 9, 9], "crop_factor": 0})",
     "crop_factor is 0; expected a number from 1.0 to 100.0"},
    {R"({"bbox": [0, 0, 9, 9], "confidence": 2})",
     "confidence is 2; expected a number from 0.0 to 1.0"},
    {R"({"bbox": [0, 0, 9, 9], "id": 0})", "id is 0; expected a whole number from 1"},
    {R"({"bbox": [0, 0, 9, 9], "id": 1.5})", "id is 1.5; expected"},
    {R"({"bbox": [0, 0, 9, 9], "seed": -7})",
     "seed is -7; expected a whole number from 0 to 18446744073709551615"},
    {R"({"bbox": [0, 0, 9, 9], "label": 3})", "label is 3; expected text"},
    {R"({"bbox": [0, 0, 9, 9], "prompt": "x"})", "prompt is \"x\"; expected an object"},
    {R"({"bbox": [0, 0, 9, 9], "prompt": {"possitive": "x"}})",
     "prompt.possitive is not a known key; did you mean positive?"},
    {R"({"bbox": [0, 0, 9, 9], "box": []})", "box is not a known key; did you mean bbox?"},
    {R"({"bbox": [0, 0, 9, 9], "mask": "m.png"})", "mask is \"m.png\"; expected an object"},
    {R"({"bbox": [0, 0, 9, 9], "mask": {}})",
     "mask names no file and no tensor; expected one of them"},
    {R"({"bbox": [0, 0, 9, 9], "mask": {"file": "a", "tensor": "b", "key": "c"}})",
     "mask names both a file and a tensor"},
    {R"({"bbox": [0, 0, 9, 9], "mask": {"tensor": "b"}})",
     "mask.key is missing; expected the name of a tensor in \"b\""},
    {R"({"bbox": [0, 0, 9, 9], "mask": {"file": "a", "key": "c"}})",
     "mask.key is given without mask.tensor, but with \"a\""},
    {R"({"bbox": [0, 0, 9, 9], "mask": {"file": ""}})", "mask.file is \"\"; expected a path"},
    {R"({"bbox": [0, 0, 9, 9], "landmarks": 1})",
     "landmarks is 1; expected a list of at most 1000 points"},
    {R"({"bbox": [0, 0, 9, 9], "landmarks": [[1, 2], [3]]})",
     "landmarks[1] is a list of 1; expected a list of 2 numbers"},
    {R"({"bbox": [0, 0, 9, 9], "landmarks": [null]})",
     "landmarks[0] is null; expected a list of 2 numbers"},
};

json file_with(const json& segs) {
  return {{"burin_segs", 1}, {"width", kWidth}, {"height", kHeight}, {"segs", segs}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_seg_)

BOOST_DATA_TEST_CASE(refuses_with_a_sentence_that_names_seg_and_key, refusals) {
  const auto sentence = sentence_of(BURIN_E_JOB, [&] { parse(sample.seg); });
  BOOST_TEST(sentence.rfind(std::string("SEG 3: ") + sample.sentence, 0) == 0u, sentence);
}

BOOST_AUTO_TEST_CASE(fills_in_everything_but_the_box) {
  const Seg seg = parse(R"({"bbox": [100, 200, 180, 300]})");
  BOOST_TEST(seg.id == 3);
  BOOST_TEST((seg.crop == make_crop_region(kWidth, kHeight, {100, 200, 180, 300}, 3)));
  BOOST_TEST(seg.label == "");
  BOOST_TEST(seg.confidence == 1);
  BOOST_TEST(seg.landmarks.empty());
  BOOST_TEST(!seg.positive);
  BOOST_TEST(!seg.seed);
  BOOST_TEST(cv::countNonZero(seg.mask) == 80 * 100);
  BOOST_TEST(seg.mask.at<float>(200 - seg.crop.y1, 100 - seg.crop.x1) == 1.0f);
  BOOST_TEST(seg.mask.at<float>(199 - seg.crop.y1, 100 - seg.crop.x1) == 0.0f);
  BOOST_TEST(mask_is_bbox(seg));
}

BOOST_AUTO_TEST_CASE(reads_every_key) {
  const Seg seg = parse(
      R"({"id": 9, "bbox": [10.5, 20, 30, 40.25], "crop_region": [0, 0, 64, 48], "crop_factor": 2,
      "label": "face", "confidence": 0.97, "landmarks": [[1.5, 2], [700, -3]],
      "prompt": {"positive": "p", "negative": null}, "seed": 18446744073709551615, "mask": null})");
  BOOST_TEST(seg.id == 9);
  BOOST_TEST((seg.bbox == Box{10.5, 20, 30, 40.25}));
  BOOST_TEST((seg.crop == Region{0, 0, 64, 48}));
  BOOST_TEST(seg.label == "face");
  BOOST_TEST(seg.confidence == 0.97);
  BOOST_TEST((seg.landmarks == std::vector<std::array<double, 2>>{{1.5, 2}, {700, -3}}));
  BOOST_TEST(seg.positive.value() == "p");
  BOOST_TEST(!seg.negative);
  BOOST_TEST(seg.seed.value() == UINT64_MAX);
  // 10.5 rounds to 11 and 40.25 to 40.
  BOOST_TEST(cv::countNonZero(seg.mask) == 19 * 20);
}

BOOST_AUTO_TEST_CASE(gives_the_smallest_box_a_pixel) {
  for (const char* text :
       {R"({"bbox": [9.6, 9.6, 9.9, 9.9], "crop_region": [0, 0, 10, 10]})",
        R"({"bbox": [0.1, 0.1, 0.2, 0.2]})", R"({"bbox": [639.9, 479.9, 640, 480]})"})
    BOOST_TEST(cv::countNonZero(parse(text).mask) == 1);
}

BOOST_AUTO_TEST_CASE(asks_for_masks_by_file_and_by_tensor) {
  const cv::Mat mask = cv::Mat::ones(10, 20, CV_32F) * 1.5;
  std::string asked;
  const MaskSource source{[&](const std::filesystem::path& file) {
                            asked = file.string();
                            return mask;
                          },
                          [&](const std::filesystem::path& file, const std::string& key) {
                            asked = file.string() + " " + key;
                            return mask;
                          }};
  const std::string start = R"({"bbox": [0, 0, 9, 9], "crop_region": [0, 0, 20, 10], "mask": )";
  const Seg seg = parse(start + R"({"file": "m.png"}})", source);
  BOOST_TEST(asked == "/jobs/m.png");
  BOOST_TEST(cv::countNonZero(seg.mask == 1.0f) == 200);
  BOOST_TEST(!mask_is_bbox(seg));
  parse(start + R"({"tensor": "/m.safetensors", "key": "seg.0.mask"}})", source);
  BOOST_TEST(asked == "/m.safetensors seg.0.mask");
}

BOOST_AUTO_TEST_CASE(refuses_masks_that_do_not_fit) {
  const std::string text =
      R"({"bbox": [0, 0, 9, 9], "crop_region": [0, 0, 20, 10], "mask": {"file": "m.png"}})";
  BOOST_TEST(sentence_of(BURIN_E_JOB, [&] {
               parse(text, always(cv::Mat::ones(10, 21, CV_32F)));
             }) == "SEG 3: its mask is 21x10 pixels; expected the size of its crop region, 20x10");
  BOOST_TEST(holds(
      sentence_of(BURIN_E_IMAGE,
                  [&] { parse(text, always(cv::Mat(10, 20, CV_32F, cv::Scalar(std::nan(""))))); }),
      "SEG 3: its mask holds NaN"));
  BOOST_TEST(
      holds(sentence_of(BURIN_E_IMAGE, [&] { parse(text, always(cv::Mat::ones(10, 20, CV_8U))); }),
            "SEG 3: its mask has the type"));
  BOOST_TEST(holds(sentence_of(BURIN_E_IMAGE, [&] { parse(text, always(cv::Mat())); }),
                   "SEG 3: its mask has no pixels"));
  BOOST_TEST(holds(sentence_of(BURIN_E_UNSUPPORTED, [&] { parse(text); }),
                   "masks cannot be read from picture files here"));
  const MaskSource failing{[](const std::filesystem::path&) -> cv::Mat {
                             throw Error(BURIN_E_NOT_FOUND, "no such file");
                           },
                           {}};
  BOOST_TEST(sentence_of(BURIN_E_NOT_FOUND, [&] { parse(text, failing); }) ==
             "SEG 3: no such file");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(parse_segs_)

BOOST_AUTO_TEST_CASE(numbers_segs_by_their_place) {
  const Segs segs = parse_segs(
      json::parse(
          R"([{"bbox": [0, 0, 9, 9]}, {"bbox": [0, 0, 9, 9], "id": 7}, {"bbox": [0, 0, 9, 9]}])"),
      kWidth, kHeight, "", {});
  BOOST_TEST_REQUIRE(segs.segs.size() == 3u);
  BOOST_TEST(segs.segs[0].id == 1);
  BOOST_TEST(segs.segs[1].id == 7);
  BOOST_TEST(segs.segs[2].id == 3);
  BOOST_TEST(segs.width == kWidth);
}

BOOST_AUTO_TEST_CASE(refuses_files_that_do_not_fit) {
  const auto refused = [](const json& document, burin_status status = BURIN_E_JOB) {
    return sentence_of(status, [&] { parse_segs(document, kWidth, kHeight, "", {}); });
  };
  json document = file_with(json::array());
  document["width"] = 641;
  BOOST_TEST(refused(document) ==
             "SEGS file: it was made for a picture of 641x480 pixels; this one has 640x480");
  document = file_with(json::array());
  document["burin_segs"] = 2;
  BOOST_TEST(refused(document, BURIN_E_UNSUPPORTED) ==
             "SEGS file: burin_segs is 2; this build reads 1");
  document = file_with(json::array());
  document.erase("height");
  BOOST_TEST(holds(refused(document), "SEGS file: height is missing"));
  document = file_with(json::array());
  document["heigth"] = 1;
  BOOST_TEST(
      holds(refused(document), "SEGS file: heigth is not a known key; did you mean height?"));
  BOOST_TEST(holds(refused(file_with(json::object())), "segs is an empty object; expected a list"));
  BOOST_TEST(holds(refused(5), "the SEGS are 5"));
  BOOST_TEST(holds(refused(nullptr), "the SEGS are null"));
  const json seg = {{"bbox", {0, 0, 9, 9}}, {"id", 4}};
  BOOST_TEST(refused({seg, seg}) ==
             "SEG 2: id is 4, which an earlier SEG has; expected each id once");
  BOOST_TEST(holds(refused(std::vector<json>(kMostSegs + 1, seg)),
                   "segs holds 10001 SEGS; expected at most 10000"));
}

BOOST_AUTO_TEST_CASE(refuses_more_mask_pixels_than_memory_should_hold) {
  json list = json::array();
  for (int i = 0; i < 3; ++i) list.push_back({{"bbox", {0, 0, 30000, 30000}}});
  const auto sentence = sentence_of(BURIN_E_JOB, [&] { parse_segs(list, 30000, 30000, "", {}); });
  BOOST_TEST(holds(sentence, "expected at most 1073741824"));
}

BOOST_AUTO_TEST_CASE(reads_files_with_paths_from_their_own_folder) {
  const auto folder = std::filesystem::temp_directory_path() / "burin_segs_file_tests";
  std::filesystem::create_directories(folder);
  const auto file = folder / "a.json";
  std::ofstream(file)
      << file_with({{{"bbox", {0, 0, 9, 9}}, {"mask", {{"file", "m.png"}}}}}).dump();
  std::filesystem::path asked;
  const MaskSource source{[&](const std::filesystem::path& mask) {
                            asked = mask;
                            return cv::Mat::ones(27, 27, CV_32F);
                          },
                          {}};
  BOOST_TEST(read_segs_file(file, kWidth, kHeight, source).segs.size() == 1u);
  BOOST_TEST(asked == folder / "m.png");
  std::ofstream(file) << "{";
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { read_segs_file(file, kWidth, kHeight, source); }),
                   "a.json\" is not valid JSON"));
  BOOST_TEST(holds(sentence_of(BURIN_E_NOT_FOUND,
                               [&] { read_segs_file(folder / "b.json", kWidth, kHeight, source); }),
                   "b.json"));
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(segs_to_json_)

BOOST_AUTO_TEST_CASE(comes_back_the_same) {
  Segs segs{kWidth, kHeight, {}};
  segs.segs.push_back(
      parse(R"({"id": 9, "bbox": [10.5, 20, 30, 40.25], "label": "face", "confidence": 0.97,
      "landmarks": [[1.5, 2]], "prompt": {"positive": "p"}, "seed": 18446744073709551615})"));
  segs.segs.push_back(parse(R"({"bbox": [100, 100, 200, 200]})"));
  segs.segs[1].mask.at<float>(0, 0) = 0.5f;
  const json written = segs_to_json(segs, [](std::size_t i) {
    return json{{"tensor", "m.st"}, {"key", std::to_string(i)}};
  });
  BOOST_TEST(!written["segs"][0].contains("mask"));
  BOOST_TEST(written["segs"][1]["mask"]["key"] == "1");
  const Segs again = parse_segs(written, kWidth, kHeight, "", always(segs.segs[1].mask));
  BOOST_TEST(segs_to_json(again, {}) == segs_to_json(segs, {}));
  BOOST_TEST(again.segs[0].bbox.x1 == 10.5);
  BOOST_TEST(again.segs[0].seed.value() == UINT64_MAX);
  BOOST_TEST(cv::norm(again.segs[1].mask, segs.segs[1].mask, cv::NORM_INF) == 0);
}

BOOST_AUTO_TEST_CASE(takes_back_what_detection_makes) {
  Detection detection;
  detection.box = {-5, 3.25, 60.5, 90};
  detection.label =
      "fa\xff"
      "ce";
  const Segs segs = boxes_to_segs(kWidth, kHeight, {detection}, {});
  const json written = segs_to_json(segs, {});
  BOOST_TEST(written["segs"][0]["label"] == "fa?ce");
  const Segs again = parse_segs(json::parse(written.dump()), kWidth, kHeight, "", {});
  BOOST_TEST((again.segs.at(0).crop == segs.segs.at(0).crop));
}

BOOST_AUTO_TEST_SUITE_END()
