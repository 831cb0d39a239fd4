// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Batches that halve when memory runs out.
#include "detail/halving.hpp"

#include <boost/test/unit_test.hpp>
#include <new>
#include <stdexcept>
#include <vector>

namespace burin::core {

BOOST_AUTO_TEST_SUITE(halving)

BOOST_AUTO_TEST_CASE(splits_until_the_batch_fits_and_keeps_the_order) {
  std::vector<std::vector<std::size_t>> done;
  run_halving(
      {4, 5, 6, 7, 8},
      [&](const std::vector<std::size_t>& items) {
        if (items.size() > 2) throw std::bad_alloc();
        done.push_back(items);
      },
      [](std::size_t, const char*) { BOOST_ERROR("nothing should fail"); });
  const std::vector<std::vector<std::size_t>> expected = {{4, 5}, {6}, {7, 8}};
  BOOST_TEST((done == expected));
}

BOOST_AUTO_TEST_CASE(one_item_that_does_not_fit_leaves_the_others_their_results) {
  std::vector<std::size_t> done, failed;
  run_halving(
      {0, 1, 2, 3},
      [&](const std::vector<std::size_t>& items) {
        for (const std::size_t item : items)
          if (item == 2)
            throw std::runtime_error(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes");
        done.insert(done.end(), items.begin(), items.end());
      },
      [&](std::size_t item, const char*) { failed.push_back(item); });
  BOOST_TEST(done == (std::vector<std::size_t>{0, 1, 3}), boost::test_tools::per_element());
  BOOST_TEST(failed == std::vector<std::size_t>{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(other_errors_pass) {
  BOOST_CHECK_THROW(
      run_halving(
          {1, 2}, [](const std::vector<std::size_t>&) { throw std::logic_error("no"); },
          [](std::size_t, const char*) {}),
      std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::core
