// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The JSON form of the results.
#include <nlohmann/json.hpp>

#include "burin/loader.h"
#include "report.hpp"
#include "role.hpp"

namespace burin::check {

std::string json_of(const std::vector<StepResult>& results, const Settings& settings,
                    double seconds) {
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  nlohmann::ordered_json summary = {
      {"pass", 0}, {"warn", 0}, {"skip", 0}, {"fail", 0}, {"crash", 0}};
  for (const StepResult& result : results) {
    const Outcome& outcome = result.outcome;
    const char* name = name_of(outcome.verdict.result);
    summary[name] = summary[name].get<int>() + 1;
    nlohmann::ordered_json one = {{"id", result.step.what.id},
                                  {"descriptor", nullptr},
                                  {"role", nullptr},
                                  {"sentence", result.step.what.sentence},
                                  {"result", name},
                                  {"text", outcome.verdict.text},
                                  {"seconds", outcome.seconds}};
    if (!result.step.id.empty()) one["descriptor"] = result.step.id;
    if (result.step.role != nullptr) one["role"] = result.step.role->interface_id;
    if (!outcome.output.empty()) one["output"] = outcome.output;
    cases.push_back(std::move(one));
  }
  const nlohmann::ordered_json all = {{"burin_check", burin_version()},
                                      {"module", settings.module.string()},
                                      {"seed", settings.seed},
                                      {"seconds", seconds},
                                      {"summary", summary},
                                      {"cases", cases}};
  // What a module printed may be anything.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace burin::check
