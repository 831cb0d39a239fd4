// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// GIMP 2.10's headers, and ownership of its objects.
#pragma once

#include <gegl.h>
#include <libgimp/gimp.h>

#include <memory>

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
