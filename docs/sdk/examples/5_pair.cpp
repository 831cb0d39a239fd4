// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Guide, example 5: two roles in one module, with state, and a file of the module's own.
#include <burin/cpp/detector_plugin.hpp>
#include <burin/cpp/preprocessor_plugin.hpp>

#include <fstream>

namespace {

namespace sdk = burin::sdk;

// The level of grey that both go by: a number in the file bright/level.txt of the data folder.
double stored_level(const std::string& data_dir) {
  std::ifstream file(data_dir + "/bright/level.txt");
  double level = 0.5;
  if (file >> level && (level < 0 || level > 1)) {
    throw sdk::Error(BURIN_E_IO,
                     "bright/level.txt has " + std::to_string(level) + "; expected is 0 to 1.");
  }
  return level;
}

class Bright : public sdk::DetectorPlugin {
 public:
  Bright(sdk::PluginHost host, const std::string& data_dir) : level_(stored_level(data_dir)) {
    host.log(BURIN_LOG_DEBUG, "bright: level " + std::to_string(level_));
  }

  std::vector<sdk::Detection> detect(const sdk::RgbView& rgb, const sdk::DetectOptions&,
                                     const sdk::DetectRun& run) override {
    std::vector<sdk::Detection> found;
    for (int64_t y = 0; y < rgb.height; ++y) {
      run.stop_if_cancelled();
      for (int64_t x = 0; x < rgb.width; ++x) {
        const double value = rgb.at(y, x)[0] / 255.0;
        if (value < level_) continue;
        found.push_back({double(x), double(y), x + 1.0, y + 1.0, value, "light", {}, {}});
      }
    }
    return found;
  }

  std::vector<std::byte> save() const {
    return {std::byte{1}, std::byte(static_cast<unsigned char>(level_ * 255))};
  }
  void load(std::span<const std::byte> bytes) {
    if (bytes.size() != 2 || bytes[0] != std::byte{1}) {
      throw sdk::Error(BURIN_E_INVALID, "These " + std::to_string(bytes.size()) +
                                            " bytes are no state of this detector.");
    }
    level_ = std::to_integer<int>(bytes[1]) / 255.0;
  }

 private:
  double level_;
};

class Threshold : public sdk::PreprocessorPlugin {
 public:
  Threshold(sdk::PluginHost, const std::string& data_dir) : level_(stored_level(data_dir)) {}

  sdk::FloatPicture process(const sdk::FloatView& rgb, const sdk::PluginRun& run) override {
    sdk::FloatPicture made(rgb.height, rgb.width, 3);
    for (int64_t y = 0; y < rgb.height; ++y) {
      run.stop_if_cancelled();
      for (int64_t x = 0; x < rgb.width; ++x) {
        for (int64_t c = 0; c < 3; ++c) made.at(y, x, c) = rgb.at(y, x, 0) >= level_ ? 1.0F : 0.0F;
      }
    }
    return made;
  }

 private:
  double level_;
};

constexpr burin_descriptor describe(const char* id, const char* role, const char* name,
                                    const char* sentence) {
  return {sizeof(burin_descriptor),
          id,
          role,
          name,
          "1.0.0",
          "Example",
          "Apache-2.0",
          sentence,
          BURIN_CUDA_NO};
}
constexpr auto bright =
    describe("org.example.bright", BURIN_DETECTOR_ID, "Bright spots", "One box a bright pixel.");
constexpr auto threshold = describe("org.example.threshold", BURIN_PREPROCESSOR_ID, "Threshold",
                                    "White where it is bright, else black.");

}  // namespace

BURIN_PLUGINS(sdk::Offers<Bright, bright>, sdk::Offers<Threshold, threshold>)
