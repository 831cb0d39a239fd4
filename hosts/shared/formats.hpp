// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The image file formats hosts read and write, and what each can hold.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "burin/cpp/tensor.hpp"

namespace burin::host {

enum class FileFormat { png, jpeg, tiff, webp, exr };

/// "PNG", "JPEG", ... for sentences.
const char* name_of(FileFormat format);

/// "8-bit integers", "32-bit floats", ... for sentences.
const char* name_of(sdk::PixelType type);

/// By the file name's extension, any case; nothing when it is none of ours.
std::optional<FileFormat> format_of_name(const std::filesystem::path& file);

/// By the first bytes of a file (12 suffice); nothing when they are no known signature.
std::optional<FileFormat> format_of_content(std::span<const std::byte> first_bytes);

/// The extensions format_of_name knows, for sentences: ".png, .jpg, ...".
std::string known_extensions();

/// The type the format stores for pixels of `type`: itself where it can, else the nearest that
/// loses least.
sdk::PixelType stored_type(FileFormat format, sdk::PixelType type);

bool holds_alpha(FileFormat format);

/// Pixels, of the longer side.
std::int64_t longest_side(FileFormat format);

}  // namespace burin::host
