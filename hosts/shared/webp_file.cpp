// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// WebP by libwebp, with profile, EXIF and XMP in their chunks.
#include <string>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"
#include "shared/exif.hpp"
#include "shared/image_origin.hpp"

namespace burin::host {

namespace {

std::vector<std::uint8_t> chunk_of(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(demuxer, name, 1, &chunk)) return {};
  std::vector<std::uint8_t> bytes(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return bytes;
}

// Some writers put JPEG's "Exif\0\0" before the TIFF structure.
std::vector<std::uint8_t> without_head(std::vector<std::uint8_t> exif) {
  if (exif.size() > 6 && exif[0] == 'E' && exif[1] == 'x') {
    exif.erase(exif.begin(), exif.begin() + 6);
  }
  return exif;
}

void check(bool done, const std::string& what) {
  if (!done) throw sdk::Error(BURIN_E_IO, "libwebp could not write the picture: " + what + ".");
}

struct Picture {
  WebPPicture picture;
  WebPMemoryWriter writer;

  Picture() {
    check(WebPPictureInit(&picture), "its version differs from the one built against");
    WebPMemoryWriterInit(&writer);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    picture.use_argb = 1;
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&writer);
  }
};

// The four stored bytes as libwebp's ARGB words; grey is spread over the colours.
void fill(WebPPicture& picture, RowSource& rows) {
  const std::int64_t channels = rows.channels();
  const bool has_alpha = channels == 2 || channels == 4;
  for (std::int64_t y = 0; y < rows.height(); ++y) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(rows.rows(y));
    std::uint32_t* to = picture.argb + y * picture.argb_stride;
    for (std::int64_t x = 0; x < rows.width(); ++x, from += channels) {
      const std::uint32_t r = from[0];
      const std::uint32_t g = channels >= 3 ? from[1] : r;
      const std::uint32_t b = channels >= 3 ? from[2] : r;
      const std::uint32_t a = has_alpha ? from[channels - 1] : 255;
      to[x] = a << 24 | r << 16 | g << 8 | b;
    }
  }
}

WebPConfig config_for(const ImageFile& image) {
  const bool lossless = !(image.origin && image.origin->webp) || image.origin->webp->lossless;
  WebPConfig config;
  check(WebPConfigInit(&config), "its version differs from the one built against");
  if (lossless) {
    WebPConfigLosslessPreset(&config, 3);
    config.exact = 1;
  } else {
    config.quality = 95;
  }
  config.thread_level = 1;
  return config;
}

}  // namespace

ImageFile read_webp(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK) {
    refuse(file, "is a damaged or truncated WebP.");
  }
  if (features.has_animation) refuse(file, "is an animated WebP; only still pictures are read.");
  const WebPData data = {bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data),
                                                                     &WebPDemuxDelete);
  if (!demuxer) refuse(file, "is a damaged or truncated WebP.");

  ImageFile image;
  image.format = FileFormat::webp;
  image.icc = chunk_of(demuxer.get(), "ICCP");
  image.exif = without_head(chunk_of(demuxer.get(), "EXIF"));
  image.xmp = chunk_of(demuxer.get(), "XMP ");
  const int channels = features.has_alpha ? 4 : 3;
  RowPlacer placer(file, image.pixels, sdk::PixelType::u8, features.width, features.height,
                   channels, exif_orientation(image.exif).value_or(1));
  auto* to = reinterpret_cast<std::uint8_t*>(placer.rows_for(0, features.height));
  const auto stride = static_cast<int>(placer.row_bytes());
  const auto size = static_cast<size_t>(placer.row_bytes()) * static_cast<size_t>(features.height);
  const auto* decoded = features.has_alpha
                            ? WebPDecodeRGBAInto(bytes.data(), bytes.size(), to, size, stride)
                            : WebPDecodeRGBInto(bytes.data(), bytes.size(), to, size, stride);
  if (decoded == nullptr) refuse(file, "is a damaged or truncated WebP.");
  placer.placed();
  set_exif_orientation(image.exif, 1);
  auto origin = std::make_shared<Origin>();
  origin->webp = WebpOrigin{features.format == 2};
  image.origin = std::move(origin);
  return image;
}

void write_webp(RowSource& rows, const ImageFile& image, OutputFile& out) {
  const WebPConfig config = config_for(image);
  Picture encoder;
  encoder.picture.width = static_cast<int>(rows.width());
  encoder.picture.height = static_cast<int>(rows.height());
  check(WebPPictureAlloc(&encoder.picture), "there is not enough memory");
  fill(encoder.picture, rows);
  check(WebPEncode(&config, &encoder.picture),
        "error " + std::to_string(encoder.picture.error_code) + " of WebPEncode");

  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxNew(), &WebPMuxDelete);
  const WebPData still = {encoder.writer.mem, encoder.writer.size};
  check(mux && WebPMuxSetImage(mux.get(), &still, 0) == WEBP_MUX_OK, "its container");
  const auto add = [&](const char* name, const std::vector<std::uint8_t>& chunk) {
    if (chunk.empty()) return;
    const WebPData body = {chunk.data(), chunk.size()};
    check(WebPMuxSetChunk(mux.get(), name, &body, 0) == WEBP_MUX_OK,
          std::string("the chunk ") + name);
  };
  add("ICCP", image.icc);
  add("EXIF", image.exif);
  add("XMP ", image.xmp);
  WebPData whole = {nullptr, 0};
  check(WebPMuxAssemble(mux.get(), &whole) == WEBP_MUX_OK, "its container");
  out.append(whole.bytes, whole.size);
  WebPDataClear(&whole);
  out.check();
}

}  // namespace burin::host
