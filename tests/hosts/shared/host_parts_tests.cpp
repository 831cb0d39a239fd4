// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Profiles for the engine, number plates, EXIF fields, SEGS folders.
#include <OpenImageIO/imageio.h>
#include <lcms2.h>
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "hosts/shared/pictures.hpp"
#include "shared/engine_profile.hpp"
#include "shared/exif.hpp"
#include "shared/preview.hpp"
#include "shared/segs_folder.hpp"
#include "support/scratch_folder.hpp"

using namespace burin::host;
using namespace burin::test;
using burin::sdk::PixelType;

BOOST_AUTO_TEST_SUITE(engine_profile_of_a_picture)

BOOST_AUTO_TEST_CASE(is_the_files_own_or_none_for_encoded_values) {
  ImageFile image = picture(noise(2, 2, 3, PixelType::u8), FileFormat::png);
  BOOST_TEST(engine_profile(image).empty());
  image.icc = {1, 2, 3};
  BOOST_TEST((engine_profile(image) == image.icc));
}

BOOST_AUTO_TEST_CASE(says_linear_rec709_for_openexr) {
  const ImageFile image = picture(noise(2, 2, 3, PixelType::f32), FileFormat::exr);
  const auto bytes = engine_profile(image);
  cmsHPROFILE linear =
      cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size()));
  BOOST_REQUIRE(linear);
  cmsHPROFILE srgb = cmsCreate_sRGBProfile();
  cmsHTRANSFORM transform = cmsCreateTransform(linear, TYPE_RGB_FLT, srgb, TYPE_RGB_FLT,
                                               INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE);
  const float in[3] = {0.18f, 0.18f, 0.18f};
  float out[3] = {};
  cmsDoTransform(transform, in, out, 1);
  for (const float value : out)
    BOOST_TEST(std::abs(value - 0.4614f) < 2e-3f);  // sRGB curve of 18 % grey
  cmsDeleteTransform(transform);
  cmsCloseProfile(linear);
  cmsCloseProfile(srgb);
}

BOOST_AUTO_TEST_CASE(is_grey_for_grey_pictures) {
  const auto bytes = engine_profile(picture(noise(2, 2, 1, PixelType::f32), FileFormat::exr));
  cmsHPROFILE profile =
      cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size()));
  BOOST_REQUIRE(profile);
  BOOST_TEST((cmsGetColorSpace(profile) == cmsSigGrayData));
  cmsCloseProfile(profile);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(preview_boxes)

BOOST_AUTO_TEST_CASE(frame_the_box_and_leave_its_inside) {
  burin::sdk::PixelBuffer pixels = noise(60, 60, 3, PixelType::u8);
  const auto before = pixels.bytes;
  draw_boxes(pixels, {{1, {20, 30, 40, 50}}});
  const auto at = [&](int x, int y) { return static_cast<size_t>((y * 60 + x) * 3); };
  BOOST_TEST(std::to_integer<int>(pixels.bytes[at(19, 40)]) == 255);
  BOOST_TEST(std::to_integer<int>(pixels.bytes[at(40, 40)]) == 255);
  BOOST_TEST((pixels.bytes[at(30, 40)] == before[at(30, 40)]));
  BOOST_TEST((pixels.bytes[at(5, 5)] == before[at(5, 5)]));
}

BOOST_AUTO_TEST_CASE(stay_inside_the_picture_for_every_depth_and_channel_count) {
  for (const auto type : {PixelType::u8, PixelType::u16, PixelType::f16, PixelType::f32}) {
    for (const std::int64_t channels : {1, 2, 3, 4}) {
      burin::sdk::PixelBuffer pixels = noise(7, 5, channels, type);
      const auto before = pixels.bytes;
      draw_boxes(pixels, {{1234567890, {-100, -100, 300, 2}}, {2, {6, 4, 7, 5}}});
      BOOST_TEST(pixels.bytes.size() == before.size());
      BOOST_TEST((pixels.bytes != before));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exif_blocks)

BOOST_AUTO_TEST_CASE(give_and_take_orientation_in_either_byte_order) {
  std::vector<std::uint8_t> big = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                                   3,   0,   0, 0,  1, 0, 8, 0, 0, 0, 0,    0,    0};
  BOOST_TEST(exif_orientation(big).value() == 8);
  set_exif_orientation(big, 1);
  BOOST_TEST(exif_orientation(big).value() == 1);
  BOOST_TEST(big[18] == 0);
  BOOST_TEST(big[19] == 1);
}

BOOST_AUTO_TEST_CASE(that_are_malformed_say_nothing) {
  std::vector<std::uint8_t> block = {'I',  'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12,
                                     0x01, 3,   0,  1, 0, 0, 0, 6, 0, 0, 0};
  BOOST_TEST(exif_orientation(block).value() == 6);
  for (size_t size = 0; size < block.size(); ++size) {
    BOOST_TEST(!exif_orientation(std::span(block).first(size)));
  }
  block[18] = 9;
  BOOST_TEST(!exif_orientation(block));
  block[4] = block[5] = block[6] = block[7] = 255;
  BOOST_TEST(!exif_orientation(block));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(segs_folder)

BOOST_AUTO_TEST_CASE(holds_unclipped_float_crops_uncompressed_and_the_segs_file) {
  const ScratchFolder folder;
  std::vector<float> values(5 * 4 * 3, 1.75f);
  values[0] = -0.25f;
  std::int64_t shape[3] = {4, 5, 3};
  DLTensor crop = {};
  crop.data = values.data();
  crop.ndim = 3;
  crop.shape = shape;
  burin_layer layer = {};
  layer.crop = &crop;
  write_segs_folder(folder / "segs", {layer, layer}, {{"burin_segs", 1}});
  auto in = OIIO::ImageInput::open((folder / "segs" / "seg_001.tif").string());
  BOOST_REQUIRE(in);
  BOOST_TEST((in->spec().format == OIIO::TypeDesc::FLOAT));
  BOOST_TEST(in->spec().get_string_attribute("compression") == "none");
  std::vector<float> back(values.size());
  BOOST_REQUIRE(in->read_image(0, 0, 0, 3, OIIO::TypeDesc::FLOAT, back.data()));
  BOOST_TEST((back == values));
  BOOST_TEST(std::filesystem::exists(folder / "segs" / "segs.json"));
  BOOST_TEST(files_in(folder / "segs") == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
