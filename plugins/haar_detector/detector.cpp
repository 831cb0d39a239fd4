// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One scale at a time, so that a long search can be stopped; then OpenCV's own grouping.
#include "detector.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace burin::haar {
namespace {

constexpr const char* default_cascade = "haarcascade_frontalface_alt2.xml";
// Where Debian's package opencv-data puts them.
constexpr const char* system_folder = "/usr/share/opencv4/haarcascades";
// As OpenCV groups windows: ends that differ by less than this share of their size are one thing.
constexpr double same_thing = 0.2;
constexpr double neighbours_of_half = 3;

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

cv::Mat grey(const sdk::RgbView& rgb) {
  if (rgb.width > std::numeric_limits<int>::max() / 4 ||
      rgb.height > std::numeric_limits<int>::max() / 4) {
    throw sdk::Error(BURIN_E_INVALID, "The picture is " + std::to_string(rgb.width) + " x " +
                                          std::to_string(rgb.height) +
                                          " pixels; expected are at most 536870911 each way.");
  }
  cv::Mat picture(static_cast<int>(rgb.height), static_cast<int>(rgb.width), CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    auto* to = picture.ptr<uint8_t>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const uint8_t* from = rgb.at(y, x);
      for (int c = 0; c < 3; ++c) *to++ = from[c * rgb.channel_stride];
    }
  }
  cv::cvtColor(picture, picture, cv::COLOR_RGB2GRAY);
  return picture;
}

// The factors by which OpenCV enlarges the window, from `least_side` pixels up to the picture's
// size.
std::vector<double> scales_of(const cv::Size& window, const cv::Size& picture, double step,
                              double least_side) {
  std::vector<double> scales;
  cv::Size before;
  for (double factor = 1;; factor *= step) {
    const cv::Size size(cvRound(window.width * factor), cvRound(window.height * factor));
    if (size.width > picture.width || size.height > picture.height) return scales;
    if (size != before && std::min(size.width, size.height) >= least_side) {
      scales.push_back(factor);
    }
    before = size;
  }
}

}  // namespace

CascadeDetector::CascadeDetector(sdk::PluginHost, std::string data_dir)
    : data_dir_(std::move(data_dir)) {}

sdk::ParamList<CascadeDetector> CascadeDetector::parameters() {
  return sdk::ParamList<CascadeDetector>()
      .path("cascade", "Cascade", "The XML file of a cascade classifier; none: a face's.",
            &CascadeDetector::cascade_file_)
      .text("label", "Label", "What the cascade finds, as segments are labelled.",
            &CascadeDetector::label_, "face")
      .number("scale_step", "Scale step", "How much larger each scale of the search is.",
              &CascadeDetector::scale_step_, 1.01, 2, 1.1)
      .advanced();
}

cv::CascadeClassifier& CascadeDetector::cascade() {
  std::string file = cascade_file_;
  if (file.empty()) {
    const auto own = std::filesystem::path(data_dir_) / "haar" / default_cascade;
    const auto systems = std::filesystem::path(system_folder) / default_cascade;
    file = !data_dir_.empty() && is_file(own) ? own.string() : systems.string();
    if (!is_file(file)) {
      throw sdk::Error(BURIN_E_NOT_FOUND,
                       "There is no cascade: neither " + (data_dir_.empty() ? "" : own.string()) +
                           " nor " + systems.string() +
                           " is there; expected is the parameter cascade, or Debian's package "
                           "opencv-data.");
    }
  }
  if (file == opened_file_) return classifier_;
  if (!is_file(file)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, "The cascade " + file + " is not there.");
  }
  cv::CascadeClassifier read;
  std::string reason;
  try {
    read.load(file);
  } catch (const cv::Exception& failure) {
    reason = " (" + failure.err + ")";
  }
  const cv::Size window = read.empty() ? cv::Size() : read.getOriginalWindowSize();
  if (window.width < 1 || window.height < 1) {
    throw sdk::Error(BURIN_E_MODEL, "The file " + file + " is no cascade" + reason +
                                        "; expected is the XML of an OpenCV cascade classifier.");
  }
  classifier_ = read;
  opened_file_ = file;
  return classifier_;
}

std::vector<sdk::Detection> CascadeDetector::detect(const sdk::RgbView& rgb,
                                                    const sdk::DetectOptions& options,
                                                    const sdk::DetectRun& run) {
  cv::CascadeClassifier& classifier = cascade();
  const cv::Mat picture = grey(rgb);
  const auto scales =
      scales_of(classifier.getOriginalWindowSize(), picture.size(), scale_step_, options.min_size);
  std::vector<cv::Rect> windows;
  for (size_t i = 0; i < scales.size(); ++i) {
    run.stop_if_cancelled();
    const cv::Size window = classifier.getOriginalWindowSize();
    const cv::Size size(cvRound(window.width * scales[i]), cvRound(window.height * scales[i]));
    std::vector<cv::Rect> fired;
    classifier.detectMultiScale(picture, fired, scale_step_, 0, 0, size, size);
    windows.insert(windows.end(), fired.begin(), fired.end());
    run.report(static_cast<double>(i + 1) / static_cast<double>(scales.size()),
               "looking for " + label_);
  }
  // A window alone says nothing: at the lowest threshold it needs one more beside it.
  const double asked = options.threshold < 1
                           ? neighbours_of_half * options.threshold / (1 - options.threshold)
                           : std::numeric_limits<int>::max();
  const int neighbours = std::max(
      1, static_cast<int>(std::min<double>(std::ceil(asked - 1e-9), windows.size() + 1.0)));
  std::vector<int> counts;
  cv::groupRectangles(windows, counts, neighbours, same_thing);
  std::vector<sdk::Detection> found;
  for (size_t i = 0; i < windows.size(); ++i) {
    const cv::Rect& box = windows[i];
    const double others = counts[i] - 1;
    found.push_back({static_cast<double>(box.x),
                     static_cast<double>(box.y),
                     static_cast<double>(box.x + box.width),
                     static_cast<double>(box.y + box.height),
                     others / (others + neighbours_of_half),
                     label_,
                     {},
                     {}});
  }
  return found;
}

}  // namespace burin::haar
