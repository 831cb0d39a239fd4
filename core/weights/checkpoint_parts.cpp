// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The networks inside a checkpoint file: how each is named there, and what of it is missing.
#include "weights/checkpoint_parts.hpp"

#include <ATen/ATen.h>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/stored_dtype.hpp"

namespace burin::core {
namespace {

using Shape = std::vector<std::int64_t>;

std::string shape_text(at::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t size : shape) text += compose("{}{}", text.empty() ? "" : " ", size);
  return "[" + text + "]";
}

// Empty: the entry is what was asked for.
std::string fault_of(const Safetensors& file, const std::string& key, at::IntArrayRef shape) {
  const auto found = file.entries().find(key);
  if (found == file.entries().end()) return "missing";
  if (found->second.shape != shape.vec())
    return compose("{} instead of {}", shape_text(found->second.shape), shape_text(shape));
  if (!at::isFloatingType(scalar_type(found->second.type)))
    return compose("{} instead of a floating type", name_of(found->second.type));
  return {};
}

}  // namespace

TensorSource file_source(const Safetensors& file, const std::string& prefix) {
  TensorSource source;
  source.get = [file, prefix](const std::string& key, at::IntArrayRef shape) {
    const std::string fault = fault_of(file, prefix + key, shape);
    if (!fault.empty())
      throw Error(BURIN_E_MODEL, compose("{}: tensor {} is unusable: {}", file.path().string(),
                                         prefix + key, fault));
    return file.tensor(prefix + key);
  };
  source.shape = [file, prefix](const std::string& key) -> std::optional<Shape> {
    const auto found = file.entries().find(prefix + key);
    if (found == file.entries().end()) return std::nullopt;
    return found->second.shape;
  };
  return source;
}

TensorSource text_source(const Safetensors& file) {
  const std::string inserted = "text_model.";
  const TensorSource with = file_source(file, kTextPrefix);
  if (with.has("text_model.embeddings.token_embedding.weight")) return with;
  const auto bare = [inserted](const std::string& key) {
    return key.starts_with(inserted) ? key.substr(inserted.size()) : key;
  };
  return {[with, bare](const std::string& key, at::IntArrayRef shape) {
            return with.get(bare(key), shape);
          },
          [with, bare](const std::string& key) { return with.shape(bare(key)); }};
}

TensorSource autoencoder_source(const Safetensors& file) {
  for (const char* key : {"decoder.conv_in.weight", "taesd_decoder.1.weight"})
    if (file.has(key)) return file_source(file, "");
  return file_source(file, kAutoencoderPrefix);
}

TensorSource checking_source(const Safetensors& file, const TensorSource& source,
                             const std::string& prefix, std::vector<std::string>& faults) {
  TensorSource checking;
  checking.shape = source.shape;
  checking.get = [file, source, prefix, &faults](const std::string& key, at::IntArrayRef shape) {
    try {
      source.get(key, shape);
    } catch (const Error&) {
      const std::optional<Shape> stored = source.shape(key);
      faults.push_back(
          compose("{}{} ({})", prefix, key,
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
