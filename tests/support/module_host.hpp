// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// engine_host() that also finds modules which live in the test itself.
#pragma once

#include <string>
#include <vector>

#include "burin/ext/params.h"
#include "burin/host.h"

namespace burin::test {

struct KnownModule {
  std::string role, id;
  const void* interface = nullptr;
  const burin_params* params = nullptr;
};

// Replaces what was known. Lives until the end of the program.
const burin_host* module_host(std::vector<KnownModule> modules);

// A number that a module declares, at first the least one.
burin_param number_param(burin_param_type type, const char* id, const char* name,
                         const char* description, double least, double most);

}  // namespace burin::test
