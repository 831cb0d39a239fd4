// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Whole pictures first, parts where memory is short.
#include "detail/autoencode.hpp"

#include <ATen/ATen.h>

#include "burin/ext/log.h"
#include "device/device.hpp"
#include "nets/autoencoder_tiles.hpp"
#include "runtime/compose.hpp"

namespace burin::core {
namespace {

constexpr std::int64_t strip_rows = 64;

bool fits(const DetailContext& context, std::int64_t width, std::int64_t height) {
  if (context.memory_budget <= 0) return true;
  return autoencoder_bytes(context.model.autoencoder, width, height) <= context.memory_budget;
}

template <class Whole, class Parts>
at::Tensor within_memory(const DetailContext& context, bool fits, const char* what,
                         const Whole& whole, const Parts& parts) {
  if (fits) {
    try {
      return whole();
    } catch (const std::exception& error) {
      if (!is_out_of_memory(error)) throw;
    }
    return_free_memory();
  }
  if (context.run.log)
    context.run.log(
        BURIN_LOG_INFO,
        compose("Memory is short: a picture is {} in parts, which takes longer.", what));
  return parts();
}

}  // namespace

at::Tensor encode_within_memory(const DetailContext& context, const at::Tensor& pixels) {
  const Autoencoder& net = context.model.autoencoder;
  return within_memory(
      context, fits(context, pixels.size(3), pixels.size(2)), "encoded",
      [&] { return encode(net, pixels); },
      [&] {
        return follows_reference(context.job.semantics) ? encode_in_tiles(net, pixels)
                                                        : encode_in_strips(net, pixels, strip_rows);
      });
}

at::Tensor decode_within_memory(const DetailContext& context, const at::Tensor& latent) {
  const Autoencoder& net = context.model.autoencoder;
  return within_memory(
      context, fits(context, latent.size(3) * net.factor, latent.size(2) * net.factor), "decoded",
      [&] { return decode(net, latent); },
      [&] {
        return follows_reference(context.job.semantics) ? decode_in_tiles(net, latent)
                                                        : decode_in_strips(net, latent, strip_rows);
      });
}

}  // namespace burin::core
