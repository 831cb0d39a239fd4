// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which tasks go through the networks together.
#include "plan/batches.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>

namespace burin::core {
namespace {

using Size = std::pair<int, int>;  // width, height

std::int64_t area(const Size& size) { return std::int64_t{size.first} * size.second; }

// The next side that sizes are raised to: an even number of multiples, from 16 on a multiple of 4,
// from 32 on of 8, ...
int raised_side(int side, int multiple) {
  const int count = (side + multiple - 1) / multiple;
  int step = 2;
  while (count >= 8 * step) step *= 2;
  return (count + step - 1) / step * step * multiple;
}

double item_bytes(const Task& task, const ModelGeometry& model) {
  return static_cast<double>(area({task.width, task.height})) * model.bytes_per_pixel;
}

std::size_t most_items(const Task& task, const ModelGeometry& model, double budget,
                       std::size_t available) {
  const double bytes = item_bytes(task, model);
  if (!(budget > 0) || !(bytes > 0)) return available;
  const double fitting = std::floor(budget / bytes);
  if (fitting >= static_cast<double>(available)) return available;
  return std::max<std::size_t>(1, static_cast<std::size_t>(fitting));
}

}  // namespace

void quantise_size(Sizing& sizing, int multiple, int most_side) {
  constexpr std::int64_t kMostPercent = 115;
  const Size size(sizing.width, sizing.height);
  const auto raised = [&](int side) {
    const int larger = raised_side(side, multiple);
    return larger > most_side ? side : larger;
  };
  const int width = raised(size.first), height = raised(size.second);
  Size both(width, height), wider(width, size.second), higher(size.first, height);
  if (area(higher) < area(wider)) std::swap(wider, higher);
  for (const Size& larger : {both, wider, higher}) {
    if (area(larger) * 100 > area(size) * kMostPercent) continue;
    std::tie(sizing.width, sizing.height) = larger;
    return;
  }
}

std::vector<Batch> make_batches(const std::vector<Task>& tasks, const ModelGeometry& model,
                                double memory_budget, bool one_by_one) {
  std::vector<std::pair<Size, std::vector<std::size_t>>> groups;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!tasks[i].run) continue;
    const Size size(tasks[i].width, tasks[i].height);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&size](const auto& other) { return other.first == size; });
    if (group == groups.end()) group = groups.insert(groups.end(), {size, {}});
    group->second.push_back(i);
  }

  std::vector<Batch> batches;
  for (const auto& [size, members] : groups) {
    const std::size_t most =
        one_by_one ? 1 : most_items(tasks[members[0]], model, memory_budget, members.size());
    const std::size_t parts = (members.size() + most - 1) / most;
    for (std::size_t part = 0; part < parts; ++part) {
      const auto begin =
          members.begin() + static_cast<std::ptrdiff_t>(members.size() * part / parts);
      const auto end =
          members.begin() + static_cast<std::ptrdiff_t>(members.size() * (part + 1) / parts);
      batches.push_back({std::vector<std::size_t>(begin, end)});
    }
  }
  std::sort(batches.begin(), batches.end(),
            [](const Batch& a, const Batch& b) { return a.tasks[0] < b.tasks[0]; });
  return batches;
}

double largest_batch_bytes(const Plan& plan, const ModelGeometry& model) {
  double largest = 0;
  for (const Batch& batch : plan.batches) {
    const double bytes = item_bytes(plan.tasks[batch.tasks[0]], model);
    largest = std::max(largest, bytes * static_cast<double>(batch.tasks.size()));
  }
  return largest;
}

}  // namespace burin::core
