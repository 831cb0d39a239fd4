// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What LoRA files call the weights of a network.
#include "adapters/lora_names.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "runtime/compose.hpp"

namespace burin::core {
namespace {

using std::string;
using std::string_view;
using Names = std::map<string, string>;

string underscored(string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

string replaced(string text, string_view from, string_view to) {
  for (std::size_t at = text.find(from); at != string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::set<string> modules_of(const std::vector<string>& keys) {
  std::set<string> modules;
  for (const string& key : keys)
    for (const string_view ending : {".weight", ".bias"})
      if (key.ends_with(ending)) modules.insert(key.substr(0, key.size() - ending.size()));
  return modules;
}

bool any_under(const std::set<string>& modules, const string& prefix) {
  const auto first = modules.lower_bound(prefix);
  return first != modules.end() && first->starts_with(prefix);
}

// Gives the modules under `from` their names under `to`.
void rename_under(const std::set<string>& modules, const string& from, const string& to,
                  Names& out) {
  for (auto at = modules.lower_bound(from); at != modules.end() && at->starts_with(from); ++at)
    out[*at] = to + at->substr(from.size());
}

void rename_res(const std::set<string>& modules, const string& from, const string& to, Names& out) {
  for (const auto& [ours, theirs] : {std::pair{"in_layers.0", "norm1"},
                                     {"in_layers.2", "conv1"},
                                     {"emb_layers.1", "time_emb_proj"},
                                     {"out_layers.0", "norm2"},
                                     {"out_layers.3", "conv2"},
                                     {"skip_connection", "conv_shortcut"}})
    if (modules.contains(from + ours)) out[from + ours] = to + theirs;
}

void rename_input_blocks(const std::set<string>& modules, Names& out) {
  int level = 0, place = 0;
  for (int i = 1; any_under(modules, compose("input_blocks.{}.", i)); ++i) {
    const string from = compose("input_blocks.{}.", i), to = compose("down_blocks.{}.", level);
    if (modules.contains(from + "0.op")) {
      out[from + "0.op"] = to + "downsamplers.0.conv";
      ++level;
      place = 0;
      continue;
    }
    rename_res(modules, from + "0.", compose("{}resnets.{}.", to, place), out);
    rename_under(modules, from + "1.", compose("{}attentions.{}.", to, place), out);
    ++place;
  }
}

void rename_output_blocks(const std::set<string>& modules, Names& out) {
  int level = 0, place = 0;
  for (int i = 0; any_under(modules, compose("output_blocks.{}.", i)); ++i) {
    const string from = compose("output_blocks.{}.", i), to = compose("up_blocks.{}.", level);
    rename_res(modules, from + "0.", compose("{}resnets.{}.", to, place), out);
    string upsampler;
    for (const char* at : {"1.conv", "2.conv"})
      if (modules.contains(from + at)) upsampler = from + at;
    if (upsampler != from + "1.conv")
      rename_under(modules, from + "1.", compose("{}attentions.{}.", to, place), out);
    ++place;
    if (upsampler.empty()) continue;
    out[upsampler] = to + "upsamplers.0.conv";
    ++level;
    place = 0;
  }
}

Names unet_names(const std::vector<string>& keys) {
  Names names;
  for (const string& module : modules_of(keys)) {
    names["lora_unet_" + underscored(module)] = module;
    names["diffusion_model." + module] = module;
    names[module] = module;
  }
  for (const auto& [module, diffusers] : diffusers_names(keys)) {
    names["lora_unet_" + underscored(diffusers)] = module;
    names["lycoris_" + underscored(diffusers)] = module;
    const string processor = replaced(diffusers, ".to_", ".processor.to_");
    for (string name : {diffusers, processor}) {
      for (const char* prefix : {"", "unet."}) names[prefix + name] = module;
      if (!name.ends_with(".to_out.0")) continue;
      name.resize(name.size() - 2);
      for (const char* prefix : {"", "unet."}) names[prefix + name] = module;
    }
  }
  return names;
}

Names text_names(const string& network, const std::vector<string>& keys, bool second) {
  Names names;
  for (const string& module : modules_of(keys)) {
    names[compose("text_encoders.{}.transformer.{}", network, module)] = module;
    std::vector<string> kohya, dotted;
    if (network == "clip_g" && second) {
      kohya = {"lora_te2_"};
      dotted = {"text_encoder_2."};
    } else if (network == "clip_g") {
      kohya = {"lora_te_", "lora_te1_", "lora_prior_te_"};
      dotted = {"text_encoder."};
    } else {
      kohya = {"lora_te_", "lora_te1_"};
      dotted = {"text_encoder."};
    }
    for (const string& prefix : kohya) names[prefix + underscored(module)] = module;
    for (const string& prefix : dotted) names[prefix + module] = module;
  }
  return names;
}

}  // namespace

Names diffusers_names(const std::vector<string>& keys) {
  const std::set<string> modules = modules_of(keys);
  Names names;
  rename_input_blocks(modules, names);
  rename_output_blocks(modules, names);
  rename_res(modules, "middle_block.0.", "mid_block.resnets.0.", names);
  rename_under(modules, "middle_block.1.", "mid_block.attentions.0.", names);
  rename_res(modules, "middle_block.2.", "mid_block.resnets.1.", names);
  for (const auto& [ours, theirs] : {std::pair{"time_embed.0", "time_embedding.linear_1"},
                                     {"time_embed.2", "time_embedding.linear_2"},
                                     {"label_emb.0.0", "add_embedding.linear_1"},
                                     {"label_emb.0.2", "add_embedding.linear_2"},
                                     {"input_blocks.0.0", "conv_in"},
                                     {"out.0", "conv_norm_out"},
                                     {"out.2", "conv_out"}})
    if (modules.contains(ours)) names[ours] = theirs;
  return names;
}

Names lora_names(const string& network, const std::vector<string>& keys, bool beside_clip_l) {
  return network == "unet" ? unet_names(keys) : text_names(network, keys, beside_clip_l);
}

}  // namespace burin::core
