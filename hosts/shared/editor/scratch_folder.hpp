// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A folder of the session for what goes to the engine as files.
#pragma once

#include <filesystem>

namespace burin::host {

/// A private folder (0700) in $XDG_RUNTIME_DIR, else among the temporary files, that goes with all
/// it holds when the object goes. Where the program was ended before that, the next one that makes
/// such a folder removes it.
class ScratchFolder {
 public:
  /// Throws sdk::Error (IO).
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace burin::host
