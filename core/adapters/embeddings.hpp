// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Textual inversion: vectors that stand for words of a prompt (Gal et al. 2022).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/run.hpp"
#include "text/prompt.hpp"

namespace burin::core {

// The vectors of a safetensors file for one encoder ("clip_l", "clip_g", "clip_h"), [n, C] float32:
// the tensor under the encoder's key, else the first one, whatever its key (emb_params of the
// webui's files, the token's own name in diffusers'). Throws what Safetensors::open throws, and
// Error{BURIN_E_MODEL} for a tensor that is no list of finite vectors.
at::Tensor read_embedding(const std::filesystem::path& file, const std::string& encoder);

// Finds embeddings by name in folders, searched with those below them: NAME, then NAME.safetensors.
// Names that leave a folder are not found. A file that only its pickle form is there of (.pt, .bin)
// is refused with Error{BURIN_E_UNSUPPORTED} and what converts it: reading a pickle runs code. A
// name that is not found is warned of. The run is borrowed.
class Embeddings {
 public:
  Embeddings(std::vector<std::filesystem::path> folders, Run& run)
      : folders_(std::move(folders)), run_(run) {}
  // Undefined: there is none of this name. width: the encoder's; another one is warned of. A name
  // with a comma around it is not warned of, it is asked for again without.
  at::Tensor find(const std::string& name, const std::string& encoder, std::int64_t width);

 private:
  std::vector<std::filesystem::path> folders_;
  Run& run_;
  std::map<std::pair<std::string, std::string>, at::Tensor> known_;
};

}  // namespace burin::core
