// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The extensions that a module's class offers by having the functions for them.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "burin/cpp/guard.hpp"
#include "burin/cpp/params.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/ext/cuda.h"
#include "burin/ext/params.h"
#include "burin/ext/state.h"

namespace burin::sdk {

/// burin.params/1: `static ParamList<Type> parameters()`, and if the class wants to know,
/// `void parameters_changed()`, after each set; when it throws the value is taken back.
template <typename Type>
concept HasParameters = requires {
  { Type::parameters() } -> std::convertible_to<ParamList<Type>>;
};

/// burin.state/1: `std::vector<std::byte> save() const`, `void load(std::span<const std::byte>)`,
/// which throws and changes nothing for what save did not write.
template <typename Type>
concept HasState = requires(Type& plugin, const Type& saved) {
  { saved.save() } -> std::convertible_to<std::vector<std::byte>>;
  plugin.load(std::span<const std::byte>());
};

/// burin.cuda/1: `void use_stream(int32_t device, void* stream)`.
template <typename Type>
concept UsesStream = requires(Type& plugin) {
  plugin.use_stream(int32_t(), nullptr);
};

template <typename Type>
struct ParamsTable {
  static const ParamList<Type>& list() {
    static const ParamList<Type> all = Type::parameters();
    return all;
  }
  static burin_status set(void* self, const char* id, const burin_param_value* value) {
    return PluginInstance<Type>::call(self, [&](Type& plugin) {
      if constexpr (requires { plugin.parameters_changed(); }) {
        burin_param_value before = {};
        list().get(plugin, id, &before);
        const std::string text = before.text ? before.text : "";
        if (before.text) before.text = text.c_str();
        list().set(plugin, id, value);
        try {
          plugin.parameters_changed();
        } catch (...) {
          list().set(plugin, id, &before);
          throw;
        }
      } else {
        list().set(plugin, id, value);
      }
    });
  }
  static burin_status get(void* self, const char* id, burin_param_value* out) {
    return PluginInstance<Type>::call(self, [&](Type& plugin) { list().get(plugin, id, out); });
  }
  static const burin_params& table() {
    static const burin_params all = {sizeof(all), static_cast<uint32_t>(list().declared().size()),
                                     list().declared().data(), set, get};
    return all;
  }
};

template <typename Type>
struct StateTable {
  static burin_status save(void* self, burin_tensor* out) {
    return PluginInstance<Type>::call(self, [&](Type& plugin) {
      if (out == nullptr) throw Error(BURIN_E_INVALID, "There is no place for the state.");
      hand_over(std::as_const(plugin).save(), *out);
    });
  }
  static burin_status load(void* self, const void* bytes, size_t size) {
    return PluginInstance<Type>::call(self, [&](Type& plugin) {
      if (bytes == nullptr && size != 0) throw Error(BURIN_E_INVALID, "The state is NULL.");
      plugin.load(std::span(static_cast<const std::byte*>(bytes), size));
    });
  }
  static constexpr burin_state table = {sizeof(burin_state), save, load};
};

template <typename Type>
struct CudaTable {
  static burin_status use_stream(void* self, int32_t device, void* stream) {
    return PluginInstance<Type>::call(self,
                                      [&](Type& plugin) { plugin.use_stream(device, stream); });
  }
  static constexpr burin_cuda table = {sizeof(burin_cuda), use_stream};
};

/// The extension `id` of Type, or nullptr.
template <typename Type>
const void* plugin_extension(const char* id) noexcept {
  const void* found = nullptr;
  guard(nullptr, [&] {
    if constexpr (HasParameters<Type>) {
      if (std::strcmp(id, BURIN_PARAMS_ID) == 0) found = &ParamsTable<Type>::table();
    }
    if constexpr (HasState<Type>) {
      if (std::strcmp(id, BURIN_STATE_ID) == 0) found = &StateTable<Type>::table;
    }
    if constexpr (UsesStream<Type>) {
      if (std::strcmp(id, BURIN_CUDA_ID) == 0) found = &CudaTable<Type>::table;
    }
  });
  return found;
}

}  // namespace burin::sdk
