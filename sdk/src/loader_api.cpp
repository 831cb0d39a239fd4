// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The C functions of burin/loader.h.
#include <memory>

#include "last_error.hpp"
#include "loader.hpp"

using burin::sdk::Error;
using burin::sdk::Loader;
using burin::sdk::remembering;
using burin::sdk::require;

struct burin_loader {
  Loader loader;
};

burin_status burin_loader_create(const burin_loader_options* options, burin_loader** out) {
  return remembering([&] {
    require("burin_loader_create", out);
    *out = new burin_loader{Loader(options)};
  });
}

void burin_loader_destroy(burin_loader* loader) { delete loader; }

const burin_host* burin_loader_host(const burin_loader* loader) {
  return loader ? &loader->loader.host() : nullptr;
}

burin_status burin_loader_open(burin_loader* loader, const char* file) {
  return remembering([&] {
    require("burin_loader_open", loader, file);
    loader->loader.open(file);
  });
}

burin_status burin_loader_find(burin_loader* loader, const char* role, const char* name,
                               const void** interface_out, const char** data_dir) {
  return remembering([&] {
    require("burin_loader_find", loader, role, interface_out);
    const Loader::Served served = loader->loader.find(role, name ? name : "");
    *interface_out = served.interface;
    if (data_dir) *data_dir = served.data_dir;
  });
}

burin_status burin_loader_extension(burin_loader* loader, const char* role, const char* name,
                                    const char* extension, const void** interface_out) {
  return remembering([&] {
    require("burin_loader_extension", loader, role, extension, interface_out);
    const Loader::Extension found = loader->loader.extension(role, name ? name : "", extension);
    if (found.interface == nullptr) {
      throw Error(BURIN_E_UNSUPPORTED,
                  "The module '" + std::string(found.id) + "' does not offer " + extension + ".");
    }
    *interface_out = found.interface;
  });
}

size_t burin_loader_count(burin_loader* loader, const char* role) {
  size_t count = 0;
  remembering([&] {
    require("burin_loader_count", loader);
    count = loader->loader.offers(role ? role : "").size();
  });
  return count;
}

burin_status burin_loader_module(burin_loader* loader, const char* role, size_t index,
                                 burin_module_info* out) {
  return remembering([&] {
    require("burin_loader_module", loader, out);
    const auto offers = loader->loader.offers(role ? role : "");
    if (index >= offers.size()) {
      throw Error(BURIN_E_INVALID, "Module " + std::to_string(index) +
                                       " was asked for; there are " +
                                       std::to_string(offers.size()) + ".");
    }
    const auto& offer = *offers[index];
    *out = {sizeof(burin_module_info), offer.descriptor, offer.path.c_str(),
            offer.data_dir.empty() ? nullptr : offer.data_dir.c_str()};
  });
}

size_t burin_loader_problem_count(burin_loader* loader) {
  size_t count = 0;
  remembering([&] {
    require("burin_loader_problem_count", loader);
    count = loader->loader.problems().size();
  });
  return count;
}

burin_status burin_loader_problem(burin_loader* loader, size_t index, burin_module_problem* out) {
  return remembering([&] {
    require("burin_loader_problem", loader, out);
    const auto problems = loader->loader.problems();
    if (index >= problems.size()) {
      throw Error(BURIN_E_INVALID, "Problem " + std::to_string(index) +
                                       " was asked for; there are " +
                                       std::to_string(problems.size()) + ".");
    }
    const auto& problem = *problems[index];
    *out = {sizeof(burin_module_problem), problem.status, problem.path.c_str(),
            problem.sentence.c_str()};
  });
}

const char* burin_last_error(void) { return burin::sdk::remembered_error(); }

void burin_set_last_error(const char* utf8) { burin::sdk::remember_error(utf8); }

const char* burin_version(void) { return BURIN_VERSION; }
