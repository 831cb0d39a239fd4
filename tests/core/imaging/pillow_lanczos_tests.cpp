// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The 8-bit resize against results of Pillow itself, and the quantisation around it.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/imaging/pictures.hpp"
#include "imaging/resample.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::Error;
using core::resize_8bit;
using core::resize_pillow_lanczos;

BOOST_AUTO_TEST_SUITE(pillow_lanczos)

BOOST_AUTO_TEST_CASE(every_byte_is_pillows) {
  std::ifstream file(BURIN_TEST_DATA "/imaging/pillow_lanczos.txt");
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    int channels = 0, width = 0, height = 0, new_width = 0, new_height = 0, first = 0;
    std::uint64_t hash = 0;
    fields >> channels >> width >> height >> new_width >> new_height >> hash >> first;
    BOOST_TEST_CONTEXT(line) {
      const cv::Mat result =
          resize_pillow_lanczos(noise_bytes(width, height, channels), new_width, new_height);
      BOOST_TEST(result.cols == new_width);
      BOOST_TEST(result.rows == new_height);
      BOOST_TEST(result.channels() == channels);
      BOOST_TEST(int{result.data[0]} == first);
      BOOST_TEST(fnv1a(result) == hash);
    }
    ++cases;
  }
  BOOST_TEST(cases == 14);
}

BOOST_AUTO_TEST_CASE(same_size_is_a_copy) {
  const cv::Mat image = noise_bytes(12, 9, 3);
  const cv::Mat result = resize_pillow_lanczos(image, 12, 9);
  BOOST_TEST(largest_difference(result, image) == 0);
  BOOST_TEST(result.data != image.data);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_larger_picture_is_resized_alone) {
  const cv::Mat image = noise_bytes(40, 30, 3);
  const cv::Mat part = image(cv::Rect(5, 7, 20, 10));
  BOOST_TEST(largest_difference(resize_pillow_lanczos(part, 33, 17),
                                resize_pillow_lanczos(part.clone(), 33, 17)) == 0);
}

BOOST_AUTO_TEST_CASE(refuses_other_pixels_and_sizes) {
  BOOST_CHECK_THROW(resize_pillow_lanczos(cv::Mat(), 4, 4), Error);
  BOOST_CHECK_THROW(resize_pillow_lanczos(cv::Mat(4, 4, CV_32FC3), 4, 4), Error);
  BOOST_CHECK_THROW(resize_pillow_lanczos(cv::Mat(4, 4, CV_8UC4), 4, 4), Error);
  BOOST_CHECK_THROW(resize_pillow_lanczos(noise_bytes(4, 4, 3), 0, 4), Error);
  BOOST_CHECK_THROW(resize_pillow_lanczos(noise_bytes(4, 4, 3), 4, -1), Error);
}

BOOST_AUTO_TEST_CASE(quantising_truncates_and_clips) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {0, 0.5f, 0.999f, 1, -0.25f, 3, kNan, 0.0039f, 0.00393f};
  const std::vector<int> expected = {0, 127, 254, 255, 0, 255, 0, 0, 1};
  const cv::Mat image = cv::Mat(values, true).reshape(3, 1);
  const cv::Mat result = resize_8bit(image, 3, 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    BOOST_TEST(result.ptr<float>()[i] == static_cast<float>(expected[i]) / 255.0f);
  }
}

BOOST_AUTO_TEST_CASE(quantised_resize_goes_through_the_bytes) {
  cv::Mat floats, back;
  const cv::Mat bytes = noise_bytes(31, 22, 3);
  bytes.convertTo(floats, CV_32F, 1 / 255.0, 0.5 / 255);  // the middle of each truncation step
  resize_8bit(floats, 64, 40).convertTo(back, CV_8U, 255);
  BOOST_TEST(largest_difference(back, resize_pillow_lanczos(bytes, 64, 40)) == 0);
  BOOST_CHECK_THROW(resize_8bit(cv::Mat(4, 4, CV_32FC1), 4, 4), Error);
  BOOST_CHECK_THROW(resize_8bit(floats, 0, 0), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
