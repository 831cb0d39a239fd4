// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Values that were worked out lately.
#include "runtime/recent.hpp"

#include <boost/test/unit_test.hpp>

namespace burin::test {

using core::Recent;

BOOST_AUTO_TEST_SUITE(recent)

BOOST_AUTO_TEST_CASE(what_was_asked_for_longest_ago_is_forgotten_first) {
  Recent<int, char> recent(2);
  recent.add(1, 'a');
  recent.add(2, 'b');
  BOOST_REQUIRE(recent.find(1));
  BOOST_TEST(*recent.find(1) == 'a');
  recent.add(3, 'c');
  BOOST_TEST(recent.size() == 2U);
  BOOST_TEST(!recent.find(2));
  BOOST_TEST(*recent.find(1) == 'a');
  BOOST_TEST(*recent.find(3) == 'c');
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
