// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checking a checkpoint's tensors, and loading its networks.
#include "weights/model.hpp"

#include <ATen/ATen.h>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/checkpoint_parts.hpp"
#include "weights/model_family.hpp"

namespace burin::core {
namespace {

constexpr const char* kNullContext = "burin.null_context";
constexpr std::size_t kNamedFaults = 3;

void refuse_faults(const Safetensors& file, const std::vector<std::string>& faults) {
  if (faults.empty()) return;
  std::string named;
  for (std::size_t i = 0; i < std::min(faults.size(), kNamedFaults); ++i)
    named += (i == 0 ? "" : ", ") + faults[i];
  if (faults.size() > kNamedFaults) named += compose(" and {} more", faults.size() - kNamedFaults);
  throw Error(BURIN_E_MODEL,
              compose("{} has {} missing or misshapen tensor{}: {}", file.path().string(),
                      faults.size(), faults.size() == 1 ? "" : "s", named));
}

// Asks the loaders what they would need, without reading a weight.
void check_tensors(const Safetensors& file, const Recognised& r, AutoencoderIn autoencoder) {
  std::vector<std::string> faults;
  const auto checking = [&](const TensorSource& source, const std::string& prefix) {
    return checking_source(file, source, prefix, faults);
  };
  load_unet(checking(file_source(file, kUNetPrefix), kUNetPrefix), r.unet, r.heads, r.head_channels,
            at::kFloat, at::kCPU);
  if (autoencoder == AutoencoderIn::checkpoint)
    load_autoencoder(file, checking(file_source(file, kAutoencoderPrefix), kAutoencoderPrefix),
                     r.family, at::kFloat, at::kCPU);
  if (r.family.has_text) {
    const ClipTextWeights text = load_clip_text(checking(text_source(file), kTextPrefix), at::kCPU);
    if (const std::int64_t width = text.token_embedding.size(1); width != r.unet.context_dim)
      throw Error(BURIN_E_MODEL, compose("{} has a text encoder {} channels wide for a UNet that "
                                         "expects {}",
                                         file.path().string(), width, r.unet.context_dim));
  } else {
    checking(file_source(file, ""), "").get(kNullContext, {1, 1, r.unet.context_dim});
  }
  refuse_faults(file, faults);
}

}  // namespace

ModelFamily identify_model(const Safetensors& file, AutoencoderIn autoencoder) {
  const Recognised r = recognise(file);
  check_tensors(file, r, autoencoder);
  return r.family;
}

Model load_model(const std::filesystem::path& checkpoint,
                 const std::optional<std::filesystem::path>& vae, at::ScalarType dtype,
                 at::Device device) {
  const Safetensors file = Safetensors::open(checkpoint);
  const Recognised r = recognise(file);
  check_tensors(file, r, vae ? AutoencoderIn::another_file : AutoencoderIn::checkpoint);

  Model model;
  model.family = r.family;
  model.dtype = dtype;
  // Activations of the full autoencoder leave float16's range.
  model.autoencoder_dtype = dtype == at::kHalf ? at::kBFloat16 : dtype;
  model.device = device;
  const Safetensors& vae_file = vae ? Safetensors::open(*vae) : file;
  const TensorSource vae_source =
      vae ? autoencoder_source(vae_file) : file_source(file, kAutoencoderPrefix);
  if (vae) {
    std::vector<std::string> faults;
    load_autoencoder(vae_file, checking_source(vae_file, vae_source, "", faults), r.family,
                     at::kFloat, at::kCPU);
    refuse_faults(vae_file, faults);
  }
  model.autoencoder =
      load_autoencoder(vae_file, vae_source, r.family, model.autoencoder_dtype, device);
  const auto keyed = [&](const char* network, TensorSource source, at::ScalarType rounding) {
    source.packed = std::make_shared<PackedTensors>();
    model.keyed.push_back({network, source, rounding});
    return source;
  };
  model.unet = load_unet(keyed("unet", file_source(file, kUNetPrefix), at::kFloat), r.unet, r.heads,
                         r.head_channels, dtype, device);
  if (r.family.has_text)
    model.text.l = TextEncoder{
        load_clip_text(keyed("clip_l", text_source(file), at::kHalf), device), {}, 49407};
  else
    model.null_context =
        file_source(file, "").get(kNullContext, {1, 1, r.unet.context_dim}).to(device, at::kFloat);
  return model;
}

}  // namespace burin::core
