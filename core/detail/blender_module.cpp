// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls into blender modules.
#include "detail/blender_module.hpp"

#include <algorithm>

#include "burin/role/blender.h"
#include "detail/module_error.hpp"
#include "modules/abi_image.hpp"
#include "modules/host_calls.hpp"

namespace burin::core {

struct Blender::Opened {
  ModuleInstance<burin_blender> module;
};

Blender::Blender(const burin_host* host, const ModuleUse& use)
    : opened_(new Opened{{host, BURIN_BLENDER_ID, use, "The blender '" + use.id + "'"}}) {}
Blender::~Blender() = default;

void Blender::blend(const DetailContext& context, const Crop& crop, Layer& layer) const {
  of_one_segment([&] {
    const ModuleInstance<burin_blender>& module = opened_->module;
    const MatTensor under(crop.document), over(layer.colours), mask(layer.mask);
    const burin_run abi_run = to_abi(context.run);
    burin_tensor out{};
    out.struct_size = sizeof out;
    module.call().check(module.role()->blend(module.self(), under.tensor(), over.tensor(),
                                             mask.tensor(), &abi_run, &out));
    const cv::Mat blended =
        taken_picture(module.call(), out, layer.mask.size(), layer.colours.channels());
    const cv::Mat shown = context.colours.to_srgb(blended);
    const auto channels = static_cast<std::size_t>(blended.channels());
    for (int y = 0; y < blended.rows; ++y)
      for (int x = 0; x < blended.cols; ++x) {
        float& covers = layer.mask.at<float>(y, x);
        if (covers <= 0) continue;
        covers = 1;
        std::copy_n(blended.ptr<float>(y, x), channels, layer.colours.ptr<float>(y, x));
        layer.crop.at<cv::Vec3f>(y, x) = shown.at<cv::Vec3f>(y, x);
      }
  });
}

}  // namespace burin::core
