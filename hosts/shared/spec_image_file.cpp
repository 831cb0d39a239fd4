// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// TIFF and OpenEXR through OpenImageIO, which keeps their metadata in its ImageSpec.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "burin/cpp/error.hpp"
#include "shared/codecs.hpp"
#include "shared/image_origin.hpp"
#include "shared/oiio_stream.hpp"

#include <OpenImageIO/tiffutils.h>

namespace burin::host {

namespace {

// Losslessly compressed files stay as they are; for the rest, lossy ones included, "zip" keeps
// every pixel.
bool is_lossless(FileFormat format, std::string_view compression) {
  constexpr std::array<std::string_view, 4> tiff = {"none", "lzw", "zip", "packbits"};
  constexpr std::array<std::string_view, 5> exr = {"none", "rle", "zip", "zips", "piz"};
  return format == FileFormat::tiff ? std::find(tiff.begin(), tiff.end(), compression) != tiff.end()
                                    : std::find(exr.begin(), exr.end(), compression) != exr.end();
}

void set_geometry(OIIO::ImageSpec& spec, const RowSource& rows) {
  const auto width = static_cast<int>(rows.width()), height = static_cast<int>(rows.height());
  if (spec.width != width || spec.height != height) {
    spec.x = spec.y = spec.full_x = spec.full_y = 0;
    spec.full_width = width;
    spec.full_height = height;
  }
  spec.width = width;
  spec.height = height;
  spec.tile_width = spec.tile_height = 0;
}

OIIO::ImageSpec spec_for(const RowSource& rows, const ImageFile& image, FileFormat format) {
  OIIO::ImageSpec spec;
  if (image.origin && image.origin->spec && image.format == format) {
    spec = image.origin->spec->spec;
    set_geometry(spec, rows);
  } else {
    spec = OIIO::ImageSpec(static_cast<int>(rows.width()), static_cast<int>(rows.height()),
                           static_cast<int>(rows.channels()), type_of(rows.type()));
    if (rows.channels() == 2) {
      spec.channelnames = {"Y", "A"};
      spec.alpha_channel = 1;
    }
    if (!image.exif.empty()) {
      OIIO::decode_exif(
          OIIO::cspan<uint8_t>(image.exif.data(), static_cast<int64_t>(image.exif.size())), spec);
    }
    if (!image.xmp.empty()) {
      OIIO::decode_xmp(
          OIIO::string_view(reinterpret_cast<const char*>(image.xmp.data()), image.xmp.size()),
          spec);
    }
    if (format == FileFormat::tiff) spec["oiio:UnassociatedAlpha"] = 1;
  }
  spec.set_format(type_of(rows.type()));
  spec.channelformats.clear();
  for (const char* layout : {"oiio:BitsPerSample", "planarconfig", "tiff:PlanarConfiguration",
                             "tiff:Compression", "tiff:RowsPerStrip", "tiff:ColorSpace",
                             "tiff:PhotometricInterpretation", "openexr:lineOrder"}) {
    spec.erase_attribute(layout);
  }
  if (!is_lossless(format, spec.get_string_attribute("compression"))) {
    spec.attribute("compression", "zip");
  }
  if (format == FileFormat::tiff) {
    spec.attribute("tiff:half", 1);
    spec.attribute("tiff:zipquality", 3);  // as small as 6 with a predictor, in half the time
  }
  if (spec.find_attribute("Orientation")) spec.attribute("Orientation", 1);
  if (!image.icc.empty()) {
    spec.attribute("ICCProfile",
                   OIIO::TypeDesc(OIIO::TypeDesc::UINT8, static_cast<int>(image.icc.size())),
                   image.icc.data());
  }
  return spec;
}

}  // namespace

ImageFile read_spec_image(const std::filesystem::path& file, FileFormat format) {
  const auto in = open_input(file);
  const OIIO::ImageSpec& spec = in->spec();
  const std::string colours = spec.get_string_attribute("tiff:ColorSpace");
  if (!colours.empty() && colours != "RGB" && colours != "YCbCr" && colours != "palette") {
    refuse(file, "is " + colours + "; convert it to RGB first.");
  }
  ImageFile image;
  image.format = format;
  image.linear = format == FileFormat::exr;
  if (const auto* icc = spec.find_attribute("ICCProfile")) {
    const auto* bytes = static_cast<const std::uint8_t*>(icc->data());
    image.icc.assign(bytes, bytes + icc->type().size());
  }
  const int orientation = std::clamp(spec.get_int_attribute("Orientation", 1), 1, 8);
  read_rows(*in, file, orientation, image.pixels);
  auto origin = std::make_shared<Origin>();
  origin->spec = SpecOrigin{spec, {}};
  const bool alpha_is_last = spec.alpha_channel == spec.nchannels - 1 && spec.nchannels % 2 == 0;
  if (alpha_is_last && !spec.get_int_attribute("oiio:UnassociatedAlpha")) {
    origin->spec->alpha = make_straight(image.pixels);
  }
  if (in->seek_subimage(1, 0)) {
    image.one_of_several = true;
    image.notes.push_back(file.string() + " holds several pictures; only the first is read.");
  }
  image.origin = std::move(origin);
  return image;
}

void write_spec_image(RowSource& rows, const ImageFile& image, FileFormat format, OutputFile& out) {
  write_rows(rows, format == FileFormat::tiff ? ".tif" : ".exr", spec_for(rows, image, format),
             out);
}

}  // namespace burin::host
