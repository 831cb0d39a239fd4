// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls into blender modules.
#include "detail/blender_module.hpp"

#include "burin/role/blender.h"
#include "detail/module_error.hpp"
#include "detail/stages.hpp"
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
    const cv::Mat blended = module_picture(
        module.call(), layer.mask.size(), layer.colours.channels(), [&](burin_tensor* out) {
          return module.role()->blend(module.self(), under.tensor(), over.tensor(), mask.tensor(),
                                      &abi_run, out);
        });
    show_whole(layer, layer.mask > 0, blended, context.colours.to_srgb(blended));
  });
}

}  // namespace burin::core
