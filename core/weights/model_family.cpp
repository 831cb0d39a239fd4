// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Recognising a checkpoint's family.
#include "weights/model_family.hpp"

#include <charconv>
#include <cmath>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/checkpoint_parts.hpp"
#include "weights/foreign_model.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr const char* kImageConditioned = "sd1-image-conditioned";
constexpr const char* kSupported =
    "supported are full SD 1.x checkpoints and Burin's own face models";
constexpr double kSd1Scale = 0.18215;

[[noreturn]] void refuse(const Safetensors& file, const std::string& sentence) {
  throw Error(BURIN_E_MODEL, compose("{} {}", file.path().string(), sentence));
}

const std::string& metadata_text(const Safetensors& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    refuse(file, compose("lacks the metadata {} of its family", key));
  return found->second;
}

double metadata_number(const Safetensors& file, const std::string& key) {
  const std::string& text = metadata_text(file, key);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value <= 0)
    refuse(file, compose("has \"{}\" as metadata {}; a positive number was expected", text, key));
  return value;
}

json metadata_object(const Safetensors& file, const std::string& key) {
  const std::string& text = metadata_text(file, key);
  json value = json::parse(text, nullptr, false);
  if (!value.is_object())
    refuse(file, compose("has \"{}\" as metadata {}; a JSON object was expected", text, key));
  return value;
}

// The recipe's short names as those of a job.
json job_settings(const json& recommended) {
  json settings = recommended;
  for (const auto& [from, to] : {std::pair{"sampler", "sampler_name"}})
    if (settings.contains(from)) {
      settings[to] = settings[from];
      settings.erase(from);
    }
  return settings;
}

int downsamplings(const UNetConfig& config) {
  int count = 0;
  for (const UNetBlockConfig& block : config.input) count += block.res ? 0 : 1;
  return count;
}

void recognise_image_conditioned(const Safetensors& file, Recognised& r) {
  ModelFamily& f = r.family;
  f.name = "Burin face model (image-conditioned)";
  const std::string& prediction = metadata_text(file, "burin.prediction");
  if (prediction != "residual")
    refuse(file,
           compose("predicts \"{}\"; \"residual\" is what models of its family do", prediction));
  f.prediction = Prediction::residual;
  f.residual_std = metadata_number(file, "burin.residual_std");
  f.extra_input = ExtraInput::crop_latent;
  const double latent_channels = metadata_number(file, "burin.latent_channels");
  if (latent_channels != std::floor(latent_channels) || latent_channels > 4096)
    refuse(file, compose("has {} latent channels; a whole number was expected", latent_channels));
  f.latent_channels = static_cast<int>(latent_channels);
  f.latent_scale = metadata_number(file, "burin.latent_scale");
  f.has_text = false;
  if (file.metadata().contains("burin.recommended"))
    f.recommended = job_settings(metadata_object(file, "burin.recommended"));
  const json unet = metadata_object(file, "burin.unet");
  const auto head_channels = unet.find("num_head_channels");
  if (head_channels == unet.end() || !head_channels->is_number_integer() ||
      head_channels->get<std::int64_t>() < 1 || head_channels->get<std::int64_t>() > 4096)
    refuse(file,
           "does not give num_head_channels, a positive whole number, in its metadata burin.unet");
  r.heads = 0;
  r.head_channels = head_channels->get<int>();
}

}  // namespace

Recognised recognise(const Safetensors& file) {
  Recognised r;
  const auto declared = file.metadata().find("burin.family");
  if (declared == file.metadata().end()) {
    if (const std::optional<std::string> kind = foreign_kind(file))
      refuse(file, compose("looks like {}; {}", *kind, kSupported));
    r.family.name = "Stable Diffusion 1.x";
    r.family.latent_scale = kSd1Scale;
  } else if (declared->second == kImageConditioned) {
    recognise_image_conditioned(file, r);
  } else {
    refuse(file, compose("is of the family \"{}\", which this version does not know; {}",
                         declared->second, kSupported));
  }
  r.unet = unet_config(file_source(file, kUNetPrefix));
  const int latent = r.family.latent_channels;
  const int in = latent * (r.family.extra_input == ExtraInput::crop_latent ? 2 : 1);
  if (r.unet.in_channels != in || r.unet.out_channels != latent)
    refuse(file, compose("has a UNet from {} to {} channels; its family goes from {} to {}",
                         r.unet.in_channels, r.unet.out_channels, in, latent));
  r.family.size_multiple = r.family.latent_factor << downsamplings(r.unet);
  return r;
}

Autoencoder load_autoencoder(const Safetensors& file, const TensorSource& source,
                             const ModelFamily& family, at::ScalarType dtype, at::Device device) {
  const bool tiny = source.has("taesd_decoder.1.weight") || source.has("taesd_decoder.1.bias");
  if (!tiny && !source.has("decoder.conv_in.weight"))
    refuse(file,
           "has no autoencoder; a full checkpoint or an autoencoder file of its own was expected");
  Autoencoder autoencoder =
      tiny ? load_taesd(source, dtype, device) : load_autoencoder_kl(source, dtype, device);
  if (autoencoder.latent_channels != family.latent_channels ||
      autoencoder.factor != family.latent_factor)
    refuse(file, compose("has an autoencoder of {} latent channels and a factor of {}; {} and {} "
                         "were expected",
                         autoencoder.latent_channels, autoencoder.factor, family.latent_channels,
                         family.latent_factor));
  // Tiny autoencoders work in model space.
  if (tiny) autoencoder.net_scale = family.latent_scale;
  return autoencoder;
}

}  // namespace burin::core
