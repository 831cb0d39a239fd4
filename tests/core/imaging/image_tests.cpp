// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and blending the document's samples, in every depth and with every number of channels.
#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <limits>
#include <vector>

#include "core/imaging/pictures.hpp"
#include "imaging/image.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

namespace data = boost::unit_test::data;
using core::blend_into;
using core::Depth;
using core::Error;
using core::ImageView;
using core::read_alpha;
using core::read_colours;
using core::Region;
using core::sample_bytes;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const std::array kDepths = {Depth::u8, Depth::u16, Depth::f16, Depth::f32};

// A document of noise with rows that are longer than their pixels and, at an odd length, unaligned.
// Its bytes are valid samples of any depth; floats are not NaN.
struct Document {
  Document(int width, int height, int channels, Depth depth) {
    const std::size_t row = width * channels * sample_bytes(depth) + 5;
    bytes.resize(row * height);
    Noise noise;
    for (auto& byte : bytes) byte = noise.byte();
    view = {bytes.data(), width, height, channels, depth, row, {}};
    for (int y = 0; y < height; ++y) {
      for (int i = 0; i < width * channels; ++i) set(y, i, noise.unit());
    }
  }

  unsigned char* at(int y, int sample) {
    return bytes.data() + y * view.row_bytes + sample * sample_bytes(view.depth);
  }

  // Stores what is nearest to a value of 0..1.
  void set(int y, int sample, float value) {
    if (view.depth == Depth::u8) {
      *at(y, sample) = static_cast<unsigned char>(std::lround(value * 255));
    } else if (view.depth == Depth::u16) {
      const auto word = static_cast<std::uint16_t>(std::lround(value * 65535));
      std::memcpy(at(y, sample), &word, sizeof word);
    } else if (view.depth == Depth::f16) {
      const cv::float16_t half(value);
      std::memcpy(at(y, sample), static_cast<const void*>(&half), sizeof half);
    } else {
      std::memcpy(at(y, sample), &value, sizeof value);
    }
  }

  std::vector<unsigned char> bytes;
  ImageView view;
};

// The largest error that storing a value of 0..1 may make.
float half_step(Depth depth) {
  switch (depth) {
    case Depth::u8:
      return 0.5001f / 255;
    case Depth::u16:
      return 0.501f / 65535;
    case Depth::f16:
      return 1.0f / 4096;
    default:
      return 0;
  }
}

BOOST_AUTO_TEST_SUITE(image)

BOOST_DATA_TEST_CASE(reads_the_samples_of_a_region, data::xrange(4) * data::xrange(1, 5),
                     depth_index, channels) {
  const Depth depth = kDepths[depth_index];
  Document document(11, 7, channels, depth);
  document.set(3, 4 * channels, 1.0f);
  document.set(3, 4 * channels + channels - 1, 1.0f);
  document.set(4, 5 * channels, 0.25f);
  const Region region{2, 1, 9, 6};
  const cv::Mat colours = read_colours(document.view, region);
  BOOST_TEST(colours.type() == CV_32FC(channels <= 2 ? 1 : 3));
  BOOST_TEST(colours.cols == 7);
  BOOST_TEST(colours.rows == 5);
  BOOST_TEST(colours.ptr<float>(2)[2 * colours.channels()] == 1.0f);
  BOOST_TEST(std::abs(colours.ptr<float>(3)[3 * colours.channels()] - 0.25f) <= half_step(depth));
  const cv::Mat alpha = read_alpha(document.view, region);
  BOOST_TEST(alpha.type() == CV_32FC1);
  BOOST_TEST(alpha.at<float>(2, 2) == 1.0f);
  if (channels % 2 == 1) BOOST_TEST(cv::countNonZero(alpha != 1.0) == 0);
}

BOOST_DATA_TEST_CASE(integers_read_and_written_are_the_same_bits, data::xrange(2), depth_index) {
  const Depth depth = kDepths[depth_index];
  Document document(256, 4, 3, depth);
  if (depth == Depth::u16) {
    for (int i = 0; i < 256 * 3; ++i) document.set(0, i, static_cast<float>(i * 85) / 65535);
  }
  const auto before = document.bytes;
  const Region all{0, 0, 256, 4};
  blend_into(document.view, all, read_colours(document.view, all), cv::Mat::ones(4, 256, CV_32FC1));
  BOOST_TEST((document.bytes == before));
}

BOOST_AUTO_TEST_CASE(all_65536_values_survive_a_round_trip) {
  std::vector<std::uint16_t> samples(65536);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint16_t>(i);
  const auto before = samples;
  ImageView view{samples.data(), 256, 256, 1, Depth::u16, 512, {}};
  const Region all{0, 0, 256, 256};
  const cv::Mat colours = read_colours(view, all);
  blend_into(view, all, colours, cv::Mat::ones(256, 256, CV_32FC1));
  BOOST_TEST((samples == before));
  blend_into(view, all, colours, cv::Mat(256, 256, CV_32FC1, cv::Scalar(0.37)));
  BOOST_TEST((samples == before));
}

BOOST_DATA_TEST_CASE(outside_the_mask_and_in_alpha_every_bit_stays,
                     data::xrange(4) * data::xrange(1, 5), depth_index, channels) {
  const Depth depth = kDepths[depth_index];
  Document document(13, 9, channels, depth);
  const auto before = document.bytes;
  const int colour_channels = document.view.colours();
  const Region region{3, 2, 10, 8};
  cv::Mat mask = cv::Mat::zeros(6, 7, CV_32FC1);
  mask(cv::Rect(2, 1, 3, 3)).setTo(1);
  const cv::Mat colours(6, 7, CV_32FC(colour_channels), cv::Scalar::all(0.625));
  blend_into(document.view, region, colours, mask);

  const std::size_t bytes = sample_bytes(depth);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 13; ++x) {
      const bool inside = x >= 5 && x < 8 && y >= 3 && y < 6;
      for (int c = 0; c < channels; ++c) {
        const std::size_t offset = y * document.view.row_bytes + (x * channels + c) * bytes;
        const bool same = std::memcmp(&document.bytes[offset], &before[offset], bytes) == 0;
        if (!inside || c >= colour_channels) BOOST_REQUIRE(same);
      }
    }
    // What lies between the rows is not the picture's.
    const std::size_t end = y * document.view.row_bytes + 13 * channels * bytes;
    BOOST_REQUIRE(std::memcmp(&document.bytes[end], &before[end], 5) == 0);
  }
  const cv::Mat after = read_colours(document.view, {5, 3, 8, 6});
  BOOST_TEST(largest_difference(after, colours(cv::Rect(0, 0, 3, 3))) <= half_step(depth));
}

BOOST_AUTO_TEST_CASE(blends_by_the_mask_and_rounds_to_nearest) {
  std::vector<std::uint8_t> samples = {100, 100, 100, 100, 0, 255};
  ImageView view{samples.data(), 6, 1, 1, Depth::u8, 6, {}};
  const std::vector<float> colours = {110 / 255.0f, 110 / 255.0f, 110 / 255.0f, 90 / 255.0f, -3, 7};
  const std::vector<float> mask = {0.5f, 0.26f, 0.24f, 0.26f, 1, 0.5f};
  blend_into(view, {0, 0, 6, 1}, cv::Mat(colours, true).reshape(1, 1),
             cv::Mat(mask, true).reshape(1, 1));
  const std::vector<std::uint8_t> expected = {105, 103, 102, 97, 0, 255};
  BOOST_TEST(samples == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(float_documents_are_not_clamped) {
  std::vector<float> samples = {-2, 0.5f, 40, 1};
  ImageView view{samples.data(), 4, 1, 1, Depth::f32, 16, {}};
  const std::vector<float> colours = {-4, 3, 60, 1};
  blend_into(view, {0, 0, 4, 1}, cv::Mat(colours, true).reshape(1, 1),
             cv::Mat(1, 4, CV_32FC1, cv::Scalar(0.5)));
  const std::vector<float> expected = {-3, 1.75f, 50, 1};
  BOOST_TEST(samples == expected, boost::test_tools::per_element());
  BOOST_TEST(read_colours(view, {2, 0, 3, 1}).at<float>(0, 0) == 50);
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_outside_the_mask_keep_every_bit) {
  std::vector<std::uint32_t> bits = {0x7fc12345, 0xffc00001, 0x7f800001, 0x7f800000, 0x3f000000};
  const auto before = bits;
  ImageView view{bits.data(), 5, 1, 1, Depth::f32, 20, {}};
  const std::vector<float> mask = {0, 0, 0, 0, 1};
  blend_into(view, {0, 0, 5, 1}, cv::Mat(1, 5, CV_32FC1, cv::Scalar(0.25)),
             cv::Mat(mask, true).reshape(1, 1));
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(bits[i] == before[i]);
  BOOST_TEST(bits[4] == 0x3e800000u);

  std::vector<std::uint16_t> halves = {0x7e01, 0xfc00, 0x3800};
  ImageView half_view{halves.data(), 3, 1, 1, Depth::f16, 6, {}};
  const std::vector<float> half_mask = {0, -1, 1};
  blend_into(half_view, {0, 0, 3, 1}, cv::Mat(1, 3, CV_32FC1, cv::Scalar(0.25)),
             cv::Mat(half_mask, true).reshape(1, 1));
  const std::vector<std::uint16_t> expected = {0x7e01, 0xfc00, 0x3400};
  BOOST_TEST(halves == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nan_in_colours_or_mask_leaves_the_sample) {
  std::vector<std::uint8_t> samples = {10, 20, 30, 40, 50, 60};
  ImageView view{samples.data(), 2, 1, 3, Depth::u8, 6, {}};
  cv::Mat colours(1, 2, CV_32FC3, cv::Scalar::all(1));
  colours.at<cv::Vec3f>(0, 0)[1] = kNan;
  cv::Mat mask = cv::Mat::ones(1, 2, CV_32FC1);
  mask.at<float>(0, 1) = kNan;
  blend_into(view, {0, 0, 2, 1}, colours, mask);
  const std::vector<std::uint8_t> expected = {255, 20, 255, 40, 50, 60};
  BOOST_TEST(samples == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_mask_replaces_even_what_was_not_a_number) {
  std::vector<float> samples = {kNan};
  ImageView view{samples.data(), 1, 1, 1, Depth::f32, 4, {}};
  blend_into(view, {0, 0, 1, 1}, cv::Mat(1, 1, CV_32FC1, cv::Scalar(0.5)),
             cv::Mat::ones(1, 1, CV_32FC1));
  BOOST_TEST(samples[0] == 0.5f);
}

BOOST_AUTO_TEST_CASE(a_region_that_leaves_the_picture_is_clipped) {
  Document document(6, 5, 3, Depth::u8);
  const cv::Mat before = read_colours(document.view, {0, 0, 6, 5});
  cv::Mat colours(5, 6, CV_32FC3, cv::Scalar::all(0));
  colours.at<cv::Vec3f>(2, 2) = {1, 0, 1};  // lands on the picture's first pixel
  blend_into(document.view, {-2, -2, 4, 3}, colours, cv::Mat::ones(5, 6, CV_32FC1));
  const cv::Mat after = read_colours(document.view, {0, 0, 6, 5});
  BOOST_TEST((after.at<cv::Vec3f>(0, 0) == cv::Vec3f(1, 0, 1)));
  BOOST_TEST((after.at<cv::Vec3f>(2, 3) == cv::Vec3f(0, 0, 0)));
  BOOST_TEST((after.at<cv::Vec3f>(3, 3) == before.at<cv::Vec3f>(3, 3)));
  BOOST_TEST((after.at<cv::Vec3f>(2, 4) == before.at<cv::Vec3f>(2, 4)));
  const auto bytes = document.bytes;
  blend_into(document.view, {100, 100, 106, 105}, colours, cv::Mat::ones(5, 6, CV_32FC1));
  BOOST_TEST((document.bytes == bytes));
}

BOOST_AUTO_TEST_CASE(refuses_pictures_that_are_not) {
  std::vector<std::uint8_t> samples(64);
  const ImageView good{samples.data(), 4, 4, 4, Depth::u8, 16, {}};
  const Region all{0, 0, 4, 4};
  BOOST_TEST(read_colours(good, all).rows == 4);
  const auto refused = [&](auto change) {
    ImageView bad = good;
    change(bad);
    const auto is_image_error = [](const Error& e) { return e.status() == BURIN_E_IMAGE; };
    BOOST_CHECK_EXCEPTION(read_colours(bad, all), Error, is_image_error);
    BOOST_CHECK_EXCEPTION(read_alpha(bad, all), Error, is_image_error);
    BOOST_CHECK_EXCEPTION(blend_into(bad, all, cv::Mat(4, 4, CV_32FC3), cv::Mat(4, 4, CV_32FC1)),
                          Error, is_image_error);
  };
  refused([](ImageView& view) { view.data = nullptr; });
  refused([](ImageView& view) { view.width = 0; });
  refused([](ImageView& view) { view.height = -1; });
  refused([](ImageView& view) { view.channels = 0; });
  refused([](ImageView& view) { view.channels = 5; });
  refused([](ImageView& view) { view.row_bytes = 15; });
  refused([](ImageView& view) { view.depth = static_cast<Depth>(9); });
}

BOOST_AUTO_TEST_CASE(refuses_regions_and_mats_that_do_not_fit) {
  std::vector<std::uint8_t> samples(64);
  ImageView view{samples.data(), 4, 4, 4, Depth::u8, 16, {}};
  for (const Region& region : {Region{0, 0, 5, 4}, Region{-1, 0, 4, 4}, Region{2, 2, 2, 4},
                               Region{3, 0, 1, 4}, Region{0, 0, 4, 5}}) {
    BOOST_CHECK_THROW(read_colours(view, region), Error);
    BOOST_CHECK_THROW(read_alpha(view, region), Error);
  }
  const Region all{0, 0, 4, 4};
  const cv::Mat colours(4, 4, CV_32FC3, cv::Scalar::all(0)), mask(4, 4, CV_32FC1, cv::Scalar(1));
  BOOST_CHECK_THROW(blend_into(view, all, mask, mask), Error);
  BOOST_CHECK_THROW(blend_into(view, all, colours, colours), Error);
  BOOST_CHECK_THROW(blend_into(view, all, colours.rowRange(0, 3), mask), Error);
  BOOST_CHECK_THROW(blend_into(view, all, colours, mask.colRange(0, 3)), Error);
  BOOST_CHECK_THROW(blend_into(view, all, cv::Mat(), mask), Error);
  for (const std::uint8_t sample : samples) BOOST_TEST(int{sample} == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(transparent_pixels)

BOOST_AUTO_TEST_CASE(take_the_nearest_visible_colour) {
  cv::Mat colours(5, 9, CV_32FC3, cv::Scalar::all(9));
  cv::Mat alpha = cv::Mat::zeros(5, 9, CV_32FC1);
  colours.at<cv::Vec3f>(2, 1) = {1, 0, 0};
  alpha.at<float>(2, 1) = 0.01f;
  colours.at<cv::Vec3f>(2, 7) = {0, 1, 0};
  alpha.at<float>(2, 7) = 1;
  core::fill_transparent(colours, alpha);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 4; ++x) BOOST_TEST((colours.at<cv::Vec3f>(y, x) == cv::Vec3f(1, 0, 0)));
    for (int x = 5; x < 9; ++x) BOOST_TEST((colours.at<cv::Vec3f>(y, x) == cv::Vec3f(0, 1, 0)));
  }
}

BOOST_AUTO_TEST_CASE(visible_pixels_and_fully_hidden_pictures_stay) {
  const cv::Mat original = noise_floats(8, 8, 1);
  cv::Mat colours = original.clone();
  core::fill_transparent(colours, cv::Mat(8, 8, CV_32FC1, cv::Scalar(0.004)));
  BOOST_TEST(largest_difference(colours, original) == 0);
  core::fill_transparent(colours, cv::Mat::zeros(8, 8, CV_32FC1));
  BOOST_TEST(largest_difference(colours, original) == 0);
}

BOOST_AUTO_TEST_CASE(colours_that_are_not_finite_count_as_hidden) {
  cv::Mat colours(4, 4, CV_32FC1, cv::Scalar(0.5));
  colours.at<float>(1, 1) = kNan;
  colours.at<float>(3, 2) = -std::numeric_limits<float>::infinity();
  core::fill_transparent(colours, cv::Mat::ones(4, 4, CV_32FC1));
  BOOST_TEST(cv::countNonZero(colours != 0.5) == 0);
}

BOOST_AUTO_TEST_CASE(refuses_sizes_that_differ) {
  cv::Mat colours(4, 4, CV_32FC3, cv::Scalar::all(0)), empty;
  BOOST_CHECK_THROW(core::fill_transparent(colours, cv::Mat::ones(4, 5, CV_32FC1)), Error);
  BOOST_CHECK_THROW(core::fill_transparent(colours, cv::Mat::ones(4, 4, CV_8UC1)), Error);
  BOOST_CHECK_THROW(core::fill_transparent(empty, cv::Mat()), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
