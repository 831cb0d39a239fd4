// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A command line turned into a job that the engine has checked, and the picture it is for.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "burin/cpp/engine.hpp"
#include "cli/options.hpp"
#include "shared/image_file.hpp"

namespace burin::host {

struct Request {
  nlohmann::json job;
  std::filesystem::path base_dir;  ///< relative paths of the job start here
  std::filesystem::path input;
};

/// Job file, flags and IN together. Throws Failure (usage) without a picture, and as
/// check_files_exist.
Request make_request(const Options& options);

/// A picture read from its file, lent to the engine.
class Picture {
 public:
  explicit Picture(const std::filesystem::path& file);
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  ImageFile& file() { return file_; }
  sdk::Image image() const {
    return {view_.dl(), profile_.empty() ? nullptr : profile_.data(), profile_.size()};
  }
  DLTensor& pixels() { return *view_.dl(); }

 private:
  ImageFile file_;
  std::vector<std::uint8_t> profile_;
  sdk::TensorView view_;
};

}  // namespace burin::host
