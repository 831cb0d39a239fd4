// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Profiles for linear pictures, made by lcms2.
#include "shared/engine_profile.hpp"

#include <lcms2.h>

#include <array>
#include <memory>

#include "burin/cpp/error.hpp"
#include "shared/image_origin.hpp"

namespace burin::host {

namespace {

using Chromaticities = std::array<float, 8>;  // x, y of red, green, blue, white

Chromaticities chromaticities_of(const ImageFile& image) {
  Chromaticities values = {0.64f, 0.33f, 0.30f, 0.60f, 0.15f, 0.06f, 0.3127f, 0.3290f};
  if (!image.origin || !image.origin->spec) return values;
  const auto* given = image.origin->spec->spec.find_attribute("chromaticities");
  if (given && given->type() == OIIO::TypeDesc(OIIO::TypeDesc::FLOAT, 8)) {
    for (int i = 0; i < 8; ++i) values[static_cast<size_t>(i)] = given->get_float_indexed(i);
  }
  return values;
}

using Profile = std::unique_ptr<void, decltype(&cmsCloseProfile)>;

Profile make_profile(const Chromaticities& c, bool grey) {
  const std::unique_ptr<cmsToneCurve, decltype(&cmsFreeToneCurve)> straight(
      cmsBuildGamma(nullptr, 1.0), &cmsFreeToneCurve);
  const cmsCIExyY white = {c[6], c[7], 1.0};
  if (grey) return Profile(cmsCreateGrayProfile(&white, straight.get()), &cmsCloseProfile);
  const cmsCIExyYTRIPLE primaries = {{c[0], c[1], 1.0}, {c[2], c[3], 1.0}, {c[4], c[5], 1.0}};
  cmsToneCurve* const curves[3] = {straight.get(), straight.get(), straight.get()};
  return Profile(cmsCreateRGBProfile(&white, &primaries, curves), &cmsCloseProfile);
}

}  // namespace

std::vector<std::uint8_t> engine_profile(const ImageFile& image) {
  if (!image.icc.empty() || !image.linear) return image.icc;
  const Profile profile = make_profile(chromaticities_of(image), image.pixels.channels <= 2);
  cmsUInt32Number size = 0;
  if (profile && cmsSaveProfileToMem(profile.get(), nullptr, &size)) {
    std::vector<std::uint8_t> bytes(size);
    if (cmsSaveProfileToMem(profile.get(), bytes.data(), &size)) return bytes;
  }
  throw sdk::Error(BURIN_E_INTERNAL, "lcms2 could not make a profile for the linear picture.");
}

}  // namespace burin::host
