// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A burin_run that writes down how a module uses it, and stops it where asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "burin/cpp/text.hpp"
#include "burin/run.h"

namespace burin::check {

class RunRecord {
 public:
  /// stop_at: the poll from which on cancelled() says stop, from 1; 0: never.
  explicit RunRecord(std::uint64_t stop_at = 0);
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;

  const burin_run* run() const { return &run_; }
  /// The call has returned: from now on nothing may come.
  void end();

  std::uint64_t polls() const { return polls_; }
  std::uint64_t reports() const { return reports_; }
  bool stopped() const { return stopped_at_.has_value(); }
  /// From the first poll that said stop to end(), without what other processes took.
  double seconds_to_stop() const { return seconds_to_stop_; }
  std::string thread_fault() const { return thread_fault_; }      ///< "" when there is none
  std::string progress_fault() const { return progress_fault_; }  ///< likewise

 private:
  void came(const char* what);
  int32_t poll();
  void report(const burin_progress* progress);

  burin_run run_ = {};
  std::thread::id caller_ = std::this_thread::get_id();
  std::uint64_t stop_at_, polls_ = 0, reports_ = 0;
  std::optional<double> stopped_at_;
  double seconds_to_stop_ = 0, fraction_ = 0;
  bool ended_ = false;
  std::string thread_fault_, progress_fault_;
};

/// Seconds that passed for this thread: the clock's, less the time in which it was ready to run and
/// others ran.
double seconds_of_thread();

/// How much longer than usual things may take: more than 1 under sanitizers.
double patience();

using sdk::is_utf8;

}  // namespace burin::check
