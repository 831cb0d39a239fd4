// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// NumPy's SeedSequence: the seeds of a Brownian tree's nodes and of random choices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace burin::core {

// The first `count` uint32 words that numpy.random.SeedSequence(entropy, spawn_key=spawn_key,
// pool_size=pool_size).generate_state(count) gives; pool_size from 4 on. Integers are split into
// little-endian 32-bit words; an empty spawn key is the root. The hash is Melissa O'Neill's
// seed_seq_fe as NumPy documents it. impact behaviour: the noise of the SDE samplers is seeded
// through it with a pool of 24, the choices of wildcards with NumPy's usual 4.
std::vector<std::uint32_t> seed_sequence_state(std::uint64_t entropy,
                                               std::span<const std::uint64_t> spawn_key, int count,
                                               std::size_t pool_size = 24);

}  // namespace burin::core
