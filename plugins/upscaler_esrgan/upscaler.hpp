// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures through a network, tile by tile.
#pragma once

#include <memory>
#include <string>

#include "burin/cpp/upscaler_plugin.hpp"

namespace burin::esrgan {

class EsrganUpscaler : public sdk::UpscalerPlugin {
 public:
  /// data_dir: where esrgan/ may hold the one network that is meant when none is named.
  EsrganUpscaler(sdk::PluginHost host, std::string data_dir);

  static sdk::ParamList<EsrganUpscaler> parameters();

  /// Throws sdk::Error: NOT_FOUND, IO, MODEL, UNSUPPORTED for the file.
  uint32_t factor() override;
  /// Likewise; CANCELLED; INVALID for a picture whose sides are beyond 65535.
  sdk::FloatPicture upscale(const sdk::FloatView& rgb, const sdk::UpscaleOptions& options,
                            const sdk::PluginRun& run) override;

 private:
  struct Loaded;
  const Loaded& network();

  std::string model_file_, data_dir_, opened_file_;
  std::shared_ptr<const Loaded> loaded_;
};

}  // namespace burin::esrgan
