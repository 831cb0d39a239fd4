// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Whole jobs in tests.
#include "support/detail_run.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "support/engine_host.hpp"

namespace burin::test {
namespace {

cv::Mat borrowed(const DLTensor* t) {
  return cv::Mat(static_cast<int>(t->shape[0]), static_cast<int>(t->shape[1]),
                 CV_32FC(t->ndim == 3 ? static_cast<int>(t->shape[2]) : 1), t->data);
}

}  // namespace

cv::Mat three_faces() {
  cv::Mat rgb;
  cv::cvtColor(cv::imread(BURIN_SOURCE_DIR "/tests/golden/data/trio.png", cv::IMREAD_COLOR), rgb,
               cv::COLOR_BGR2RGB);
  return rgb;
}

core::ImageView view_of(cv::Mat& picture) {
  core::ImageView view;
  view.data = picture.data;
  view.width = picture.cols;
  view.height = picture.rows;
  view.channels = picture.channels();
  view.depth = picture.depth() == CV_8U    ? core::Depth::u8
               : picture.depth() == CV_16U ? core::Depth::u16
                                           : core::Depth::f32;
  view.row_bytes = picture.step;
  return view;
}

nlohmann::json two_faces_job(int steps) {
  return {
      {"segs",
       {{{"id", 1}, {"bbox", {30, 90, 90, 160}}, {"crop_factor", 1.5}, {"label", "face"}},
        {{"id", 2}, {"bbox", {148, 110, 196, 168}}, {"crop_factor", 1.5}, {"label", "face"}}}},
      {"detailer",
       {{"steps", steps}, {"guide_size", 128}, {"guide_size_for", "crop_region"}, {"seed", 5}}}};
}

cv::Mat Ran::colours(std::size_t i) const { return borrowed(layers[i].pixels); }
cv::Mat Ran::mask(std::size_t i) const { return borrowed(layers[i].mask); }

std::unique_ptr<core::Engine> open_engine(const RunOptions& options) {
  burin_engine_options engine_options{};
  engine_options.struct_size = sizeof engine_options;
  engine_options.device = options.device;
  engine_options.dtype = options.dtype;
  engine_options.memory_bytes = options.memory;
  engine_options.data_dir = BURIN_SOURCE_DIR;
  return std::make_unique<core::Engine>(options.host ? options.host : engine_host(),
                                        &engine_options);
}

Ran run_job(const nlohmann::json& job, const cv::Mat& picture, RunOptions options) {
  const auto own = options.engine ? nullptr : open_engine(options);
  core::Engine& engine = own ? *own : *options.engine;
  cv::Mat document = picture.clone();
  Ran ran;
  ran.result = engine.detail(job.dump().c_str(), BURIN_BUILD_DIR, view_of(document), options.run);
  ran.report = nlohmann::json::parse(ran.result->report());
  for (std::size_t i = 0; i < ran.result->size(); ++i) {
    burin_layer layer{};
    layer.struct_size = sizeof layer;
    ran.result->describe(i, layer);
    ran.layers.push_back(layer);
  }
  core::ImageView target = view_of(document);
  ran.result->flatten(target);
  ran.flattened = document;
  return ran;
}

}  // namespace burin::test
