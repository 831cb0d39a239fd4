// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Draws against numpy.random.default_rng (1.26) and random.Random (3.11).
#include <boost/test/unit_test.hpp>
#include <string>

#include "prompts/numpy_random.hpp"
#include "prompts/python_random.hpp"

using burin::core::NumpyRandom;
using burin::core::PythonRandom;

namespace {

std::string letters(std::size_t count) { return std::string("abcdefg").substr(0, count); }

template <class Random>
std::string shuffled(Random& random) {
  const std::string text = letters(6);
  std::vector<char> values(text.begin(), text.end());
  random.shuffle(values);
  return {values.begin(), values.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numpy_random)

BOOST_AUTO_TEST_CASE(raw_numbers_are_numpys) {
  NumpyRandom zero(0), large(9223372036854775813U);
  BOOST_TEST(zero.next64() == 11749869230777074271U);
  BOOST_TEST(zero.next64() == 4976686463289251617U);
  BOOST_TEST(large.next64() == 8858737189621679469U);
  BOOST_TEST(large.next64() == 16679054884034326486U);
}

BOOST_AUTO_TEST_CASE(mixed_draws_follow_one_another_as_numpys_do) {
  NumpyRandom random(7);
  std::string drawn;
  for (int i = 0; i < 6; ++i) drawn += letters(7)[random.below(7)];
  BOOST_TEST(drawn == "geegef");
  const std::uint32_t whole = random.below(3);
  const std::vector<std::size_t> chosen = random.choose({1, 2, 3, 4}, 3);
  const std::string order = shuffled(random);
  BOOST_TEST(whole == 2U);
  BOOST_TEST(chosen == (std::vector<std::size_t>{2, 3, 0}));
  BOOST_TEST(order == "fcaebd");
  BOOST_TEST(random.uniform() == 0.2784256121007733);
}

BOOST_AUTO_TEST_CASE(one_possibility_draws_nothing) {
  NumpyRandom random(0);
  BOOST_TEST(random.below(1) == 0U);
  BOOST_TEST(random.next64() == 11749869230777074271U);
}

BOOST_AUTO_TEST_CASE(all_of_uneven_weights_are_chosen_in_the_end) {
  NumpyRandom random(3);
  std::vector<std::size_t> all = random.choose({1e9, 1e-9, 1, 1e-9}, 4);
  std::sort(all.begin(), all.end());
  BOOST_TEST(all == (std::vector<std::size_t>{0, 1, 2, 3}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(python_random)

BOOST_AUTO_TEST_CASE(shuffles_and_integers_are_pythons) {
  struct Recorded {
    std::uint64_t seed;
    const char* order;
    std::uint64_t first, second;
  };
  for (const auto& [seed, order, first, second] :
       {Recorded{0, "ecbafd", 806253307773444, 491889324856851},
        Recorded{1, "cdfaeb", 1063401473300643, 854817254591515},
        Recorded{7, "eafdbc", 211963232620587, 483456583159541},
        Recorded{9223372036854775813U, "eafdbc", 458453546493715, 616870177807622}}) {
    PythonRandom random(seed);
    BOOST_TEST(shuffled(random) == order);
    BOOST_TEST(random.below((std::uint64_t{1} << 50) + 1) == first);
    BOOST_TEST(random.below((std::uint64_t{1} << 50) + 1) == second);
  }
}

BOOST_AUTO_TEST_SUITE_END()
