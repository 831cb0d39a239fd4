// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Two passes: every tile of every scale, then a close-up of each doubtful face.
#include "detector.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <opencv2/core/utility.hpp>
#include <type_traits>
#include <utility>

#include "merge.hpp"
#include "sampling.hpp"

namespace burin::yunet {
namespace {

constexpr const char* model_file = "yunet/yunet_n_320_320.onnx";
constexpr size_t most_threads = 8;
// A face of 12 px scores 0.45 on average where it is too small to be sure of (see well_seen_px),
// and now and then 0.1.
constexpr double doubtful_score = 0.05;
// What scores less when seen well is asked for again: portraits score 0.9, cloth and leaves 0.5 to
// 0.75 at some scale.
constexpr double sure_score = 0.8;
constexpr size_t most_close_ups = 400;
// Boxes with a shorter longer side hold too few pixels to tell a face from an ornament.
constexpr double least_face_px = 10;
// A face has more contrast than this within 16 network pixels; noise on a clear sky has less.
constexpr float least_contrast = 12;

void to_picture(Face& face, const Window& window) {
  const auto x = [&](double at) { return window.x + at * window.step; };
  const auto y = [&](double at) { return window.y + at * window.step; };
  face.x1 = x(face.x1);
  face.x2 = x(face.x2);
  face.y1 = y(face.y1);
  face.y2 = y(face.y2);
  for (sdk::Point& point : face.landmarks) point = {x(point.x), y(point.y)};
}

std::vector<Face> faces_in(Network& network, const sdk::RgbView& rgb, const Window& window,
                           double threshold) {
  const cv::Mat planar = sample(rgb, window);
  if (!has_detail(planar, least_contrast)) return {};
  std::vector<Face> faces = network.find(planar, threshold);
  for (Face& face : faces) to_picture(face, window);
  return merge_by_score(std::move(faces));
}

sdk::Detection detection(const Face& face) {
  return {face.x1,
          face.y1,
          face.x2,
          face.y2,
          face.score,
          "face",
          {face.landmarks.begin(), face.landmarks.end()},
          {}};
}

}  // namespace

FaceDetector::FaceDetector(sdk::PluginHost, const std::string& data_dir) {
  if (data_dir.empty()) {
    throw sdk::Error(BURIN_E_NOT_FOUND,
                     std::string("The face detector was given no data folder; expected is the one "
                                 "that holds ") +
                         model_file + ".");
  }
  const size_t threads =
      std::clamp<size_t>(static_cast<size_t>(std::max(1, cv::getNumThreads())), 1, most_threads);
  for (size_t i = 0; i < threads; ++i) networks_.emplace_back(data_dir + "/" + model_file);
}

FaceDetector::Sighting FaceDetector::look(Network& network, const sdk::RgbView& rgb,
                                          const Tile& tile, double threshold) const {
  Sighting seen;
  for (const Face& face : faces_in(network, rgb, tile.window, doubtful_score)) {
    const bool well_seen = face.seen_px >= well_seen_px && !may_be_cut(tile, face);
    if (!well_seen) {
      seen.doubts.push_back({face, false});
    } else if (face.score >= std::max(threshold, sure_score)) {
      seen.sure.push_back(face);
    } else if (face.score >= threshold) {
      seen.doubts.push_back({face, true});
    }
  }
  return seen;
}

std::vector<Face> FaceDetector::look_closer(Network& network, const sdk::RgbView& rgb,
                                            const Doubt& doubt, double threshold) const {
  std::vector<Face> faces;
  for (Face& face : faces_in(network, rgb, close_up(doubt.face), doubtful_score)) {
    if (!same_face(face, doubt.face)) continue;
    const double say = doubt.counts ? 0.5 : 0.25;
    face.score = (1 - say) * face.score + say * doubt.face.score;
    if (face.score >= threshold) faces.push_back(face);
  }
  return faces;
}

// Without what is known already, is too small, or is the same box again; the most promising first,
// and not more than can be looked at.
std::vector<FaceDetector::Doubt> FaceDetector::worth_a_look(std::vector<Doubt> doubts,
                                                            const std::vector<Face>& sure,
                                                            double min_size) {
  std::stable_sort(doubts.begin(), doubts.end(), [](const Doubt& a, const Doubt& b) {
    return std::make_pair(!a.counts, -a.face.score) < std::make_pair(!b.counts, -b.face.score);
  });
  std::vector<Doubt> chosen;
  for (const Doubt& doubt : doubts) {
    if (chosen.size() == most_close_ups) break;
    const Face& face = doubt.face;
    // Boxes of faces seen badly are off by less than half.
    if (std::min(face.width(), face.height()) < min_size / 2) continue;
    const auto known = [&face](const Face& other) { return same_face(face, other); };
    const auto again = [&face](const Doubt& other) { return same_box(face, other.face); };
    if (std::none_of(sure.begin(), sure.end(), known) &&
        std::none_of(chosen.begin(), chosen.end(), again)) {
      chosen.push_back(doubt);
    }
  }
  return chosen;
}

// Runs look(network, item) for all items, in parallel, in batches between which the caller is asked
// and told.
template <typename Item, typename Look>
auto FaceDetector::for_each(const std::vector<Item>& items, const Look& look, double from,
                            double to, const sdk::DetectRun& run) {
  std::vector<std::invoke_result_t<Look, Network&, const Item&>> results(items.size());
  for (size_t begin = 0; begin < items.size(); begin += networks_.size()) {
    run.stop_if_cancelled();
    const size_t count = std::min(networks_.size(), items.size() - begin);
    std::vector<std::exception_ptr> failures(count);
    const auto work = [&](size_t i) {
      try {
        results[begin + i] = look(networks_[i], items[begin + i]);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    };
    if (count == 1) {  // outside of a parallel loop the network itself uses all threads
      work(0);
    } else {
      cv::parallel_for_(cv::Range(0, static_cast<int>(count)), [&](const cv::Range& range) {
        for (int i = range.start; i < range.end; ++i) work(static_cast<size_t>(i));
      });
    }
    for (const auto& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
    const double done = static_cast<double>(begin + count) / static_cast<double>(items.size());
    run.report(from + (to - from) * done, "looking for faces");
  }
  return results;
}

std::vector<sdk::Detection> FaceDetector::detect(const sdk::RgbView& rgb,
                                                 const sdk::DetectOptions& options,
                                                 const sdk::DetectRun& run) try {
  constexpr double tiles_share = 0.9;
  const auto tiles = plan_tiles(rgb.width, rgb.height, options.min_size);
  const auto sightings = for_each(
      tiles,
      [&](Network& network, const Tile& tile) {
        return look(network, rgb, tile, options.threshold);
      },
      0, tiles_share, run);
  std::vector<Face> sure;
  std::vector<Doubt> doubts;
  for (const Sighting& seen : sightings) {
    sure.insert(sure.end(), seen.sure.begin(), seen.sure.end());
    doubts.insert(doubts.end(), seen.doubts.begin(), seen.doubts.end());
  }
  sure = merge(std::move(sure));
  doubts = worth_a_look(std::move(doubts), sure, options.min_size);

  const auto closer = for_each(
      doubts,
      [&](Network& network, const Doubt& doubt) {
        return look_closer(network, rgb, doubt, options.threshold);
      },
      tiles_share, 1, run);
  for (const auto& faces : closer) sure.insert(sure.end(), faces.begin(), faces.end());

  std::vector<sdk::Detection> found;
  for (const Face& face : merge(std::move(sure))) {
    if (std::max(face.width(), face.height()) >= least_face_px &&
        std::min(face.width(), face.height()) >= options.min_size) {
      found.push_back(detection(face));
    }
  }
  return found;
} catch (const cv::Exception& failure) {
  if (failure.code == cv::Error::StsNoMem) throw std::bad_alloc();
  throw;
}

}  // namespace burin::yunet
