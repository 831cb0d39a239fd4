// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// How large a network's parts are.
#pragma once

#include <cstdint>

namespace burin::esrgan {

struct Extent {
  int factor = 1;               ///< what a picture's sides are multiplied by
  int unit = 1;                 ///< pixels a side of one feature: what a picture is worked on in
  int reach = 0;                ///< features on each side that a pixel of the result depends on
  int64_t bytes_a_feature = 0;  ///< memory of a run, for each feature of the part worked on
};

}  // namespace burin::esrgan
