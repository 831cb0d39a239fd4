// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Profiles to sRGB and back: exact where it is sRGB, reversible where it is not, refused where
// broken.
#include <lcms2.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "core/imaging/pictures.hpp"
#include "imaging/image.hpp"
#include "runtime/error.hpp"

namespace burin::test {
namespace {

using core::ColourTransform;
using core::Error;
using core::ImageView;
using Bytes = std::vector<std::uint8_t>;

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

constexpr cmsCIExyY kD65 = {0.3127, 0.3290, 1.0};

Bytes rgb_profile(const cmsCIExyYTRIPLE& primaries, cmsToneCurve* curve) {
  cmsToneCurve* curves[] = {curve, curve, curve};
  const cmsHPROFILE profile = cmsCreateRGBProfile(&kD65, &primaries, curves);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

constexpr cmsCIExyYTRIPLE kAdobePrimaries = {
    {0.6400, 0.3300, 1.0}, {0.2100, 0.7100, 1.0}, {0.1500, 0.0600, 1.0}};
constexpr cmsCIExyYTRIPLE kSrgbPrimaries = {
    {0.6400, 0.3300, 1.0}, {0.3000, 0.6000, 1.0}, {0.1500, 0.0600, 1.0}};

Bytes adobe_like() { return rgb_profile(kAdobePrimaries, cmsBuildGamma(nullptr, 563.0 / 256)); }
Bytes linear_srgb() { return rgb_profile(kSrgbPrimaries, cmsBuildGamma(nullptr, 1.0)); }

Bytes tabulated_srgb(int entries) {
  std::vector<cmsUInt16Number> table(entries);
  for (int i = 0; i < entries; ++i) {
    const double v = static_cast<double>(i) / (entries - 1);
    const double linear = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    table[i] = static_cast<cmsUInt16Number>(std::lround(linear * 65535));
  }
  return rgb_profile(kSrgbPrimaries, cmsBuildTabulatedToneCurve16(nullptr, entries, table.data()));
}

Bytes grey_gamma(double gamma) {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
  const cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), curve);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

ImageView document(int channels, Bytes icc) {
  ImageView view;
  view.channels = channels;
  view.icc = std::move(icc);
  return view;
}

cv::Mat pixel(float r, float g, float b) { return cv::Mat(1, 1, CV_32FC3, cv::Scalar(r, g, b)); }

BOOST_AUTO_TEST_SUITE(colour_transform)

BOOST_AUTO_TEST_CASE(no_profile_is_srgb_bit_for_bit) {
  const ColourTransform transform(document(3, {}));
  BOOST_TEST(transform.identity());
  const cv::Mat colours = noise_floats(9, 7, 3) * 4 - cv::Scalar::all(1);
  BOOST_TEST(largest_difference(transform.to_srgb(colours), colours) == 0);
  const cv::Mat back = transform.from_srgb(colours);
  BOOST_TEST(largest_difference(back, colours) == 0);
  BOOST_TEST(back.data != colours.data);
}

BOOST_AUTO_TEST_CASE(srgb_profiles_are_recognised) {
  BOOST_TEST(ColourTransform(document(4, saved(cmsCreate_sRGBProfile()))).identity());
  BOOST_TEST(ColourTransform(document(3, tabulated_srgb(1024))).identity());
  BOOST_TEST(!ColourTransform(document(3, adobe_like())).identity());
  BOOST_TEST(!ColourTransform(document(3, linear_srgb())).identity());
}

BOOST_AUTO_TEST_CASE(a_wide_gamut_goes_to_srgb_and_back) {
  const ColourTransform transform(document(3, adobe_like()));
  const cv::Mat colours = noise_floats(64, 64, 3);
  const cv::Mat srgb = transform.to_srgb(colours);
  BOOST_TEST(largest_difference(srgb, colours) > 0.1);
  BOOST_TEST(largest_difference(transform.from_srgb(srgb), colours) < 1e-4);
  // White stays white; a saturated green lies outside sRGB and is kept as such.
  BOOST_TEST(largest_difference(transform.to_srgb(pixel(1, 1, 1)), pixel(1, 1, 1)) < 1e-4);
  BOOST_TEST(transform.to_srgb(pixel(0, 1, 0)).at<cv::Vec3f>(0, 0)[0] < -0.05);
}

BOOST_AUTO_TEST_CASE(linear_light_is_encoded_and_highlights_survive) {
  const ColourTransform transform(document(4, linear_srgb()));
  // IEC 61966-2-1: linear 0.2140411 is encoded 0.5.
  const cv::Mat grey = transform.to_srgb(pixel(0.2140411f, 0.2140411f, 0.2140411f));
  BOOST_TEST(largest_difference(grey, pixel(0.5f, 0.5f, 0.5f)) < 1e-4);
  const cv::Mat bright = pixel(6, 4, 2.5f);
  const cv::Mat srgb = transform.to_srgb(bright);
  BOOST_TEST(srgb.at<cv::Vec3f>(0, 0)[0] > 2);
  BOOST_TEST(largest_difference(transform.from_srgb(srgb), bright) < 1e-3);
}

BOOST_AUTO_TEST_CASE(grey_gives_three_equal_channels_and_comes_back) {
  const cv::Mat ramp = noise_floats(40, 3, 1);
  for (const Bytes& icc : {Bytes(), grey_gamma(1.8), grey_gamma(1.0)}) {
    const ColourTransform transform(document(2, icc));
    BOOST_TEST(transform.identity() == icc.empty());
    const cv::Mat srgb = transform.to_srgb(ramp);
    std::vector<cv::Mat> channels;
    cv::split(srgb, channels);
    BOOST_TEST(largest_difference(channels[0], channels[1]) == 0);
    BOOST_TEST(largest_difference(channels[0], channels[2]) == 0);
    BOOST_TEST(largest_difference(transform.from_srgb(srgb), ramp) < 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(a_grey_document_without_a_profile_is_exact) {
  const ColourTransform transform(document(1, {}));
  const cv::Mat ramp = noise_floats(40, 3, 1) * 3 - cv::Scalar::all(1);
  BOOST_TEST(largest_difference(transform.from_srgb(transform.to_srgb(ramp)), ramp) == 0);
}

BOOST_AUTO_TEST_CASE(colour_becomes_its_luminance_in_a_grey_document) {
  const ColourTransform transform(document(1, {}));
  // Linear luminance 0.7152 of pure green, encoded.
  const double encoded = 1.055 * std::pow(0.7152, 1 / 2.4) - 0.055;
  BOOST_TEST(std::abs(transform.from_srgb(pixel(0, 1, 0)).at<float>(0, 0) - encoded) < 1e-6);
  const ColourTransform linear(document(1, grey_gamma(1.0)));
  BOOST_TEST(std::abs(linear.from_srgb(pixel(0, 1, 0)).at<float>(0, 0) - 0.7152) < 2e-3);
}

void refused(int channels, const Bytes& icc) {
  BOOST_CHECK_EXCEPTION(ColourTransform(document(channels, icc)), Error,
                        [](const Error& e) { return e.status() == BURIN_E_IMAGE; });
}

BOOST_AUTO_TEST_CASE(refuses_profiles_of_another_colour_space) {
  refused(1, adobe_like());
  refused(2, saved(cmsCreate_sRGBProfile()));
  refused(3, grey_gamma(2.2));
  refused(3, saved(cmsCreateLab4Profile(nullptr)));
  refused(3, saved(cmsCreateInkLimitingDeviceLink(cmsSigCmykData, 250)));
  refused(4, saved(cmsCreateNULLProfile()));
}

BOOST_AUTO_TEST_CASE(refuses_broken_bytes) {
  refused(3, {0});
  refused(3, Bytes(128, 0xff));
  Bytes headless = adobe_like();
  headless[36] = 'x';
  refused(3, headless);
  Bytes half = adobe_like();
  half.resize(half.size() / 2);
  refused(3, half);
  // Whatever is wrong in the middle: refused or usable, but never a crash.
  const Bytes good = adobe_like();
  Noise noise;
  int usable = 0;
  for (int i = 0; i < 300; ++i) {
    Bytes broken = good;
    for (int j = 0; j < 8; ++j) broken[128 + noise.next() % (broken.size() - 128)] = noise.byte();
    try {
      const ColourTransform transform(document(3, broken));
      BOOST_TEST(transform.from_srgb(transform.to_srgb(noise_floats(3, 3, 3))).rows == 3);
      ++usable;
    } catch (const Error& error) {
      BOOST_TEST(error.status() == BURIN_E_IMAGE);
    }
  }
  BOOST_TEST(usable < 300);
}

BOOST_AUTO_TEST_CASE(refuses_pixels_of_another_type) {
  const ColourTransform colour(document(3, {})), grey(document(1, {}));
  BOOST_CHECK_THROW(colour.to_srgb(noise_floats(2, 2, 1)), Error);
  BOOST_CHECK_THROW(colour.from_srgb(noise_bytes(2, 2, 3)), Error);
  BOOST_CHECK_THROW(grey.to_srgb(noise_floats(2, 2, 3)), Error);
  BOOST_CHECK_THROW(grey.from_srgb(cv::Mat()), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace burin::test
