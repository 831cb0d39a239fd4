// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Seeds against numpy.random.SeedSequence(entropy, spawn_key=..., pool_size=...).
#include "runtime/seed_sequence.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using burin::core::seed_sequence_state;
using Words = std::vector<std::uint32_t>;
using Key = std::array<std::uint64_t, 2>;

BOOST_AUTO_TEST_SUITE(seed_sequence)

BOOST_AUTO_TEST_CASE(root_is_numpys) {
  BOOST_TEST(seed_sequence_state(42, {}, 3) == (Words{387750627, 2536650517, 4078839648}));
}

BOOST_AUTO_TEST_CASE(spawned_children_are_numpys) {
  BOOST_TEST(seed_sequence_state(42, Key{0, 0}, 4) ==
             (Words{2102017995, 2891809698, 2144110403, 379559146}));
}

BOOST_AUTO_TEST_CASE(entropy_above_32_bits_is_two_words) {
  BOOST_TEST(seed_sequence_state((std::uint64_t{1} << 40) + 5, Key{5, 3}, 4) ==
             (Words{3504654109, 1686076128, 242735800, 3342715673}));
}

BOOST_AUTO_TEST_CASE(a_zero_key_is_not_the_root) {
  BOOST_TEST(seed_sequence_state(42, {}, 3) != seed_sequence_state(42, Key{0, 0}, 3));
}

BOOST_AUTO_TEST_CASE(more_words_than_the_pool_begin_with_the_same_words) {
  const Words few = seed_sequence_state(7, {}, 24), many = seed_sequence_state(7, {}, 60);
  BOOST_TEST(Words(many.begin(), many.begin() + 24) == few);
  BOOST_TEST(many.size() == 60U);
}

BOOST_AUTO_TEST_CASE(no_words_are_no_words) {
  BOOST_TEST(seed_sequence_state(7, {}, 0).empty());
  BOOST_TEST(seed_sequence_state(7, {}, -1).empty());
}

BOOST_AUTO_TEST_SUITE_END()
