// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which SEGS of those found are worked on.
#pragma once

#include <cstdint>
#include <vector>

#include "segs/segs.hpp"

namespace burin::core {

// The SEGS with these ids, in their old order; empty `ids`: all. Throws Error{BURIN_E_JOB} for an
// id that no SEG has.
Segs keep_ids(Segs segs, const std::vector<std::int64_t>& ids);

// The `count` SEGS of the highest confidence, in their old order; 0: all. Of equals the earlier one
// stays.
Segs keep_most_confident(Segs segs, int count);

}  // namespace burin::core
