// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An upscaler module in C++: derive from UpscalerPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/role/upscaler.h"

namespace burin::sdk {

/// See burin_upscaler_options.
struct UpscaleOptions {
  uint32_t tile = 0;
  uint64_t memory_bytes = 0;
};

template <typename Type>
struct UpscalerTable;

/// Base of an upscaler. Any exception is fine: it stops at the module's border.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class UpscalerPlugin {
 public:
  template <typename Type>
  using Table = UpscalerTable<Type>;

  virtual ~UpscalerPlugin() = default;
  /// 1 to 16, with the parameters as they are.
  virtual uint32_t factor() = 0;
  /// rgb: 3 channels, 0..1. Returns factor() times its width and height, 3 channels.
  virtual FloatPicture upscale(const FloatView& rgb, const UpscaleOptions& options,
                               const PluginRun& run) = 0;
};

/// The burin_upscaler table of `Type`.
template <typename Type>
struct UpscalerTable : PluginCalls<Type> {
  static uint32_t checked_factor(Type& upscaler) {
    const uint32_t factor = upscaler.factor();
    if (factor < 1 || factor > 16) {
      throw Error(BURIN_E_INTERNAL,
                  "The upscaler's factor is " + std::to_string(factor) + "; expected is 1 to 16.");
    }
    return factor;
  }

  static burin_status factor(void* self, uint32_t* out) {
    return PluginCalls<Type>::call(self, [&](Type& upscaler) {
      require_place(out);
      *out = checked_factor(upscaler);
    });
  }

  static burin_status upscale(void* self, const DLTensor* rgb,
                              const burin_upscaler_options* options, const burin_run* run,
                              burin_tensor* out) {
    return PluginCalls<Type>::call(self, [&](Type& upscaler) {
      require_place(out);
      const FloatView view = float_view(rgb, 3, "picture");
      UpscaleOptions read;
      if (options && BURIN_HAS(options, tile)) read.tile = options->tile;
      if (options && BURIN_HAS(options, memory_bytes)) read.memory_bytes = options->memory_bytes;
      const PluginRun plugin_run(run, "upscale");
      plugin_run.stop_if_cancelled();
      const int64_t times = checked_factor(upscaler);
      FloatPicture made = upscaler.upscale(view, read, plugin_run);
      require_size(made, view.height * times, view.width * times, 3);
      hand_over(std::move(made), *out);
    });
  }

  static constexpr burin_upscaler table = {sizeof(burin_upscaler), PluginCalls<Type>::create,
                                           PluginCalls<Type>::destroy, factor, upscale};
};

}  // namespace burin::sdk
