// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// GIMP's headers for windows, which need the others first.
#pragma once

#include "gimp2/gimp.hpp"

// clang-format off
#include <libgimp/gimpui.h>
// clang-format on
