// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage decode: a latent to a picture.
#include <ATen/ATen.h>

#include "detail/autoencode.hpp"
#include "detail/stages.hpp"
#include "detail/tensor_mat.hpp"

namespace burin::core {

cv::Mat decode(const DetailContext& context, const at::Tensor& latent) {
  return to_mat(decode_within_memory(context, from_model_space(context.model.family, latent)));
}

}  // namespace burin::core
