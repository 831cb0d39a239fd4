// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules that make a picture of a picture: preprocessors and upscalers.
#pragma once

#include <functional>
#include <memory>
#include <opencv2/core.hpp>

#include "burin/tensor.h"
#include "modules/module_instance.hpp"
#include "runtime/run.hpp"

namespace burin::core {

// A copy of the picture that ask(out), a call into a module, gives: CV_32FC(channels) of the
// expected size. Throws what the module says, and Error{BURIN_E_INTERNAL} for another size or type,
// or values that are not numbers.
cv::Mat module_picture(const ModuleCall& call, cv::Size expected, int channels,
                       const std::function<burin_status(burin_tensor*)>& ask);

// What a preprocessor module makes of a picture. CV_32FC3 sRGB 0..1 in and out, of one size. Throws
// as ModuleInstance, what the module says, and Error{BURIN_E_INTERNAL} where it gave another size,
// type or values that are not numbers.
cv::Mat preprocess_by_module(const burin_host* host, const ModuleUse& use, const cv::Mat& picture,
                             const Run& run);

// An upscaler module, kept for a run.
class Upscaler {
 public:
  Upscaler(const burin_host* host, const ModuleUse& use);
  ~Upscaler();
  // The picture enlarged by the module's whole factor. Likewise; throws likewise.
  cv::Mat enlarged(const cv::Mat& picture, const Run& run) const;

 private:
  struct Opened;
  std::unique_ptr<Opened> opened_;
};

}  // namespace burin::core
