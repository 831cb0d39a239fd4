// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The modules where the engine works, asked for once. None is opened in this process.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/editor/module_params.hpp"
#include "shared/editor/module_slots.hpp"

namespace burin::host {

class ModuleCatalogue {
 public:
  /// client: who asks.
  explicit ModuleCatalogue(std::string client) : client_(std::move(client)) {}

  /// Asks for what is not known yet: the list of modules, and the parameters of those that `job`
  /// names. Takes up to 30 s for each. Throws sdk::Error for a list that cannot be had.
  void ask_about(const nlohmann::json& job);

  /// Empty before it was asked for.
  const std::vector<ListedModule>& modules() const { return modules_; }
  /// Of a module that a job means by `name` in `role`; none where it did not say.
  std::optional<std::vector<Param>> params(const std::string& role, const std::string& name) const;

 private:
  std::string client_;
  bool listed_ = false;
  std::vector<ListedModule> modules_;
  std::map<std::string, std::optional<std::vector<Param>>> params_;  // by id
};

}  // namespace burin::host
