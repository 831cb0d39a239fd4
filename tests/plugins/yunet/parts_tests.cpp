// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The detector's geometry alone: tiles, sampling, merging.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "merge.hpp"
#include "sampling.hpp"
#include "tiling.hpp"

using namespace burin;
using namespace burin::yunet;
namespace data = boost::unit_test::data;

namespace {

Face box(double x, double y, double side, double score, double seen_px = 100) {
  Face face;
  face.x1 = x;
  face.y1 = y;
  face.x2 = x + side;
  face.y2 = y + side;
  face.score = score;
  face.seen_px = seen_px;
  return face;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yunet_parts)

BOOST_DATA_TEST_CASE(tiles_of_each_scale_cover_the_picture_and_overlap,
                     data::make({1, 13, 960, 961, 1900, 6000, 30000, 700}) ^
                         data::make({1, 7, 960, 320, 700, 4000, 1000, 30000}),
                     width, height) {
  std::map<double, std::vector<Tile>> scales;
  for (const Tile& tile : plan_tiles(width, height, 0)) {
    BOOST_TEST((tile.window.width >= 1 && tile.window.width <= 960));
    BOOST_TEST((tile.window.height >= 1 && tile.window.height <= 960));
    scales[tile.window.step].push_back(tile);
  }
  for (const auto& scale : scales) {
    const double step = scale.first;
    const std::vector<Tile>& tiles = scale.second;
    const auto covered = [&](double x, double y) {
      return std::any_of(tiles.begin(), tiles.end(), [&](const Tile& tile) {
        const Window& w = tile.window;
        return x >= w.x && y >= w.y && x < w.x + w.width * step && y < w.y + w.height * step;
      });
    };
    for (const double x : {0.0, 0.31 * width, 0.5 * width, width - 0.5}) {
      for (const double y : {0.0, 0.47 * height, height - 0.5}) BOOST_TEST(covered(x, y));
    }
    for (const Tile& tile : tiles) {
      const Window& w = tile.window;
      BOOST_TEST(tile.cut_left == (w.x > 0));
      BOOST_TEST(tile.cut_top == (w.y > 0));
      BOOST_TEST(tile.cut_right == (w.x + w.width * step < width));
      BOOST_TEST(tile.cut_bottom == (w.y + w.height * step < height));
      if (!tile.cut_right) continue;
      // The next tile of the row begins at least 64 network pixels before this one ends.
      const double end = w.x + w.width * step;
      BOOST_TEST(std::any_of(tiles.begin(), tiles.end(), [&](const Tile& next) {
        return next.window.y == w.y && next.window.x > w.x && next.window.x <= end - 63 * step;
      }));
    }
  }
  BOOST_TEST(scales.begin()->first == 1.0);
  BOOST_TEST(std::min(width, height) / scales.rbegin()->first <= 320.0);
}

BOOST_AUTO_TEST_CASE(looks_no_finer_than_the_least_size_needs) {
  const auto finest = [](double min_size) {
    return plan_tiles(3000, 2000, min_size).back().window.step;
  };
  BOOST_TEST(finest(0) == 1.0);
  BOOST_TEST(finest(24) == 1.0);
  BOOST_TEST(finest(48) == 2.0);
  BOOST_TEST(finest(1e9) == 2000.0 / 320);
  BOOST_TEST(plan_tiles(6000, 4000, 0).back().window.step == 1.0);
}

BOOST_AUTO_TEST_CASE(samples_the_pixels_themselves_at_scale_one) {
  const uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // 2 x 2 RGB
  const sdk::RgbView view{pixels, 2, 2, 6, 3, 1};
  const cv::Mat planar = sample(view, {0, 0, 1, 2, 2});
  BOOST_TEST(planar.size[2] == 32);
  BOOST_TEST(planar.size[3] == 32);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 2; ++x) {
      for (int c = 0; c < 3; ++c) {
        BOOST_TEST(planar.ptr<float>(0, c, y)[x] == pixels[(y * 2 + x) * 3 + 2 - c]);
      }
    }
  }
  BOOST_TEST(planar.ptr<float>(0, 0, 0)[2] == 0.0F);
  BOOST_TEST(planar.ptr<float>(0, 0, 2)[0] == 0.0F);
}

BOOST_AUTO_TEST_CASE(samples_black_outside_and_means_inside) {
  std::vector<uint8_t> pixels(9 * 9 * 3);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 9; ++x) {
      for (int c = 0; c < 3; ++c) pixels[(y * 9 + x) * 3 + c] = static_cast<uint8_t>(10 * x + y);
    }
  }
  const sdk::RgbView view{pixels.data(), 9, 9, 27, 3, 1};
  const cv::Mat third = sample(view, {-3, 0, 3, 5, 3});
  const float* row = third.ptr<float>(0, 1, 1);
  BOOST_TEST(row[0] == 0.0F);
  const auto close = boost::test_tools::tolerance(1e-4F);
  BOOST_TEST(row[1] == 14.0F, close);  // the mean of 10 x + y over x 0..2, y 3..5
  BOOST_TEST(row[3] == 74.0F, close);
  BOOST_TEST(row[4] == 0.0F);
  // A linear ramp stays one when enlarged.
  const cv::Mat twice = sample(view, {2, 2, 0.5, 4, 4});
  BOOST_TEST(twice.ptr<float>(0, 1, 0)[0] == 10 * 1.75F + 1.75F, close);
  BOOST_TEST(twice.ptr<float>(0, 1, 1)[3] == 10 * 3.25F + 2.25F, close);
}

BOOST_AUTO_TEST_CASE(tells_detail_from_flat_noise) {
  std::vector<uint8_t> pixels(64 * 64 * 3, 100);
  const sdk::RgbView view{pixels.data(), 64, 64, 192, 3, 1};
  std::mt19937 random(1);
  for (auto& value : pixels) value = static_cast<uint8_t>(100 + random() % 6);
  BOOST_TEST(!has_detail(sample(view, {0, 0, 1, 64, 64}), 12));
  pixels[(40 * 64 + 40) * 3 + 1] = 140;
  BOOST_TEST(has_detail(sample(view, {0, 0, 1, 64, 64}), 12));
}

BOOST_AUTO_TEST_CASE(keeps_the_best_of_each_group_whatever_the_order) {
  const std::vector<Face> faces = {box(10, 10, 50, 0.7), box(12, 11, 50, 0.9),
                                   box(200, 10, 40, 0.6), box(14, 12, 20, 0.8),
                                   box(8, 9, 52, 0.99, 14)};
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  do {
    std::vector<Face> shuffled;
    for (const size_t i : order) shuffled.push_back(faces[i]);
    const auto kept = merge(shuffled);
    BOOST_REQUIRE(kept.size() == 2U);
    // Seen at 14 network pixels, the 0.99 counts for less.
    BOOST_TEST(kept[0].score == 0.9);
    BOOST_TEST(kept[1].score == 0.6);
    const auto by_score = merge_by_score(shuffled);
    BOOST_REQUIRE(by_score.size() == 2U);
    BOOST_TEST(by_score[0].score == 0.99);
  } while (std::next_permutation(order.begin(), order.end()));
  BOOST_TEST(merge({}).empty());
}

BOOST_AUTO_TEST_CASE(touching_faces_stay_two) {
  BOOST_TEST(!same_face(box(0, 0, 40, 1), box(40, 0, 40, 1)));
  BOOST_TEST(!same_face(box(0, 0, 40, 1), box(25, 0, 40, 1)));
  BOOST_TEST(same_face(box(0, 0, 40, 1), box(10, 0, 40, 1)));
  BOOST_TEST(same_face(box(0, 0, 40, 1), box(10, 10, 12, 1)));
}

BOOST_AUTO_TEST_SUITE_END()
