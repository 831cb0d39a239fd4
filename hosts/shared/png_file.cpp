// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// PNG by libpng; ancillary chunks are copied byte for byte past it.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

#include <png.h>

#include <boost/crc.hpp>
#include <csetjmp>
#include <cstdio>
#include <memory>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"
#include "shared/exif.hpp"
#include "shared/image_origin.hpp"
#include "shared/oiio_stream.hpp"

namespace burin::host {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr size_t signature_and_header = 33;
constexpr std::uint32_t most_of_chunk = 64u << 20;
constexpr std::string_view xmp_head("XML:com.adobe.xmp\0\0\0\0\0", 22);

// Chunks that stay true whatever happens to the pixels.
constexpr std::array<std::string_view, 12> kept_chunks = {
    "gAMA", "cHRM", "sRGB", "cICP", "mDCv", "cLLi", "pHYs", "sTER", "tIME", "tEXt", "zTXt", "iTXt"};

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         std::uint32_t{at[3]};
}

void append_big_endian(Bytes& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append_chunk(Bytes& to, std::string_view name, const Bytes& body) {
  append_big_endian(to, static_cast<std::uint32_t>(body.size()));
  const size_t checked_from = to.size();
  to.insert(to.end(), name.begin(), name.end());
  to.insert(to.end(), body.begin(), body.end());
  boost::crc_32_type crc;
  crc.process_bytes(to.data() + checked_from, to.size() - checked_from);
  append_big_endian(to, crc.checksum());
}

struct Chunks {
  Bytes kept, exif, xmp;
  bool animated = false;
};

bool is_xmp(const Bytes& body) {
  return body.size() > xmp_head.size() &&
         std::memcmp(body.data(), xmp_head.data(), xmp_head.size()) == 0;
}

// Walks to IEND; a file that ends before is truncated whatever its pixels say.
Chunks read_chunks(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(8);
  Chunks chunks;
  for (;;) {
    std::uint8_t head[8];
    if (!stream.read(reinterpret_cast<char*>(head), 8)) refuse(file, "is a truncated PNG.");
    const std::uint32_t size = big_endian(head);
    const std::string_view name(reinterpret_cast<const char*>(head) + 4, 4);
    if (name == "IEND") return chunks;
    const bool wanted = name == "eXIf" || std::find(kept_chunks.begin(), kept_chunks.end(), name) !=
                                              kept_chunks.end();
    chunks.animated |= name == "acTL";
    if (!wanted || size > most_of_chunk) {
      stream.seekg(std::streamoff{size} + 4, std::ios::cur);
      continue;
    }
    Bytes body(size);
    if (!stream.read(reinterpret_cast<char*>(body.data()), size)) {
      refuse(file, "is a truncated PNG.");
    }
    stream.seekg(4, std::ios::cur);
    if (name == "eXIf") {
      chunks.exif = std::move(body);
    } else if (name == "iTXt" && is_xmp(body)) {
      chunks.xmp.assign(body.begin() + xmp_head.size(), body.end());
    } else {
      append_chunk(chunks.kept, name, body);
    }
  }
}

// libpng reports by function pointer; an error jumps back to the call.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string text;

  Decoder() {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png) info = png_create_info_struct(png);
    if (!info) throw sdk::Error(BURIN_E_MEMORY, "There is not enough memory to read a PNG.");
    png_set_option(png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  static void on_error(png_structp png, png_const_charp text) {
    static_cast<Decoder*>(png_get_error_ptr(png))->text = text;
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}

  // Runs `body`, which must hold no object with a destructor, and tells whether libpng gave up.
  template <typename Body>
  bool survives(Body&& body) {
    if (setjmp(png_jmpbuf(png))) return false;
    body();
    return true;
  }
};

// Everything becomes 8 or 16 bits a channel, in this machine's byte order, without palette.
void expand(png_structp png, png_infop info) {
  png_set_expand(png);
  if (png_get_bit_depth(png, info) == 16) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

std::vector<std::uint8_t> profile_in(png_structp png, png_infop info) {
  png_charp name = nullptr;
  png_bytep profile = nullptr;
  int compression = 0;
  png_uint_32 size = 0;
  if (!png_get_iCCP(png, info, &name, &compression, &profile, &size)) return {};
  return {profile, profile + size};
}

void read_pixels(Decoder& decoder, const std::filesystem::path& file, int orientation,
                 ImageFile& image) {
  png_structp png = decoder.png;
  png_infop info = decoder.info;
  const auto damaged = [&] { refuse(file, "is a damaged PNG: " + decoder.text + "."); };
  if (!decoder.survives([&] {
        png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
        png_read_info(png, info);
      })) {
    damaged();
  }
  refuse_more_than_memory(file, png_get_image_width(png, info), png_get_image_height(png, info), 1);
  image.icc = profile_in(png, info);
  const bool interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  if (!decoder.survives([&] { expand(png, info); })) damaged();
  const std::int64_t width = png_get_image_width(png, info);
  const std::int64_t height = png_get_image_height(png, info);
  const auto type = png_get_bit_depth(png, info) == 16 ? sdk::PixelType::u16 : sdk::PixelType::u8;
  RowPlacer placer(file, image.pixels, type, width, height, png_get_channels(png, info),
                   orientation);
  const std::int64_t step = interlaced ? height : 1;  // passes go over all rows
  for (std::int64_t y = 0; y < height; y += step) {
    auto* rows = reinterpret_cast<png_bytep>(placer.rows_for(y, step));
    for (int pass = 0; pass < (interlaced ? 7 : 1); ++pass) {
      for (std::int64_t row = 0; row < step; ++row) {
        png_bytep to = rows + row * placer.row_bytes();
        if (!decoder.survives([&] { png_read_row(png, to, nullptr); })) damaged();
      }
    }
    placer.placed();
  }
  if (!decoder.survives([&] { png_read_end(png, nullptr); })) damaged();
}

}  // namespace

ImageFile read_png(const std::filesystem::path& file) {
  Chunks chunks = read_chunks(file);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"),
                                                               &std::fclose);
  if (!stream) refuse(file, std::string("cannot be opened: ") + std::strerror(errno) + ".");
  ImageFile image;
  image.format = FileFormat::png;
  Decoder decoder;
  png_init_io(decoder.png, stream.get());
  read_pixels(decoder, file, exif_orientation(chunks.exif).value_or(1), image);
  set_exif_orientation(chunks.exif, 1);
  image.exif = std::move(chunks.exif);
  image.xmp = std::move(chunks.xmp);
  if (chunks.animated) {
    image.one_of_several = true;
    image.notes.push_back(file.string() + " is animated; only its still picture is read.");
  }
  auto origin = std::make_shared<Origin>();
  origin->png = PngOrigin{std::move(chunks.kept)};
  image.origin = std::move(origin);
  return image;
}

void write_png(RowSource& rows, const ImageFile& image, OutputFile& out) {
  Bytes inserted;
  if (image.origin && image.origin->png) inserted = image.origin->png->chunks;
  if (!image.exif.empty()) append_chunk(inserted, "eXIf", image.exif);
  if (!image.xmp.empty()) {
    Bytes body(xmp_head.begin(), xmp_head.end());
    body.insert(body.end(), image.xmp.begin(), image.xmp.end());
    append_chunk(inserted, "iTXt", body);
  }
  OIIO::ImageSpec spec(static_cast<int>(rows.width()), static_cast<int>(rows.height()),
                       static_cast<int>(rows.channels()), type_of(rows.type()));
  spec["oiio:UnassociatedAlpha"] = 1;
  // Run lengths of differences from the mean of left and above: on photographs 1.5 times as quick
  // as level 2 with any filter, and not larger.
  spec["compression"] = "rle";
  spec["png:filter"] = 0x40;  // PNG_FILTER_AVG
  if (!image.icc.empty()) {
    spec.attribute("ICCProfile",
                   OIIO::TypeDesc(OIIO::TypeDesc::UINT8, static_cast<int>(image.icc.size())),
                   image.icc.data());
  }
  write_rows(rows, ".png", spec, out, std::move(inserted), signature_and_header);
}

}  // namespace burin::host
