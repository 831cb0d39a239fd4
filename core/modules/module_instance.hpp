// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules of other roles that the engine uses: found through the host by id, made, given their
// parameters, and destroyed. Nothing here knows a module by name.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "burin/host.h"
#include "burin/status.h"

namespace burin::core {

// A module as a job names it.
struct ModuleUse {
  std::string id;  // of the descriptor, or what follows its last "."
  nlohmann::json params = nlohmann::json::object();
  std::filesystem::path base_dir = {};  // relative paths among the parameters start here
  bool operator==(const ModuleUse&) const = default;
};

// Calls into modules: their sentences become Errors.
class ModuleCall {
 public:
  ModuleCall(const burin_host* host, std::string what) : host_(host), what_(std::move(what)) {}
  // Throws Error{status} with the module's sentence, or "`what` failed." where it left none.
  void check(burin_status status) const;
  // Throws Error{BURIN_E_INTERNAL} for a module that broke its contract: "`what` `how`".
  [[noreturn]] void broke_contract(const std::string& how) const;

 private:
  const burin_host* host_;
  std::string what_;
};

// The interface of the module that plays `role` and has this id; its data folder to data_dir.
// Throws Error{BURIN_E_NOT_FOUND} with the host's sentence, which lists those there are, and
// Error{BURIN_E_UNSUPPORTED} for a host that knows no modules.
const void* find_module(const burin_host* host, const char* role, const std::string& id,
                        const char** data_dir);

// Gives an instance its parameters. Throws Error{BURIN_E_JOB} for one that the module does not
// declare (the sentence lists those it does), of another type, or out of its range; and what the
// module says of it.
void set_module_params(const burin_host* host, const char* role, const ModuleUse& use, void* self);

// One instance of a role whose struct has create(host, data_dir, &self) and destroy(self).
template <class Role>
class ModuleInstance {
 public:
  // role: its interface id; what: begins the sentences, "The detector 'yunet'".
  ModuleInstance(const burin_host* host, const char* role, const ModuleUse& use,
                 const std::string& what)
      : call_(host, what) {
    const char* data_dir = nullptr;
    role_ = static_cast<const Role*>(find_module(host, role, use.id, &data_dir));
    call_.check(role_->create(host, data_dir, &self_));
    try {
      set_module_params(host, role, use, self_);
    } catch (...) {
      role_->destroy(self_);
      throw;
    }
  }
  ModuleInstance(const ModuleInstance&) = delete;
  ModuleInstance& operator=(const ModuleInstance&) = delete;
  ~ModuleInstance() { role_->destroy(self_); }

  const Role* role() const { return role_; }
  void* self() const { return self_; }
  const ModuleCall& call() const { return call_; }

 private:
  ModuleCall call_;
  const Role* role_ = nullptr;
  void* self_ = nullptr;
};

}  // namespace burin::core
