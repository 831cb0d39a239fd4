// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From what the module lists to the cases that say something about it.
#include "plan.hpp"

#include <map>
#include <utility>

#include "burin/cpp/text.hpp"
#include "cases/groups.hpp"
#include "module.hpp"
#include "role.hpp"

namespace burin::check {
namespace {

constexpr char separator = '\x1f';

std::vector<Case> joined(std::vector<std::vector<Case>> groups) {
  std::vector<Case> all;
  for (auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

/// The cases of every descriptor that plays this role.
std::vector<Case> cases_of(const Role& role) {
  if (role.work == nullptr) return joined({{lifecycle_cases()[0]}, role.cases});
  return joined({lifecycle_cases(), errors_cases(), tensors_cases(), role.cases, params_cases(),
                 state_cases(), cuda_cases(), fuzz_cases()});
}

Listed parse(const std::string& line) {
  Listed listed;
  std::size_t begin = 0;
  for (std::string* field : {&listed.id, &listed.role, &listed.name, &listed.version}) {
    const std::size_t end = std::min(line.find(separator, begin), line.size());
    *field = line.substr(begin, end - begin);
    begin = std::min(end + 1, line.size());
  }
  return listed;
}

}  // namespace

std::vector<Listed> list_module(const std::filesystem::path& module, const Isolation& how) {
  std::vector<Listed> all;
  Isolation quiet = how;
  quiet.show_output = false;
  isolated(
      [&](const Note& note) {
        const burin_plugin_entry& entry = open_module(module);
        if (!BURIN_HAS(&entry, get_interface) || entry.abi.major != BURIN_ABI_MAJOR) return;
        for (const burin_descriptor* d : descriptors_of(entry)) {
          note(text_of(text_or_empty(d->id), separator, text_or_empty(d->role), separator,
                       text_or_empty(d->name), separator, text_or_empty(d->version)));
        }
      },
      quiet, [&](const std::string& line) { all.push_back(parse(line)); });
  return all;
}

std::vector<Step> steps_for(const std::vector<Listed>& listed) {
  std::vector<Step> steps;
  for (const Case& c : library_cases()) steps.push_back({c, "", "the module"});
  for (const Listed& one : listed) {
    const Role* role = find_role(one.role);
    const std::string heading = sdk::quotable(one.id) + " " + sdk::quotable(one.version) + " (" +
                                (role ? role->name : sdk::quotable(one.role)) + ")";
    for (const Case& c : descriptor_cases()) steps.push_back({c, one.id, heading, role});
    if (role == nullptr) continue;
    for (const Case& c : cases_of(*role)) steps.push_back({c, one.id, heading, role});
  }
  return steps;
}

std::vector<Case> all_cases() {
  std::vector<std::vector<Case>> groups = {library_cases(), descriptor_cases(), lifecycle_cases(),
                                           errors_cases(),  tensors_cases(),    params_cases(),
                                           state_cases(),   cuda_cases(),       fuzz_cases()};
  for (const Role& role : roles()) groups.push_back(role.cases);
  return joined(std::move(groups));
}

std::vector<StepResult> run_steps(const std::vector<Step>& steps, const Settings& settings,
                                  const Isolation& how,
                                  const std::function<void(const StepResult&)>& tell) {
  std::map<std::pair<std::string, std::string>, Verdict> done;  // by descriptor and case
  const auto find = [&](const std::string& id, const std::string& needed) -> const Verdict* {
    for (const std::string& about : {id, std::string()}) {
      const auto found = done.find({about, needed});
      if (found != done.end()) return &found->second;
    }
    return nullptr;
  };
  std::vector<StepResult> results;
  for (const Step& step : steps) {
    StepResult result{step, {}};
    const Verdict* needed = find(step.id, step.what.needs);
    if (needed != nullptr && needed->result != Result::pass && needed->result != Result::warn) {
      result.outcome.verdict = {Result::skip,
                                std::string("says nothing without ") + step.what.needs};
    } else {
      result.outcome = isolated(
          [&](const Note& note) {
            Context context{settings, step.id, step.role, note};
            step.what.run(context);
          },
          how);
    }
    done[{step.id, step.what.id}] = result.outcome.verdict;
    tell(result);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace burin::check
