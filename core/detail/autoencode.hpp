// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The autoencoder within the memory there is.
#pragma once

#include "detail/detail.hpp"

namespace burin::core {

// encode() and decode() with the context's autoencoder: whole where the context's budget allows it
// and the allocator does not refuse, else in parts by the rules of the job's semantics (impact: the
// reference's averaged tiles; burin: strips that give what the whole gives). Model space is not
// looked at: latents are the autoencoder's own. What the parts throw passes.
at::Tensor encode_within_memory(const DetailContext& context, const at::Tensor& pixels);
at::Tensor decode_within_memory(const DetailContext& context, const at::Tensor& latent);

}  // namespace burin::core
