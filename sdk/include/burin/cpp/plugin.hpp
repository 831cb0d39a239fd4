// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// For authors of modules in C++: the exception barrier, the host as an object, and BURIN_PLUGIN,
// which makes burin_entry of classes.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "burin/cpp/error.hpp"
#include "burin/cpp/plugin_extensions.hpp"
#include "burin/entry.h"
#include "burin/ext/log.h"

namespace burin::sdk {

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

/// What the tables of all roles share: instances of Type, made, destroyed and called behind the
/// barrier. Type has a constructor (PluginHost, const std::string& data_dir), data_dir "" when
/// there is none, or one without parameters.
template <typename Type>
struct PluginCalls {
  using Instance = PluginInstance<Type>;

  static burin_status create(const burin_host* host, const char* data_dir, void** self) {
    return guard(host, [&] {
      require_host(host);
      if (self == nullptr) throw Error(BURIN_E_INVALID, "There is no place for the new instance.");
      std::unique_ptr<Instance> made;
      if constexpr (std::is_constructible_v<Type, PluginHost, const std::string&>) {
        made.reset(
            new Instance{host, Type(PluginHost(host), std::string(data_dir ? data_dir : ""))});
      } else {
        made.reset(new Instance{host, Type()});
      }
      if constexpr (HasParameters<Type>) ParamsTable<Type>::list().set_defaults(made->plugin);
      *self = made.release();
    });
  }
  static void destroy(void* self) { delete static_cast<Instance*>(self); }

  /// body(Type&) behind the barrier of the instance's host.
  template <typename Body>
  static burin_status call(void* self, Body&& body) noexcept {
    return Instance::call(self, std::forward<Body>(body));
  }
};

/// Throws Error (INVALID) when there is no place for what a call gives.
inline void require_place(const void* out) {
  if (out == nullptr) throw Error(BURIN_E_INVALID, "There is no place for the result.");
}

/// A class and its descriptor. Type: derived from the plug-in class of its role, such as
/// SchedulerPlugin; About: a constexpr burin_descriptor with static storage and that role.
template <typename Type, const burin_descriptor& About>
struct Offers {
  static constexpr const burin_descriptor* about = &About;
  static const void* table() { return &Type::template Table<Type>::table; }
  static const void* extension(const char* id) { return plugin_extension<Type>(id); }
};

/// The burin_plugin_entry of a module with one or more Offers.
template <typename... Offer>
struct PluginEntry {
  static burin_status init(const burin_host* host) {
    return guard(host, [&] { require_host(host); });
  }
  static void deinit() {}
  static uint32_t count() { return sizeof...(Offer); }
  static const burin_descriptor* descriptor(uint32_t index) {
    static constexpr const burin_descriptor* all[] = {Offer::about...};
    return index < sizeof...(Offer) ? all[index] : nullptr;
  }
  static const void* get_interface(const char* id) {
    const void* found = nullptr;
    (void)(... || (is(id, Offer::about->id) && (found = Offer::table())));
    return found;
  }
  static const void* get_extension(const char* id, const char* extension) {
    const void* found = nullptr;
    if (extension == nullptr) return nullptr;
    (void)(... || (is(id, Offer::about->id) && (found = Offer::extension(extension))));
    return found;
  }
  static constexpr burin_plugin_entry entry() {
    return {sizeof(burin_plugin_entry),
            {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
            init,
            deinit,
            count,
            descriptor,
            get_interface,
            get_extension};
  }

 private:
  static bool is(const char* id, const char* known) {
    return id != nullptr && std::strcmp(id, known) == 0;
  }
};

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

/// Makes the module's burin_entry of one or more burin::sdk::Offers<Type, about>. Use it once, at
/// namespace scope.
#define BURIN_PLUGINS(...)                                           \
  BURIN_EXTERN_C BURIN_EXPORT const burin_plugin_entry burin_entry = \
      burin::sdk::PluginEntry<__VA_ARGS__>::entry();

/// The same of one class and its descriptor.
#define BURIN_PLUGIN(Type, About) BURIN_PLUGINS(burin::sdk::Offers<Type, About>)
