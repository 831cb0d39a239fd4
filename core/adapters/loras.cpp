// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A model's weights merged with LoRAs, and taken back.
#include "adapters/loras.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "adapters/lora_merge.hpp"
#include "adapters/lora_names.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/tensor_text.hpp"

namespace burin::core {
namespace {

constexpr std::size_t kNamed = 3;
constexpr double kMostStrength = 1e4;

std::string first_few(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, names.size()); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kNamed ? text + ", ..." : text;
}

std::string made_for(const LoraFile& file) {
  const std::string family = likely_family(file);
  return family.empty() ? "" : compose(" It looks made for {}.", family);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code none;
  return std::filesystem::is_regular_file(path, none);
}

}  // namespace

std::filesystem::path find_adapter(const std::string& name, const std::filesystem::path& base_dir,
                                   const std::vector<std::filesystem::path>& folders) {
  if (name.empty()) return {};
  for (const std::string& tried : {name, name + ".safetensors"})
    if (is_file(base_dir / tried)) return (base_dir / tried).lexically_normal();
  for (const std::filesystem::path& folder : folders) {
    for (const std::string& tried : {name, name + ".safetensors"})
      if (is_file(folder / tried)) return (folder / tried).lexically_normal();
    std::vector<std::filesystem::path> found;
    std::error_code code;
    using Walk = std::filesystem::recursive_directory_iterator;
    for (Walk at(folder, std::filesystem::directory_options::skip_permission_denied, code), end;
         !code && at != end; at.increment(code)) {
      const std::string path = at->path().string();
      if ((path.ends_with("/" + name) || path.ends_with("/" + name + ".safetensors")) &&
          is_file(at->path()))
        found.push_back(at->path());
    }
    if (!found.empty()) return *std::ranges::min_element(found);
  }
  return {};
}

std::vector<LoraUse> resolve_loras(const std::vector<LoraUse>& uses,
                                   const std::filesystem::path& base_dir,
                                   const std::vector<std::filesystem::path>& folders, Run& run) {
  std::vector<LoraUse> resolved;
  for (LoraUse use : uses) {
    if (use.model == 0 && use.clip == 0) continue;
    const std::filesystem::path path = find_adapter(use.file, base_dir, folders);
    if (path.empty()) {
      const std::string sentence =
          compose("There is no LoRA {}, neither as a path nor in the {} folders of paths.loras.",
                  use.file, folders.size());
      if (use.required) throw Error(BURIN_E_NOT_FOUND, sentence);
      run.warn(sentence);
      continue;
    }
    use.file = path.string();
    std::error_code none;
    use.version = std::filesystem::last_write_time(path, none).time_since_epoch().count();
    resolved.push_back(std::move(use));
  }
  return resolved;
}

LoraMerger::LoraMerger(Model& model) : model_(model) {
  const bool has_l = std::ranges::any_of(
      model.keyed, [](const KeyedWeights& weights) { return weights.network == "clip_l"; });
  for (std::size_t i = 0; i < model.keyed.size(); ++i) {
    const KeyedWeights& weights = model.keyed[i];
    std::vector<std::string> keys;
    for (const auto& [key, tensor] : *weights.source.packed) keys.push_back(key);
    for (auto& [name, module] : lora_names(weights.network, keys, has_l))
      names_.emplace(name, Target{i, std::move(module)});
  }
}

const LoraFile& LoraMerger::file(const LoraUse& use) {
  auto& [version, lora] = files_[use.file];
  if (!lora || version != use.version) lora = open_lora(use.file);
  version = use.version;
  return *lora;
}

void LoraMerger::collect(const LoraFile& file, const LoraUse& use, Steps& steps, Run& run) const {
  std::vector<std::string> unknown = file.unread;
  std::size_t known = 0;
  for (const auto& [name, change] : file.changes) {
    const auto target = names_.find(name);
    if (target == names_.end()) {
      unknown.push_back(name);
      continue;
    }
    const KeyedWeights& weights = model_.keyed[target->second.network];
    const double strength = weights.network == "unet" ? use.model : use.clip;
    for (const bool bias : {false, true}) {
      if (!changes(change, bias)) continue;
      const std::string key = target->second.module + (bias ? ".bias" : ".weight");
      const auto packed = weights.source.packed->find(key);
      if (packed == weights.source.packed->end()) {
        unknown.push_back(name + (bias ? ".bias" : ".weight"));
        continue;
      }
      const at::IntArrayRef shape = packed->second.sizes();
      if (const std::string fault = misfit(change, shape, bias); !fault.empty())
        throw Error(
            BURIN_E_MODEL,
            compose("The LoRA {} does not fit the {} checkpoint: {} {}, the weight is {}.{}",
                    file.path.string(), model_.family.name, name, fault, shape_text(shape),
                    made_for(file)));
      ++known;
      if (strength != 0) steps[{target->second.network, key}].push_back({&change, strength, bias});
    }
  }
  if (known == 0)
    throw Error(BURIN_E_MODEL,
                compose("The LoRA {} changes no weight of the {} checkpoint: it has {} names such "
                        "as {}.{}",
                        file.path.string(), model_.family.name, unknown.size(), first_few(unknown),
                        made_for(file)));
  if (!unknown.empty())
    run.warn(compose(
        "The LoRA {} has {} names that the {} checkpoint has no weight for; they were "
        "left out: {}.",
        file.path.filename().string(), unknown.size(), model_.family.name, first_few(unknown)));
}

std::string LoraMerger::state() const {
  std::string text = applied_ ? "" : "half changed";
  for (const LoraUse& use : applied_.value_or(std::vector<LoraUse>()))
    text += compose("{}|{}|{}|{}|", use.file, use.version, use.model, use.clip);
  return text;
}

void LoraMerger::restore(std::size_t network, const std::string& key) const {
  const TensorSource& source = model_.keyed[network].source;
  at::Tensor packed = source.packed->at(key);
  packed.copy_(source.get(key, packed.sizes())
                   .to(model_.keyed[network].rounding == at::kFloat
                           ? packed.scalar_type()
                           : model_.keyed[network].rounding));
}

void LoraMerger::use(const std::vector<LoraUse>& uses, Run& run) {
  if (applied_ && uses == *applied_) return;
  const c10::InferenceMode inference;
  Steps steps;
  for (const LoraUse& use : uses) {
    if (!std::isfinite(use.model) || !std::isfinite(use.clip) ||
        std::abs(use.model) > kMostStrength || std::abs(use.clip) > kMostStrength)
      throw Error(BURIN_E_JOB,
                  compose("The LoRA {} has the strengths {} and {}; numbers within +-{} were "
                          "expected.",
                          use.file, use.model, use.clip, kMostStrength));
    try {
      Steps own;
      collect(file(use), use, own, run);
      for (auto& [target, changes] : own)
        std::ranges::move(changes, std::back_inserter(steps[target]));
    } catch (const Error& error) {
      if (use.required) throw;
      run.warn(compose("{} It was left out.", error.what()));
    }
  }
  applied_.reset();
  if (run.progress && !uses.empty())
    run.progress(
        {0, -1, "load", compose("merging {} LoRA{}", uses.size(), uses.size() > 1 ? "s" : "")});
  for (const auto& [network, key] : touched_)
    if (!steps.contains({network, key})) restore(network, key);
  for (const auto& [target, changes] : steps) {
    const KeyedWeights& weights = model_.keyed[target.first];
    at::Tensor packed = weights.source.packed->at(target.second);
    touched_.insert(target);
    at::Tensor merged =
        weights.source.get(target.second, packed.sizes()).to(packed.device(), at::kFloat);
    for (const Step& step : changes)
      merged = merged_weight(merged, *step.change, step.strength, step.bias);
    packed.copy_(merged.to(weights.rounding));
  }
  std::set<std::pair<std::size_t, std::string>> touched;
  for (const auto& [target, changes] : steps) touched.insert(target);
  touched_ = std::move(touched);
  applied_ = uses;
}

}  // namespace burin::core
