// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A quick look at a latent.
#pragma once

#include "detail/detail.hpp"

namespace burin::core {

// latent [1, C, h, w] model space. CV_32FC3 0..1: decoded where the autoencoder is the tiny kind,
// else a linear map of each latent pixel's four channels to RGB, of the latent's size (fitted by
// K. Turner to Stable Diffusion 1 and XL). Other numbers of channels: the first as grey.
cv::Mat preview_of(const Model& model, const at::Tensor& latent);

}  // namespace burin::core
