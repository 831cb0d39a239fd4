// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What `burin info` tells about a checkpoint.

#include "runtime/error.hpp"
#include "weights/checkpoint_parts.hpp"
#include "weights/model_family.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

std::string part_of(const std::string& key) {
  for (const auto& [prefix, part] : {std::pair{kUNetPrefix, "unet"},
                                     {"diffusion_model.", "unet"},
                                     {"unet/", "unet"},
                                     {"input_blocks.", "unet"},
                                     {"down_blocks.", "unet"},
                                     {kAutoencoderPrefix, "autoencoder"},
                                     {"vae/", "autoencoder"},
                                     {"cond_stage_model.", "text_encoder"},
                                     {"conditioner.", "text_encoder"},
                                     {"text_encoder", "text_encoder"}})
    if (key.starts_with(prefix)) return part;
  return "other";
}

const char* name_of(Prediction prediction) {
  switch (prediction) {
    case Prediction::eps:
      return "eps";
    case Prediction::v:
      return "v_prediction";
    case Prediction::x0:
      return "x0";
    case Prediction::lcm:
      return "lcm";
    case Prediction::edm:
      return "edm";
    case Prediction::residual:
      break;
  }
  return "residual";
}

json describe_unet(const Recognised& r) {
  json depth_in = json::array(), depth_out = json::array();
  for (const UNetBlockConfig& block : r.unet.input)
    if (block.res) depth_in.push_back(block.depth);
  for (const UNetBlockConfig& block : r.unet.output) depth_out.push_back(block.depth);
  json unet = {{"in_channels", r.unet.in_channels},
               {"out_channels", r.unet.out_channels},
               {"model_channels", r.unet.model_channels},
               {"channel_mult", channel_mult(r.unet)},
               {"depth_in", depth_in},
               {"depth_mid", r.unet.mid_depth},
               {"depth_out", depth_out},
               {"context_dim", r.unet.context_dim}};
  if (r.head_channels > 0)
    unet["head_channels"] = r.head_channels;
  else
    unet["heads"] = r.heads;
  return unet;
}

}  // namespace

json describe_model(const std::filesystem::path& checkpoint) {
  const TensorFiles file = TensorFiles::open(checkpoint);
  json parts = json::object(), dtypes = json::object();
  std::uint64_t bytes = 0;
  for (const auto& [key, entry] : file.entries()) {
    const std::uint64_t size = entry.end - entry.begin;
    json& part = parts[part_of(key)];
    if (part.is_null()) part = {{"tensors", 0}, {"parameters", 0}, {"bytes", 0}};
    part["tensors"] = part["tensors"].get<std::uint64_t>() + 1;
    part["parameters"] = part["parameters"].get<std::uint64_t>() + size / size_of(entry.type);
    part["bytes"] = part["bytes"].get<std::uint64_t>() + size;
    json& dtype = dtypes[std::string(name_of(entry.type))];
    dtype = (dtype.is_null() ? 0 : dtype.get<std::uint64_t>()) + 1;
    bytes += size;
  }
  json out = {{"path", file.path().string()},
              {"tensors", file.entries().size()},
              {"bytes", bytes},
              {"dtypes", dtypes},
              {"parts", parts},
              {"metadata", file.metadata()}};
  out["family"] = nullptr;
  try {
    const Recognised r = recognise({checkpoint});
    out["family"] = r.family.name;
    out["prediction"] = name_of(r.family.prediction);
    if (r.family.prediction == Prediction::residual) out["residual_std"] = r.family.residual_std;
    out["zero_terminal_snr"] = r.family.zero_terminal_snr;
    out["image_conditioned"] = r.family.extra_input == ExtraInput::crop_latent;
    out["has_text"] = r.family.has_text;
    json encoders = json::array();
    for (const auto& [kind, part] : r.encoders) encoders.push_back(name_of(kind));
    out["text_encoders"] = encoders;
    out["latent_channels"] = r.family.latent_channels;
    out["latent_scale"] = r.family.latent_scale;
    out["latent_factor"] = r.family.latent_factor;
    out["size_multiple"] = r.family.size_multiple;
    out["recommended"] = r.family.recommended;
    out["unet"] = describe_unet(r);
    identify_model({checkpoint});
  } catch (const Error& error) {
    out["problem"] = error.what();
  }
  return out;
}

}  // namespace burin::core
