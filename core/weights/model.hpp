// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A checkpoint: what family it is, and its networks' weights ready to run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

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
  crop_latent,          // the crop's own latent, as the embedded family was trained
  mask_latent,          // a mask (1 where it is redrawn) and the latent of what is kept: inpainting
  image_latent,         // the latent to edit, in the autoencoder's own scale: InstructPix2Pix
  scaled_image_latent,  // the same in model space
};

// What the label vector holds after the pooled text: each number as 256 sines and cosines.
enum class SizeEmbedding {
  none,     // no label vector
  base,     // height, width, crop top, crop left, target height, target width
  refiner,  // height, width, crop top, crop left, aesthetic score
  zero,     // a vector of zeros: an image that is not given
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
  double latent_scale = 0.18215;                // latent in model space = scale x the autoencoder's
  std::vector<double> latent_mean, latent_std;  // of each channel, taken out before; empty: none
  int latent_factor = 8;
  int size_multiple = 64;
  bool has_text = true;
  SizeEmbedding size_embedding = SizeEmbedding::none;
  int model_channels = 320;                               // the UNet's first width
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

// A model's files. `checkpoint`: a full checkpoint, a UNet alone, or a folder in the diffusers
// layout; the others replace what it holds or give what it lacks.
struct ModelFiles {
  std::filesystem::path checkpoint;
  std::optional<std::filesystem::path> vae = std::nullopt;
  std::vector<std::filesystem::path> text_encoders = {};
};

// Recognises Stable Diffusion 1.x, 2.x and XL, XL's refiner, their inpainting and InstructPix2Pix
// forms, and the embedded image-conditioned family; anything else: Error{BURIN_E_MODEL} that says
// what the file looks like (LoRA, ControlNet, VAE only, FLUX, SD 3, no UNet ...) and what is
// supported. Missing parts, and missing or misshapen tensors (the first few, and how many), are
// named. Throws what TensorFiles::open throws.
ModelFamily identify_model(const ModelFiles& files);

// For `burin info`: path, family (null where the file is none of a known family), "problem" (why
// the file cannot be used by itself, where it cannot), prediction, tensor count, bytes, dtypes,
// parameters of each part, UNet shape (channels, mult, depths, context), text encoders, recommended
// settings, metadata.
nlohmann::json describe_model(const std::filesystem::path& checkpoint);

// dtype is the UNet's and the autoencoder's (bfloat16 for the autoencoder where float16 is asked);
// text encoder weights are rounded to float16 and computed in float32, as the reference does.
// Throws what identify_model throws.
Model load_model(const ModelFiles& files, at::ScalarType dtype, at::Device device);

// Between the autoencoder's own scale and model space: (latent - mean) x scale / std, channel by
// channel where the family has means and deviations. latent [N, C, h, w].
at::Tensor to_model_space(const ModelFamily& family, const at::Tensor& latent);
at::Tensor from_model_space(const ModelFamily& family, const at::Tensor& latent);

}  // namespace burin::core
