// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls from the core to its host and to other modules: interfaces, errors, cancel and progress.
#pragma once

#include <filesystem>
#include <string>

#include "burin/host.h"
#include "burin/run.h"
#include "runtime/run.hpp"

namespace burin::core {

const void* find_host_interface(const burin_host* host, const char* id, const char* purpose);

// An extension the core cannot do without. Throws Error{BURIN_E_UNSUPPORTED} naming what the host
// lacks.
template <class Interface>
const Interface* host_interface(const burin_host* host, const char* id, const char* purpose) {
  return static_cast<const Interface*>(find_host_interface(host, id, purpose));
}

// One call to a module. Statuses become exceptions; the sentence is the one the module left with
// the host on this thread.
class HostCall {
 public:
  explicit HostCall(const burin_host* host) : host_(host) {}
  const burin_host* host() const { return host_; }
  void check(burin_status status, const std::string& otherwise) const;
  [[noreturn]] void raise(burin_status status, const std::string& otherwise) const;
  // What was left with the host on this thread, or `otherwise`.
  std::string sentence(const std::string& otherwise) const;

 private:
  const burin_host* host_;
};

// Borrowed: `run` must outlive it.
burin_run to_abi(const Run& run);
// `run` may be NULL; log lines go to the host's burin.log/1.
Run from_abi(const burin_run* run, const burin_host* host);

}  // namespace burin::core
