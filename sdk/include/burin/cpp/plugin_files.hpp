// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Files that a module comes with.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "burin/cpp/error.hpp"

namespace burin::sdk {

/// The network that a module takes where its parameter "model" names none: the one file with this
/// extension (".onnx") in data_dir/folder. `kind` says in the sentence what such files are
/// ("ONNX"). data_dir may be empty. Throws Error (NOT_FOUND) where there is no such file, or more
/// than one. [work-thread]
inline std::string only_network(const std::string& data_dir, const char* folder,
                                const char* extension, const char* kind) {
  const std::filesystem::path place = std::filesystem::path(data_dir) / folder;
  std::vector<std::string> found;
  std::error_code error;
  if (!data_dir.empty()) {
    for (std::filesystem::directory_iterator it(place, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == extension) found.push_back(it->path().string());
    }
  }
  if (found.size() == 1) return found.front();
  throw Error(BURIN_E_NOT_FOUND,
              "No network was named, and " +
                  (data_dir.empty() ? "there is no data folder"
                                    : place.string() + " holds " + std::to_string(found.size()) +
                                          " " + kind + " files") +
                  "; expected is the parameter model, or one file in that folder.");
}

}  // namespace burin::sdk
