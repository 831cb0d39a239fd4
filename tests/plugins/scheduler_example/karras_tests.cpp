// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The example scheduler: its formula, and what the role asks of every scheduler.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/role/scheduler.h"

using namespace burin;

BOOST_AUTO_TEST_CASE(the_example_scheduler_gives_karras_levels) {
  sdk::ModuleSet modules;
  const auto* api = modules.find<burin_scheduler>(BURIN_SCHEDULER_ID, "example").api;
  void* self = nullptr;
  BOOST_REQUIRE(api->create(modules.host(), nullptr, &self) == BURIN_OK);
  burin_noise_levels levels = {sizeof(levels), 0.029167, 14.614642, 0, nullptr};
  for (const uint32_t steps : {1U, 2U, 7U, 1000U}) {
    std::vector<double> out(steps + 2, -1);
    BOOST_REQUIRE(api->sigmas(self, &levels, steps, out.data()) == BURIN_OK);
    BOOST_TEST(std::abs(out[0] - levels.most) < 1e-9);
    BOOST_TEST(out[0] <= levels.most);
    for (uint32_t i = 0; i < steps; ++i) BOOST_TEST((out[i] > out[i + 1] && std::isfinite(out[i])));
    BOOST_TEST(out[steps] == 0);
    BOOST_TEST(out[steps + 1] == -1);
    if (steps > 1) BOOST_TEST(std::abs(out[steps - 1] - levels.least) < 1e-9);
  }
  // Half way in the 7th root: ((14.614642^(1/7) + 0.029167^(1/7)) / 2)^7.
  double out[4] = {};
  BOOST_REQUIRE(api->sigmas(self, &levels, 3, out) == BURIN_OK);
  const double root = (std::pow(levels.most, 1 / 7.0) + std::pow(levels.least, 1 / 7.0)) / 2;
  BOOST_TEST(std::abs(out[1] - std::pow(root, 7)) < 1e-9);

  double untouched = 7;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(api->sigmas(self, &levels, 0, &untouched) == BURIN_E_INVALID);
  BOOST_TEST(api->sigmas(self, nullptr, 1, &untouched) == BURIN_E_INVALID);
  for (const auto& [least, most] : {std::pair{0.0, 1.0}, {2.0, 1.0}, {nan, 1.0}, {0.1, nan}}) {
    levels.least = least;
    levels.most = most;
    BOOST_TEST(api->sigmas(self, &levels, 1, &untouched) == BURIN_E_INVALID);
    BOOST_TEST(std::string(burin_last_error()).find("Expected") != std::string::npos);
  }
  BOOST_TEST(untouched == 7);
  api->destroy(self);
}
