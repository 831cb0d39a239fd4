// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// For authors of modules in C++: the exception barrier, the host as an object, and
// BURIN_DETECTOR_PLUGIN.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "burin/cpp/error.hpp"
#include "burin/entry.h"
#include "burin/ext/log.h"
#include "burin/ext/modules.h"

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

/// What a module asks of its host. A light handle, valid as long as the host.
class PluginHost {
 public:
  explicit PluginHost(const burin_host* host) : host_(host) {}

  const burin_host* get() const noexcept { return host_; }

  /// An extension of the host by id, or nullptr.
  template <typename Interface>
  const Interface* extension(const char* id) const {
    return host_->get_interface ? static_cast<const Interface*>(host_->get_interface(host_, id))
                                : nullptr;
  }

  /// One line of log; dropped when the host takes none.
  void log(burin_log_severity severity, const std::string& text) const {
    const auto* log = extension<burin_log>(BURIN_LOG_ID);
    if (log && severity >= log->least) log->write(host_, severity, text.c_str());
  }

 private:
  const burin_host* host_;
};

/// Throws (UNSUPPORTED) unless the host speaks this ABI major; (INVALID) for NULL or a host that
/// cannot take errors.
inline void require_host(const burin_host* host) {
  if (host == nullptr || !BURIN_HAS(host, set_error)) {
    throw Error(BURIN_E_INVALID, "The host is missing or shorter than the first ABI revision.");
  }
  if (host->abi.major != BURIN_ABI_MAJOR) {
    throw Error(BURIN_E_UNSUPPORTED, "The host speaks Burin ABI " +
                                         std::to_string(host->abi.major) + " and this module " +
                                         std::to_string(BURIN_ABI_MAJOR) + "; they must agree.");
  }
}

/// The burin_plugin_entry of a module with one descriptor and one interface.
template <const burin_descriptor& About, const auto& Api>
struct SingleEntry {
  static burin_status init(const burin_host* host) {
    return guard(host, [&] { require_host(host); });
  }
  static void deinit() {}
  static uint32_t count() { return 1; }
  static const burin_descriptor* descriptor(uint32_t index) {
    return index == 0 ? &About : nullptr;
  }
  static const void* get_interface(const char* id) {
    return id != nullptr && std::strcmp(id, About.id) == 0 ? &Api : nullptr;
  }
  static constexpr burin_plugin_entry entry() {
    return {sizeof(burin_plugin_entry),
            {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
            init,
            deinit,
            count,
            descriptor,
            get_interface,
            nullptr};
  }
};

}  // namespace burin::sdk
