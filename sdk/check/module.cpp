// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// dlopen, the entry, and what it lists.
#include "module.hpp"

#include <dlfcn.h>

#include "case.hpp"

namespace burin::check {
namespace {

constexpr std::uint32_t most_descriptors = 1024;

}  // namespace

const burin_plugin_entry& open_module(const std::filesystem::path& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail("it cannot be loaded: ", ::dlerror());
  const void* entry = ::dlsym(library, "burin_entry");
  if (entry == nullptr) fail("it has no symbol burin_entry");
  return *static_cast<const burin_plugin_entry*>(entry);
}

std::vector<const burin_descriptor*> descriptors_of(const burin_plugin_entry& entry) {
  const std::uint32_t count = entry.count();
  if (count == 0 || count > most_descriptors) {
    fail("it lists ", count, " descriptors; expected are 1 to ", most_descriptors);
  }
  std::vector<const burin_descriptor*> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    const burin_descriptor* descriptor = entry.descriptor(i);
    if (descriptor == nullptr) fail("descriptor ", i, " of ", count, " is NULL");
    if (!BURIN_HAS(descriptor, cuda)) {
      fail("descriptor ", i, " has a struct_size of ", descriptor->struct_size,
           "; expected are at least ", offsetof(burin_descriptor, cuda) + sizeof(burin_cuda_use));
    }
    all.push_back(descriptor);
  }
  return all;
}

}  // namespace burin::check
