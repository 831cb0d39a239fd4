// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Lends pictures to modules and checks what they give.
#include "modules/picture_modules.hpp"

#include <memory>

#include "burin/cpp/picture.hpp"
#include "burin/role/preprocessor.h"
#include "burin/role/upscaler.h"
#include "modules/abi_image.hpp"
#include "modules/host_calls.hpp"

namespace burin::core {

cv::Mat module_picture(const ModuleCall& call, cv::Size expected, int channels,
                       const std::function<burin_status(burin_tensor*)>& ask) {
  burin_tensor tensor{};
  tensor.struct_size = sizeof tensor;
  call.check(ask(&tensor));
  const Taken<burin_tensor> owner(&tensor);
  const DLTensor& dl = tensor.dl;
  if (dl.ndim != 3 || dl.shape == nullptr || dl.data == nullptr || dl.shape[0] != expected.height ||
      dl.shape[1] != expected.width || dl.shape[2] != channels || dl.dtype.code != kDLFloat ||
      dl.dtype.bits != 32 || dl.dtype.lanes != 1 || dl.device.device_type != kDLCPU ||
      sdk::not_c_order(dl))
    call.broke_contract("gave no float32 picture of " + std::to_string(expected.width) + " x " +
                        std::to_string(expected.height) + " pixels.");
  const cv::Mat picture(expected, CV_32FC(channels), static_cast<char*>(dl.data) + dl.byte_offset);
  if (!cv::checkRange(picture)) call.broke_contract("gave values that are not numbers.");
  return picture.clone();
}

cv::Mat preprocess_by_module(const burin_host* host, const ModuleUse& use, const cv::Mat& picture,
                             const Run& run) {
  const ModuleInstance<burin_preprocessor> module(host, BURIN_PREPROCESSOR_ID, use,
                                                  "The preprocessor '" + use.id + "'");
  const MatTensor shown(picture);
  const burin_run abi_run = to_abi(run);
  return module_picture(module.call(), picture.size(), 3, [&](burin_tensor* out) {
    return module.role()->process(module.self(), shown.tensor(), &abi_run, out);
  });
}

struct Upscaler::Opened {
  ModuleInstance<burin_upscaler> module;
};

Upscaler::Upscaler(const burin_host* host, const ModuleUse& use)
    : opened_(new Opened{{host, BURIN_UPSCALER_ID, use, "The upscaler '" + use.id + "'"}}) {}
Upscaler::~Upscaler() = default;

cv::Mat Upscaler::enlarged(const cv::Mat& picture, const Run& run) const {
  constexpr std::uint32_t largest_factor = 16;
  const ModuleInstance<burin_upscaler>& module = opened_->module;
  std::uint32_t factor = 0;
  module.call().check(module.role()->factor(module.self(), &factor));
  if (factor < 1 || factor > largest_factor)
    module.call().broke_contract("enlarges by " + std::to_string(factor) + "; expected 1 to 16.");
  const MatTensor shown(picture);
  const burin_run abi_run = to_abi(run);
  return module_picture(
      module.call(), picture.size() * static_cast<int>(factor), 3, [&](burin_tensor* out) {
        return module.role()->upscale(module.self(), shown.tensor(), nullptr, &abi_run, out);
      });
}

}  // namespace burin::core
