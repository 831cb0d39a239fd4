// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The YOLO detector: its parts, and whole runs against numbers of the training framework
// (data/make_data.py).
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "answers.hpp"
#include "burin/cpp/detector.hpp"
#include "burin/ext/params.h"
#include "graph.hpp"

using namespace burin;
using namespace burin::yolo;
namespace tt = boost::test_tools;
namespace fs = std::filesystem;

namespace {

const std::string data = std::string(BURIN_SOURCE_DIR) + "/tests/plugins/yolo/data/";

std::vector<char> file_bytes(const std::string& name) {
  std::ifstream stream(data + name, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(stream, "cannot read " + name);
  return {std::istreambuf_iterator<char>(stream), {}};
}

OnnxFile onnx(const std::vector<char>& bytes) { return read_onnx(std::as_bytes(std::span(bytes))); }

// As picture() in make_data.py.
struct Picture {
  int64_t height, width;
  std::vector<uint8_t> rgb;
  Picture(int64_t w, int64_t h) : height(h), width(w) {
    for (uint32_t y = 0; y < h; ++y) {
      for (uint32_t x = 0; x < w; ++x) {
        for (uint32_t c = 0; c < 3; ++c) {
          const uint32_t noise = (x * 73856093U ^ y * 19349663U ^ c * 83492791U) * 2654435761U;
          rgb.push_back(static_cast<uint8_t>((x * 3 + y * 2 + c * 50) % 192 + (noise >> 26)));
        }
      }
    }
  }
  sdk::RgbView view() const { return {rgb.data(), height, width, width * 3, 3, 1}; }
};

sdk::ModuleSet& modules() {
  static sdk::ModuleSet set;
  return set;
}

// The module through the ABI, with its parameters.
class Yolo {
 public:
  explicit Yolo(const char* data_dir = nullptr)
      : api_(modules().find<burin_detector>(BURIN_DETECTOR_ID, "yolo").api) {
    BOOST_REQUIRE(api_->create(modules().host(), data_dir, &self_) == BURIN_OK);
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_DETECTOR_ID, "yolo",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    params_ = static_cast<const burin_params*>(params);
  }
  Yolo(const Yolo&) = delete;
  Yolo& operator=(const Yolo&) = delete;
  ~Yolo() { api_->destroy(self_); }

  burin_status set(const char* id, const std::string& text) {
    const burin_param_value value = {sizeof(value), BURIN_PARAM_PATH, 0, text.c_str()};
    return params_->set(self_, id, &value);
  }
  burin_status set(const char* id, double number) {
    const burin_param_value value = {sizeof(value), BURIN_PARAM_DOUBLE, number, nullptr};
    return params_->set(self_, id, &value);
  }

  struct Found {
    std::vector<double> row;  // x1 y1 x2 y2 score
    std::string label;
    double mask_sum = 0, mask_moment = 0;
  };
  burin_status detect(const Picture& picture, double threshold, std::vector<Found>* found = nullptr,
                      const burin_run* run = nullptr, double min_size = 0) {
    const sdk::TensorView view(picture.rgb.data(), sdk::PixelType::u8, picture.height,
                               picture.width, 3);
    const burin_detector_options options = {sizeof(options), threshold, min_size};
    burin_detections out = {};
    out.struct_size = sizeof(out);
    const burin_status status = api_->detect(self_, view.dl(), &options, run, &out);
    for (size_t i = 0; found && i < out.count; ++i) {
      const burin_detection& d = out.items[i];
      Found f{{d.x1, d.y1, d.x2, d.y2, d.confidence}, d.label, 0, 0};
      for (int64_t p = 0; d.mask && p < picture.height * picture.width; ++p) {
        const double value = static_cast<const float*>(d.mask->data)[p];
        f.mask_sum += value;
        f.mask_moment += value * static_cast<double>(p % picture.width + 3 * (p / picture.width));
      }
      found->push_back(f);
    }
    if (out.release) out.release(&out);
    return status;
  }

 private:
  const burin_detector* api_;
  const burin_params* params_ = nullptr;
  void* self_ = nullptr;
};

std::string said() { return burin_last_error(); }
bool says(const std::string& text) { return said().find(text) != std::string::npos; }

struct Expected {
  std::string network;
  int64_t width = 0, height = 0;
  double threshold = 0, iou = 0;
  std::vector<std::vector<double>> rows;
};

std::vector<Expected> expected_answers() {
  std::vector<Expected> all;
  std::ifstream file(data + "answers.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    if (line.front() == '#') continue;
    if (std::isalpha(static_cast<unsigned char>(line.front()))) {
      Expected& e = all.emplace_back();
      char by;
      words >> e.network >> e.width >> by >> e.height >> e.threshold >> e.iou;
    } else {
      all.back().rows.emplace_back(std::istream_iterator<double>(words),
                                   std::istream_iterator<double>());
    }
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yolo_runs)

// The same boxes in the same order as ultralytics, its masks' sums within rounding.
BOOST_AUTO_TEST_CASE(answers_as_the_training_framework_does) {
  const std::vector<std::string> names = {"face", "dog's head", "a \"quoted\" name"};
  const auto all = expected_answers();
  BOOST_REQUIRE(all.size() == 16U);
  Yolo yolo;
  size_t boxes = 0;
  for (const Expected& e : all) {
    BOOST_TEST_CONTEXT(e.network << " " << e.width << " " << e.threshold) {
      BOOST_REQUIRE(yolo.set("model", data + e.network + ".onnx") == BURIN_OK);
      BOOST_REQUIRE(yolo.set("iou", e.iou) == BURIN_OK);
      const Picture picture(e.width, e.height);
      std::vector<Yolo::Found> found;
      BOOST_REQUIRE_MESSAGE(yolo.detect(picture, e.threshold, &found) == BURIN_OK, said());
      // Boxes that lie outside of the picture have no size there and are not reported.
      std::vector<std::vector<double>> rows = e.rows;
      std::erase_if(rows, [](const auto& r) { return r[2] <= r[0] || r[3] <= r[1]; });
      BOOST_REQUIRE(found.size() == rows.size());
      for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t k = 0; k < 4; ++k) BOOST_TEST(std::abs(found[i].row[k] - rows[i][k]) < 0.02);
        BOOST_TEST(std::abs(found[i].row[4] - rows[i][4]) < 1e-3);
        BOOST_TEST(found[i].label == names[static_cast<size_t>(rows[i][5])]);
        BOOST_TEST(std::abs(found[i].mask_sum - rows[i][6]) < 2 + 0.01 * rows[i][6]);
        BOOST_TEST(std::abs(found[i].mask_moment - rows[i][7]) < 200 + 0.01 * rows[i][7]);
      }
      boxes += rows.size();
    }
  }
  BOOST_TEST(boxes > 100U);
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_smaller_than_asked) {
  Yolo yolo;
  yolo.set("model", data + "transposed.onnx");
  const Picture picture(120, 50);
  std::vector<Yolo::Found> all, large;
  BOOST_REQUIRE(yolo.detect(picture, 0.4, &all) == BURIN_OK);
  BOOST_REQUIRE(yolo.detect(picture, 0.4, &large, nullptr, 12) == BURIN_OK);
  BOOST_TEST(large.size() < all.size());
  for (const auto& f : large) {
    BOOST_TEST(std::min(f.row[2] - f.row[0], f.row[3] - f.row[1]) >= 12);
  }
}

BOOST_AUTO_TEST_CASE(stops_between_any_two_nodes) {
  Yolo yolo;
  yolo.set("model", data + "segment.onnx");
  const Picture picture(61, 93);
  struct Count {
    int asked = 0, stop_at = -1;
  } count;
  burin_run run = {};
  run.struct_size = sizeof(run);
  run.ctx = &count;
  run.cancelled = [](void* ctx) -> int32_t {
    auto& c = *static_cast<Count*>(ctx);
    return ++c.asked == c.stop_at;
  };
  BOOST_REQUIRE(yolo.detect(picture, 0.6, nullptr, &run) == BURIN_OK);
  const int asked = count.asked;
  BOOST_TEST(asked > 10);
  for (int stop_at = 1; stop_at <= asked; ++stop_at) {
    count = {0, stop_at};
    BOOST_TEST(yolo.detect(picture, 0.6, nullptr, &run) == BURIN_E_CANCELLED);
    BOOST_TEST(count.asked == stop_at);
  }
}

BOOST_AUTO_TEST_CASE(finds_the_one_network_in_its_folder) {
  const fs::path folder = fs::temp_directory_path() / "burin-yolo-models";
  fs::remove_all(folder);
  const Picture picture(40, 40);
  BOOST_TEST(Yolo().detect(picture, 0.5) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("no data folder"));
  fs::create_directories(folder / "yolo");
  Yolo yolo(folder.c_str());
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("holds 0 ONNX files"));
  fs::copy_file(data + "transposed.onnx", folder / "yolo/face.onnx");
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_OK);
  fs::copy_file(data + "segment.onnx", folder / "yolo/other.onnx");
  Yolo again(folder.c_str());
  BOOST_TEST(again.detect(picture, 0.5) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("holds 2 ONNX files"));
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_a_file) {
  const Picture picture(40, 40);
  Yolo yolo;
  yolo.set("model", std::string("/nowhere/face.onnx"));
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("/nowhere/face.onnx"));
  yolo.set("model", data + "pose.onnx");
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_E_MODEL);
  BOOST_TEST(says("trained to pose"));
  yolo.set("model", data + "make_data.py");
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_E_MODEL);
  BOOST_TEST(says("no ONNX network"));
  yolo.set("model", data + "operators.onnx");
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_E_MODEL);
  BOOST_TEST(says("6 pixels a side"));
  // And a good one works afterwards.
  yolo.set("model", data + "finished.onnx");
  BOOST_TEST(yolo.detect(picture, 0.5) == BURIN_OK);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(yolo_graph)

// onnxruntime's answers, made by make_data.py.
BOOST_AUTO_TEST_CASE(operators_compute_what_they_mean) {
  Graph graph(onnx(file_bytes("operators.onnx")));
  Value image = Value::of_floats({1, 3, 6, 8});
  for (size_t i = 0; i < image.floats->size(); ++i) {
    (*image.floats)[i] = (static_cast<float>(i % 7) - 3) / 4;
  }
  const auto outputs = graph.run(image, [](double) {});
  const auto bytes = file_bytes("operators.f32");
  std::vector<float> expected(bytes.size() / 4);
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  size_t at = 0;
  for (size_t k = 0; k < outputs.size(); ++k) {
    double worst = 0;
    BOOST_REQUIRE(outputs[k].floats->size() <= expected.size() - at);
    for (const float value : *outputs[k].floats) {
      worst = std::max(worst, std::abs(static_cast<double>(value) - expected[at++]));
    }
    BOOST_TEST(worst < 2e-5, graph.file().outputs[k] << " is off by " << worst);
  }
  BOOST_TEST(at == expected.size());
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused_or_read) {
  const auto whole = file_bytes("segment.onnx");
  int refused = 0;
  for (size_t size = 0; size < whole.size(); size += size < 600 ? 1 : 37) {
    try {
      onnx({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    } catch (const sdk::Error& error) {
      BOOST_TEST(error.status() == BURIN_E_MODEL);
      ++refused;
    }
  }
  BOOST_TEST(refused > 300);
}

BOOST_AUTO_TEST_CASE(a_file_with_any_byte_changed_is_refused_or_run) {
  const auto whole = file_bytes("operators.onnx");
  Value image = Value::of_floats({1, 3, 6, 8});
  int ran = 0, refused = 0;
  for (size_t i = 0; i < whole.size(); i += 3) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ (i % 2 ? 0x81 : 0x13));
    try {
      Graph graph(onnx(changed));
      graph.run(image, [](double) {});
      ++ran;
    } catch (const sdk::Error& error) {
      BOOST_TEST((error.status() == BURIN_E_MODEL || error.status() == BURIN_E_UNSUPPORTED));
      ++refused;
    }
  }
  BOOST_TEST(ran > 50);
  BOOST_TEST(refused > 50);
}

BOOST_AUTO_TEST_CASE(an_operator_that_is_not_known_is_named) {
  auto bytes = file_bytes("operators.onnx");
  const std::string known = "LeakyRelu";
  const auto at = std::search(bytes.begin(), bytes.end(), known.begin(), known.end());
  BOOST_REQUIRE(at != bytes.end());
  *at = 'X';
  try {
    Graph graph(onnx(bytes));
    BOOST_ERROR("not refused");
  } catch (const sdk::Error& error) {
    BOOST_TEST(error.status() == BURIN_E_UNSUPPORTED);
    BOOST_TEST(std::string(error.what()).find("XeakyRelu") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(yolo_parts)

BOOST_AUTO_TEST_CASE(the_letterbox_is_the_training_frameworks) {
  const Picture picture(61, 93);
  const Letterbox box = fit({61, 93}, {96, 64});
  const Value value = letterboxed(picture.view(), box);
  const auto expected = file_bytes("letterbox_61x93.u8");
  BOOST_REQUIRE(expected.size() == 64U * 96 * 3);
  int off = 0, far = 0;
  for (size_t i = 0; i < 64U * 96; ++i) {
    for (size_t c = 0; c < 3; ++c) {
      const double level = 255.0 * (*value.floats)[c * 64 * 96 + i];
      const double difference = std::abs(level - static_cast<uint8_t>(expected[3 * i + c]));
      off += difference > 0.5;
      far += difference > 1.01;  // OpenCV's own builds round some pixels differently
    }
  }
  BOOST_TEST(far == 0);
  BOOST_TEST(off < 200);
}

BOOST_AUTO_TEST_CASE(odd_borders_are_larger_on_the_right_and_halves_round_to_even) {
  const Letterbox wide = fit({100, 61}, {640, 640});  // 390.4 rows
  BOOST_TEST(wide.place.height == 390);
  BOOST_TEST(wide.place.y == 125);
  BOOST_TEST(wide.place.width == 640);
  const Letterbox odd = fit({128, 25}, {64, 64});  // 12.5 rows, 26 above and below
  BOOST_TEST(odd.place.height == 12);
  BOOST_TEST(odd.place.y == 26);
  const Letterbox thin = fit({10000, 1}, {64, 64});
  BOOST_TEST(thin.place.height == 1);
  BOOST_TEST(thin.place.y == 31);  // 31.5 - 0.1
  BOOST_TEST(wide.picture_x(640) == 100);
  BOOST_TEST(wide.picture_y(125) == 0);
  BOOST_TEST(wide.picture_y(515) == 61);
}

BOOST_AUTO_TEST_CASE(any_strides_give_the_same_input) {
  const Picture picture(31, 17);
  std::vector<uint8_t> planar(picture.rgb.size());
  for (size_t i = 0; i < planar.size(); ++i) planar[i % 3 * 31 * 17 + i / 3] = picture.rgb[i];
  const sdk::RgbView planes = {planar.data(), 17, 31, 31, 1, 31 * 17};
  const Letterbox box = fit({31, 17}, {64, 64});
  BOOST_TEST(*letterboxed(planes, box).floats == *letterboxed(picture.view(), box).floats);
}

BOOST_AUTO_TEST_CASE(names_are_read_with_their_quotes) {
  const auto names = parse_names(R"({0: 'face', 1: "dog's head", 2: 'it\'s', 3: ''})");
  BOOST_REQUIRE(names.size() == 4U);
  BOOST_TEST(names[1] == "dog's head");
  BOOST_TEST(names[2] == "it's");
  BOOST_TEST(names[3] == "");
  for (const char* wrong : {"", "[]", "{0: face}", "{0: 'a'", "{0: 'a", "{1: 'a'}", "{0 'a', x}",
                            "{99999999999999999999: 'a'}", "{-1: 'a'}"}) {
    BOOST_TEST(parse_names(wrong).size() == (std::string(wrong) == "{0: 'a'" ? 1U : 0U), wrong);
  }
}

BOOST_AUTO_TEST_CASE(layouts_are_told_by_their_shapes) {
  BOOST_CHECK(layout_of({{1, 84, 8400}}, 80).form == Form::transposed);
  BOOST_CHECK(layout_of({{1, 84, 84}}, 80).form == Form::transposed);
  BOOST_CHECK(layout_of({{1, 5, 8400}}, 0).form == Form::transposed);
  BOOST_CHECK(layout_of({{1, 25200, 85}}, 80).form == Form::objectness);
  BOOST_CHECK(layout_of({{1, 25200, 6}}, 1).form == Form::objectness);
  BOOST_CHECK(layout_of({{1, 300, 6}}, 80).form == Form::finished);
  BOOST_CHECK(layout_of({{1, 300, 38}, {1, 32, 160, 160}}, 80).form == Form::finished);
  const Layout segments = layout_of({{1, 32, 160, 160}, {1, 116, 8400}}, 80);
  BOOST_CHECK(segments.form == Form::transposed);
  BOOST_TEST(segments.boxes_at == 1U);
  BOOST_TEST(segments.prototypes_at == 0);
  BOOST_TEST(segments.coefficients == 32);
  BOOST_TEST(segments.classes == 80);
  const Layout old = layout_of({{1, 25200, 85}, {1, 3, 80, 80, 85}, {1, 3, 40, 40, 85}}, 0);
  BOOST_TEST(old.classes == 80);
  for (const std::vector<Shape>& wrong : {std::vector<Shape>{},
                                          {{1, 84}},
                                          {{2, 84, 8400}},
                                          {{1, 84, 8400}, {1, 84, 8400}},
                                          {{1, 4, 8400}},
                                          {{1, 20, 8400}},
                                          {{1, 32, 160, 160}}}) {
    try {
      layout_of(wrong, 80);
      BOOST_ERROR("not refused");
    } catch (const sdk::Error& error) {
      BOOST_TEST(error.status() == BURIN_E_MODEL);
      BOOST_TEST(std::string(error.what()).find("expected") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_give_no_box) {
  Value boxes = Value::of_floats({1, 6, 9});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (size_t field = 0; field < 6; ++field) {
    std::fill(boxes.floats->begin(), boxes.floats->end(), 0.9F);
    for (size_t i = 0; i < 9; ++i) (*boxes.floats)[field * 9 + i] = nan;
    const auto found = answers_of(boxes, layout_of({boxes.shape}, 2), 0.5F, 0.7F);
    for (const Answer& a : found) BOOST_TEST(std::isfinite(a.x1 + a.y1 + a.x2 + a.y2 + a.score));
  }
}

BOOST_AUTO_TEST_SUITE_END()
