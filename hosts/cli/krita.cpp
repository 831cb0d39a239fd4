// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Krita loads a Python plug-in when both its files are there, PyQt5 is, and the user enabled it.
#include <algorithm>
#include <cctype>
#include <fstream>

#include "cli/editors.hpp"
#include "cli/machine.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

constexpr const char* plug_in = "burin_krita";

// Debian's Krita ends without a display before it says anything.
std::string version_of(const fs::path& program) {
  const std::string said = version_in(output_of(quoted(program) + " --version"));
  if (!said.empty() || program.parent_path() != "/usr/bin") return said;
  return version_in(output_of("dpkg-query --show --showformat='${source:Upstream-Version}' krita"));
}

bool has_its_own_python(const fs::path& program) {
  std::error_code error;
  std::string name = fs::canonical(program, error).filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.ends_with(".appimage");
}

// What the program python3 finds, Krita's interpreter finds too.
bool has_pyqt() {
  return output_of(
             "python3 -c 'import PyQt5.QtCore, PyQt5.QtGui, PyQt5.QtNetwork, PyQt5.QtWidgets; "
             "print(1)'")
      .starts_with("1");
}

// The value of enable_burin_krita in the [python] group; none: the file does not say.
std::optional<bool> enabled_in(const fs::path& file) {
  std::ifstream lines(file);
  const std::string key = std::string("enable_") + plug_in + "=";
  bool in_group = false;
  std::optional<bool> enabled;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[")) in_group = line.starts_with("[python]");
    if (in_group && line.starts_with(key)) enabled = line.substr(key.size()) == "true";
  }
  return enabled;
}

bool is_enabled() {
  for (const fs::path& folder : config_folders()) {
    if (const auto enabled = enabled_in(folder / "kritarc")) return *enabled;
  }
  return false;
}

// Where Krita finds the plug-in: it goes by the .desktop file, the user's before the system's.
std::optional<fs::path> installed_in() {
  for (const fs::path& data : data_folders()) {
    const fs::path folder = data / "krita/pykrita";
    const fs::path entry = folder / (std::string(plug_in) + ".desktop");
    if (fs::is_symlink(entry) || fs::exists(entry)) return folder;
  }
  return std::nullopt;
}

std::string why_it_is_incomplete(const fs::path& folder) {
  for (const fs::path& link : {folder / (std::string(plug_in) + ".desktop"), folder / plug_in}) {
    std::error_code error;
    if (fs::exists(link, error)) continue;
    if (fs::is_symlink(link))
      return link.string() + " points to " + fs::read_symlink(link, error).string() +
             ", which is not there; install the plug-in again.";
    return "There is no " + link.string() + "; install the plug-in again.";
  }
  const fs::path code = folder / plug_in / "__init__.py";
  if (!std::ifstream(code)) return code.string() + " cannot be read; install the plug-in again.";
  return "";
}

std::string why_it_does_not_load(const fs::path& program, const std::string& version,
                                 const fs::path& folder) {
  const std::string incomplete = why_it_is_incomplete(folder);
  if (!incomplete.empty()) return incomplete;
  const bool known = !version.empty();
  if (known && (!version.starts_with("5.") || version.starts_with("5.0")))
    return "This is Krita " + version + "; expected 5.1 or a later 5.";
  if (!has_its_own_python(program) && !has_pyqt())
    return "Python's PyQt5 is missing; the packages python3-pyqt5 and python3-sip have it.";
  return "";
}

}  // namespace

std::optional<EditorReport> examine_krita() {
  const auto program = program_in_path("krita");
  if (!program) return std::nullopt;
  EditorReport editor;
  editor.name = "Krita";
  editor.program = *program;
  editor.version = version_of(*program);
  const auto folder = installed_in();
  if (!folder) {
    editor.advice =
        "The plug-in is not installed; the package krita-burin or packaging/install-hosts.sh krita "
        "does that.";
    return editor;
  }
  editor.plug_in = *folder / plug_in;
  editor.advice = why_it_does_not_load(*program, editor.version, *folder);
  editor.broken = !editor.advice.empty();
  editor.loads = !editor.broken && is_enabled();
  if (!editor.broken && !editor.loads)
    editor.advice =
        "The plug-in " + editor.plug_in->string() +
        " is there but off; Settings > Configure Krita > Python Plugin Manager turns it on.";
  return editor;
}

}  // namespace burin::host
