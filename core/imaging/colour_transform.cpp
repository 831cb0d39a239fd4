// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The document's profile to sRGB and back, by lcms2 in float.
#include <fmt/format.h>
#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "imaging/check.hpp"
#include "imaging/image.hpp"
#include "imaging/srgb_curve.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
struct DeleteContext {
  void operator()(cmsContext context) const { cmsDeleteContext(context); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;
using Context = std::unique_ptr<std::remove_pointer_t<cmsContext>, DeleteContext>;

constexpr cmsUInt32Number kFlags = cmsFLAGS_NOCACHE | cmsFLAGS_BLACKPOINTCOMPENSATION;

void remember(cmsContext context, cmsUInt32Number, const char* text) {
  *static_cast<std::string*>(cmsGetContextUserData(context)) = text;
}

// The four characters of a signature such as 'CMYK', trailing blanks dropped.
std::string signature_text(cmsUInt32Number signature) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char letter = static_cast<char>(signature >> shift & 0xff);
    text += letter >= ' ' && letter <= '~' ? letter : '?';
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

float luminance(const float* rgb) {
  if (rgb[0] == rgb[1] && rgb[1] == rgb[2]) return rgb[0];
  return static_cast<float>(linear_to_srgb(0.2126 * srgb_to_linear(rgb[0]) +
                                           0.7152 * srgb_to_linear(rgb[1]) +
                                           0.0722 * srgb_to_linear(rgb[2])));
}

cv::Mat run(const Transform& transform, const cv::Mat& in, int channels) {
  cv::Mat out(in.size(), CV_32FC(channels));
  for (int y = 0; y < in.rows; ++y) {
    cmsDoTransform(transform.get(), in.ptr(y), out.ptr(y), static_cast<cmsUInt32Number>(in.cols));
  }
  return out;
}

cv::Mat equal_channels(const cv::Mat& grey) {
  cv::Mat rgb;
  cv::merge(std::array<cv::Mat, 3>{grey, grey, grey}, rgb);
  return rgb;
}

// All combinations of nine steps of each channel.
cv::Mat colour_grid(int channels) {
  constexpr int kSteps = 9;
  cv::Mat grid(1, channels == 1 ? kSteps : kSteps * kSteps * kSteps, CV_32FC(channels));
  for (int i = 0; i < grid.cols; ++i) {
    int rest = i;
    for (int c = 0; c < channels; ++c, rest /= kSteps) {
      grid.ptr<float>()[i * channels + c] = static_cast<float>(rest % kSteps) / (kSteps - 1);
    }
  }
  return grid;
}

}  // namespace

// Null transforms: the document is sRGB-encoded.
struct ColourTransform::Profiles {
  std::string lcms_error;
  Context context;
  Transform to_srgb, from_srgb;
};

ColourTransform::ColourTransform(const ImageView& image) : colours_(image.colours()) {
  auto profiles = std::make_unique<Profiles>();
  if (!image.icc.empty()) {
    profiles->context.reset(cmsCreateContext(nullptr, &profiles->lcms_error));
    cmsContext context = profiles->context.get();
    cmsSetLogErrorHandlerTHR(context, remember);
    const auto size = static_cast<cmsUInt32Number>(image.icc.size());
    const Profile document(cmsOpenProfileFromMemTHR(context, image.icc.data(), size));
    const Profile srgb(cmsCreate_sRGBProfileTHR(context));
    if (!document || !srgb) {
      throw Error(BURIN_E_IMAGE, fmt::format("the picture's ICC profile of {} bytes cannot be "
                                             "read ({}), expected a valid profile or none",
                                             size, profiles->lcms_error));
    }
    const cmsColorSpaceSignature space = cmsGetColorSpace(document.get());
    const cmsColorSpaceSignature expected = colours_ == 1 ? cmsSigGrayData : cmsSigRgbData;
    if (space != expected) {
      throw Error(BURIN_E_IMAGE,
                  fmt::format("the picture's ICC profile is for {} colours, expected {} for {} "
                              "channels",
                              signature_text(space), signature_text(expected), image.channels));
    }
    const cmsUInt32Number format = colours_ == 1 ? TYPE_GRAY_FLT : TYPE_RGB_FLT;
    profiles->to_srgb.reset(cmsCreateTransformTHR(context, document.get(), format, srgb.get(),
                                                  TYPE_RGB_FLT, INTENT_RELATIVE_COLORIMETRIC,
                                                  kFlags));
    profiles->from_srgb.reset(cmsCreateTransformTHR(context, srgb.get(), TYPE_RGB_FLT,
                                                    document.get(), format,
                                                    INTENT_RELATIVE_COLORIMETRIC, kFlags));
    if (!profiles->to_srgb || !profiles->from_srgb) {
      throw Error(
          BURIN_E_IMAGE,
          fmt::format("the picture's ICC profile (class {}) cannot be used both ways ({}), "
                      "expected a display, input or colour space profile",
                      signature_text(cmsGetDeviceClass(document.get())), profiles->lcms_error));
    }
    const cv::Mat grid = colour_grid(colours_);
    const cv::Mat as_srgb = run(profiles->to_srgb, grid, 3);
    const cv::Mat unchanged = colours_ == 1 ? equal_channels(grid) : grid;
    if (cv::norm(as_srgb, unchanged, cv::NORM_INF) < 1.0 / 1024) {
      profiles->to_srgb.reset();
      profiles->from_srgb.reset();
    }
  }
  profiles_ = std::move(profiles);
}

ColourTransform::~ColourTransform() = default;

bool ColourTransform::identity() const { return !profiles_->to_srgb; }

cv::Mat ColourTransform::to_srgb(const cv::Mat& document) const {
  expect_type(document, {CV_32FC(colours_)}, "colour transform to sRGB");
  if (identity()) return colours_ == 1 ? equal_channels(document) : document.clone();
  cv::Mat rgb = run(profiles_->to_srgb, document, 3);
  if (colours_ == 3) return rgb;
  // The matrix of the PCS leaves neutral greys equal to about 1e-5: make them exactly so.
  cv::Mat grey;
  cv::extractChannel(rgb, grey, 1);
  return equal_channels(grey);
}

cv::Mat ColourTransform::from_srgb(const cv::Mat& srgb) const {
  expect_type(srgb, {CV_32FC3}, "colour transform from sRGB");
  if (!identity()) return run(profiles_->from_srgb, srgb, colours_);
  if (colours_ == 3) return srgb.clone();
  cv::Mat grey(srgb.size(), CV_32FC1);
  for (int y = 0; y < srgb.rows; ++y) {
    for (int x = 0; x < srgb.cols; ++x) {
      grey.at<float>(y, x) = luminance(srgb.ptr<float>(y) + 3 * x);
    }
  }
  return grey;
}

}  // namespace burin::core
