// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which tasks go through the networks together.
#pragma once

#include <vector>

#include "plan/geometry.hpp"
#include "plan/plan.hpp"

namespace burin::core {

// Raises a size to a coarser grid where that adds at most 15 % of area, so that more tasks share
// a size: both sides, else the one that adds less. No side is raised above most_side. It depends
// on nothing but the size itself: a segment is drawn alike whichever others run.
void quantise_size(Sizing& sizing, int multiple, int most_side);

// Tasks of equal size together, at most most_items (from 1) a batch and the batches of a size as
// even as can be. Ordered by first task.
std::vector<Batch> make_batches(const std::vector<Task>& tasks, const ModelGeometry& model,
                                double memory_budget, bool one_by_one);

// Estimate for the largest batch, in bytes; 0: unknown.
double largest_batch_bytes(const Plan& plan, const ModelGeometry& model);

}  // namespace burin::core
