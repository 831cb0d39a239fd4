// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a stage needs of the call it works for: cancel, progress, previews, log.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

struct burin_layer;

namespace burin::core {

// A segment as it would be if the run ended now.
struct Preview {
  std::int64_t id = 0;
  cv::Rect2d place;  // in picture pixels: what the preview shows
  cv::Mat picture;   // CV_32FC3 sRGB 0..1, of any size
};

struct Progress {
  double fraction = 0;       // 0..1 of the whole call
  double seconds_left = -1;  // negative: not known yet
  std::string_view stage;
  std::string text;
};

// Passed by reference through every stage; used by one thread at a time.
struct Run {
  std::function<bool()> cancelled;                // may be empty
  std::function<void(const Progress&)> progress;  // may be empty
  std::function<void(const Preview&)> preview;    // may be empty
  // A layer that is final, as the ABI shows it, until the callback returns; may be empty.
  std::function<void(const burin_layer&)> layer_done;
  std::function<void(int severity, const std::string& line)>
      log;  // may be empty; severities of burin/ext/log.h

  // What the user should know of a run that goes on all the same: sentences for the report.
  std::vector<std::string> warnings;

  // Adds a sentence to the warnings, once, and to the log.
  void warn(const std::string& sentence);

  // Throws Error{BURIN_E_CANCELLED} once cancelled() says so.
  void check_cancelled() const;
};

}  // namespace burin::core
