// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules by name, without files.
#include "support/module_host.hpp"

#include <cstring>

#include "burin/ext/modules.h"
#include "support/engine_host.hpp"

namespace burin::test {
namespace {

std::vector<KnownModule>& known() {
  static std::vector<KnownModule> modules;
  return modules;
}

const KnownModule* module_of(const char* role, const char* name) {
  for (const KnownModule& module : known())
    if (module.role == role && module.id == name) return &module;
  engine_host()->set_error(engine_host(),
                           (std::string("There is no module '") + name + "'.").c_str());
  return nullptr;
}

const void* find(const burin_host*, const char* role, const char* name, const char** data_dir) {
  if (data_dir) *data_dir = nullptr;
  const KnownModule* module = module_of(role, name);
  return module ? module->interface : nullptr;
}

const void* extension(const burin_host*, const char* role, const char* name, const char* id,
                      const char**) {
  const KnownModule* module = module_of(role, name);
  return module && std::strcmp(id, BURIN_PARAMS_ID) == 0 ? module->params : nullptr;
}

const burin_modules modules = {sizeof(burin_modules), find, extension, nullptr, nullptr};

const void* get_interface(const burin_host* host, const char* id) {
  if (std::strcmp(id, BURIN_MODULES_ID) == 0) return &modules;
  return engine_host()->get_interface(host, id);
}

}  // namespace

const burin_host* module_host(std::vector<KnownModule> replaced) {
  known() = std::move(replaced);
  static const burin_host host = [] {
    burin_host copy = *engine_host();
    copy.get_interface = get_interface;
    return copy;
  }();
  return &host;
}

burin_param number_param(burin_param_type type, const char* id, const char* name,
                         const char* description, double least, double most) {
  burin_param param{};
  param.struct_size = sizeof param;
  param.type = type;
  param.id = id;
  param.name = name;
  param.description = description;
  param.minimum = param.default_number = least;
  param.maximum = most;
  return param;
}

}  // namespace burin::test
