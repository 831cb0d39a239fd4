// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Networks as tensors by key, wherever and however they are stored.
#include "weights/checkpoint_parts.hpp"

#include <ATen/ATen.h>

#include <array>
#include <utility>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/stored_dtype.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

using Form = StoredTensor::Form;
using Shape = std::vector<std::int64_t>;

// The stored shape as the network sees it.
Shape network_shape(Shape shape, Form form) {
  if (form == Form::third && !shape.empty()) shape[0] /= 3;
  if (form == Form::transposed && shape.size() == 2) std::swap(shape[0], shape[1]);
  if (form == Form::matrix && shape.size() == 2) shape.insert(shape.end(), {1, 1});
  return shape;
}

bool divides(const Shape& shape, Form form) {
  return form != Form::third || (!shape.empty() && shape[0] % 3 == 0);
}

at::Tensor network_tensor(const at::Tensor& t, const StoredTensor& stored) {
  switch (stored.form) {
    case Form::third:
      return t.narrow(0, t.size(0) / 3 * stored.part, t.size(0) / 3);
    case Form::transposed:
      return t.t();
    case Form::matrix:
      return t.view({t.size(0), t.size(1), 1, 1});
    case Form::plain:
      break;
  }
  return t;
}

// Empty: the entry is what was asked for.
std::string fault_of(const TensorEntry* entry, Form form, at::IntArrayRef shape) {
  if (entry == nullptr) return "missing";
  const Shape seen = network_shape(entry->shape, form);
  if (seen != shape.vec() || !divides(entry->shape, form))
    return compose("{} instead of {}", shape_text(seen), shape_text(shape));
  if (!at::isFloatingType(scalar_type(entry->type))) return "not of a floating type";
  return {};
}

// 8-bit weights "X.weight" may come with a factor "X.scale_weight".
at::Tensor unscaled(const TensorFiles& files, const std::string& key, const at::Tensor& t) {
  constexpr std::string_view end = "weight";
  if (c10::elementSize(t.scalar_type()) != 1 || !key.ends_with(end)) return t;
  const std::string scale = key.substr(0, key.size() - end.size()) + "scale_weight";
  if (!files.has(scale)) return t;
  const at::Tensor factor = files.tensor(scale).to(at::kFloat);
  if (factor.numel() != 1)
    throw Error(BURIN_E_MODEL, compose("{}: tensor {} holds {} factors, expected one",
                                       files.path().string(), scale, factor.numel()));
  return t.to(at::kFloat) * factor.item<float>();
}

struct Place {
  const char* prefix;
  std::optional<EncoderKind> kind;
};
constexpr std::array<Place, 10> kClipPlaces{
    {{"cond_stage_model.transformer.", EncoderKind::l},
     {"conditioner.embedders.0.transformer.", EncoderKind::l},
     {"text_encoders.clip_l.transformer.", EncoderKind::l},
     {"text_encoders.clip_g.transformer.", EncoderKind::g},
     {"clip_l.transformer.", EncoderKind::l},
     {"clip_g.transformer.", EncoderKind::g},
     {"clip_h.transformer.", EncoderKind::h},
     {"text_encoder/", std::nullopt},
     {"text_encoder_2/", EncoderKind::g},
     {"", std::nullopt}}};
constexpr std::array<Place, 4> kOpenClipPlaces{{{"cond_stage_model.model.", EncoderKind::h},
                                                {"conditioner.embedders.0.model.", std::nullopt},
                                                {"conditioner.embedders.1.model.", EncoderKind::g},
                                                {"", std::nullopt}}};

std::int64_t width_of(const TensorSource& source) {
  for (const char* key :
       {"text_model.embeddings.token_embedding.weight",
        "text_model.embeddings.position_embedding.weight", "text_model.final_layer_norm.weight"})
    if (const std::optional<Shape> shape = source.shape(key))
      if (!shape->empty()) return shape->back();
  return 0;
}

}  // namespace

Part make_part(const TensorFiles& files, KeyLayout layout) {
  Part part;
  part.file = files.path().string();
  part.stored_name = [layout](const std::string& key) {
    const std::string stored = layout(key).key;
    return stored.empty() ? key : stored;
  };
  part.source.get = [files, layout](const std::string& key, at::IntArrayRef shape) {
    const StoredTensor stored = layout(key);
    const std::string fault = fault_of(files.find(stored.key), stored.form, shape);
    if (!fault.empty())
      throw Error(BURIN_E_MODEL, compose("{}: tensor {} is unusable: {}", files.path().string(),
                                         stored.key.empty() ? key : stored.key, fault));
    return network_tensor(unscaled(files, stored.key, files.tensor(stored.key)), stored);
  };
  part.source.shape = [files, layout](const std::string& key) -> std::optional<Shape> {
    const StoredTensor stored = layout(key);
    const TensorEntry* entry = files.find(stored.key);
    if (entry == nullptr) return std::nullopt;
    return network_shape(entry->shape, stored.form);
  };
  return part;
}

TensorSource file_source(const Safetensors& file, const std::string& prefix) {
  return make_part(TensorFiles::of(file), plain_layout(prefix)).source;
}

std::optional<Part> find_unet(const TensorFiles& files) {
  for (const char* prefix : {kUNetPrefix, "diffusion_model.", ""})
    if (files.has_prefix(std::string(prefix) + "input_blocks."))
      return make_part(files, plain_layout(prefix));
  for (const char* prefix : {"unet/", ""})
    if (files.has_prefix(std::string(prefix) + "down_blocks.") &&
        files.has_prefix(std::string(prefix) + "up_blocks."))
      return make_part(files, diffusers_unet_layout(files, prefix));
  return std::nullopt;
}

std::optional<Part> find_autoencoder(const TensorFiles& files) {
  for (const std::string prefix : {kAutoencoderPrefix, "vae.", ""})
    for (const char* key : {"decoder.conv_in.", "taesd_decoder.1."})
      if (files.has_prefix(prefix + key) && !files.has_prefix(prefix + "decoder.up_blocks."))
        return make_part(files, plain_layout(prefix));
  for (const std::string prefix : {"vae/", kAutoencoderPrefix, ""})
    if (files.has_prefix(prefix + "decoder.up_blocks."))
      return make_part(files, diffusers_autoencoder_layout(files, prefix));
  return std::nullopt;
}

const char* name_of(EncoderKind kind) {
  return kind == EncoderKind::l   ? "CLIP-L"
         : kind == EncoderKind::g ? "OpenCLIP bigG"
                                  : "OpenCLIP-H";
}

std::vector<FoundEncoder> find_text_encoders(const TensorFiles& files) {
  std::vector<FoundEncoder> found;
  const auto add = [&](const KeyLayout& layout, std::optional<EncoderKind> kind) {
    FoundEncoder encoder{make_part(files, layout), 0, kind};
    encoder.width = width_of(encoder.part.source);
    found.push_back(std::move(encoder));
  };
  for (const auto& [prefix, kind] : kClipPlaces)
    for (const char* root : {"text_model.encoder.layers.", "encoder.layers."})
      if (files.has_prefix(std::string(prefix) + root)) add(clip_layout(files, prefix), kind);
  for (const auto& [prefix, kind] : kOpenClipPlaces)
    if (files.has_prefix(std::string(prefix) + "transformer.resblocks."))
      add(open_clip_layout(files, prefix), kind);
  return found;
}

TensorSource checking_source(const Part& part, std::vector<std::string>& faults) {
  TensorSource checking;
  checking.shape = part.source.shape;
  checking.get = [part, &faults](const std::string& key, at::IntArrayRef shape) {
    try {
      part.source.get(key, shape);
    } catch (const Error&) {
      const std::optional<Shape> stored = part.source.shape(key);
      faults.push_back(
          compose("{} ({})", part.stored_name(key),
                  !stored ? "missing"
                  : *stored != shape.vec()
                      ? compose("{} instead of {}", shape_text(*stored), shape_text(shape))
                      : "not of a floating type"));
    }
    return at::empty(shape, at::TensorOptions().device(at::kMeta));
  };
  return checking;
}

}  // namespace burin::core
