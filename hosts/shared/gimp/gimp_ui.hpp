// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Headers for windows, which need the others first.
#pragma once

#include "shared/gimp/owned.hpp"

// clang-format off
#include <libgimp/gimpui.h>
// clang-format on
