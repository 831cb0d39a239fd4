// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One reader and one writer a format; image_file.cpp chooses among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "shared/image_file.hpp"
#include "shared/output_file.hpp"
#include "shared/rows.hpp"

namespace burin::host {

ImageFile read_png(const std::filesystem::path& file);
ImageFile read_jpeg(const std::filesystem::path& file);
ImageFile read_webp(const std::filesystem::path& file);
/// TIFF and OpenEXR.
ImageFile read_spec_image(const std::filesystem::path& file, FileFormat format);

/// `rows` are already of a type and channel count the format holds; `image` gives the rest. The
/// caller commits.
void write_png(RowSource& rows, const ImageFile& image, OutputFile& out);
void write_jpeg(RowSource& rows, const ImageFile& image, OutputFile& out);
void write_webp(RowSource& rows, const ImageFile& image, OutputFile& out);
void write_spec_image(RowSource& rows, const ImageFile& image, FileFormat format, OutputFile& out);

/// The whole file. Throws sdk::Error (IMAGE).
std::vector<std::uint8_t> read_file(const std::filesystem::path& file);

/// Throws sdk::Error (IMAGE): "PATH is ...".
[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what);

}  // namespace burin::host
