// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin doctor: what of Burin works on this machine, and what is missing.
#include <algorithm>
#include <cstdio>

#include "burin/cpp/detector.hpp"
#include "cli/commands.hpp"
#include "cli/editors.hpp"
#include "cli/session.hpp"

namespace burin::host {

using nlohmann::json;

namespace {

json engine_report(const Options& options, const sdk::ModuleSet& modules) {
  json report = {{"ready", false}};
  try {
    sdk::Engine engine = make_engine(options, modules);
    for (const auto& module : modules.list(BURIN_ENGINE_ID)) {
      report["file"] = module.file.string();
      break;
    }
    const json model = json::parse(engine.describe_model(), nullptr, false);
    report["model"] = model.is_object() ? model.value("family", "unknown") : "unknown";
    report["ready"] = true;
  } catch (const std::exception& error) {
    report["problem"] = error.what();
  }
  return report;
}

// The device that "auto" means: the first GPU where the engine can use one.
json device_report(const Options& options, const sdk::ModuleSet& modules) {
  sdk::EngineOptions wanted = options.engine;
  wanted.device = "cuda";
  try {
    sdk::Engine::create(modules, wanted);
    return {{"name", "cuda"}};
  } catch (const std::exception& error) {
    return {{"name", "cpu"}, {"why", error.what()}};
  }
}

json editors_report() {
  json all = json::array();
  for (const EditorReport& editor : examine_editors()) {
    all.push_back({{"name", editor.name},
                   {"version", editor.version},
                   {"program", editor.program.string()},
                   {"plug_in", editor.plug_in ? json(editor.plug_in->string()) : json()},
                   {"loads", editor.loads},
                   {"broken", editor.broken},
                   {"worker", editor.worker ? json(editor.worker->string()) : json()},
                   {"advice", editor.advice}});
  }
  return all;
}

void print(const json& report) {
  const auto line = [](const char* what, const std::string& text) {
    std::printf("%-9s %s\n", what, text.c_str());
  };
  const json& engine = report["engine"];
  if (engine["ready"]) {
    line("engine", engine.value("file", ""));
    line("model", "built-in (" + engine.value("model", "") + ")");
    const json& device = report["device"];
    line("device", device.value("name", "") +
                       (device.contains("why") ? " (" + device.value("why", "") + ")" : ""));
  } else {
    line("engine", "does not work: " + engine.value("problem", ""));
  }
  std::string detectors;
  for (const json& each : report["detectors"]) {
    detectors += (detectors.empty() ? "" : ", ") + each.get<std::string>();
  }
  line("detectors", detectors.empty() ? "none; faces cannot be found" : detectors);
  if (report["editors"].empty()) line("editors", "none found in $PATH");
  for (const json& editor : report["editors"]) {
    line("editor", editor.value("name", "") + " " + editor.value("version", "") + ", " +
                       editor.value("program", ""));
    if (editor["loads"]) {
      line("", "will load " + editor["plug_in"].get<std::string>());
      line("", editor["worker"].is_null()
                   ? std::string("will not find the program burin; set BURIN_PROGRAM")
                   : "will start " + editor["worker"].get<std::string>());
    }
    if (!editor.value("advice", "").empty()) line("", editor.value("advice", ""));
  }
}

}  // namespace

ExitCode run_doctor(const Options& options) {
  const sdk::ModuleSet modules = find_modules(options);
  json report = {{"engine", engine_report(options, modules)},
                 {"detectors", json::array()},
                 {"editors", editors_report()}};
  if (report["engine"]["ready"]) report["device"] = device_report(options, modules);
  for (const auto& module : modules.list(BURIN_DETECTOR_ID)) {
    report["detectors"].push_back(module.id);
  }
  if (options.json) {
    std::printf("%s\n", report.dump(2, ' ', false, json::error_handler_t::replace).c_str());
  } else {
    print(report);
  }
  const bool broken =
      std::any_of(report["editors"].begin(), report["editors"].end(), [](const json& editor) {
        return editor["broken"] || (editor["loads"] && editor["worker"].is_null());
      });
  return report["engine"]["ready"] && !broken ? ExitCode::ok : ExitCode::internal;
}

}  // namespace burin::host
