// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading and making the test pictures.
#include "pictures.hpp"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace burin::test {

cv::Mat demo_picture(const std::string& name) {
  cv::Mat bgr = cv::imread(std::string(BURIN_TEST_DATA) + "/demo/" + name), rgb;
  if (bgr.empty()) throw std::runtime_error("cannot read the demo picture " + name);
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
}

cv::Rect2d astronaut_face() { return {178, 65, 91, 111}; }

cv::Mat astronaut_with_face_of(double face_px) {
  const double scale = face_px / astronaut_face().height;
  cv::Mat scaled;
  cv::resize(demo_picture("astronaut.png"), scaled, {}, scale, scale,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return scaled;
}

cv::Mat noise_picture(int width, int height, double blur, uint64_t seed) {
  cv::Mat noise(height, width, CV_8UC3);
  cv::RNG random(seed);
  random.fill(noise, cv::RNG::UNIFORM, 0, 256);
  if (blur > 0) cv::GaussianBlur(noise, noise, {}, blur);
  return noise;
}

sdk::ModuleSet& modules() {
  static sdk::ModuleSet set;
  return set;
}

sdk::Detector& detector() {
  static sdk::Detector one = sdk::Detector::create(modules(), "burin.detector.yunet");
  return one;
}

std::vector<sdk::Detection> faces_in(const cv::Mat& rgb, const sdk::DetectOptions& options,
                                     const sdk::RunCallbacks& callbacks) {
  const sdk::TensorView view(rgb.data, sdk::PixelType::u8, rgb.rows, rgb.cols, 3,
                             static_cast<int64_t>(rgb.step));
  return detector().detect(view.dl(), options, callbacks);
}

double overlap(const sdk::Detection& found, const cv::Rect2d& expected) {
  const cv::Rect2d box(found.x1, found.y1, found.x2 - found.x1, found.y2 - found.y1);
  const double shared = (box & expected).area();
  return shared / (box.area() + expected.area() - shared);
}

}  // namespace burin::test
