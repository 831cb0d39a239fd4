// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Faces from 12 pixels to the whole picture, in a picture of any size.
#pragma once

#include <string>
#include <vector>

#include "burin/cpp/detector_plugin.hpp"
#include "face.hpp"
#include "network.hpp"
#include "tiling.hpp"

namespace burin::yunet {

/// YuNet over tiles of several scales. Faces that a tile saw badly (small, or at a cut edge) or
/// with a middling score are looked at again in a close-up before they count. Memory: one tile and
/// its activations for each of at most 8 threads.
class FaceDetector : public sdk::DetectorPlugin {
 public:
  /// data_dir: the folder that holds yunet/yunet_n_320_320.onnx. Throws sdk::Error: NOT_FOUND,
  /// MODEL.
  FaceDetector(sdk::PluginHost host, const std::string& data_dir);

  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions& options,
                                     const sdk::DetectRun& run) override;

 private:
  // A face that is looked at again. `counts`: it was seen whole and large enough, so its own score
  // has half a say, and otherwise a quarter.
  struct Doubt {
    Face face;
    bool counts;
  };
  struct Sighting {
    std::vector<Face> sure;
    std::vector<Doubt> doubts;
  };

  Sighting look(Network& network, const sdk::RgbView& rgb, const Tile& tile,
                double threshold) const;
  std::vector<Face> look_closer(Network& network, const sdk::RgbView& rgb, const Doubt& doubt,
                                double threshold) const;
  static std::vector<Doubt> worth_a_look(std::vector<Doubt> doubts, const std::vector<Face>& sure,
                                         double min_size);
  template <typename Item, typename Look>
  auto for_each(const std::vector<Item>& items, const Look& look, double from, double to,
                const sdk::DetectRun& run);

  std::vector<Network> networks_;  // one a thread
};

}  // namespace burin::yunet
