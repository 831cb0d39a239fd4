// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The sentence of the error that some work must end with.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "runtime/error.hpp"

namespace burin::test {

// Runs `work`, checks that it throws core::Error with `status`, and returns its sentence.
template <class Work>
std::string sentence_of(burin_status status, Work&& work) {
  try {
    work();
  } catch (const core::Error& error) {
    BOOST_TEST(error.status() == status, "status " << error.status() << " of \"" << error.what()
                                                   << "\", expected " << status);
    return error.what();
  }
  BOOST_ERROR("nothing was thrown");
  return "";
}

inline bool holds(const std::string& sentence, const std::string& part) {
  return sentence.find(part) != sentence.npos;
}

}  // namespace burin::test
