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
  if (options.model && !std::filesystem::exists(*options.model)) {
    throw Failure(ExitCode::model, "There is no model " + *options.model + ".");
  }
  sdk::Engine engine = make_engine(options, find_modules(options));
  const std::string text = engine.describe_model(options.model.value_or(""));
  std::fputs(options.json ? (text + "\n").c_str() : flat_text(json::parse(text)).c_str(), stdout);
  return ExitCode::ok;
}

ExitCode run_plugins(const Options& options) {
  json all = json::array();
  for (const auto& module : find_modules(options).list()) {
    all.push_back({{"id", module.id},
                   {"role", module.role},
                   {"name", module.name},
                   {"version", module.version},
                   {"vendor", module.vendor},
                   {"licence", module.licence},
                   {"description", module.description},
                   {"file", module.file.string()}});
  }
  if (options.json) {
    std::printf("%s\n", all.dump(2).c_str());
    return ExitCode::ok;
  }
  for (const json& module : all) {
    std::printf("%s %s (%s): %s\n    %s\n", module["id"].get<std::string>().c_str(),
                module["version"].get<std::string>().c_str(),
                module["role"].get<std::string>().c_str(),
                module["description"].get<std::string>().c_str(),
                module["file"].get<std::string>().c_str());
  }
  if (all.empty()) std::puts("No plug-ins were found.");
  return ExitCode::ok;
}

}  // namespace burin::host
