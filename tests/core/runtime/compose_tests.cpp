// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Sentences with values in them.
#include "runtime/compose.hpp"

#include <boost/test/unit_test.hpp>

using burin::core::compose;

BOOST_AUTO_TEST_SUITE(composed_sentences)

BOOST_AUTO_TEST_CASE(values_take_the_places_in_order) {
  BOOST_TEST(compose("{} is {}, not {}", std::string("a"), 1.5, 7) == "a is 1.5, not 7");
  BOOST_TEST(compose("{}{}", "x", std::string_view("y")) == "xy");
}

BOOST_AUTO_TEST_CASE(braces_inside_values_stay_text) {
  BOOST_TEST(compose("[{}] {}", "{}", 2) == "[{}] 2");
}

BOOST_AUTO_TEST_CASE(numbers_are_as_short_as_they_can_be) {
  BOOST_TEST(compose("{} {} {}", 0.1, 1.0, -1e300) == "0.1 1 -1e+300");
  BOOST_TEST(compose("{}", 18446744073709551615ULL) == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(too_few_or_too_many_values_do_no_harm) {
  BOOST_TEST(compose("{} {}", 1) == "1 {}");
  BOOST_TEST(compose("none", 1, 2) == "none");
  BOOST_TEST(compose("plain") == "plain");
}

BOOST_AUTO_TEST_SUITE_END()
