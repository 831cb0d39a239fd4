// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The network is opened when it is first needed; a picture goes through it in tiles.
#include "upscaler.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "burin/cpp/plugin_files.hpp"
#include "features.hpp"
#include "layout.hpp"
#include "tiles.hpp"

namespace burin::esrgan {
namespace {

constexpr int64_t most_side = 65535;
// Features around a tile that are worked on with it. All that a compact network of 32 layers sees;
// of the hundreds that ESRGAN's 23 blocks could see, those that matter.
constexpr int most_margin = 36;
constexpr int least_core = 32;
constexpr int usual_side = 256;

/// The part of the picture as features. Beyond its edges it goes on mirrored.
cv::Mat features_of(const sdk::FloatView& rgb, const cv::Rect& part) {
  cv::Mat features = new_features(3, part.height, part.width);
  std::vector<int> columns(static_cast<size_t>(part.width));
  for (int x = 0; x < part.width; ++x) {
    columns[static_cast<size_t>(x)] =
        cv::borderInterpolate(part.x + x, static_cast<int>(rgb.width), cv::BORDER_REFLECT_101);
  }
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < part.height; ++y) {
      const int row =
          cv::borderInterpolate(part.y + y, static_cast<int>(rgb.height), cv::BORDER_REFLECT_101);
      auto* to = features.ptr<float>(0, c, y);
      for (int x = 0; x < part.width; ++x) to[x] = rgb.at(row, columns[static_cast<size_t>(x)], c);
    }
  }
  return features;
}

/// Puts 3 channels at (x, y), clipped to 0..1; what lies beyond the picture is left out.
void put(const cv::Mat& features, int64_t x, int64_t y, sdk::FloatPicture& picture) {
  const auto height = std::min<int64_t>(height_of(features), picture.height - y);
  const auto width = std::min<int64_t>(width_of(features), picture.width - x);
  for (int c = 0; c < 3; ++c) {
    for (int64_t row = 0; row < height; ++row) {
      const auto* from = features.ptr<float>(0, c, static_cast<int>(row));
      for (int64_t column = 0; column < width; ++column) {
        if (!std::isfinite(from[column])) {
          throw sdk::Error(BURIN_E_MODEL,
                           "The network made values that are not numbers of this picture.");
        }
        picture.at(y + row, x + column, c) = std::clamp(from[column], 0.0F, 1.0F);
      }
    }
  }
}

}  // namespace

struct EsrganUpscaler::Loaded {
  Network network;
  Extent extent;

  explicit Loaded(SafetensorsFile file)
      : network(read_network(file)),
        extent(std::visit([](const auto& kind) { return extent_of(kind); }, network)) {}
};

EsrganUpscaler::EsrganUpscaler(sdk::PluginHost, std::string data_dir)
    : data_dir_(std::move(data_dir)) {}

sdk::ParamList<EsrganUpscaler> EsrganUpscaler::parameters() {
  return sdk::ParamList<EsrganUpscaler>().path(
      "model", "Network", "A safetensors file; none: the one in the folder esrgan of the models.",
      &EsrganUpscaler::model_file_);
}

const EsrganUpscaler::Loaded& EsrganUpscaler::network() {
  const std::string file =
      model_file_.empty() ? sdk::only_network(data_dir_, "esrgan", ".safetensors", "safetensors")
                          : model_file_;
  if (file != opened_file_ || !loaded_) {
    loaded_.reset();
    loaded_ = std::make_shared<const Loaded>(SafetensorsFile(file));
    opened_file_ = file;
  }
  return *loaded_;
}

uint32_t EsrganUpscaler::factor() { return static_cast<uint32_t>(network().extent.factor); }

sdk::FloatPicture EsrganUpscaler::upscale(const sdk::FloatView& rgb,
                                          const sdk::UpscaleOptions& options,
                                          const sdk::PluginRun& run) {
  if (rgb.width > most_side || rgb.height > most_side) {
    throw sdk::Error(BURIN_E_INVALID, "The picture is " + std::to_string(rgb.width) + " x " +
                                          std::to_string(rgb.height) +
                                          " pixels; expected are at most 65535 each way.");
  }
  const Loaded& loaded = network();
  const int factor = loaded.extent.factor, unit = loaded.extent.unit;
  const int margin = std::min(loaded.extent.reach, most_margin);
  const int wanted = options.tile == 0
                         ? usual_side
                         : static_cast<int>(std::min<int64_t>(options.tile, most_side)) / unit;
  const int side = side_for(wanted, 2 * margin + least_core, loaded.extent.bytes_a_feature,
                            options.memory_bytes);
  const auto in_units = [unit](int64_t length) {
    return static_cast<int>((length + unit - 1) / unit);
  };
  const auto rows = spans_of(in_units(rgb.height), side, margin);
  const auto columns = spans_of(in_units(rgb.width), side, margin);
  const auto tiles = static_cast<double>(rows.size() * columns.size());

  sdk::FloatPicture picture(rgb.height * factor, rgb.width * factor, 3);
  double tile = 0;
  for (const Span& row : rows) {
    for (const Span& column : columns) {
      const cv::Rect with(column.with_begin, row.with_begin, column.with_end - column.with_begin,
                          row.with_end - row.with_begin);
      const cv::Rect core(column.begin - with.x, row.begin - with.y, column.end - column.begin,
                          row.end - row.begin);
      const cv::Mat seen =
          features_of(rgb, {with.x * unit, with.y * unit, with.width * unit, with.height * unit});
      const auto after_step = [&](double done) {
        run.stop_if_cancelled();
        run.report((tile + done) / tiles, "enlarging");
      };
      const cv::Mat made = std::visit(
          [&](const auto& kind) { return enlarged(kind, seen, core, after_step); }, loaded.network);
      put(made, int64_t{column.begin} * unit * factor, int64_t{row.begin} * unit * factor, picture);
      ++tile;
    }
  }
  return picture;
}

}  // namespace burin::esrgan
