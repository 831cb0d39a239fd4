// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The exception barrier of a module's functions.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include "burin/cpp/error.hpp"
#include "burin/host.h"

namespace burin::sdk {

/// Runs `body` and turns what it throws into a status and a sentence for the host. Nothing gets
/// past it, so every function of an interface table is one guard. `host` may be NULL: then the
/// sentence is lost.
template <typename Body>
burin_status guard(const burin_host* host, Body&& body) noexcept {
  const auto fail = [host](burin_status status, const char* text) {
    if (host != nullptr && BURIN_HAS(host, set_error) && host->set_error)
      host->set_error(host, text);
    return status;
  };
  try {
    body();
    return BURIN_OK;
  } catch (const Error& error) {
    return fail(error.status() == BURIN_OK ? BURIN_E_INTERNAL : error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(BURIN_E_MEMORY, "There is not enough memory.");
  } catch (const std::exception& error) {
    return fail(BURIN_E_INTERNAL, error.what());
  } catch (...) {
    return fail(BURIN_E_INTERNAL, "The module threw something that is no exception.");
  }
}

/// An object of a module with the host that asked for it.
template <typename Type>
struct PluginInstance {
  const burin_host* host;
  Type plugin;

  /// body(Type&) behind the barrier; INVALID for NULL.
  template <typename Body>
  static burin_status call(void* self, Body&& body) noexcept {
    if (self == nullptr) return BURIN_E_INVALID;
    auto& instance = *static_cast<PluginInstance*>(self);
    return guard(instance.host, [&] { std::forward<Body>(body)(instance.plugin); });
  }
};

}  // namespace burin::sdk
