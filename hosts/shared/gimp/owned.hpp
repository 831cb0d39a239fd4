// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Ownership of GIMP's objects.
#pragma once

#include <memory>

#include "gimp_calls.hpp"

namespace burin::gimp {

struct Unref {
  void operator()(void* object) const {
    if (object) g_object_unref(object);
  }
};
using Buffer = std::unique_ptr<GeglBuffer, Unref>;

struct Free {
  void operator()(void* memory) const { g_free(memory); }
};
using Text = std::unique_ptr<char, Free>;

}  // namespace burin::gimp
