// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The Lanczos upscaler, through the ABI, against values of Pillow 10.4: for each channel
// Image.fromarray(channel, "F").resize((factor * w, factor * h), Image.LANCZOS).
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/ext/params.h"
#include "burin/role/upscaler.h"
#include "plugins/run_record.hpp"

using namespace burin;
using burin::test::RunRecord;

namespace {

constexpr int64_t height = 3, width = 4;

// Channel 1 of the picture below, twice as large.
constexpr std::array<float, 48> twice = {
    0.5092514F,  0.6820334F,  0.8713772F,  0.652494F,  0.06903033F, -0.1291709F, 0.08249243F,
    0.268475F,   0.3116057F,  0.4874567F,  0.7231244F, 0.6547596F,  0.2647372F,  0.1627191F,
    0.3620691F,  0.5164405F,  0.05729162F, 0.2004292F, 0.4513947F,  0.5992309F,  0.5550848F,
    0.6327823F,  0.808056F,   0.9064268F,  0.247826F,  0.212107F,   0.2058359F,  0.3166453F,
    0.5512702F,  0.8047047F,  0.9523511F,  1.007664F,  0.7374293F,  0.5135554F,  0.174327F,
    0.02321128F, 0.2562119F,  0.546947F,   0.684553F,  0.7426957F,  1.039847F,   0.7145535F,
    0.1875512F,  -0.1344434F, 0.05840746F, 0.3495942F, 0.4843217F,  0.5503991F};

std::vector<float> picture() {
  std::vector<float> values;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        values.push_back(static_cast<float>((7 * y + 3 * x + 5 * c) % 11) / 10.0F);
      }
    }
  }
  return values;
}

class Lanczos {
 public:
  Lanczos() : api_(modules().find<burin_upscaler>(BURIN_UPSCALER_ID, "lanczos").api) {
    BOOST_REQUIRE(api_->create(modules().host(), nullptr, &self_) == BURIN_OK);
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_UPSCALER_ID, "lanczos",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    params_ = static_cast<const burin_params*>(params);
  }
  Lanczos(const Lanczos&) = delete;
  Lanczos& operator=(const Lanczos&) = delete;
  ~Lanczos() { api_->destroy(self_); }

  burin_status set_factor(double factor) {
    const burin_param_value value = {sizeof(value), BURIN_PARAM_INT, factor, nullptr};
    return params_->set(self_, "factor", &value);
  }
  uint32_t factor() {
    uint32_t factor = 0;
    BOOST_TEST(api_->factor(self_, &factor) == BURIN_OK);
    return factor;
  }
  burin_status upscale(const DLTensor* rgb, std::vector<float>* to,
                       const burin_run* run = nullptr) {
    burin_tensor out = {};
    out.struct_size = sizeof(out);
    const burin_status status = api_->upscale(self_, rgb, nullptr, run, &out);
    if (status != BURIN_OK) {
      BOOST_TEST((out.release == nullptr));
      return status;
    }
    const auto* values = static_cast<const float*>(out.dl.data);
    shape = {out.dl.shape[0], out.dl.shape[1], out.dl.shape[2]};
    to->assign(values, values + shape[0] * shape[1] * shape[2]);
    out.release(&out);
    return status;
  }
  std::vector<float> enlarged(std::vector<float> values, int64_t h, int64_t w) {
    const sdk::TensorView view(values.data(), sdk::PixelType::f32, h, w, 3);
    std::vector<float> result;
    BOOST_REQUIRE(upscale(view.dl(), &result) == BURIN_OK);
    return result;
  }

  std::array<int64_t, 3> shape = {};

 private:
  static sdk::ModuleSet& modules() {
    static sdk::ModuleSet set;
    return set;
  }
  const burin_upscaler* api_;
  const burin_params* params_ = nullptr;
  void* self_ = nullptr;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lanczos)

BOOST_AUTO_TEST_CASE(gives_pillows_values_in_float) {
  Lanczos upscaler;
  BOOST_TEST(upscaler.factor() == 2U);
  const auto two = upscaler.enlarged(picture(), height, width);
  BOOST_TEST(upscaler.shape == (std::array<int64_t, 3>{6, 8, 3}), boost::test_tools::per_element());
  float most = 0;
  for (size_t i = 0; i < twice.size(); ++i)
    most = std::max(most, std::abs(two[3 * i + 1] - twice[i]));
  BOOST_TEST(most < 1e-6F);
  BOOST_TEST(std::abs(std::accumulate(two.begin(), two.end(), 0.0) - 70.1574587635696) < 1e-5);

  BOOST_REQUIRE(upscaler.set_factor(3) == BURIN_OK);
  BOOST_TEST(upscaler.factor() == 3U);
  const auto three = upscaler.enlarged(picture(), height, width);
  BOOST_TEST(std::abs(std::accumulate(three.begin(), three.end(), 0.0) - 157.8221584390849) < 1e-5);
  const auto [least, largest] = std::minmax_element(three.begin(), three.end());
  BOOST_TEST(std::abs(*least - -0.23373245F) < 1e-6F);
  BOOST_TEST(std::abs(*largest - 1.2337325F) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(once_is_the_picture_itself) {
  Lanczos upscaler;
  upscaler.set_factor(1);
  const auto same = upscaler.enlarged(picture(), height, width);
  const auto before = picture();
  for (size_t i = 0; i < before.size(); ++i) BOOST_TEST(std::abs(same[i] - before[i]) < 1e-7F);
}

BOOST_AUTO_TEST_CASE(what_is_flat_stays_flat_in_every_size) {
  Lanczos upscaler;
  upscaler.set_factor(16);
  for (const auto& [h, w] : {std::pair{1, 1}, {1, 7}, {5, 2}}) {
    const auto values =
        upscaler.enlarged(std::vector<float>(static_cast<size_t>(h * w * 3), 0.7F), h, w);
    BOOST_TEST(values.size() == static_cast<size_t>(16 * h * 16 * w * 3));
    for (const float value : values) {
      if (std::abs(value - 0.7F) > 1e-6F) BOOST_FAIL("a flat picture became " << value);
    }
  }
}

BOOST_AUTO_TEST_CASE(reads_strides) {
  Lanczos upscaler;
  const auto expected = upscaler.enlarged(picture(), height, width);
  // [3, w, h] in memory.
  const auto packed = picture();
  std::vector<float> turned(packed.size());
  for (int64_t i = 0; i < height * width * 3; ++i) {
    const int64_t y = i / 3 / width, x = i / 3 % width, c = i % 3;
    turned[static_cast<size_t>((c * width + x) * height + y)] = packed[static_cast<size_t>(i)];
  }
  int64_t shape[] = {height, width, 3}, strides[] = {1, height, width * height};
  const DLTensor tensor = {turned.data(), {kDLCPU, 0}, 3, {kDLFloat, 32, 1}, shape, strides, 0};
  std::vector<float> values;
  BOOST_REQUIRE(upscaler.upscale(&tensor, &values) == BURIN_OK);
  BOOST_TEST(values == expected);
}

BOOST_AUTO_TEST_CASE(stops_at_any_row_and_tells_how_far_it_is) {
  RunRecord record;
  const burin_run run = record.run();
  auto values = picture();
  const sdk::TensorView view(values.data(), sdk::PixelType::f32, height, width, 3);
  Lanczos upscaler;
  std::vector<float> result;
  BOOST_TEST(upscaler.upscale(view.dl(), &result, &run) == BURIN_OK);
  BOOST_TEST(record.fraction == 1);
  const int rows = record.asked;
  BOOST_TEST(rows >= height + 2 * height);
  for (int stop = 1; stop <= rows; ++stop) {
    record = {0, stop, 0};
    BOOST_TEST(upscaler.upscale(view.dl(), &result, &run) == BURIN_E_CANCELLED);
    BOOST_TEST(record.asked == stop);
  }
}

BOOST_AUTO_TEST_CASE(refuses_other_factors_and_pictures) {
  Lanczos upscaler;
  for (const double wrong : {0.0, 17.0, 1.5, -2.0, std::numeric_limits<double>::quiet_NaN()}) {
    BOOST_TEST(upscaler.set_factor(wrong) == BURIN_E_INVALID);
  }
  BOOST_TEST(upscaler.factor() == 2U);
  std::vector<float> result;
  BOOST_TEST(upscaler.upscale(nullptr, &result) == BURIN_E_INVALID);
  std::vector<uint8_t> bytes(12 * 3);
  const sdk::TensorView view(bytes.data(), sdk::PixelType::u8, 3, 4, 3);
  BOOST_TEST(upscaler.upscale(view.dl(), &result) == BURIN_E_INVALID);
  BOOST_TEST(std::string(burin_last_error()).find("float32") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
