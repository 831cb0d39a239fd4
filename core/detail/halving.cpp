// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Halving of batches on out-of-memory.
#include "detail/halving.hpp"

#include <exception>
#include <string>

#include "device/device.hpp"

namespace burin::core {

void run_halving(const std::vector<std::size_t>& items,
                 const std::function<void(const std::vector<std::size_t>&)>& work,
                 const std::function<void(std::size_t item, const char* what)>& failed) {
  std::string what;
  try {
    work(items);
    return;
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    what = error.what();
  }
  if (items.size() == 1) {
    failed(items.front(), what.c_str());
    return;
  }
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
  run_halving({items.begin(), middle}, work, failed);
  run_halving({middle, items.end()}, work, failed);
}

}  // namespace burin::core
