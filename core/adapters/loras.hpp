// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A model's weights merged with LoRAs, and taken back.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/lora_file.hpp"
#include "runtime/run.hpp"
#include "segs/segs.hpp"
#include "weights/model.hpp"

namespace burin::core {

// The file that a LoRA is named by: a path that exists (relative ones start in base_dir), else the
// first file below one of `folders` whose path ends with the name, with or without .safetensors.
// Empty: there is none.
std::filesystem::path find_adapter(const std::string& name, const std::filesystem::path& base_dir,
                                   const std::vector<std::filesystem::path>& folders);

// LoRAs with strength 0 for both are left out, files are found. Error{BURIN_E_NOT_FOUND} for one
// that is required and not there; another is warned of.
std::vector<LoraUse> resolve_loras(const std::vector<LoraUse>& uses,
                                   const std::filesystem::path& base_dir,
                                   const std::vector<std::filesystem::path>& folders, Run& run);

// Keeps the weights of one model those of a set of LoRAs. One thread at a time; the model is
// borrowed and outlives this.
class LoraMerger {
 public:
  explicit LoraMerger(Model& model);

  // Makes the model's weights the stored ones changed by these, in this order; none: the stored
  // ones, bit for bit. What the last set and this one do not touch stays as it is, and so does
  // everything where the set is the last one. Names that the model has no weight for are counted
  // and warned of. Throws Error{BURIN_E_MODEL} for a file that fits no weight of the model or whose
  // shapes do not fit, and what open_lora throws; the weights are then those of the last set.
  void use(const std::vector<LoraUse>& uses, Run& run);

  // Names the weights that the model has now.
  std::string state() const;

 private:
  struct Target {
    std::size_t network;
    std::string module;
  };
  struct Step {  // one change of one tensor
    const WeightChange* change;
    double strength;
    bool bias;
  };
  using Steps = std::map<std::pair<std::size_t, std::string>, std::vector<Step>>;

  const LoraFile& file(const LoraUse& use);
  void collect(const LoraFile& file, const LoraUse& use, Steps& steps, Run& run) const;
  void restore(std::size_t network, const std::string& key) const;

  Model& model_;
  std::map<std::string, Target, std::less<>> names_;
  std::map<std::string, std::pair<std::int64_t, std::optional<LoraFile>>> files_;
  std::optional<std::vector<LoraUse>> applied_ = std::vector<LoraUse>();  // none: half changed
  std::set<std::pair<std::size_t, std::string>> touched_;
};

}  // namespace burin::core
