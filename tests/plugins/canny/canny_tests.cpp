// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The edge preprocessor.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/ext/params.h"
#include "burin/role/preprocessor.h"

using namespace burin;

namespace {

constexpr int64_t height = 24, width = 40;

struct Canny {
  sdk::ModuleSet modules;
  const burin_preprocessor* api =
      modules.find<burin_preprocessor>(BURIN_PREPROCESSOR_ID, "canny").api;
  void* self = nullptr;
  std::vector<float> rgb = std::vector<float>(height * width * 3);
  Canny() {
    BOOST_REQUIRE(api->create(modules.host(), nullptr, &self) == BURIN_OK);
    // Grey, with a brighter right half.
    for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = i / 3 % width < width / 2 ? 0.3F : 0.5F;
  }
  Canny(const Canny&) = delete;
  Canny& operator=(const Canny&) = delete;
  ~Canny() { api->destroy(self); }

  burin_status set(const char* id, double number) {
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules.loader(), BURIN_PREPROCESSOR_ID, "canny",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    const burin_param_value value = {sizeof(value), BURIN_PARAM_DOUBLE, number, nullptr};
    return static_cast<const burin_params*>(params)->set(self, id, &value);
  }
  // The white pixels of row 10, and whether all is black or white, equal in the three channels.
  std::vector<int64_t> edges() {
    const sdk::TensorView view(rgb.data(), sdk::PixelType::f32, height, width, 3);
    burin_tensor out = {};
    out.struct_size = sizeof(out);
    BOOST_REQUIRE(api->process(self, view.dl(), nullptr, &out) == BURIN_OK);
    BOOST_REQUIRE(out.dl.shape[0] == height);
    BOOST_REQUIRE(out.dl.shape[1] == width);
    const auto* values = static_cast<const float*>(out.dl.data);
    std::vector<int64_t> white;
    for (int64_t x = 0; x < width; ++x) {
      const float* pixel = values + (10 * width + x) * 3;
      BOOST_TEST((pixel[0] == 0 || pixel[0] == 1));
      BOOST_TEST((pixel[0] == pixel[1] && pixel[1] == pixel[2]));
      if (pixel[0] == 1) white.push_back(x);
    }
    out.release(&out);
    return white;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(canny, Canny)

BOOST_AUTO_TEST_CASE(an_edge_is_one_white_line) {
  const auto found = edges();
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST((found[0] == width / 2 - 1 || found[0] == width / 2));
}

BOOST_AUTO_TEST_CASE(thresholds_decide_what_is_an_edge) {
  // The step is 51 levels: its gradient by Sobel is 204.
  BOOST_REQUIRE(set("high", 210) == BURIN_OK);
  BOOST_TEST(edges().empty());
  BOOST_REQUIRE(set("low", 0) == BURIN_OK);
  BOOST_REQUIRE(set("high", 50) == BURIN_OK);
  BOOST_TEST(edges().size() == 1U);
  BOOST_TEST(set("high", 1021) == BURIN_E_INVALID);
  BOOST_TEST(set("high", std::numeric_limits<double>::quiet_NaN()) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(values_that_are_no_numbers_are_black_and_cancel_is_heard) {
  std::fill(rgb.begin(), rgb.end(), std::numeric_limits<float>::quiet_NaN());
  BOOST_TEST(edges().empty());
  const sdk::TensorView view(rgb.data(), sdk::PixelType::f32, height, width, 3);
  burin_run run = {};
  run.struct_size = sizeof(run);
  run.cancelled = [](void*) -> int32_t { return 1; };
  burin_tensor out = {};
  out.struct_size = sizeof(out);
  BOOST_TEST(api->process(self, view.dl(), &run, &out) == BURIN_E_CANCELLED);
  BOOST_TEST((out.release == nullptr));
  BOOST_TEST(api->process(self, nullptr, nullptr, &out) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_SUITE_END()
