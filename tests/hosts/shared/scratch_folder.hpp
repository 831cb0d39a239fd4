// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A temporary folder and made-up pictures for the tests of the hosts.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "shared/image_file.hpp"

namespace burin::test {

/// Made empty, removed with everything in it.
struct ScratchFolder {
  std::filesystem::path path;

  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "burin-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
};

inline std::vector<char> bytes_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void put_file(const std::filesystem::path& file, const std::vector<char>& bytes) {
  std::ofstream(file, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline size_t files_in(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// Random values over the whole range of the type; floats and halves in -0.5 .. 2.
inline sdk::PixelBuffer noise(std::int64_t width, std::int64_t height, std::int64_t channels,
                              sdk::PixelType type) {
  sdk::PixelBuffer pixels;
  pixels.type = type;
  pixels.width = width;
  pixels.height = height;
  pixels.channels = channels;
  const auto count = static_cast<size_t>(width * height * channels);
  pixels.bytes.resize(count * sdk::bytes_of(type));
  std::mt19937 random(7);
  if (type == sdk::PixelType::f32) {
    for (size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(random() % 2501) / 1000.0f - 0.5f;
      std::memcpy(pixels.bytes.data() + 4 * i, &value, 4);
    }
  } else if (type == sdk::PixelType::f16) {
    for (size_t i = 0; i < count; ++i) {
      const auto value = static_cast<std::uint16_t>(0x3000 + random() % 0x1000);
      std::memcpy(pixels.bytes.data() + 2 * i, &value, 2);
    }
  } else {
    for (auto& byte : pixels.bytes) byte = static_cast<std::byte>(random());
  }
  return pixels;
}

inline host::ImageFile picture(sdk::PixelBuffer pixels, host::FileFormat format) {
  host::ImageFile image;
  image.pixels = std::move(pixels);
  image.format = format;
  image.linear = format == host::FileFormat::exr;
  return image;
}

}  // namespace burin::test
