// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Real ICC profiles for round trips.
#pragma once

#include <lcms2.h>

#include <cstdint>
#include <vector>

namespace burin::test {

inline std::vector<std::uint8_t> profile_bytes(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::vector<std::uint8_t> bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

/// Gamma 2.2 with Rec. 709 primaries, or its grey counterpart.
inline std::vector<std::uint8_t> gamma_profile(bool grey) {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, 2.2);
  cmsToneCurve* const curves[3] = {curve, curve, curve};
  const cmsCIExyY white = {0.3127, 0.3290, 1};
  const cmsCIExyYTRIPLE primaries = {{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}};
  auto bytes = profile_bytes(grey ? cmsCreateGrayProfile(&white, curve)
                                  : cmsCreateRGBProfile(&white, &primaries, curves));
  cmsFreeToneCurve(curve);
  return bytes;
}

}  // namespace burin::test
