// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The entry point of every Boost.Test executable.
#define BOOST_TEST_MODULE burin
#include <boost/test/unit_test.hpp>
