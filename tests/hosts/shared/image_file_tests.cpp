// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Pictures come back from files as they went in.
#include <OpenImageIO/imageio.h>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>

#include "burin/cpp/error.hpp"
#include "hosts/shared/pictures.hpp"
#include "hosts/shared/profiles.hpp"
#include "shared/exif.hpp"
#include "shared/image_file.hpp"
#include "shared/image_origin.hpp"
#include "support/scratch_folder.hpp"

namespace data = boost::unit_test::data;
using namespace burin::host;
using namespace burin::test;
using burin::sdk::PixelType;

namespace {

struct Kind {
  const char* extension;
  PixelType type;
  std::int64_t channels;
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.extension << ", " << name_of(kind.type) << ", " << kind.channels
             << " channels";
}

// What each format stores without loss.
const std::vector<Kind> exact = {
    {".png", PixelType::u8, 1},  {".png", PixelType::u8, 2},  {".png", PixelType::u8, 3},
    {".png", PixelType::u8, 4},  {".png", PixelType::u16, 1}, {".png", PixelType::u16, 2},
    {".png", PixelType::u16, 3}, {".png", PixelType::u16, 4}, {".tif", PixelType::u8, 1},
    {".tif", PixelType::u8, 2},  {".tif", PixelType::u8, 3},  {".tif", PixelType::u8, 4},
    {".tif", PixelType::u16, 1}, {".tif", PixelType::u16, 3}, {".tif", PixelType::u16, 4},
    {".tif", PixelType::f16, 3}, {".tif", PixelType::f32, 1}, {".tif", PixelType::f32, 3},
    {".tif", PixelType::f32, 4}, {".webp", PixelType::u8, 3}, {".webp", PixelType::u8, 4},
    {".exr", PixelType::f16, 3}, {".exr", PixelType::f32, 3}, {".exr", PixelType::f32, 1}};

std::filesystem::path sample(const char* name) {
  return std::filesystem::path(BURIN_SOURCE_DIR "/tests/hosts/shared/data") / name;
}

// A little-endian EXIF block with one field: Orientation.
std::vector<std::uint8_t> exif_with(int orientation) {
  return {'I',
          'I',
          42,
          0,
          8,
          0,
          0,
          0,
          1,
          0,
          0x12,
          0x01,
          3,
          0,
          1,
          0,
          0,
          0,
          static_cast<std::uint8_t>(orientation),
          0,
          0,
          0,
          0,
          0,
          0,
          0};
}

bool refused(const std::filesystem::path& file) {
  try {
    read_image(file);
  } catch (const burin::sdk::Error& error) {
    return error.status() == BURIN_E_IMAGE &&
           std::string(error.what()).find(file.filename().string()) != std::string::npos;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(image_file)

BOOST_DATA_TEST_CASE(keeps_every_bit_of_pixels_and_profile_twice_over, data::make(exact), kind) {
  const ScratchFolder folder;
  const auto first = folder / (std::string("a") + kind.extension);
  const auto second = folder / (std::string("b") + kind.extension);
  ImageFile image = picture(noise(37, 29, kind.channels, kind.type), *format_of_name(first));
  const bool keeps_profile = image.format != FileFormat::exr;
  if (keeps_profile) image.icc = gamma_profile(kind.channels <= 2);
  BOOST_TEST(write_image(image, first).empty());
  const ImageFile once = read_image(first);
  BOOST_TEST(write_image(once, second).empty());
  const ImageFile twice = read_image(second);
  for (const auto* back : {&once, &twice}) {
    BOOST_TEST((back->format == image.format));
    BOOST_TEST((back->pixels.type == kind.type));
    BOOST_TEST(back->pixels.width == 37);
    BOOST_TEST(back->pixels.height == 29);
    BOOST_TEST(back->pixels.channels == kind.channels);
    BOOST_TEST((back->pixels.bytes == image.pixels.bytes));
    BOOST_TEST((back->icc == image.icc));
  }
  BOOST_TEST(files_in(folder.path) == 2u);
}

BOOST_DATA_TEST_CASE(takes_one_pixel, data::make({".png", ".jpg", ".tif", ".webp", ".exr"}),
                     extension) {
  const ScratchFolder folder;
  const auto file = folder / (std::string("one") + extension);
  const bool is_exr = std::string(extension) == ".exr";
  write_image(
      picture(noise(1, 1, 3, is_exr ? PixelType::f16 : PixelType::u8), *format_of_name(file)),
      file);
  const ImageFile back = read_image(file);
  BOOST_TEST(back.pixels.width == 1);
  BOOST_TEST(back.pixels.height == 1);
}

BOOST_AUTO_TEST_CASE(takes_thirty_thousand_columns) {
  const ScratchFolder folder;
  const ImageFile image = picture(noise(30000, 3, 3, PixelType::u8), FileFormat::png);
  write_image(image, folder / "wide.png");
  BOOST_TEST((read_image(folder / "wide.png").pixels.bytes == image.pixels.bytes));
}

BOOST_DATA_TEST_CASE(turns_pixels_upright_and_says_so,
                     data::xrange(1, 9) * data::make({".png", ".webp"}), orientation, extension) {
  const ScratchFolder folder;
  const auto file = folder / (std::string("turned") + extension);
  ImageFile image = picture(noise(5, 3, 3, PixelType::u8), *format_of_name(file));
  image.exif = exif_with(orientation);
  write_image(image, file);
  const ImageFile back = read_image(file);
  const bool turned = orientation >= 5;
  BOOST_TEST(back.pixels.width == (turned ? 3 : 5));
  BOOST_TEST(exif_orientation(back.exif).value() == 1);
  // EXIF 2.32: where row 0 and column 0 of the stored picture are when it is shown.
  const bool row_from_far =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool column_from_far =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 5; ++x) {
      const int v = row_from_far ? 2 - y : y, u = column_from_far ? 4 - x : x;
      const int shown = turned ? u * 3 + v : v * 5 + u;
      BOOST_TEST((back.pixels.bytes[static_cast<size_t>(shown * 3)] ==
                  image.pixels.bytes[static_cast<size_t>((y * 5 + x) * 3)]));
    }
  }
}

BOOST_AUTO_TEST_CASE(keeps_jpeg_markers_tables_and_subsampling) {
  const ScratchFolder folder;
  const ImageFile image = read_image(sample("rotated.jpg"));
  BOOST_TEST(image.pixels.width == 17);
  BOOST_TEST(image.pixels.height == 24);
  write_image(image, folder / "again.jpg");
  const ImageFile again = read_image(folder / "again.jpg");
  BOOST_TEST((again.exif == image.exif));
  BOOST_TEST((again.xmp == image.xmp));
  BOOST_TEST(!image.xmp.empty());
  const std::string exif(image.exif.begin(), image.exif.end());
  BOOST_TEST(exif.find("Zoe") != std::string::npos);
  BOOST_TEST(exif.find("hello") != std::string::npos);

  const ImageFile progressive = read_image(sample("progressive.jpg"));
  write_image(progressive, folder / "progressive.jpg");
  const ImageFile second = read_image(folder / "progressive.jpg");
  const auto &before = *progressive.origin->jpeg, &after = *second.origin->jpeg;
  BOOST_TEST(after.progressive);
  BOOST_TEST((after.tables == before.tables));
  BOOST_TEST(after.components.at(0).horizontal == 2);
  BOOST_TEST(after.components.at(0).vertical == 1);
}

BOOST_AUTO_TEST_CASE(jpeg_written_again_differs_by_rounding_alone) {
  const ScratchFolder folder;
  const ImageFile image = read_image(BURIN_SOURCE_DIR "/tests/hosts/shared/data/progressive.jpg");
  write_image(image, folder / "again.jpg");
  const ImageFile again = read_image(folder / "again.jpg");
  double sum = 0;
  for (size_t i = 0; i < image.pixels.bytes.size(); ++i) {
    sum += std::abs(std::to_integer<int>(image.pixels.bytes[i]) -
                    std::to_integer<int>(again.pixels.bytes[i]));
  }
  const double mean = sum / static_cast<double>(image.pixels.bytes.size());
  BOOST_TEST(mean < 1.0);  // of 255; most of it from halving the colour planes again
}

BOOST_AUTO_TEST_CASE(expands_palettes_interlacing_tiles_and_single_bits) {
  for (const char* name : {"palette.png", "interlaced.png", "tiled.tif", "bilevel.tif"}) {
    BOOST_TEST_CONTEXT(name) {
      const ScratchFolder folder;
      const ImageFile image = read_image(sample(name));
      BOOST_TEST((image.pixels.type == PixelType::u8));
      BOOST_TEST(image.pixels.channels == (std::string(name) == "bilevel.tif" ? 1 : 3));
      const auto target = folder / name;
      write_image(image, target);
      const ImageFile again = read_image(target);
      BOOST_TEST((again.pixels.type == PixelType::u8));
      BOOST_TEST((again.pixels.bytes == image.pixels.bytes));
    }
  }
}

BOOST_AUTO_TEST_CASE(keeps_text_and_resolution_chunks_of_png) {
  const ScratchFolder folder;
  OIIO::ImageSpec spec(4, 4, 3, OIIO::TypeDesc::UINT8);
  spec["Software"] = "made here";
  spec["XResolution"] = 300.0f;
  spec["YResolution"] = 300.0f;
  spec["ResolutionUnit"] = "in";
  const std::vector<std::uint8_t> pixels(48, 9);
  auto out = OIIO::ImageOutput::create("x.png");
  BOOST_REQUIRE(out->open((folder / "a.png").string(), spec));
  BOOST_REQUIRE(out->write_image(OIIO::TypeDesc::UINT8, pixels.data()));
  out->close();
  write_image(read_image(folder / "a.png"), folder / "b.png");
  auto in = OIIO::ImageInput::open((folder / "b.png").string());
  BOOST_REQUIRE(in);
  BOOST_TEST(in->spec().get_string_attribute("Software") == "made here");
  BOOST_TEST(std::abs(in->spec().get_float_attribute("XResolution") - 300.0f) < 0.1f);
}

BOOST_AUTO_TEST_CASE(keeps_premultiplied_pixels_of_exr_that_nobody_changed) {
  const ScratchFolder folder;
  auto pixels = noise(6, 5, 4, PixelType::f32);
  for (size_t i = 3; i < 120; i += 4) {
    const float alpha = i % 8 == 3 ? 0.3f : i % 16 == 7 ? 0.0f : 1.0f;
    std::memcpy(pixels.bytes.data() + 4 * i, &alpha, 4);
  }
  OIIO::ImageSpec spec(6, 5, 4, OIIO::TypeDesc::FLOAT);
  auto out = OIIO::ImageOutput::create("x.exr");
  BOOST_REQUIRE(out->open((folder / "a.exr").string(), spec));
  BOOST_REQUIRE(out->write_image(OIIO::TypeDesc::FLOAT, pixels.bytes.data()));
  out->close();

  ImageFile image = read_image(folder / "a.exr");
  BOOST_TEST(image.linear);
  float stored, straight;
  std::memcpy(&stored, pixels.bytes.data(), 4);
  std::memcpy(&straight, image.pixels.bytes.data(), 4);
  BOOST_TEST(std::abs(straight - stored / 0.3f) < 1e-5f);
  const float changed = 0.5f;  // red of the pixel at (2, 0), alpha 0.3
  std::memcpy(image.pixels.bytes.data() + 2 * 16, &changed, 4);
  write_image(image, folder / "b.exr");

  auto in = OIIO::ImageInput::open((folder / "b.exr").string());
  std::vector<std::byte> back(pixels.bytes.size());
  BOOST_REQUIRE(in->read_image(0, 0, 0, 4, OIIO::TypeDesc::FLOAT, back.data()));
  float multiplied;
  std::memcpy(&multiplied, back.data() + 32, 4);
  BOOST_TEST(std::abs(multiplied - 0.15f) < 1e-6f);
  std::memcpy(pixels.bytes.data() + 32, back.data() + 32, 12);
  BOOST_TEST((back == pixels.bytes));
}

BOOST_AUTO_TEST_CASE(converts_depth_and_transparency_for_another_format_and_tells) {
  const ScratchFolder folder;
  auto pixels = noise(3, 2, 4, PixelType::u16);
  const std::uint16_t half = 32768, none = 0;
  std::memcpy(pixels.bytes.data(), &half, 2);
  std::memcpy(pixels.bytes.data() + 6, &none, 2);
  const ImageFile image = picture(pixels, FileFormat::png);
  const auto notes = write_image(image, folder / "a.jpg");
  BOOST_TEST(notes.size() == 2u);
  const ImageFile jpeg = read_image(folder / "a.jpg");
  BOOST_TEST(jpeg.pixels.channels == 3);
  const auto webp_notes = write_image(image, folder / "a.webp");
  BOOST_TEST(webp_notes.size() == 1u);
  const ImageFile webp = read_image(folder / "a.webp");
  BOOST_TEST(webp.pixels.channels == 4);
  BOOST_TEST(std::to_integer<int>(webp.pixels.bytes[0]) == 128);
  BOOST_TEST(std::to_integer<int>(webp.pixels.bytes[3]) == 0);
  BOOST_TEST((read_image(folder / "a.webp").pixels.type == PixelType::u8));
}

BOOST_AUTO_TEST_CASE(carries_exif_and_profile_to_another_format) {
  const ScratchFolder folder;
  ImageFile image = read_image(sample("rotated.jpg"));
  image.icc = gamma_profile(false);
  for (const char* name : {"a.png", "a.webp", "a.tif"}) {
    BOOST_TEST_CONTEXT(name) {
      write_image(image, folder / name);
      const ImageFile back = read_image(folder / name);
      BOOST_TEST((back.icc == image.icc));
      BOOST_TEST((back.pixels.bytes == image.pixels.bytes));
      if (back.format != FileFormat::tiff) BOOST_TEST((back.exif == image.exif));
    }
  }
  auto in = OIIO::ImageInput::open((folder / "a.tif").string());
  BOOST_TEST(in->spec().get_string_attribute("Artist") == "Zoe");
  write_image(read_image(folder / "a.tif"), folder / "b.jpg");
  const ImageFile jpeg = read_image(folder / "b.jpg");
  const std::string exif(jpeg.exif.begin(), jpeg.exif.end());
  BOOST_TEST(exif.find("Zoe") != std::string::npos);
}

BOOST_DATA_TEST_CASE(keeps_the_exif_directory_of_a_tiff, data::make({1, 3, 4}), channels) {
  const ScratchFolder folder;
  ImageFile image = picture(noise(37, 129, channels, PixelType::u16), FileFormat::tiff);
  auto origin = std::make_shared<Origin>();
  origin->spec.emplace();
  origin->spec->spec = OIIO::ImageSpec(37, 129, channels, OIIO::TypeDesc::UINT16);
  origin->spec->spec["oiio:UnassociatedAlpha"] = 1;
  origin->spec->spec["Exif:ColorSpace"] = 1;
  image.origin = origin;
  write_image(image, folder / "a.tif");
  write_image(read_image(folder / "a.tif"), folder / "b.tif");
  for (const char* name : {"a.tif", "b.tif"}) {
    BOOST_TEST((read_image(folder / name).pixels.bytes == image.pixels.bytes));
    const auto in = OIIO::ImageInput::open((folder / name).string());
    BOOST_TEST(in->spec().get_int_attribute("Exif:ColorSpace") == 1);
  }
  BOOST_TEST(files_in(folder.path) == 2u);
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_hold) {
  const ScratchFolder folder;
  ImageFile image = picture(noise(2, 2, 3, PixelType::u8), FileFormat::png);
  image.icc = gamma_profile(false);
  const auto unsupported = [](const burin::sdk::Error& error) {
    return error.status() == BURIN_E_UNSUPPORTED;
  };
  BOOST_CHECK_EXCEPTION(write_image(image, folder / "a.exr"), burin::sdk::Error, unsupported);
  BOOST_CHECK_EXCEPTION(write_image(image, folder / "a.bmp"), burin::sdk::Error, unsupported);
  const ImageFile wide = picture(noise(16384, 1, 3, PixelType::u8), FileFormat::png);
  BOOST_CHECK_EXCEPTION(write_image(wide, folder / "a.webp"), burin::sdk::Error, unsupported);
  BOOST_TEST(files_in(folder.path) == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_cmyk_animation_and_what_is_no_picture) {
  const ScratchFolder folder;
  BOOST_TEST(refused(sample("cmyk.jpg")));
  BOOST_TEST(refused(sample("cmyk.tif")));
  BOOST_TEST(refused(sample("animated.webp")));
  BOOST_TEST(refused(folder / "missing.png"));
  BOOST_TEST(refused(folder.path));
  put_file(folder / "empty.png", {});
  BOOST_TEST(refused(folder / "empty.png"));
  put_file(folder / "text.png", {'h', 'e', 'l', 'l', 'o'});
  BOOST_TEST(refused(folder / "text.png"));
}

BOOST_DATA_TEST_CASE(refuses_files_cut_at_any_place,
                     data::make({".png", ".jpg", ".tif", ".webp", ".exr"}), extension) {
  const ScratchFolder folder;
  const auto whole = folder / (std::string("whole") + extension);
  const bool is_exr = std::string(extension) == ".exr";
  write_image(
      picture(noise(40, 30, 3, is_exr ? PixelType::f16 : PixelType::u8), *format_of_name(whole)),
      whole);
  const auto bytes = bytes_of_file(whole);
  const auto cut = folder / (std::string("cut") + extension);
  for (const size_t percent : {1, 5, 20, 50, 80, 95}) {
    put_file(cut, {bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() * percent / 100)});
    BOOST_TEST_CONTEXT(percent << " %") { BOOST_TEST(refused(cut)); }
  }
}

BOOST_DATA_TEST_CASE(survives_flipped_bytes, data::make({".png", ".jpg", ".tif", ".webp", ".exr"}),
                     extension) {
  const ScratchFolder folder;
  const auto whole = folder / (std::string("whole") + extension);
  const bool is_exr = std::string(extension) == ".exr";
  write_image(
      picture(noise(20, 15, 3, is_exr ? PixelType::f16 : PixelType::u8), *format_of_name(whole)),
      whole);
  const auto bytes = bytes_of_file(whole);
  const auto broken = folder / (std::string("broken") + extension);
  std::mt19937 random(3);
  size_t read = 0, rejected = 0;
  for (int i = 0; i < 60; ++i) {
    auto copy = bytes;
    copy[random() % std::min<size_t>(copy.size(), 400)] ^= static_cast<char>(1 + random() % 255);
    put_file(broken, copy);
    try {
      read_image(broken);
      ++read;
    } catch (const burin::sdk::Error&) {
      ++rejected;
    }
  }
  BOOST_TEST(read + rejected == 60u);
}

BOOST_AUTO_TEST_SUITE_END()
