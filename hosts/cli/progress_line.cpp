// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A bar of 24 cells on stderr.
#include "cli/progress_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace burin::host {

namespace {

int columns_of_terminal() {
  struct winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(std::min(seconds, 359999.0)));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

}  // namespace

std::string progress_text(const sdk::Progress& progress, int columns) {
  constexpr int cells = 24;
  const double fraction =
      std::isfinite(progress.fraction) ? std::clamp(progress.fraction, 0.0, 1.0) : 0.0;
  const auto full = static_cast<size_t>(fraction * cells);
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(fraction * 100));
  std::string line = "[" + std::string(full, '#') + std::string(cells - full, '-') + "] " +
                     percent + "  " + std::string(progress.stage);
  if (!progress.text.empty()) line += ": " + std::string(progress.text);
  if (progress.seconds_left >= 0) line += "  " + clock_text(progress.seconds_left) + " left";
  if (line.size() >= static_cast<size_t>(columns)) line.resize(static_cast<size_t>(columns - 1));
  return line;
}

ProgressLine::ProgressLine(bool wanted) : wanted_(wanted && isatty(STDERR_FILENO)) {}

void ProgressLine::show(const sdk::Progress& progress) {
  if (!wanted_) return;
  std::fprintf(stderr, "\r%s\033[K", progress_text(progress, columns_of_terminal()).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace burin::host
