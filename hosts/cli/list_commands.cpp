// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin info and burin plugins: what models and modules say of themselves.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/plugin_params.hpp"
#include "cli/report_text.hpp"
#include "cli/session.hpp"

namespace burin::host {

using nlohmann::json;

ExitCode run_info(const Options& options) {
  if (options.model && !options.is_remote() && !std::filesystem::exists(*options.model)) {
    throw Failure(ExitCode::model, "There is no model " + *options.model + ".");
  }
  sdk::Engine engine = make_engine(options, find_modules(options));
  const std::string text = engine.describe_model(options.model.value_or(""));
  std::fputs(options.json ? (text + "\n").c_str() : flat_text(json::parse(text)).c_str(), stdout);
  return ExitCode::ok;
}

namespace {

const char* cuda_name(burin_cuda_use use) {
  return use == BURIN_CUDA_NEEDED ? "needed" : use == BURIN_CUDA_YES ? "yes" : "no";
}

std::string text_of(const json& entry, const char* key) { return entry[key].get<std::string>(); }

json entry_of(const sdk::ModuleInfo& module) {
  return {{"id", module.id},
          {"role", module.role},
          {"name", module.name},
          {"version", module.version},
          {"vendor", module.vendor},
          {"licence", module.licence},
          {"description", module.description},
          {"cuda", cuda_name(module.cuda)},
          {"file", module.file.string()},
          {"problem", nullptr}};
}

void print_entry(const json& entry) {
  const std::string cuda = text_of(entry, "cuda");
  std::printf("%s %s (%s%s): %s\n    %s\n", text_of(entry, "id").c_str(),
              text_of(entry, "version").c_str(), text_of(entry, "role").c_str(),
              cuda == "no"    ? ""
              : cuda == "yes" ? ", uses CUDA"
                              : ", needs CUDA",
              text_of(entry, "description").c_str(), text_of(entry, "file").c_str());
}

void print_json(const json& document) {
  std::printf("%s\n", document.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

// One module by its id, or what follows the id's last dot, with its parameters.
ExitCode tell_of(const sdk::ModuleSet& modules, const std::string& name, bool as_json) {
  for (const auto& module : modules.list()) {
    if (module.id != name && !module.id.ends_with("." + name)) continue;
    json entry = entry_of(module);
    entry["params"] = declared_params(modules, module);
    if (as_json) {
      print_json(entry);
      return ExitCode::ok;
    }
    print_entry(entry);
    std::fputs(entry["params"].empty() ? "No parameters.\n" : "Parameters:\n", stdout);
    std::fputs(params_text(entry["params"]).c_str(), stdout);
    return ExitCode::ok;
  }
  throw Failure(ExitCode::usage,
                "There is no plug-in " + name + "; burin plugins lists those there are.");
}

}  // namespace

ExitCode run_plugins(const Options& options) {
  // What is wrong with modules is the answer here, not a warning besides.
  Options silent = options;
  silent.quiet = options.quiet || options.verbosity == 0;
  const sdk::ModuleSet modules = find_modules(silent);
  if (options.plugin) return tell_of(modules, *options.plugin, options.json);
  json all = json::array();
  for (const auto& module : modules.list()) all.push_back(entry_of(module));
  const auto problems = modules.problems();
  for (const auto& problem : problems) {
    all.push_back({{"file", problem.file.string()}, {"problem", problem.sentence}});
  }
  if (options.json) {
    print_json(all);
    return ExitCode::ok;
  }
  if (all.size() == problems.size()) std::puts("No plug-ins were found.");
  for (const json& entry : all) {
    if (!entry["problem"].is_null()) {
      std::printf("not used: %s\n    %s\n", text_of(entry, "file").c_str(),
                  text_of(entry, "problem").c_str());
      continue;
    }
    print_entry(entry);
  }
  return ExitCode::ok;
}

}  // namespace burin::host
