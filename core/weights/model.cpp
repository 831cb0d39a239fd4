// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checking a checkpoint's tensors, and loading its networks.
#include "weights/model.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/checkpoint_parts.hpp"
#include "weights/model_family.hpp"

namespace burin::core {
namespace {

constexpr const char* kNullContext = "burin.null_context";
constexpr std::size_t kNamedFaults = 3;

void refuse_faults(const std::string& file, const std::vector<std::string>& faults) {
  if (faults.empty()) return;
  std::string named;
  for (std::size_t i = 0; i < std::min(faults.size(), kNamedFaults); ++i)
    named += (i == 0 ? "" : ", ") + faults[i];
  if (faults.size() > kNamedFaults) named += compose(" and {} more", faults.size() - kNamedFaults);
  throw Error(BURIN_E_MODEL, compose("{} has {} missing or misshapen tensor{}: {}", file,
                                     faults.size(), faults.size() == 1 ? "" : "s", named));
}

void expect_parts(const Recognised& r) {
  if (!r.autoencoder)
    throw Error(BURIN_E_MODEL, compose("{} has no autoencoder; a full checkpoint or an autoencoder "
                                       "file of its own (model.vae) was expected",
                                       r.file));
  for (const EncoderKind kind : r.needed)
    if (!r.encoders.contains(kind))
      throw Error(BURIN_E_MODEL,
                  compose("{} is a UNet of {} without its text encoder {}; a full checkpoint or "
                          "the encoder's file (model.text_encoders) was expected",
                          r.file, r.family.name, name_of(kind)));
}

// Asks the loaders what they would need, without reading a weight.
void check_tensors(const Recognised& r) {
  std::vector<std::string> faults;
  const auto checked = [&](const Part& part, auto load) {
    const TensorSource checking = checking_source(part, faults);
    load(checking);
    refuse_faults(part.file, std::exchange(faults, {}));
  };
  checked(r.unet_part, [&](const TensorSource& source) {
    load_unet(source, r.unet, r.heads, r.head_channels, at::kFloat, at::kCPU);
  });
  checked(*r.autoencoder, [&](const TensorSource& source) {
    load_autoencoder(r.autoencoder->file, source, r.family, at::kFloat, at::kCPU);
  });
  std::int64_t width = 0;
  for (const auto& [kind, part] : r.encoders)
    checked(part, [&, kind = kind](const TensorSource& source) {
      width += load_text_encoder(r, kind, source, at::kCPU).net.token_embedding.size(1);
    });
  if (r.null_context)
    checked(*r.null_context, [&](const TensorSource& source) {
      source.get(kNullContext, {1, 1, r.unet.context_dim});
    });
  else if (width != r.unet.context_dim)
    throw Error(BURIN_E_MODEL, compose("{} has a text encoder {} channels wide for a UNet that "
                                       "expects {}",
                                       r.file, width, r.unet.context_dim));
}

at::Tensor by_channel(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, like.options().dtype(at::kDouble))
      .to(like.scalar_type())
      .view({1, -1, 1, 1});
}

}  // namespace

ModelFamily identify_model(const ModelFiles& files) {
  const Recognised r = recognise(files);
  expect_parts(r);
  check_tensors(r);
  return r.family;
}

Model load_model(const ModelFiles& files, at::ScalarType dtype, at::Device device) {
  const Recognised r = recognise(files);
  expect_parts(r);
  check_tensors(r);

  Model model;
  model.family = r.family;
  model.dtype = dtype;
  // Activations of the full autoencoder leave float16's range.
  model.autoencoder_dtype = dtype == at::kHalf ? at::kBFloat16 : dtype;
  model.device = device;
  model.autoencoder = load_autoencoder(r.autoencoder->file, r.autoencoder->source, r.family,
                                       model.autoencoder_dtype, device);
  const auto keyed = [&](const char* network, TensorSource source, at::ScalarType rounding) {
    source.packed = std::make_shared<PackedTensors>();
    model.keyed.push_back({network, source, rounding});
    return source;
  };
  model.unet = load_unet(keyed("unet", r.unet_part.source, at::kFloat), r.unet, r.heads,
                         r.head_channels, dtype, device);
  for (const auto& [kind, part] : r.encoders) {
    const char* network = kind == EncoderKind::l   ? "clip_l"
                          : kind == EncoderKind::g ? "clip_g"
                                                   : "clip_h";
    TextEncoder encoder =
        load_text_encoder(r, kind, keyed(network, part.source, at::kHalf), device);
    (kind == EncoderKind::l   ? model.text.l
     : kind == EncoderKind::g ? model.text.g
                              : model.text.h) = std::move(encoder);
  }
  if (r.null_context)
    model.null_context =
        r.null_context->source.get(kNullContext, {1, 1, r.unet.context_dim}).to(device, at::kFloat);
  return model;
}

at::Tensor to_model_space(const ModelFamily& family, const at::Tensor& latent) {
  if (family.latent_mean.empty()) return latent * family.latent_scale;
  return (latent - by_channel(family.latent_mean, latent)) * family.latent_scale /
         by_channel(family.latent_std, latent);
}

at::Tensor from_model_space(const ModelFamily& family, const at::Tensor& latent) {
  if (family.latent_mean.empty()) return latent / family.latent_scale;
  return latent * by_channel(family.latent_std, latent) / family.latent_scale +
         by_channel(family.latent_mean, latent);
}

}  // namespace burin::core
