// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The bilinear resize against results of libtorch 2.11's upsample_bilinear2d (AVX2 and newer).
#include <array>
#include <boost/test/unit_test.hpp>

#include "core/imaging/pictures.hpp"
#include "imaging/resample.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::Error;
using core::resize_bilinear;

struct Case {
  int width, height, new_width, new_height;
  std::uint64_t hash;  // of torch's float32 bytes
};

// Above 4096 output pixels torch has one kernel, and it is matched bit for bit.
constexpr Case kCases[] = {
    {240, 300, 76, 96, 3416253996500142327u},
    {100, 77, 333, 251, 3376296367258340976u},
    {640, 480, 123, 200, 8844348404562692483u},
    {33, 21, 33, 200, 9453812610773876052u},
};

BOOST_AUTO_TEST_SUITE(bilinear)

BOOST_AUTO_TEST_CASE(every_bit_is_torchs) {
  for (const Case& c : kCases) {
    BOOST_TEST_CONTEXT(c.width << "x" << c.height << " to " << c.new_width << "x" << c.new_height) {
      const cv::Mat result =
          resize_bilinear(noise_floats(c.width, c.height, 1), c.new_width, c.new_height);
      BOOST_TEST(fnv1a(result) == c.hash);
    }
  }
}

BOOST_AUTO_TEST_CASE(small_results_agree_to_rounding) {
  // torch sums in another order here.
  constexpr std::array<float, 16> kTorch = {0.367455065f, 0.610958099f, 0.362750947f, 0.545571506f,
                                            0.341778785f, 0.809505582f, 0.400282353f, 0.474911779f,
                                            0.363836825f, 0.483468175f, 0.282238156f, 0.634630263f,
                                            0.774152696f, 0.273639113f, 0.698508978f, 0.534148932f};
  const cv::Mat result = resize_bilinear(noise_floats(9, 9, 1), 4, 4);
  for (std::size_t i = 0; i < kTorch.size(); ++i) {
    BOOST_TEST(std::abs(result.ptr<float>()[i] - kTorch[i]) <= 1.2e-7f);
  }
}

BOOST_AUTO_TEST_CASE(same_size_is_exact) {
  const cv::Mat image = noise_floats(13, 8, 1);
  BOOST_TEST(largest_difference(resize_bilinear(image, 13, 8), image) == 0);
}

BOOST_AUTO_TEST_CASE(refuses_other_pixels_and_sizes) {
  BOOST_CHECK_THROW(resize_bilinear(cv::Mat(), 4, 4), Error);
  BOOST_CHECK_THROW(resize_bilinear(cv::Mat(4, 4, CV_32FC3), 4, 4), Error);
  BOOST_CHECK_THROW(resize_bilinear(noise_floats(4, 4, 1), 4, 0), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
