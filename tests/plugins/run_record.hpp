// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A call that is listened to, and stopped.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>

#include "burin/run.h"

namespace burin::test {

struct RunRecord {
  int asked = 0;    // how often whether to go on
  int stop_at = 0;  // the question that is answered with a cancel; 0: none
  double fraction = 0;

  // Checks that progress does not fall. Borrows this.
  burin_run run() {
    burin_run run = {};
    run.struct_size = sizeof(run);
    run.ctx = this;
    run.cancelled = [](void* ctx) -> std::int32_t {
      auto& record = *static_cast<RunRecord*>(ctx);
      return ++record.asked >= record.stop_at && record.stop_at > 0;
    };
    run.progress = [](void* ctx, const burin_progress* progress) {
      auto& record = *static_cast<RunRecord*>(ctx);
      BOOST_TEST(progress->fraction >= record.fraction);
      record.fraction = progress->fraction;
    };
    return run;
  }
};

}  // namespace burin::test
