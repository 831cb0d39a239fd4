// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Recognising a checkpoint's family.
#include "weights/model_family.hpp"

#include <ATen/ATen.h>

#include <algorithm>
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
    "supported are Stable Diffusion 1.x, 2.x and XL checkpoints and Burin's own face models";
constexpr double kSdScale = 0.18215, kXlScale = 0.13025;
constexpr int kSizeChannels = 256;  // of one number in a label vector

[[noreturn]] void refuse(const TensorFiles& file, const std::string& sentence) {
  throw Error(BURIN_E_MODEL, compose("{} {}", file.path().string(), sentence));
}

const std::string& metadata_text(const TensorFiles& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    refuse(file, compose("lacks the metadata {} of its family", key));
  return found->second;
}

double metadata_number(const TensorFiles& file, const std::string& key) {
  const std::string& text = metadata_text(file, key);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value <= 0)
    refuse(file, compose("has \"{}\" as metadata {}; a positive number was expected", text, key));
  return value;
}

json metadata_object(const TensorFiles& file, const std::string& key) {
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

void recognise_image_conditioned(const TensorFiles& file, Recognised& r) {
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

json settings_of(double guide_size, double max_size, double cfg) {
  return {{"guide_size", guide_size},
          {"max_size", max_size},
          {"steps", 20},
          {"cfg", cfg},
          {"denoise", 0.5},
          {"sampler_name", "dpmpp_2m"},
          {"scheduler", "karras"}};
}

// impact behaviour: v where the biases of one layer's norm deviate by more than 0.09.
Prediction sd2_prediction(const Recognised& r) {
  const std::string key = "output_blocks.11.1.transformer_blocks.0.norm1.bias";
  const auto shape = r.unet_part.source.shape(key);
  if (r.unet.in_channels != 4 || !shape) return Prediction::eps;
  const at::Tensor bias = r.unet_part.source.get(key, *shape).to(at::kFloat);
  return bias.std(/*unbiased=*/false).item<float>() > 0.09F ? Prediction::v : Prediction::eps;
}

double single_number(const TensorFiles& file, const std::string& key) {
  const at::Tensor t = file.tensor(key);
  if (t.numel() != 1)
    refuse(file, compose("holds {} numbers as {}; one was expected", t.numel(), key));
  const double value = t.to(at::kDouble).item<double>();
  if (!std::isfinite(value) || value <= 0)
    refuse(file, compose("holds {} as {}; a positive number was expected", value, key));
  return value;
}

// The marks that distillations and fine-tunes of SDXL carry beside their weights.
void read_xl_marks(const TensorFiles& file, ModelFamily& f) {
  if (file.has("edm_mean") && file.has("edm_std")) {
    f.name = "Playground v2.5";
    f.prediction = Prediction::edm;
    f.sigma_data = 0.5;
    f.sigma_min = 0.002;
    f.sigma_max = 80;
    f.latent_scale = 0.5;
    f.latent_mean = {-1.6574, 1.886, -1.383, 2.5155};
    f.latent_std = {8.4927, 5.9022, 6.5498, 5.2299};
  } else if (file.has("edm_vpred.sigma_max")) {
    f.prediction = Prediction::v;
    f.sigma_min =
        file.has("edm_vpred.sigma_min") ? single_number(file, "edm_vpred.sigma_min") : 0.002;
    f.sigma_max = single_number(file, "edm_vpred.sigma_max");
  } else if (file.has("v_pred")) {
    f.prediction = Prediction::v;
    f.zero_terminal_snr = file.has("ztsnr");
  }
}

// The width of an encoder's pooled output, 0 where it is not known.
int pooled_width(const Part& part) {
  const auto projection = part.source.shape("text_projection.weight");
  return projection && !projection->empty() ? static_cast<int>(projection->front()) : 0;
}

// Whether a label vector is that of the refiner: by the bigG encoder at hand, else by the released
// widths.
bool is_refiner(const UNetConfig& unet, const std::vector<FoundEncoder>& found) {
  for (const FoundEncoder& encoder : found)
    if (const int pooled = pooled_width(encoder.part); pooled > 0) {
      if (unet.vector_dim == pooled + 5 * kSizeChannels) return true;
      if (unet.vector_dim == pooled + 6 * kSizeChannels) return false;
    }
  return unet.vector_dim == 2560;
}

void recognise_xl(const TensorFiles& file, Recognised& r, const std::vector<FoundEncoder>& found) {
  ModelFamily& f = r.family;
  f.latent_scale = kXlScale;
  f.recommended = settings_of(1024, 1024, 7);
  if (is_refiner(r.unet, found)) {
    f.name = "Stable Diffusion XL refiner";
    f.size_embedding = SizeEmbedding::refiner;
    r.needed = {EncoderKind::g};
    return;
  }
  f.name = "Stable Diffusion XL";
  f.size_embedding = SizeEmbedding::base;
  r.needed = {EncoderKind::l, EncoderKind::g};
  read_xl_marks(file, f);
}

void recognise_released(const TensorFiles& file, Recognised& r,
                        const std::vector<FoundEncoder>& found) {
  ModelFamily& f = r.family;
  f.latent_scale = kSdScale;
  r.heads = 0;
  r.head_channels = 64;
  // The unCLIP forms of 2.1 have the width of a picture's embedding and its noise level's.
  const bool unclip =
      r.unet.context_dim == 1024 && (r.unet.vector_dim == 1536 || r.unet.vector_dim == 2048);
  if (r.unet.vector_dim > 0 && !unclip) {
    recognise_xl(file, r, found);
  } else if (r.unet.linear_projection) {
    f.name = unclip ? "Stable Diffusion 2.1 unCLIP" : "Stable Diffusion 2.x";
    f.size_embedding = unclip ? SizeEmbedding::zero : SizeEmbedding::none;
    f.prediction = unclip ? Prediction::v : sd2_prediction(r);
    f.recommended =
        f.prediction == Prediction::v ? settings_of(768, 768, 7) : settings_of(512, 768, 7);
    r.needed = {EncoderKind::h};
  } else {
    f.name = "Stable Diffusion 1.x";
    f.recommended = settings_of(512, 768, 7);
    r.heads = 8;
    r.head_channels = 0;
    r.needed = {EncoderKind::l};
  }
  if (r.unet.in_channels == 9) {
    f.name += ", inpainting";
    f.extra_input = ExtraInput::mask_latent;
  } else if (r.unet.in_channels == 8) {
    f.name += ", InstructPix2Pix";
    f.extra_input = f.sigma_max > 0 ? ExtraInput::scaled_image_latent : ExtraInput::image_latent;
  }
}

bool needs(const Recognised& r, EncoderKind kind) {
  return std::ranges::find(r.needed, kind) != r.needed.end();
}

std::optional<EncoderKind> kind_of_width(std::int64_t width) {
  return width == 768    ? std::optional(EncoderKind::l)
         : width == 1280 ? std::optional(EncoderKind::g)
         : width == 1024 ? std::optional(EncoderKind::h)
                         : std::nullopt;
}

// Gives each found encoder to the need it serves: the one its place names, else that of its width,
// else the first that is left. The first found for a need stays.
void assign_encoders(Recognised& r, const std::vector<FoundEncoder>& found) {
  for (const FoundEncoder& encoder : found) {
    std::optional<EncoderKind> kind = encoder.kind ? encoder.kind : kind_of_width(encoder.width);
    if (!kind)
      for (const EncoderKind need : r.needed)
        if (!kind && !r.encoders.contains(need)) kind = need;
    if (kind && needs(r, *kind)) r.encoders.emplace(*kind, encoder.part);
  }
}

void expect_channels(const TensorFiles& file, const Recognised& r) {
  const ModelFamily& f = r.family;
  const int latent = f.latent_channels;
  const int extra = f.extra_input == ExtraInput::none          ? 0
                    : f.extra_input == ExtraInput::mask_latent ? latent + 1
                                                               : latent;
  if (r.unet.in_channels == latent + extra && r.unet.out_channels == latent) return;
  refuse(file, compose("has a UNet from {} to {} channels; its family goes from {} to {}",
                       r.unet.in_channels, r.unet.out_channels, latent + extra, latent));
}

}  // namespace

Recognised recognise(const ModelFiles& files) {
  const TensorFiles file = TensorFiles::open(files.checkpoint);
  Recognised r;
  r.file = file.path().string();
  const auto declared = file.metadata().find("burin.family");
  const bool own = declared != file.metadata().end();
  if (own && declared->second != kImageConditioned)
    refuse(file, compose("is of the family \"{}\", which this version does not know; {}",
                         declared->second, kSupported));
  if (!own)
    if (const std::optional<std::string> kind = foreign_kind(file))
      refuse(file, compose("looks like {}; {}", *kind, kSupported));
  const std::optional<Part> unet = find_unet(file);
  if (!unet) refuse(file, "has no UNet");
  r.unet_part = *unet;

  std::vector<FoundEncoder> found;
  for (const std::filesystem::path& path : files.text_encoders) {
    const std::vector<FoundEncoder> own_file = find_text_encoders(TensorFiles::open(path));
    if (own_file.empty())
      throw Error(BURIN_E_MODEL, compose("{} holds no CLIP text encoder; one that the checkpoint's "
                                         "family uses was expected",
                                         path.string()));
    found.insert(found.end(), own_file.begin(), own_file.end());
  }
  const std::vector<FoundEncoder> inside = find_text_encoders(file);
  found.insert(found.end(), inside.begin(), inside.end());

  if (own) recognise_image_conditioned(file, r);
  r.unet = unet_config(r.unet_part.source);
  if (!own) recognise_released(file, r, found);
  if (own) r.null_context = make_part(file, plain_layout(""));
  assign_encoders(r, found);
  r.autoencoder = find_autoencoder(files.vae ? TensorFiles::open(*files.vae) : file);
  if (files.vae && !r.autoencoder)
    throw Error(BURIN_E_MODEL,
                compose("{} has no autoencoder; an autoencoder file or a full checkpoint was "
                        "expected",
                        files.vae->string()));
  expect_channels(file, r);
  r.family.model_channels = r.unet.model_channels;
  r.family.size_multiple = r.family.latent_factor << downsamplings(r.unet);
  return r;
}

TextEncoder load_text_encoder(const Recognised& r, EncoderKind kind, const TensorSource& source,
                              at::Device device) {
  TensorSource wanted = source;
  const std::string projection = "text_projection.weight";
  if (kind != EncoderKind::g)
    wanted.shape = [source, projection](const std::string& key) {
      return key == projection ? std::nullopt : source.shape(key);
    };
  const bool xl = r.family.size_embedding == SizeEmbedding::base ||
                  r.family.size_embedding == SizeEmbedding::refiner;
  TextEncoder encoder;
  encoder.net = load_clip_text(wanted, device);
  encoder.net.quick_gelu = kind == EncoderKind::l;
  encoder.net.norm_hidden = !xl;
  if (kind != EncoderKind::l) encoder.pad_token = 0;
  if (kind != EncoderKind::l || xl) encoder.layer = -2;
  // Some files hold only the blocks that are used.
  constexpr std::size_t cut_h_layers = 23;
  if (kind == EncoderKind::h && encoder.net.layers.size() == cut_h_layers) encoder.layer = -1;
  if (kind == EncoderKind::g && !encoder.net.projection.defined())
    wanted.get(projection, {r.unet.vector_dim, encoder.net.token_embedding.size(1)});
  return encoder;
}

Autoencoder load_autoencoder(const std::string& file, const TensorSource& source,
                             const ModelFamily& family, at::ScalarType dtype, at::Device device) {
  const bool tiny = source.has("taesd_decoder.1.weight") || source.has("taesd_decoder.1.bias");
  Autoencoder autoencoder =
      tiny ? load_taesd(source, dtype, device) : load_autoencoder_kl(source, dtype, device);
  if (autoencoder.latent_channels != family.latent_channels ||
      autoencoder.factor != family.latent_factor)
    throw Error(BURIN_E_MODEL,
                compose("{} has an autoencoder of {} latent channels and a factor of {}; {} and {} "
                        "were expected",
                        file, autoencoder.latent_channels, autoencoder.factor,
                        family.latent_channels, family.latent_factor));
  // Tiny autoencoders work in model space.
  if (tiny) autoencoder.net_scale = family.latent_scale;
  return autoencoder;
}

}  // namespace burin::core
