// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ESRGAN's blocks at the size of the picture, then doublings; the latter on the core alone.
#include "rrdb.hpp"

#include <algorithm>

#include "features.hpp"

namespace burin::esrgan {
namespace {

constexpr double residual_share = 0.2;
// Features that the convolutions after the blocks see on each side: 1 without a doubling for each
// of the last two, less with each doubling.
constexpr int tail_reach = 2;

/// dense: features, of which the first `width` channels are the block's input and become its
/// output; the others are room for what the convolutions make.
void run_dense(const DenseBlock& block, const cv::Mat& dense, const cv::Mat& residual,
               const std::function<void()>& after_step) {
  int seen = channels_of(residual);
  cv::Mat input = channels(dense, 0, seen);
  for (size_t i = 0; i + 1 < block.size(); ++i) {
    block[i].run(channels(dense, 0, seen), channels(dense, seen, block[i].outputs()));
    seen += block[i].outputs();
    after_step();
  }
  block.back().run(dense, residual);
  cv::scaleAdd(residual, residual_share, input, input);
  after_step();
}

}  // namespace

Extent extent_of(const Rrdb& network) {
  const int times = 1 << network.ups.size();
  const auto convolutions = static_cast<int>(15 * network.blocks.size());
  const int64_t width = network.first.outputs();
  int64_t dense = 4 * width;
  for (const auto& convolution : network.blocks.front().front()) dense += convolution.outputs();
  const int64_t tail = 2 * width * times * times;
  return {times / network.shuffle, network.shuffle, convolutions + 2 + tail_reach,
          static_cast<int64_t>(sizeof(float)) * (dense + tail)};
}

namespace {

/// What the blocks make of the picture, in the part `around`.
cv::Mat run_blocks(const Rrdb& network, const cv::Mat& rgb, const cv::Rect& around,
                   const std::function<void()>& after_step) {
  const cv::Mat first =
      convolved(network.first, network.shuffle > 1 ? space_to_channels(rgb, network.shuffle) : rgb);
  after_step();
  const int width = channels_of(first), height_px = height_of(first), width_px = width_of(first);
  const int room = network.blocks.front().front().back().inputs();
  const cv::Mat dense = new_features(room, height_px, width_px);
  const cv::Mat residual = new_features(width, height_px, width_px);
  cv::Mat input = channels(dense, 0, width);
  first.copyTo(input);
  for (const auto& block : network.blocks) {
    const cv::Mat before = input.clone();
    for (const DenseBlock& part : block) run_dense(part, dense, residual, after_step);
    cv::scaleAdd(input, residual_share, before, input);
  }
  network.trunk.run(input, residual);
  after_step();
  cv::add(first, residual, residual);
  return cropped(residual, around);
}

}  // namespace

cv::Mat enlarged(const Rrdb& network, const cv::Mat& rgb, const cv::Rect& core,
                 const std::function<void(double)>& after_step) {
  const auto steps = static_cast<double>(15 * network.blocks.size() + network.ups.size() + 4);
  int done = 0;
  const auto step = [&] { after_step(++done / steps); };
  const cv::Rect whole(0, 0, width_of(rgb) / network.shuffle, height_of(rgb) / network.shuffle);
  const cv::Rect around = cv::Rect(core.x - tail_reach, core.y - tail_reach,
                                   core.width + 2 * tail_reach, core.height + 2 * tail_reach) &
                          whole;
  cv::Mat features = run_blocks(network, rgb, around, step);
  for (const Convolution& up : network.ups) {
    features = convolved(up, repeated(features, 2));
    step();
  }
  for (const Convolution* convolution : {&network.high, &network.last}) {
    features = convolved(*convolution, features);
    step();
  }
  const int times = 1 << network.ups.size();
  return cropped(features, cv::Rect((core.x - around.x) * times, (core.y - around.y) * times,
                                    core.width * times, core.height * times));
}

}  // namespace burin::esrgan
