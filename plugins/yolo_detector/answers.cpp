// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Scores, overlaps and masks in the order in which the training framework of these networks takes
// them.
#include "answers.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace burin::yolo {
namespace {

constexpr size_t most_answers = 300, most_compared = 30000;

// Element `field` of box `box`.
struct Reader {
  const float* values;
  int64_t box_step, field_step;
  float operator()(int64_t box, int64_t field) const {
    return values[box * box_step + field * field_step];
  }
};

std::vector<float> coefficients_of(const Reader& read, const Layout& layout, int64_t box,
                                   int64_t first) {
  std::vector<float> found;
  for (int64_t k = 0; k < layout.coefficients; ++k) found.push_back(read(box, first + k));
  return found;
}

std::vector<Answer> finished(const Reader& read, const Layout& layout, float threshold) {
  std::vector<Answer> found;
  for (int64_t i = 0; i < layout.boxes && found.size() < most_answers; ++i) {
    const float label = read(i, 5);
    if (!(read(i, 4) > threshold) || !(label >= 0 && label < 1e9F)) continue;
    found.push_back({read(i, 0), read(i, 1), read(i, 2), read(i, 3), read(i, 4),
                     static_cast<int64_t>(label), coefficients_of(read, layout, i, 6)});
  }
  return found;
}

std::vector<Answer> scored(const Reader& read, const Layout& layout, float threshold) {
  const bool objectness = layout.form == Form::objectness;
  const int64_t first = objectness ? 5 : 4;
  std::vector<Answer> found;
  for (int64_t i = 0; i < layout.boxes; ++i) {
    const float there = objectness ? read(i, 4) : 1;
    if (objectness && !(there > threshold)) continue;
    Answer answer;
    for (int64_t k = 0; k < layout.classes; ++k) {
      const float score = read(i, first + k) * there;
      if (score > answer.score) answer.score = score, answer.label = k;
    }
    if (!(answer.score > threshold)) continue;
    const float x = read(i, 0), y = read(i, 1), w = read(i, 2) / 2, h = read(i, 3) / 2;
    answer.x1 = x - w;
    answer.y1 = y - h;
    answer.x2 = x + w;
    answer.y2 = y + h;
    if (!std::isfinite(x + y + w + h)) continue;
    answer.coefficients = coefficients_of(read, layout, i, first + layout.classes);
    found.push_back(std::move(answer));
  }
  return found;
}

double area(const Answer& a) { return double{a.x2 - a.x1} * double{a.y2 - a.y1}; }

double overlap(const Answer& a, const Answer& b) {
  const double w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const double shared = w > 0 && h > 0 ? w * h : 0;
  return shared / (area(a) + area(b) - shared);
}

}  // namespace

std::vector<Answer> answers_of(const Value& boxes, const Layout& layout, float threshold,
                               float iou) {
  const bool by_field = layout.form == Form::transposed;
  const Reader read = {boxes.floats->data(), by_field ? 1 : boxes.shape[2],
                       by_field ? boxes.shape[2] : 1};
  if (layout.form == Form::finished) return finished(read, layout, threshold);
  std::vector<Answer> found = scored(read, layout, threshold);
  std::stable_sort(found.begin(), found.end(),
                   [](const Answer& a, const Answer& b) { return a.score > b.score; });
  if (found.size() > most_compared) found.resize(most_compared);
  std::vector<Answer> kept;
  for (Answer& answer : found) {
    if (kept.size() == most_answers) break;
    const auto hides = [&](const Answer& better) {
      return better.label == answer.label && overlap(better, answer) > iou;
    };
    if (std::none_of(kept.begin(), kept.end(), hides)) kept.push_back(std::move(answer));
  }
  return kept;
}

cv::Mat mask_of(const Answer& answer, const Value& prototypes, const Letterbox& letterbox) {
  const auto count = static_cast<int>(prototypes.shape[1]);
  const auto height = static_cast<int>(prototypes.shape[2]);
  const auto width = static_cast<int>(prototypes.shape[3]);
  const cv::Mat weights(1, count, CV_32F, const_cast<float*>(answer.coefficients.data()));
  const cv::Mat planes(count, height * width, CV_32F, prototypes.floats->data());
  cv::Mat mask = weights * planes;
  mask = mask.reshape(1, height);
  cv::resize(mask, mask, letterbox.input, 0, 0, cv::INTER_LINEAR);
  // Columns and rows whose index lies in [first, last).
  const auto span = [](float from, float to, int length) {
    const int first = static_cast<int>(std::ceil(std::clamp<double>(from, 0, length)));
    const int last = static_cast<int>(std::ceil(std::clamp<double>(to, 0, length)));
    return cv::Range(first, std::max(first, last));
  };
  cv::Mat inside = cv::Mat::zeros(mask.size(), CV_32F);
  const cv::Range rows = span(answer.y1, answer.y2, mask.rows),
                  columns = span(answer.x1, answer.x2, mask.cols);
  if (rows.empty() || columns.empty()) return {};
  inside(rows, columns).setTo(1, mask(rows, columns) > 0);
  if (cv::countNonZero(inside) == 0) return {};
  cv::Mat result;
  cv::resize(inside(letterbox.place), result, letterbox.picture, 0, 0, cv::INTER_LINEAR);
  return result;
}

}  // namespace burin::yolo
