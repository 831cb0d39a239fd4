// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin info and burin plugins: what models and modules say of themselves.
#include <cstdio>

#include "cli/commands.hpp"
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

}  // namespace

ExitCode run_plugins(const Options& options) {
  // What is wrong with modules is the answer here, not a warning besides.
  Options silent = options;
  silent.quiet = options.quiet || options.verbosity == 0;
  const sdk::ModuleSet modules = find_modules(silent);
  json all = json::array();
  for (const auto& module : modules.list()) {
    all.push_back({{"id", module.id},
                   {"role", module.role},
                   {"name", module.name},
                   {"version", module.version},
                   {"vendor", module.vendor},
                   {"licence", module.licence},
                   {"description", module.description},
                   {"cuda", cuda_name(module.cuda)},
                   {"file", module.file.string()},
                   {"problem", nullptr}});
  }
  const auto problems = modules.problems();
  for (const auto& problem : problems) {
    all.push_back({{"file", problem.file.string()}, {"problem", problem.sentence}});
  }
  if (options.json) {
    std::printf("%s\n", all.dump(2, ' ', false, json::error_handler_t::replace).c_str());
    return ExitCode::ok;
  }
  if (all.size() == problems.size()) std::puts("No plug-ins were found.");
  for (const json& entry : all) {
    if (!entry["problem"].is_null()) {
      std::printf("not used: %s\n    %s\n", text_of(entry, "file").c_str(),
                  text_of(entry, "problem").c_str());
      continue;
    }
    const std::string cuda = text_of(entry, "cuda");
    std::printf("%s %s (%s%s): %s\n    %s\n", text_of(entry, "id").c_str(),
                text_of(entry, "version").c_str(), text_of(entry, "role").c_str(),
                cuda == "no"    ? ""
                : cuda == "yes" ? ", uses CUDA"
                                : ", needs CUDA",
                text_of(entry, "description").c_str(), text_of(entry, "file").c_str());
  }
  return ExitCode::ok;
}

}  // namespace burin::host
