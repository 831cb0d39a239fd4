// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cancel, progress and the time they take.
#include "run_record.hpp"

#include <chrono>
#include <cmath>
#include <fstream>

namespace burin::check {

double seconds_of_thread() {
  const double now =
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  double ran = 0, waited = 0;  // nanoseconds; stays 0 where the kernel does not say
  std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
  return now - waited * 1e-9;
}

double patience() {
#ifdef BURIN_SANITIZED
  return 10;
#else
  return 1;
#endif
}

RunRecord::RunRecord(std::uint64_t stop_at) : stop_at_(stop_at) {
  run_ = {sizeof run_, this,
          [](void* ctx) -> int32_t { return static_cast<RunRecord*>(ctx)->poll(); },
          [](void* ctx, const burin_progress* progress) {
            static_cast<RunRecord*>(ctx)->report(progress);
          }};
}

void RunRecord::end() {
  ended_ = true;
  if (stopped_at_) seconds_to_stop_ = seconds_of_thread() - *stopped_at_;
}

void RunRecord::came(const char* what) {
  if (!thread_fault_.empty()) return;
  if (ended_) {
    thread_fault_ = std::string(what) + " was called after the call had returned";
  } else if (std::this_thread::get_id() != caller_) {
    thread_fault_ = std::string(what) + " was called on another thread than the call's";
  }
}

int32_t RunRecord::poll() {
  came("cancelled()");
  ++polls_;
  if (stop_at_ == 0 || polls_ < stop_at_) return 0;
  if (!stopped_at_) stopped_at_ = seconds_of_thread();
  return 1;
}

void RunRecord::report(const burin_progress* progress) {
  came("progress()");
  ++reports_;
  if (!progress_fault_.empty()) return;
  if (progress == nullptr || !BURIN_HAS(progress, text)) {
    progress_fault_ = "a report is NULL or shorter than the first revision";
  } else if (!(progress->fraction >= 0 && progress->fraction <= 1)) {
    progress_fault_ =
        "a fraction is " + std::to_string(progress->fraction) + "; expected is 0 to 1";
  } else if (progress->fraction < fraction_) {
    progress_fault_ = "the fraction fell from " + std::to_string(fraction_) + " to " +
                      std::to_string(progress->fraction);
  } else if (std::isnan(progress->seconds_left)) {
    progress_fault_ = "seconds_left is not a number";
  } else if (progress->stage == nullptr || progress->text == nullptr || !is_utf8(progress->stage) ||
             !is_utf8(progress->text)) {
    progress_fault_ = "the stage or the text of a report is NULL or no UTF-8";
  } else {
    fraction_ = progress->fraction;
  }
}

}  // namespace burin::check
