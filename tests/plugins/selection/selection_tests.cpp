// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A mask picture as a detector, read by a host that keeps its pictures in memory.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "burin/cpp/detector.hpp"
#include "burin/ext/params.h"

using namespace burin;

namespace {

constexpr int64_t height = 40, width = 60;

template <typename Element>
sdk::PixelBuffer picture(sdk::PixelType type, int64_t h, int64_t w, int64_t channels,
                         const std::vector<Element>& values) {
  sdk::PixelBuffer buffer{{}, type, h, w, channels};
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  buffer.bytes.assign(bytes, bytes + values.size() * sizeof(Element));
  return buffer;
}

// Two blobs: 10 x 8 of half grey, and 4 x 20 of white that touches nothing.
std::vector<uint8_t> two_blobs() {
  std::vector<uint8_t> mask(height * width);
  for (int64_t y = 5; y < 13; ++y) std::fill_n(mask.begin() + y * width + 3, 10, uint8_t{128});
  for (int64_t y = 15; y < 35; ++y) std::fill_n(mask.begin() + y * width + 40, 4, uint8_t{255});
  return mask;
}

std::map<std::string, sdk::PixelBuffer>& files() {
  static std::map<std::string, sdk::PixelBuffer> all;
  return all;
}

sdk::ModuleSet& modules() {
  static sdk::ModuleSet set = [] {
    sdk::ModuleSetOptions options;
    options.read_image = [](const std::string& path) {
      const auto found = files().find(path);
      if (found == files().end()) throw sdk::Error(BURIN_E_NOT_FOUND, path + " is not there.");
      return found->second;
    };
    return sdk::ModuleSet(options);
  }();
  return set;
}

struct Found {
  std::vector<double> box;
  std::string label;
  std::vector<float> mask;
};

class Selection {
 public:
  Selection() : api_(modules().find<burin_detector>(BURIN_DETECTOR_ID, "selection").api) {
    BOOST_REQUIRE(api_->create(modules().host(), nullptr, &self_) == BURIN_OK);
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_DETECTOR_ID, "selection",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    params_ = static_cast<const burin_params*>(params);
  }
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;
  ~Selection() { api_->destroy(self_); }

  void mask(const std::string& path) {
    const burin_param_value value = {sizeof(value), BURIN_PARAM_PATH, 0, path.c_str()};
    BOOST_REQUIRE(params_->set(self_, "mask", &value) == BURIN_OK);
  }
  void combined() {
    const burin_param_value value = {sizeof(value), BURIN_PARAM_BOOL, 1, nullptr};
    BOOST_REQUIRE(params_->set(self_, "combined", &value) == BURIN_OK);
  }
  burin_status detect(std::vector<Found>* found, double min_size = 0) {
    const std::vector<uint8_t> rgb(height * width * 3);
    const sdk::TensorView view(rgb.data(), sdk::PixelType::u8, height, width, 3);
    const burin_detector_options options = {sizeof(options), 0.5, min_size};
    burin_detections out = {};
    out.struct_size = sizeof(out);
    const burin_status status = api_->detect(self_, view.dl(), &options, nullptr, &out);
    for (size_t i = 0; found && i < out.count; ++i) {
      const burin_detection& d = out.items[i];
      BOOST_REQUIRE(d.mask != nullptr);
      const auto* values = static_cast<const float*>(d.mask->data);
      found->push_back({{d.x1, d.y1, d.x2, d.y2}, d.label, {values, values + height * width}});
      BOOST_TEST(d.confidence == 1);
    }
    if (out.release) out.release(&out);
    return status;
  }

 private:
  const burin_detector* api_;
  const burin_params* params_ = nullptr;
  void* self_ = nullptr;
};

bool says(const std::string& text) {
  return std::string(burin_last_error()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(selection)

BOOST_AUTO_TEST_CASE(each_blob_is_a_detection_with_its_own_values) {
  files()["/two"] = picture(sdk::PixelType::u8, height, width, 1, two_blobs());
  Selection selection;
  selection.mask("/two");
  std::vector<Found> found;
  BOOST_REQUIRE(selection.detect(&found) == BURIN_OK);
  BOOST_REQUIRE(found.size() == 2U);
  // Both have 80 pixels: the one that comes first from the top goes first.
  BOOST_TEST(found[0].box == (std::vector<double>{3, 5, 13, 13}), boost::test_tools::per_element());
  BOOST_TEST(found[1].box == (std::vector<double>{40, 15, 44, 35}),
             boost::test_tools::per_element());
  BOOST_TEST(found[0].label == "selection");
  BOOST_TEST(std::abs(found[0].mask[6 * width + 5] - 128 / 255.0F) < 1e-6F);
  BOOST_TEST(found[0].mask[20 * width + 41] == 0);
  BOOST_TEST(found[1].mask[20 * width + 41] == 1);
  BOOST_TEST(found[1].mask[6 * width + 5] == 0);
  found.clear();
  BOOST_REQUIRE(selection.detect(&found, 5) == BURIN_OK);
  BOOST_TEST(found.size() == 1U);
}

BOOST_AUTO_TEST_CASE(combined_is_one_detection_of_all) {
  files()["/two"] = picture(sdk::PixelType::u8, height, width, 1, two_blobs());
  Selection selection;
  selection.mask("/two");
  selection.combined();
  std::vector<Found> found;
  BOOST_REQUIRE(selection.detect(&found) == BURIN_OK);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].box == (std::vector<double>{3, 5, 44, 35}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_mask_selects_nothing) {
  files()["/empty"] =
      picture(sdk::PixelType::u8, height, width, 1, std::vector<uint8_t>(height * width));
  for (const bool combined : {false, true}) {
    Selection selection;
    selection.mask("/empty");
    if (combined) selection.combined();
    std::vector<Found> found;
    BOOST_TEST(selection.detect(&found) == BURIN_OK);
    BOOST_TEST(found.empty());
  }
}

BOOST_AUTO_TEST_CASE(colours_alpha_and_every_depth_give_the_same_mask) {
  std::vector<uint16_t> deep;
  std::vector<float> real;
  std::vector<uint8_t> with_alpha;
  for (const uint8_t v : two_blobs()) {
    deep.push_back(static_cast<uint16_t>(v * 257));
    real.push_back(v ? 1.5F * v / 255 : -1.0F);
    for (const int c : {255, 255, 255, static_cast<int>(v)}) {
      with_alpha.push_back(static_cast<uint8_t>(c));
    }
  }
  files()["/16"] = picture(sdk::PixelType::u16, height, width, 1, deep);
  files()["/f"] = picture(sdk::PixelType::f32, height, width, 1, real);
  files()["/rgba"] = picture(sdk::PixelType::u8, height, width, 4, with_alpha);
  for (const auto& [path, grey] :
       {std::pair{"/16", 128 / 255.0F}, {"/f", 192 / 255.0F}, {"/rgba", 128 / 255.0F}}) {
    Selection selection;
    selection.mask(path);
    std::vector<Found> found;
    BOOST_REQUIRE_MESSAGE(selection.detect(&found) == BURIN_OK, burin_last_error());
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(std::abs(found[0].mask[6 * width + 5] - grey) < 1e-5F);
    BOOST_TEST(found[1].mask[20 * width + 41] == 1);
  }
}

BOOST_AUTO_TEST_CASE(refuses_with_a_sentence) {
  Selection selection;
  BOOST_TEST(selection.detect(nullptr) == BURIN_E_INVALID);
  BOOST_TEST(says("given no mask"));
  selection.mask("/nowhere");
  BOOST_TEST(selection.detect(nullptr) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("/nowhere"));
  files()["/small"] = picture(sdk::PixelType::u8, 8, 9, 1, std::vector<uint8_t>(72));
  selection.mask("/small");
  BOOST_TEST(selection.detect(nullptr) == BURIN_E_IMAGE);
  BOOST_TEST(says("9 x 8"));
  files()["/nan"] =
      picture(sdk::PixelType::f32, height, width, 1, std::vector<float>(height * width, NAN));
  selection.mask("/nan");
  BOOST_TEST(selection.detect(nullptr) == BURIN_E_IMAGE);
  BOOST_TEST(says("not numbers"));
}

BOOST_AUTO_TEST_SUITE_END()
