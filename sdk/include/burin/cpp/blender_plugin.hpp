// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A blender module in C++: derive from BlenderPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <string>
#include <utility>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/role/blender.h"

namespace burin::sdk {

template <typename Type>
struct BlenderTable;

/// Base of a blender. Any exception is fine: it stops at the module's border.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class BlenderPlugin {
 public:
  template <typename Type>
  using Table = BlenderTable<Type>;

  virtual ~BlenderPlugin() = default;
  /// under, over: 1 or 3 channels; mask: one, 0..1; all of one size. Returns a picture like them.
  virtual FloatPicture blend(const FloatView& under, const FloatView& over, const FloatView& mask,
                             const PluginRun& run) = 0;
};

/// The burin_blender table of `Type`.
template <typename Type>
struct BlenderTable : PluginCalls<Type> {
  static burin_status blend(void* self, const DLTensor* under, const DLTensor* over,
                            const DLTensor* mask, const burin_run* run, burin_tensor* out) {
    return PluginCalls<Type>::call(self, [&](Type& blender) {
      require_place(out);
      require_floats(under, 3, "original crop");
      const int64_t channels = under->shape[2] == 1 ? 1 : 3;
      const FloatView below = float_view(under, channels, "original crop");
      const FloatView above = float_view(over, channels, "redrawn crop");
      const FloatView shown = float_view(mask, 0, "mask");
      for (const FloatView& other : {above, shown}) {
        if (other.height != below.height || other.width != below.width) {
          throw Error(BURIN_E_INVALID,
                      "A redrawn crop or mask has " + std::to_string(other.width) + " x " +
                          std::to_string(other.height) + " pixels; the original crop has " +
                          std::to_string(below.width) + " x " + std::to_string(below.height) + ".");
        }
      }
      const PluginRun plugin_run(run, "fit");
      plugin_run.stop_if_cancelled();
      FloatPicture made = blender.blend(below, above, shown, plugin_run);
      require_size(made, below.height, below.width, channels);
      hand_over(std::move(made), *out);
    });
  }

  static constexpr burin_blender table = {sizeof(burin_blender), PluginCalls<Type>::create,
                                          PluginCalls<Type>::destroy, blend};
};

}  // namespace burin::sdk
