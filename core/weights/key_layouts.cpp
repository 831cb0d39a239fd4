// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Names of Stable Diffusion's networks in the diffusers, CLIP and OpenCLIP layouts.
#include "weights/key_layouts.hpp"

#include <array>
#include <map>
#include <utility>

#include "runtime/compose.hpp"

namespace burin::core {
namespace {

using Form = StoredTensor::Form;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// Network key beginnings to those in the file; the longest that fits, at a dot.
class Renaming {
 public:
  void add(const std::string& network, const std::string& stored) { names_[network] = stored; }

  // nullopt: no beginning of the key is known.
  std::optional<std::string> stored(const std::string& key) const {
    for (std::size_t end = key.size(); end != std::string::npos && end > 0;
         end = key.rfind('.', end - 1)) {
      const auto found = names_.find(key.substr(0, end));
      if (found != names_.end()) return found->second + key.substr(end);
    }
    return std::nullopt;
  }

 private:
  std::map<std::string, std::string> names_;
};

std::string numbered(const std::string& name, int index) { return compose("{}.{}", name, index); }

void add_res_block(Renaming& names, const std::string& network, const std::string& stored) {
  for (const auto& [ours, theirs] : Pairs{{"in_layers.0", "norm1"},
                                          {"in_layers.2", "conv1"},
                                          {"emb_layers.1", "time_emb_proj"},
                                          {"out_layers.0", "norm2"},
                                          {"out_layers.3", "conv2"},
                                          {"skip_connection", "conv_shortcut"}})
    names.add(network + "." + ours, stored + "." + theirs);
}

Renaming diffusers_unet_names(const TensorFiles& files, const std::string& p) {
  Renaming names;
  for (const auto& [ours, theirs] : Pairs{{"time_embed.0", "time_embedding.linear_1"},
                                          {"time_embed.2", "time_embedding.linear_2"},
                                          {"input_blocks.0.0", "conv_in"},
                                          {"out.0", "conv_norm_out"},
                                          {"out.2", "conv_out"},
                                          {"middle_block.1", "mid_block.attentions.0"}})
    names.add(ours, p + theirs);
  const std::string label =
      p + (files.has_prefix(p + "add_embedding.") ? "add_embedding" : "class_embedding");
  names.add("label_emb.0.0", label + ".linear_1");
  names.add("label_emb.0.2", label + ".linear_2");
  add_res_block(names, "middle_block.0", p + "mid_block.resnets.0");
  add_res_block(names, "middle_block.2", p + "mid_block.resnets.1");

  const auto walk = [&](const char* stored_side, const char* network_side, int index,
                        const char* resampler, auto add_resampler) {
    for (int b = 0; files.has_prefix(p + numbered(stored_side, b) + "."); ++b) {
      const std::string block = p + numbered(stored_side, b);
      int j = 0;
      bool attends = false;
      for (; files.has_prefix(block + numbered(".resnets", j) + "."); ++j, ++index) {
        const std::string ours = numbered(network_side, index);
        add_res_block(names, ours + ".0", block + numbered(".resnets", j));
        attends = files.has_prefix(block + numbered(".attentions", j) + ".");
        if (attends) names.add(ours + ".1", block + numbered(".attentions", j));
      }
      const std::string resample = block + "." + resampler + ".0.conv";
      if (files.has_prefix(resample + ".")) add_resampler(index, attends, resample);
    }
  };
  walk("down_blocks", "input_blocks", 1, "downsamplers",
       [&](int& index, bool, const std::string& stored) {
         names.add(numbered("input_blocks", index++) + ".0.op", stored);
       });
  walk("up_blocks", "output_blocks", 0, "upsamplers",
       [&](int& index, bool attends, const std::string& stored) {
         names.add(numbered("output_blocks", index - 1) + (attends ? ".2.conv" : ".1.conv"),
                   stored);
       });
  return names;
}

Renaming diffusers_autoencoder_names(const TensorFiles& files, const std::string& p) {
  Renaming names;
  const auto add_block = [&](const std::string& network, const std::string& stored) {
    names.add(network, p + stored);
    names.add(network + ".nin_shortcut", p + stored + ".conv_shortcut");
  };
  for (const std::string half : {"encoder", "decoder"}) {
    names.add(half + ".conv_in", p + half + ".conv_in");
    names.add(half + ".conv_out", p + half + ".conv_out");
    names.add(half + ".norm_out", p + half + ".conv_norm_out");
    add_block(half + ".mid.block_1", half + ".mid_block.resnets.0");
    add_block(half + ".mid.block_2", half + ".mid_block.resnets.1");
    const std::string attention = p + half + ".mid_block.attentions.0";
    // The names changed over the years, not all at once.
    const auto either = [&](const char* now, const char* before) {
      return attention + (files.has_prefix(attention + before + ".") ? before : now);
    };
    names.add(half + ".mid.attn_1.norm", attention + ".group_norm");
    names.add(half + ".mid.attn_1.q", either(".to_q", ".query"));
    names.add(half + ".mid.attn_1.k", either(".to_k", ".key"));
    names.add(half + ".mid.attn_1.v", either(".to_v", ".value"));
    names.add(half + ".mid.attn_1.proj_out", either(".to_out.0", ".proj_attn"));
  }
  for (const char* conv : {"quant_conv", "post_quant_conv"}) names.add(conv, p + conv);
  const auto count = [&](const std::string& name) {
    int n = 0;
    while (files.has_prefix(p + numbered(name, n) + ".")) ++n;
    return n;
  };
  const int down = count("encoder.down_blocks"), up = count("decoder.up_blocks");
  for (int level = 0; level < std::max(down, up); ++level) {
    // Their decoder counts from the deepest level.
    const std::string d = numbered("encoder.down_blocks", level);
    const std::string u = numbered("decoder.up_blocks", up - 1 - level);
    for (int b = 0; b < 8; ++b) {
      add_block(numbered(numbered("encoder.down", level) + ".block", b),
                numbered(d + ".resnets", b));
      add_block(numbered(numbered("decoder.up", level) + ".block", b), numbered(u + ".resnets", b));
    }
    names.add(numbered("encoder.down", level) + ".downsample.conv", p + d + ".downsamplers.0.conv");
    names.add(numbered("decoder.up", level) + ".upsample.conv", p + u + ".upsamplers.0.conv");
  }
  return names;
}

constexpr std::string_view kRoot = "text_model.";
constexpr const char* kProjection = "text_projection.weight";

// OpenCLIP's name of what follows "text_model.encoder.layers.N.".
StoredTensor open_clip_layer(const std::string& layer, const std::string& rest) {
  const std::string block = layer + ".";
  constexpr std::array<std::string_view, 3> parts{"self_attn.q_proj.", "self_attn.k_proj.",
                                                  "self_attn.v_proj."};
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (rest.starts_with(parts[i]))
      return {block + "attn.in_proj_" + rest.substr(parts[i].size()), Form::third,
              static_cast<int>(i)};
  for (const auto& [ours, theirs] : Pairs{{"layer_norm1.", "ln_1."},
                                          {"layer_norm2.", "ln_2."},
                                          {"mlp.fc1.", "mlp.c_fc."},
                                          {"mlp.fc2.", "mlp.c_proj."},
                                          {"self_attn.out_proj.", "attn.out_proj."}})
    if (rest.starts_with(ours)) return {block + theirs + rest.substr(ours.size()), Form::plain, 0};
  return {};
}

}  // namespace

KeyLayout plain_layout(const std::string& prefix) {
  return [prefix](const std::string& key) { return StoredTensor{prefix + key, Form::plain, 0}; };
}

KeyLayout diffusers_unet_layout(const TensorFiles& files, const std::string& prefix) {
  return [names = diffusers_unet_names(files, prefix)](const std::string& key) {
    return StoredTensor{names.stored(key).value_or(""), Form::plain, 0};
  };
}

KeyLayout diffusers_autoencoder_layout(const TensorFiles& files, const std::string& prefix) {
  return [names = diffusers_autoencoder_names(files, prefix), files](const std::string& key) {
    StoredTensor stored{names.stored(key).value_or(""), Form::plain, 0};
    const TensorEntry* entry = files.find(stored.key);
    if (key.find(".attn_1.") != std::string::npos && entry != nullptr && entry->shape.size() == 2)
      stored.form = Form::matrix;
    return stored;
  };
}

KeyLayout clip_layout(const TensorFiles& files, const std::string& prefix) {
  const bool rooted = files.has_prefix(prefix + std::string(kRoot));
  return [prefix, rooted](const std::string& key) {
    const bool strip = !rooted && key.starts_with(kRoot);
    return StoredTensor{prefix + (strip ? key.substr(kRoot.size()) : key), Form::plain, 0};
  };
}

KeyLayout open_clip_layout(const TensorFiles& files, const std::string& prefix) {
  const bool transposed = files.has(prefix + "text_projection");
  return [prefix, transposed](const std::string& key) -> StoredTensor {
    if (key == kProjection)
      return transposed ? StoredTensor{prefix + "text_projection", Form::transposed, 0}
                        : StoredTensor{prefix + key, Form::plain, 0};
    for (const auto& [ours, theirs] :
         Pairs{{"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
               {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
               {"text_model.final_layer_norm.weight", "ln_final.weight"},
               {"text_model.final_layer_norm.bias", "ln_final.bias"}})
      if (key == ours) return {prefix + theirs, Form::plain, 0};
    const std::string layers = "text_model.encoder.layers.";
    const std::size_t dot = key.find('.', layers.size());
    if (!key.starts_with(layers) || dot == std::string::npos) return {};
    return open_clip_layer(
        prefix + "transformer.resblocks." + key.substr(layers.size(), dot - layers.size()),
        key.substr(dot + 1));
  };
}

}  // namespace burin::core
