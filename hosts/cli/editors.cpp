// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Looks for editors and for Burin's plug-in in the folders they search.
#include "cli/editors.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "cli/machine.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

// The user's folder first, as GIMP gives it precedence. version: "2.10.34"; all of GIMP 3 share the
// system's folder, but each has one of the user's.
std::vector<fs::path> gimp_folders(const std::string& version) {
  const bool three = version.starts_with("3.");
  const std::string own = environment(three ? "GIMP3_DIRECTORY" : "GIMP2_DIRECTORY");
  const std::string minor = version.substr(0, version.find('.', version.find('.') + 1));
  const fs::path system = fs::path("gimp") / (three ? "3.0" : "2.0") / "plug-ins";
  std::vector<fs::path> folders = {
      (own.empty() ? config_folders().front() / "GIMP" / minor : fs::path(own)) / "plug-ins",
      "/usr/lib" / system};
  std::error_code error;
  for (const auto& each : fs::directory_iterator("/usr/lib", error)) {
    const fs::path folder = each.path() / system;
    if (fs::is_directory(folder, error)) folders.push_back(folder);
  }
  return folders;
}

void examine_gimp(EditorReport& editor) {
  for (const fs::path& folder : gimp_folders(editor.version)) {
    const fs::path file = folder / "burin" / "burin";
    if (!fs::is_symlink(file) && !fs::exists(file)) continue;
    editor.plug_in = file;
    editor.advice = why_it_does_not_run(file);
    editor.loads = editor.advice.empty();
    editor.broken = !editor.loads;
    return;
  }
  const bool three = editor.version.starts_with("3.");
  editor.advice = std::string("The plug-in is not installed; ") +
                  (three ? "" : "the package gimp-burin or ") + "packaging/install-hosts.sh " +
                  (three ? "gimp3" : "gimp2") + " does that.";
}

}  // namespace

std::string why_it_does_not_run(const fs::path& file) {
  std::error_code error;
  if (fs::is_symlink(file) && !fs::exists(file)) {
    return file.string() + " points to " + fs::read_symlink(file, error).string() +
           ", which is not there; install the plug-in again.";
  }
  if (!fs::exists(file)) return "There is no file " + file.string() + ".";
  if (access(file.c_str(), X_OK) != 0) {
    return file.string() + " may not be executed; chmod +x helps.";
  }
  std::istringstream lines(output_of("ldd " + quoted(file)));
  std::string missing;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("not found") == std::string::npos) continue;
    const auto start = line.find_first_not_of(" \t");
    missing += (missing.empty() ? "" : ", ") + line.substr(start, line.find(' ', start) - start);
  }
  return missing.empty() ? "" : "Libraries that it needs are missing: " + missing + ".";
}

std::optional<fs::path> worker_of(const fs::path& plug_in) {
  const auto runs = [](const fs::path& file) {
    return access(file.c_str(), X_OK) == 0 && !fs::is_directory(file);
  };
  if (const fs::path named = environment("BURIN_PROGRAM"); !named.empty())
    return runs(named) ? std::optional(named) : std::nullopt;
  std::error_code error;
  fs::path folder = fs::canonical(plug_in, error).parent_path();
  for (int up = 0; up < 5 && folder.has_relative_path(); ++up, folder = folder.parent_path()) {
    for (const char* below : {"bin/burin", "build/release/bin/burin", "build/dev/bin/burin"}) {
      if (runs(folder / below)) return folder / below;
    }
  }
  return program_in_path("burin");
}

std::vector<EditorReport> examine_editors() {
  std::vector<EditorReport> editors;
  std::vector<fs::path> seen;
  for (const char* name : {"gimp-2.10", "gimp-3.0", "gimp-3.2", "gimp"}) {
    const auto program = program_in_path(name);
    std::error_code error;
    if (!program) continue;
    const fs::path real = fs::canonical(*program, error);
    if (std::find(seen.begin(), seen.end(), real) != seen.end()) continue;
    seen.push_back(real);
    EditorReport editor;
    editor.name = "GIMP";
    editor.program = *program;
    editor.version = version_in(output_of(quoted(*program) + " --version"));
    if (editor.version.starts_with("2.10") || editor.version.starts_with("3.")) {
      examine_gimp(editor);
    } else {
      editor.advice = "Burin has plug-ins for GIMP 2.10 and GIMP 3 only.";
    }
    editors.push_back(std::move(editor));
  }
  if (auto krita = examine_krita()) editors.push_back(*std::move(krita));
  for (EditorReport& editor : editors) {
    if (editor.loads) editor.worker = worker_of(*editor.plug_in);
  }
  return editors;
}

}  // namespace burin::host
