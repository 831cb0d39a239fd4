// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A folder and an environment of a test's own, and the modules built for the tests.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/cpp/modules.hpp"
#include "support/scoped_variable.hpp"
#include "support/scratch_folder.hpp"

namespace burin::test {

/// An empty folder that goes with the test, and a home and search path with nothing in them.
struct Workspace {
  ScratchFolder scratch;
  std::filesystem::path folder = std::filesystem::canonical(scratch.path);
  ScopedVariable home{"HOME", folder.string()};
  ScopedVariable plugins{"BURIN_PLUGIN_PATH", std::nullopt};
  ScopedVariable core{"BURIN_CORE_PATH", std::nullopt};
  ScopedVariable data{"BURIN_DATA_DIR", std::nullopt};
  ScopedVariable cache_home{"XDG_CACHE_HOME", std::nullopt};

  /// Copies the test module `name` to `to` (made if needed) below the folder.
  std::filesystem::path place(const std::string& name, const std::string& to) const {
    const std::filesystem::path target = folder / to;
    std::filesystem::create_directories(target.parent_path());
    std::filesystem::copy_file(module(name), target);
    return target;
  }

  static std::filesystem::path module(const std::string& name) {
    return std::filesystem::path(BURIN_BUILD_DIR) / "tests/sdk/modules" / (name + ".burin");
  }
};

/// What the log callback was given.
struct LogLines {
  std::vector<std::pair<burin_log_severity, std::string>> lines;

  sdk::ModuleSetOptions options() {
    sdk::ModuleSetOptions o;
    o.log = [this](burin_log_severity severity, std::string_view text) {
      lines.emplace_back(severity, text);
    };
    return o;
  }
};

/// Status and sentence of the Error that the call throws; OK: it throws none.
inline std::pair<burin_status, std::string> refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const sdk::Error& error) {
    return {error.status(), error.what()};
  }
  return {BURIN_OK, ""};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace burin::test
