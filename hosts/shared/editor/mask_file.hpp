// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks of segments on their way to the engine: a safetensors file in a folder of the session.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "shared/editor/geometry.hpp"

namespace burin::host {

/// Writes float32 [height, width] tensors under their keys. Throws sdk::Error (IO) with the
/// system's reason; a file that could not be written whole is removed.
void write_masks(const std::filesystem::path& file, const std::map<std::string, Mask>& masks);

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
