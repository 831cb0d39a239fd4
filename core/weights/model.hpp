// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A checkpoint: what family it is, and its networks' weights ready to run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "nets/autoencoder.hpp"
#include "nets/clip_text.hpp"
#include "nets/unet.hpp"
#include "weights/safetensors.hpp"

namespace burin::core {

// What a network's output means; see denoised_from_output.
enum class Prediction { eps, v, x0, lcm, edm, residual };

// What follows the noisy latent in a UNet's input channels.
enum class ExtraInput {
  none,
  crop_latent,   // the crop's own latent, as the embedded family was trained
  mask_latent,   // a mask (1 where it is redrawn) and the latent of what is kept: inpainting
  image_latent,  // the latent to edit, in the autoencoder's own scale: InstructPix2Pix
};

// What a checkpoint is, from key prefixes, shapes and metadata alone.
struct ModelFamily {
  std::string name;  // "Stable Diffusion 1.x", "Burin face model (image-conditioned)"
  Prediction prediction = Prediction::eps;
  double residual_std = 0;  // of `residual`
  bool zero_terminal_snr = false;
  double sigma_data = 1;                // of v and edm
  double sigma_min = 0, sigma_max = 0;  // of a continuous schedule; 0: the 1000 discrete levels
  ExtraInput extra_input = ExtraInput::none;
  int latent_channels = 4;
  double latent_scale = 0.18215;  // latent in model space = scale x the autoencoder's
  int latent_factor = 8;
  int size_multiple = 64;
  bool has_text = true;
  nlohmann::json recommended = nlohmann::json::object();  // job detailer keys and crop_factor
};

// A network's weights by the keys of its loader, for adapters that change them in place and take
// the originals from the file again.
struct KeyedWeights {
  std::string network;  // "unet", "clip_l", "clip_g", "clip_h"
  TensorSource source;  // the stored tensors; source.packed: what the network computes with
  at::ScalarType rounding = at::kFloat;  // what a changed weight is rounded to before it is packed
};

struct Model {
  ModelFamily family;
  UNetWeights unet;
  Autoencoder autoencoder;
  TextEncoders text;
  at::Tensor null_context;            // [1, 1, C] where there is no text encoder
  at::ScalarType dtype = at::kFloat;  // of the UNet
  at::ScalarType autoencoder_dtype = at::kFloat;
  at::Device device = at::kCPU;
  std::vector<KeyedWeights> keyed;  // the UNet, then the text encoders
};

// Whether the autoencoder must be in the checkpoint or comes from another file.
enum class AutoencoderIn { checkpoint, another_file };

// Recognises SD 1.x full checkpoints and the embedded image-conditioned family; anything else:
// Error{BURIN_E_MODEL} that says what the file looks like (SDXL, SD 2.x, inpainting, LoRA,
// ControlNet, VAE only, diffusers layout, no UNet ...) and what is supported. Missing or misshapen
// tensors are named (the first few, and how many).
ModelFamily identify_model(const Safetensors& file,
                           AutoencoderIn autoencoder = AutoencoderIn::checkpoint);

// For `burin info`: path, family (null where identify_model refuses the file, with its sentence as
// "problem"), prediction, tensor count, bytes, dtypes, parameters of each part, UNet shape
// (channels, mult, depths, context), recommended settings, metadata.
nlohmann::json describe_model(const Safetensors& file);

// dtype is the UNet's and the autoencoder's (bfloat16 for the autoencoder where float16 is asked);
// text encoder weights are rounded to float16 and computed in float32, as the reference does. vae:
// another file whose autoencoder replaces the checkpoint's. Throws what Safetensors::open and
// identify_model throw, and Error{BURIN_E_MODEL} where `vae` holds no autoencoder or one of another
// latent size.
Model load_model(const std::filesystem::path& checkpoint,
                 const std::optional<std::filesystem::path>& vae, at::ScalarType dtype,
                 at::Device device);

}  // namespace burin::core
