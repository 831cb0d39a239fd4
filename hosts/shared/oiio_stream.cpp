// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Chunks of rows through OpenImageIO.
#include "shared/oiio_stream.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"

namespace burin::host {

using sdk::PixelType;

namespace {

constexpr int rows_a_chunk = 64;

std::string last_sentence(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) {
    text.pop_back();
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "no reason given" : text;
}

// libtiff says nothing of an error while it closes a file.
bool is_readable(const std::filesystem::path& file, const RowSource& rows) {
  const auto in = OIIO::ImageInput::create("tiff");
  OIIO::ImageSpec spec;
  if (!in || !in->open(file.string(), spec)) return false;
  std::vector<std::byte> last(static_cast<size_t>(rows.row_bytes()));
  return spec.width == rows.width() && spec.height == rows.height() &&
         spec.nchannels == rows.channels() &&
         in->read_scanlines(0, 0, spec.y + spec.height - 1, spec.y + spec.height, spec.z, 0,
                            spec.nchannels, type_of(rows.type()), last.data());
}

}  // namespace

OutputProxy::OutputProxy(OutputFile& out, std::vector<std::uint8_t> inserted, size_t insert_at)
    : IOProxy("", Write), out_(out), inserted_(std::move(inserted)), insert_at_(insert_at) {}

size_t OutputProxy::read(void* bytes, size_t count) {
  const size_t got = pread(bytes, count, m_pos);
  m_pos += static_cast<int64_t>(got);
  return got;
}

size_t OutputProxy::write(const void* bytes, size_t count) {
  const char* from = static_cast<const char*>(bytes);
  size_t left = count;
  if (!inserted_.empty()) {
    const size_t before = std::min(left, insert_at_ - static_cast<size_t>(m_pos));
    if (!out_.write_at(from, before, m_pos)) return 0;
    m_pos += static_cast<int64_t>(before);
    from += before;
    left -= before;
    if (static_cast<size_t>(m_pos) < insert_at_) return count;
    if (!out_.write_at(inserted_.data(), inserted_.size(), m_pos)) return 0;
    m_pos += static_cast<int64_t>(inserted_.size());
    inserted_.clear();
  }
  if (!out_.write_at(from, left, m_pos)) return 0;
  m_pos += static_cast<int64_t>(left);
  return count;
}

size_t OutputProxy::pread(void* bytes, size_t count, int64_t offset) {
  return out_.read_at(bytes, count, offset);
}

size_t OutputProxy::pwrite(const void* bytes, size_t count, int64_t offset) {
  return out_.write_at(bytes, count, offset) ? count : 0;
}

std::optional<PixelType> pixel_type_of(OIIO::TypeDesc type) {
  if (type == OIIO::TypeDesc::UINT8) return PixelType::u8;
  if (type == OIIO::TypeDesc::UINT16) return PixelType::u16;
  if (type == OIIO::TypeDesc::HALF) return PixelType::f16;
  if (type == OIIO::TypeDesc::FLOAT) return PixelType::f32;
  return std::nullopt;
}

OIIO::TypeDesc type_of(PixelType type) {
  switch (type) {
    case PixelType::u8:
      return OIIO::TypeDesc::UINT8;
    case PixelType::u16:
      return OIIO::TypeDesc::UINT16;
    case PixelType::f16:
      return OIIO::TypeDesc::HALF;
    case PixelType::f32:
      return OIIO::TypeDesc::FLOAT;
  }
  return OIIO::TypeDesc::UNKNOWN;
}

std::unique_ptr<OIIO::ImageInput> open_input(const std::filesystem::path& file) {
  OIIO::ImageSpec wishes;
  wishes["oiio:UnassociatedAlpha"] = 1;
  auto in = OIIO::ImageInput::open(file.string(), &wishes);
  if (!in) refuse(file, "cannot be read: " + last_sentence(OIIO::geterror()) + ".");
  return in;
}

void read_rows(OIIO::ImageInput& in, const std::filesystem::path& file, int orientation,
               sdk::PixelBuffer& out) {
  const OIIO::ImageSpec& spec = in.spec();
  const auto type = pixel_type_of(spec.format);
  if (!type) {
    refuse(file, std::string("stores ") + spec.format.c_str() +
                     " values; 8 and 16-bit integers and floats are read.");
  }
  if (spec.nchannels > 4) {
    refuse(file, "has " + std::to_string(spec.nchannels) + " channels; 1 to 4 are read.");
  }
  if (spec.depth > 1 || spec.deep) refuse(file, "holds a volume or deep samples, not a picture.");
  for (const auto& channel : spec.channelformats) {
    if (channel != spec.format) refuse(file, "mixes depths between its channels.");
  }
  RowPlacer placer(file, out, *type, spec.width, spec.height, spec.nchannels, orientation);
  const int chunk = spec.tile_height > 0 ? spec.tile_height : rows_a_chunk;
  for (int y = 0; y < spec.height; y += chunk) {
    const int count = std::min(chunk, spec.height - y);
    std::byte* to = placer.rows_for(y, count);
    const bool done =
        spec.tile_height > 0
            ? in.read_tiles(0, 0, spec.x, spec.x + spec.width, spec.y + y, spec.y + y + count,
                            spec.z, spec.z + 1, 0, spec.nchannels, spec.format, to)
            : in.read_scanlines(0, 0, spec.y + y, spec.y + y + count, spec.z, 0, spec.nchannels,
                                spec.format, to);
    if (!done || in.has_error()) {
      refuse(file, "is damaged or truncated: " + last_sentence(in.geterror()) + ".");
    }
    placer.placed();
  }
}

void write_rows(RowSource& rows, const char* extension, OIIO::ImageSpec spec, OutputFile& out,
                std::vector<std::uint8_t> inserted, size_t insert_at) {
  OutputProxy proxy(out, std::move(inserted), insert_at);
  // Where a TIFF has EXIF, OpenImageIO reads its directory back, which it cannot through a proxy.
  const bool by_name = std::string_view(extension) == ".tif";
  const auto failed = [&](const std::string& reason) {
    out.check();
    throw sdk::Error(BURIN_E_IO, "The picture could not be written as " + std::string(extension) +
                                     ": " + last_sentence(reason) + ".");
  };
  const std::string name = std::string("burin") + extension;
  auto writer = OIIO::ImageOutput::create(name, by_name ? nullptr : &proxy);
  if (!writer) failed(OIIO::geterror());
  if (!writer->open(by_name ? out.temporary().string() : name, spec)) failed(writer->geterror());
  const OIIO::TypeDesc type = type_of(rows.type());
  for (std::int64_t y = 0; y < rows.height(); y += rows_a_chunk) {
    const auto count = std::min<std::int64_t>(rows_a_chunk, rows.height() - y);
    const auto first = static_cast<int>(spec.y + y);
    if (!writer->write_scanlines(first, first + static_cast<int>(count), spec.z, type,
                                 rows.rows(y, count))) {
      failed(writer->geterror());
    }
  }
  if (!writer->close()) failed(writer->geterror());
  writer.reset();
  if (by_name && !is_readable(out.temporary(), rows)) failed("it cannot be read back");
  out.check();
}

}  // namespace burin::host
