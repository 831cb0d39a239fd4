// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Chooses the codec and decides what conversion the target needs.
#include "shared/image_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include <OpenImageIO/tiffutils.h>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"
#include "shared/image_origin.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

FileFormat target_format(const fs::path& target) {
  const auto format = format_of_name(target);
  if (format) return *format;
  throw sdk::Error(BURIN_E_UNSUPPORTED, "Cannot tell the format of " + target.string() +
                                            ": its name must end in one of " + known_extensions() +
                                            ".");
}

}  // namespace

void check_format_holds(const ImageFile& image, const fs::path& target) {
  const FileFormat format = target_format(target);
  const std::int64_t longest = std::max(image.pixels.width, image.pixels.height);
  if (longest > longest_side(format)) {
    throw sdk::Error(BURIN_E_UNSUPPORTED, std::string(name_of(format)) + " holds at most " +
                                              std::to_string(longest_side(format)) +
                                              " pixels a side; the picture has " +
                                              std::to_string(longest) + ".");
  }
  if (format == FileFormat::exr && !image.icc.empty()) {
    throw sdk::Error(BURIN_E_UNSUPPORTED,
                     "OpenEXR carries no ICC profile, and the picture has one; write a TIFF.");
  }
}

namespace {

// EXIF of a TIFF or OpenEXR, for the formats that carry it as a block.
void add_exif(ImageFile& image) {
  if (!image.exif.empty() || !image.origin || !image.origin->spec) return;
  OIIO::ImageSpec spec = image.origin->spec->spec;
  spec.attribute("Orientation", 1);
  std::vector<char> block;
  OIIO::encode_exif(spec, block);
  image.exif.assign(block.begin(), block.end());
}

struct Decision {
  RowConversion rows;
  std::vector<std::string> notes;
};

Decision decide(const ImageFile& image, FileFormat format) {
  Decision decision;
  RowConversion& rows = decision.rows;
  rows.type = stored_type(format, image.pixels.type);
  rows.channels = image.pixels.channels;
  const std::string name = name_of(format);
  if (rows.type != image.pixels.type) {
    decision.notes.push_back("Pixels are converted from " +
                             std::string(name_of(image.pixels.type)) + " to the " +
                             name_of(rows.type) + " " + name + " holds.");
  }
  const bool has_alpha = rows.channels == 2 || rows.channels == 4;
  if (has_alpha && !holds_alpha(format)) {
    --rows.channels;
    decision.notes.push_back(name + " holds no transparency; it is laid on white.");
  }
  const bool wants_linear = format == FileFormat::exr;
  rows.to_linear = wants_linear && !image.linear;
  rows.from_linear = image.linear && !wants_linear;
  if (rows.to_linear || rows.from_linear) {
    decision.notes.push_back(rows.to_linear ? "sRGB values become linear ones."
                                            : "Linear values become sRGB ones.");
  }
  if (image.format == format) {
    const auto* spec = image.origin && image.origin->spec ? &*image.origin->spec : nullptr;
    if (spec && spec->alpha) rows.associated = &*spec->alpha;
  } else {
    rows.premultiply = has_alpha && format == FileFormat::exr;
  }
  return decision;
}

void write_as(FileFormat format, RowSource& rows, const ImageFile& image, OutputFile& out) {
  switch (format) {
    case FileFormat::png:
      return write_png(rows, image, out);
    case FileFormat::jpeg:
      return write_jpeg(rows, image, out);
    case FileFormat::webp:
      return write_webp(rows, image, out);
    case FileFormat::tiff:
    case FileFormat::exr:
      return write_spec_image(rows, image, format, out);
  }
}

// Everything but the pixels, for a target of another format.
ImageFile metadata_of(const ImageFile& image) {
  ImageFile copy;
  copy.format = image.format;
  copy.linear = image.linear;
  copy.icc = image.icc;
  copy.exif = image.exif;
  copy.xmp = image.xmp;
  copy.origin = image.origin;
  return copy;
}

}  // namespace

void refuse(const fs::path& file, const std::string& what) {
  throw sdk::Error(BURIN_E_IMAGE, file.string() + " " + what);
}

std::vector<std::uint8_t> read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  std::vector<std::uint8_t> bytes(stream ? static_cast<size_t>(stream.tellg()) : 0);
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream) refuse(file, std::string("cannot be read: ") + std::strerror(errno) + ".");
  return bytes;
}

ImageFile read_image(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    throw sdk::Error(BURIN_E_IMAGE, "There is no picture " + file.string() + ".");
  }
  if (!fs::is_regular_file(file, error)) refuse(file, "is not a file.");
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 16> first = {};
  stream.read(first.data(), first.size());
  if (!stream.is_open() || stream.bad()) {
    refuse(file, std::string("cannot be read: ") + std::strerror(errno) + ".");
  }
  if (stream.gcount() == 0) refuse(file, "is empty.");
  const auto bytes = std::as_bytes(std::span(first)).first(static_cast<size_t>(stream.gcount()));
  stream.close();
  const auto format = format_of_content(bytes);
  if (!format) refuse(file, "is no PNG, JPEG, TIFF, WebP or OpenEXR picture.");
  switch (*format) {
    case FileFormat::png:
      return read_png(file);
    case FileFormat::jpeg:
      return read_jpeg(file);
    case FileFormat::webp:
      return read_webp(file);
    case FileFormat::tiff:
    case FileFormat::exr:
      break;
  }
  return read_spec_image(file, *format);
}

std::vector<std::string> write_image(const ImageFile& image, const fs::path& target) {
  const FileFormat format = target_format(target);
  check_format_holds(image, target);
  const Decision decision = decide(image, format);
  RowSource rows(image.pixels, decision.rows);
  OutputFile out(target);
  if (format == image.format) {
    write_as(format, rows, image, out);
  } else {
    ImageFile metadata = metadata_of(image);
    add_exif(metadata);
    write_as(format, rows, metadata, out);
  }
  out.commit();
  return decision.notes;
}

void write_pixels(sdk::PixelBuffer pixels, const std::vector<std::uint8_t>& icc,
                  const fs::path& target) {
  ImageFile image;
  image.pixels = std::move(pixels);
  image.format = target_format(target);
  image.icc = icc;
  write_image(image, target);
}

}  // namespace burin::host
