// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Names, signatures and capabilities of the image file formats.
#include "shared/formats.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace burin::host {

using sdk::PixelType;

namespace {

constexpr std::array<std::pair<std::string_view, FileFormat>, 9> extensions = {{
    {".png", FileFormat::png},
    {".jpg", FileFormat::jpeg},
    {".jpeg", FileFormat::jpeg},
    {".jpe", FileFormat::jpeg},
    {".jfif", FileFormat::jpeg},
    {".tif", FileFormat::tiff},
    {".tiff", FileFormat::tiff},
    {".webp", FileFormat::webp},
    {".exr", FileFormat::exr},
}};

bool starts_with(std::span<const std::byte> bytes, std::string_view signature, size_t at = 0) {
  return bytes.size() >= at + signature.size() &&
         std::memcmp(bytes.data() + at, signature.data(), signature.size()) == 0;
}

}  // namespace

const char* name_of(FileFormat format) {
  switch (format) {
    case FileFormat::png:
      return "PNG";
    case FileFormat::jpeg:
      return "JPEG";
    case FileFormat::tiff:
      return "TIFF";
    case FileFormat::webp:
      return "WebP";
    case FileFormat::exr:
      return "OpenEXR";
  }
  return "";
}

const char* name_of(PixelType type) {
  switch (type) {
    case PixelType::u8:
      return "8-bit integers";
    case PixelType::u16:
      return "16-bit integers";
    case PixelType::f16:
      return "16-bit floats";
    case PixelType::f32:
      return "32-bit floats";
  }
  return "";
}

std::optional<FileFormat> format_of_name(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [known, format] : extensions) {
    if (extension == known) return format;
  }
  return std::nullopt;
}

std::optional<FileFormat> format_of_content(std::span<const std::byte> first_bytes) {
  using namespace std::string_view_literals;
  if (starts_with(first_bytes, "\x89PNG\r\n\x1a\n"sv)) return FileFormat::png;
  if (starts_with(first_bytes, "\xff\xd8\xff"sv)) return FileFormat::jpeg;
  for (const auto tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (starts_with(first_bytes, tiff)) return FileFormat::tiff;
  }
  if (starts_with(first_bytes, "RIFF"sv) && starts_with(first_bytes, "WEBP"sv, 8)) {
    return FileFormat::webp;
  }
  if (starts_with(first_bytes, "\x76\x2f\x31\x01"sv)) return FileFormat::exr;
  return std::nullopt;
}

std::string known_extensions() {
  std::string list;
  for (const auto& [extension, format] : extensions) {
    if (!list.empty()) list += ", ";
    list += extension;
  }
  return list;
}

PixelType stored_type(FileFormat format, PixelType type) {
  const bool is_float = type == PixelType::f16 || type == PixelType::f32;
  switch (format) {
    case FileFormat::png:
      return is_float ? PixelType::u16 : type;
    case FileFormat::jpeg:
    case FileFormat::webp:
      return PixelType::u8;
    case FileFormat::tiff:
      return type;
    case FileFormat::exr:
      if (is_float) return type;
      return type == PixelType::u8 ? PixelType::f16 : PixelType::f32;
  }
  return type;
}

bool holds_alpha(FileFormat format) { return format != FileFormat::jpeg; }

std::int64_t longest_side(FileFormat format) {
  switch (format) {
    case FileFormat::jpeg:
      return 65500;
    case FileFormat::webp:
      return 16383;
    default:
      return std::numeric_limits<std::int32_t>::max();
  }
}

}  // namespace burin::host
