// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A safetensors file: eight bytes of length, a header in JSON, the values.
#include "shared/editor/mask_file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "burin/cpp/error.hpp"

namespace burin::host {

namespace fs = std::filesystem;

void write_masks(const fs::path& file, const std::map<std::string, Mask>& masks) {
  nlohmann::json header = nlohmann::json::object();
  std::uint64_t at = 0;
  for (const auto& [key, mask] : masks) {
    const std::uint64_t end = at + mask.values.size() * sizeof(float);
    header[key] = {{"dtype", "F32"},
                   {"shape", {mask.rect.height, mask.rect.width}},
                   {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  errno = 0;
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const auto& [key, mask] : masks) {
    out.write(reinterpret_cast<const char*>(mask.values.data()),
              static_cast<std::streamsize>(mask.values.size() * sizeof(float)));
  }
  out.close();
  if (out) return;
  const std::string reason = errno ? std::strerror(errno) : "unknown error";
  std::error_code ignored;
  fs::remove(file, ignored);
  throw sdk::Error(BURIN_E_IO, "Cannot write the masks to " + file.string() + ": " + reason + ".");
}

}  // namespace burin::host
