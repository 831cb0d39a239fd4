// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A preprocessor module in C++: derive from PreprocessorPlugin, then BURIN_PLUGIN(Type,
// descriptor).
#pragma once

#include <utility>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/role/preprocessor.h"

namespace burin::sdk {

template <typename Type>
struct PreprocessorTable;

/// Base of a preprocessor. Any exception is fine: it stops at the module's border.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class PreprocessorPlugin {
 public:
  template <typename Type>
  using Table = PreprocessorTable<Type>;

  virtual ~PreprocessorPlugin() = default;
  /// rgb: 3 channels, 0..1. Returns a picture of the same size and channels, 0..1.
  virtual FloatPicture process(const FloatView& rgb, const PluginRun& run) = 0;
};

/// The burin_preprocessor table of `Type`.
template <typename Type>
struct PreprocessorTable : PluginCalls<Type> {
  static burin_status process(void* self, const DLTensor* rgb, const burin_run* run,
                              burin_tensor* out) {
    return PluginCalls<Type>::call(self, [&](Type& preprocessor) {
      require_place(out);
      const FloatView view = float_view(rgb, 3, "picture");
      const PluginRun plugin_run(run, "preprocess");
      plugin_run.stop_if_cancelled();
      FloatPicture made = preprocessor.process(view, plugin_run);
      require_size(made, view.height, view.width, 3);
      hand_over(std::move(made), *out);
    });
  }

  static constexpr burin_preprocessor table = {
      sizeof(burin_preprocessor), PluginCalls<Type>::create, PluginCalls<Type>::destroy, process};
};

}  // namespace burin::sdk
