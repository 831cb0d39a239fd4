// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// JPEG by libjpeg: markers kept as they are, and the same quantisation tables and subsampling when
// written again, so that blocks nobody touched lose next to nothing.
#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <jpeglib.h>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"
#include "shared/exif.hpp"
#include "shared/image_origin.hpp"

namespace burin::host {

namespace {

constexpr std::string_view exif_head("Exif\0\0", 6);
constexpr std::string_view xmp_head("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::string_view icc_head("ICC_PROFILE\0", 12);
constexpr size_t most_of_marker = 65533;

// libjpeg reports by function pointer; an error jumps back to the call, a warning is kept.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = {};
};

void on_error(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->text);
  std::longjmp(manager->jump, 1);
}

void on_message(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->text);
}

jpeg_error_mgr* set_up(ErrorManager& manager) {
  jpeg_error_mgr* base = jpeg_std_error(&manager.base);
  base->error_exit = on_error;
  base->output_message = on_message;
  return base;
}

struct Decoder {
  jpeg_decompress_struct info = {};
  ErrorManager errors;
  bool created = false;

  Decoder() { info.err = set_up(errors); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (created) jpeg_destroy_decompress(&info);
  }

  // Runs `body`, which must hold no object with a destructor, and tells whether libjpeg gave up.
  template <typename Body>
  bool survives(Body&& body) {
    if (setjmp(errors.jump)) return false;
    body();
    return true;
  }
};

bool begins(const std::vector<std::uint8_t>& bytes, std::string_view head) {
  return bytes.size() >= head.size() && std::memcmp(bytes.data(), head.data(), head.size()) == 0;
}

struct Segments {
  JpegOrigin origin;
  std::vector<std::uint8_t> exif, xmp, icc;
};

Segments sort_markers(const jpeg_decompress_struct& info) {
  Segments sorted;
  std::vector<std::vector<std::uint8_t>> profile_parts(256);
  for (const auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    std::vector<std::uint8_t> bytes(marker->data, marker->data + marker->data_length);
    const int code = marker->marker;
    if (code == JPEG_APP0 || code == JPEG_APP0 + 14) continue;  // libjpeg writes its own
    if (code == JPEG_APP0 + 1 && begins(bytes, exif_head) && sorted.exif.empty()) {
      sorted.exif.assign(bytes.begin() + exif_head.size(), bytes.end());
    } else if (code == JPEG_APP0 + 1 && begins(bytes, xmp_head) && sorted.xmp.empty()) {
      sorted.xmp.assign(bytes.begin() + xmp_head.size(), bytes.end());
    } else if (code == JPEG_APP0 + 2 && begins(bytes, icc_head) && bytes.size() > 14) {
      profile_parts[bytes[12]].assign(bytes.begin() + 14, bytes.end());
    } else if (code == JPEG_APP0 + 2 && begins(bytes, std::string_view("MPF\0", 4))) {
      continue;  // offsets to further pictures behind this one, which are not carried along
    } else {
      sorted.origin.markers.push_back({code, std::move(bytes)});
    }
  }
  for (const auto& part : profile_parts) {
    sorted.icc.insert(sorted.icc.end(), part.begin(), part.end());
  }
  return sorted;
}

void keep_coding(const jpeg_decompress_struct& info, JpegOrigin& origin) {
  for (int i = 0; i < info.num_components; ++i) {
    const auto& component = info.comp_info[i];
    const int table = std::clamp(component.quant_tbl_no, 0, 3);
    origin.components.push_back({component.h_samp_factor, component.v_samp_factor, table});
    if (const auto* values = info.quant_tbl_ptrs[table]) {
      auto& kept = origin.tables[static_cast<size_t>(table)].emplace();
      std::copy(std::begin(values->quantval), std::end(values->quantval), kept.begin());
    }
  }
  origin.progressive = info.progressive_mode;
  origin.stored_as_rgb = info.jpeg_color_space == JCS_RGB;
  if (info.saw_JFIF_marker) {
    origin.density_unit = info.density_unit;
    origin.density_x = info.X_density;
    origin.density_y = info.Y_density;
  }
}

struct Encoder {
  jpeg_compress_struct info = {};
  ErrorManager errors;

  Encoder() {
    info.err = set_up(errors);
    jpeg_create_compress(&info);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { jpeg_destroy_compress(&info); }
};

struct Destination {
  jpeg_destination_mgr base;
  OutputFile* out;
  JOCTET buffer[1 << 16];
};

void start(j_compress_ptr info) {
  auto* to = reinterpret_cast<Destination*>(info->dest);
  to->base.next_output_byte = to->buffer;
  to->base.free_in_buffer = sizeof to->buffer;
}

boolean flush_full(j_compress_ptr info) {
  auto* to = reinterpret_cast<Destination*>(info->dest);
  to->out->append(to->buffer, sizeof to->buffer);
  start(info);
  return TRUE;
}

void flush_rest(j_compress_ptr info) {
  auto* to = reinterpret_cast<Destination*>(info->dest);
  to->out->append(to->buffer, sizeof to->buffer - to->base.free_in_buffer);
}

void set_coding(jpeg_compress_struct& info, const JpegOrigin* origin) {
  jpeg_set_defaults(&info);
  const bool fits = origin && origin->components.size() == static_cast<size_t>(info.num_components);
  if (!fits) {
    jpeg_set_quality(&info, 95, TRUE);
    for (int i = 0; i < info.num_components; ++i) {
      info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
    }
    return;
  }
  if (origin->stored_as_rgb) jpeg_set_colorspace(&info, JCS_RGB);
  for (int t = 0; t < 4; ++t) {
    if (!origin->tables[static_cast<size_t>(t)]) continue;
    unsigned values[64];
    std::copy_n(origin->tables[static_cast<size_t>(t)]->begin(), 64, values);
    jpeg_add_quant_table(&info, t, values, 100, FALSE);
  }
  for (int i = 0; i < info.num_components; ++i) {
    const auto& kept = origin->components[static_cast<size_t>(i)];
    info.comp_info[i].h_samp_factor = kept.horizontal;
    info.comp_info[i].v_samp_factor = kept.vertical;
    info.comp_info[i].quant_tbl_no = kept.table;
  }
  info.density_unit = static_cast<UINT8>(origin->density_unit);
  info.X_density = static_cast<UINT16>(origin->density_x);
  info.Y_density = static_cast<UINT16>(origin->density_y);
  // The only case that holds the whole picture as coefficients; optimal Huffman tables would too.
  if (origin->progressive) jpeg_simple_progression(&info);
}

using Markers = std::vector<JpegOrigin::Marker>;

std::vector<std::uint8_t> headed(std::string_view head, const std::vector<std::uint8_t>& body) {
  std::vector<std::uint8_t> bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Markers markers_of(const ImageFile& image, const JpegOrigin* origin) {
  Markers markers;
  if (!image.exif.empty()) markers.push_back({JPEG_APP0 + 1, headed(exif_head, image.exif)});
  if (!image.xmp.empty()) markers.push_back({JPEG_APP0 + 1, headed(xmp_head, image.xmp)});
  constexpr size_t most_of_part = most_of_marker - 14;
  const size_t parts = (image.icc.size() + most_of_part - 1) / most_of_part;
  for (size_t part = 0; part < parts && parts < 256; ++part) {
    auto bytes = headed(icc_head, {});
    bytes.push_back(static_cast<std::uint8_t>(part + 1));
    bytes.push_back(static_cast<std::uint8_t>(parts));
    const auto from = image.icc.begin() + static_cast<std::ptrdiff_t>(part * most_of_part);
    const auto size = std::min(most_of_part, image.icc.size() - part * most_of_part);
    bytes.insert(bytes.end(), from, from + static_cast<std::ptrdiff_t>(size));
    markers.push_back({JPEG_APP0 + 2, std::move(bytes)});
  }
  if (origin) markers.insert(markers.end(), origin->markers.begin(), origin->markers.end());
  std::erase_if(markers, [](const auto& marker) { return marker.bytes.size() > most_of_marker; });
  return markers;
}

// Everything that can jump; nothing here has a destructor.
bool encode(Encoder& encoder, Destination& to, RowSource& rows, const JpegOrigin* origin,
            const Markers& markers) {
  jpeg_compress_struct& info = encoder.info;
  if (setjmp(encoder.errors.jump)) return false;
  to.base.init_destination = start;
  to.base.empty_output_buffer = flush_full;
  to.base.term_destination = flush_rest;
  info.dest = &to.base;
  info.image_width = static_cast<JDIMENSION>(rows.width());
  info.image_height = static_cast<JDIMENSION>(rows.height());
  info.input_components = static_cast<int>(rows.channels());
  info.in_color_space = rows.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  set_coding(info, origin);
  jpeg_start_compress(&info, TRUE);
  for (const auto& marker : markers) {
    jpeg_write_marker(&info, marker.code, marker.bytes.data(),
                      static_cast<unsigned>(marker.bytes.size()));
  }
  for (std::int64_t y = 0; y < rows.height(); ++y) {
    auto* row = const_cast<JSAMPROW>(reinterpret_cast<const JSAMPLE*>(rows.rows(y)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

ImageFile read_jpeg(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"),
                                                               &std::fclose);
  if (!stream) refuse(file, std::string("cannot be opened: ") + std::strerror(errno) + ".");
  Decoder decoder;
  jpeg_decompress_struct& info = decoder.info;
  const auto damaged = [&] {
    refuse(file, std::string("is a damaged JPEG: ") + decoder.errors.text + ".");
  };
  const bool has_header = decoder.survives([&] {
    jpeg_create_decompress(&info);
    decoder.created = true;
    jpeg_stdio_src(&info, stream.get());
    jpeg_save_markers(&info, JPEG_COM, 0xFFFF);
    for (int n = 0; n < 16; ++n) jpeg_save_markers(&info, JPEG_APP0 + n, 0xFFFF);
    jpeg_read_header(&info, TRUE);
  });
  if (!has_header) damaged();
  if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK) {
    refuse(file, "is CMYK; convert it to RGB first.");
  }
  Segments segments = sort_markers(info);
  const bool grey = info.jpeg_color_space == JCS_GRAYSCALE;
  info.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  if (!decoder.survives([&] { jpeg_start_decompress(&info); })) damaged();
  keep_coding(info, segments.origin);

  ImageFile image;
  image.format = FileFormat::jpeg;
  RowPlacer placer(file, image.pixels, sdk::PixelType::u8, info.output_width, info.output_height,
                   grey ? 1 : 3, exif_orientation(segments.exif).value_or(1));
  while (info.output_scanline < info.output_height) {
    auto* row = reinterpret_cast<JSAMPROW>(placer.rows_for(info.output_scanline));
    if (!decoder.survives([&] { jpeg_read_scanlines(&info, &row, 1); })) damaged();
    placer.placed();
  }
  if (!decoder.survives([&] { jpeg_finish_decompress(&info); })) damaged();
  if (info.err->num_warnings > 0) damaged();

  set_exif_orientation(segments.exif, 1);
  image.exif = std::move(segments.exif);
  image.xmp = std::move(segments.xmp);
  image.icc = std::move(segments.icc);
  auto origin = std::make_shared<Origin>();
  origin->jpeg = std::move(segments.origin);
  image.origin = std::move(origin);
  return image;
}

void write_jpeg(RowSource& rows, const ImageFile& image, OutputFile& out) {
  const JpegOrigin* origin = image.origin && image.origin->jpeg ? &*image.origin->jpeg : nullptr;
  const Markers markers = markers_of(image, origin);
  Encoder encoder;
  const auto to = std::make_unique<Destination>();
  to->out = &out;
  const bool done = encode(encoder, *to, rows, origin, markers);
  out.check();
  if (!done) {
    throw sdk::Error(BURIN_E_IO, std::string("libjpeg could not write the picture: ") +
                                     encoder.errors.text + ".");
  }
}

}  // namespace burin::host
