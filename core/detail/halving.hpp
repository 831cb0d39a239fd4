// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Work in batches that halve when memory runs out.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace burin::core {

// Calls work(items); when that runs out of memory, calls it on both halves instead, and so on.
// Where a single item does not fit, gives it to failed. Other exceptions pass.
void run_halving(const std::vector<std::size_t>& items,
                 const std::function<void(const std::vector<std::size_t>&)>& work,
                 const std::function<void(std::size_t item, const char* what)>& failed);

}  // namespace burin::core
