// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// .ora files have the parts, order and pixels that editors expect.
#include <zip.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <string>

#include "burin/cpp/error.hpp"
#include "hosts/shared/pictures.hpp"
#include "hosts/shared/profiles.hpp"
#include "shared/openraster.hpp"
#include "support/scratch_folder.hpp"

using namespace burin::host;
using namespace burin::test;
using burin::sdk::PixelType;

namespace {

struct FloatTensor {
  std::vector<float> values;
  std::vector<std::int64_t> shape;
  DLTensor dl = {};

  FloatTensor(std::vector<std::int64_t> size, float value) : shape(std::move(size)) {
    std::int64_t count = 1;
    for (const auto side : shape) count *= side;
    values.assign(static_cast<size_t>(count), value);
    dl.data = values.data();
    dl.device = {kDLCPU, 0};
    dl.ndim = static_cast<int>(shape.size());
    dl.dtype = {kDLFloat, 32, 1};
    dl.shape = shape.data();
  }
};

struct Archive {
  zip_t* zip;
  explicit Archive(const std::filesystem::path& file)
      : zip(zip_open(file.c_str(), ZIP_RDONLY, nullptr)) {}
  ~Archive() {
    if (zip) zip_discard(zip);
  }
  std::vector<char> member(const std::string& name) const {
    zip_stat_t info;
    if (zip_stat(zip, name.c_str(), 0, &info) != 0) return {};
    std::vector<char> bytes(info.size);
    zip_file_t* file = zip_fopen(zip, name.c_str(), 0);
    zip_fread(file, bytes.data(), bytes.size());
    zip_fclose(file);
    return bytes;
  }
};

ImageFile image_in(const Archive& archive, const std::string& name, const ScratchFolder& folder) {
  put_file(folder / "member.png", archive.member(name));
  return read_image(folder / "member.png");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openraster)

BOOST_AUTO_TEST_CASE(holds_original_layers_jobs_merged_and_thumbnail) {
  const ScratchFolder folder;
  ImageFile image = picture(noise(600, 40, 3, PixelType::u8), FileFormat::png);
  image.icc = gamma_profile(false);
  const auto original = image.pixels.bytes;
  FloatTensor colours({4, 6, 3}, 0.5f), mask({4, 6}, 0.25f), grey({2, 2, 1}, 1.5f),
      whole({2, 2}, 1.0f);
  {
    OpenRaster raster(folder / "a.ora", image);
    image.pixels.bytes[0] ^= std::byte{1};
    raster.add({"Face 1 <&\">", 10, 20, &colours.dl, &mask.dl, "{\"burin_job\": 1}"});
    raster.add({"Face 2", -1, 0, &grey.dl, &whole.dl, ""});
    raster.finish(image);
  }
  BOOST_TEST(files_in(folder.path) == 1u);
  const auto bytes = bytes_of_file(folder / "a.ora");
  // The first member is stored, so that file(1) and editors see the type at byte 38.
  BOOST_TEST(std::string(bytes.data() + 30, 8 + 16) == "mimetypeimage/openraster");

  const Archive archive(folder / "a.ora");
  BOOST_REQUIRE(archive.zip);
  BOOST_TEST(std::string(zip_get_name(archive.zip, 0, 0)) == "mimetype");
  const auto stack_bytes = archive.member("stack.xml");
  const std::string stack(stack_bytes.begin(), stack_bytes.end());
  BOOST_TEST(stack.find("w=\"600\" h=\"40\"") != std::string::npos);
  const auto second = stack.find("name=\"Face 2\" src=\"data/layer-2.png\" x=\"-1\" y=\"0\"");
  const auto first =
      stack.find("name=\"Face 1 &lt;&amp;&quot;&gt;\" src=\"data/layer-1.png\" x=\"10\" y=\"20\"");
  const auto bottom = stack.find("name=\"Original\"");
  BOOST_TEST((second < first && first < bottom && bottom != std::string::npos));
  BOOST_TEST(archive.member("burin/layer-1.json").size() == 16u);

  const ImageFile below = image_in(archive, "data/original.png", folder);
  BOOST_TEST((below.pixels.bytes == original));
  BOOST_TEST((below.icc == image.icc));
  BOOST_TEST((image_in(archive, "mergedimage.png", folder).pixels.bytes == image.pixels.bytes));
  const ImageFile layer = image_in(archive, "data/layer-1.png", folder);
  BOOST_TEST(layer.pixels.width == 6);
  BOOST_TEST(layer.pixels.channels == 4);
  BOOST_TEST(std::to_integer<int>(layer.pixels.bytes[0]) == 128);
  BOOST_TEST(std::to_integer<int>(layer.pixels.bytes[3]) == 64);
  BOOST_TEST((layer.icc == image.icc));
  BOOST_TEST(std::to_integer<int>(image_in(archive, "data/layer-2.png", folder).pixels.bytes[0]) ==
             255);
  const ImageFile thumbnail = image_in(archive, "Thumbnails/thumbnail.png", folder);
  BOOST_TEST(thumbnail.pixels.width == 256);
  BOOST_TEST(thumbnail.pixels.height == 17);
}

BOOST_AUTO_TEST_CASE(keeps_sixteen_bits_of_deeper_pictures) {
  const ScratchFolder folder;
  const ImageFile image = picture(noise(9, 8, 3, PixelType::u16), FileFormat::png);
  FloatTensor colours({2, 2, 3}, 0.3f), mask({2, 2}, 1.0f);
  OpenRaster raster(folder / "a.ora", image);
  raster.add({"Face", 0, 0, &colours.dl, &mask.dl, ""});
  raster.finish(image);
  const Archive archive(folder / "a.ora");
  BOOST_TEST((image_in(archive, "data/original.png", folder).pixels.bytes == image.pixels.bytes));
  const ImageFile layer = image_in(archive, "data/layer-1.png", folder);
  BOOST_TEST((layer.pixels.type == PixelType::u16));
  std::uint16_t value;
  std::memcpy(&value, layer.pixels.bytes.data(), 2);
  BOOST_TEST(value == 19661);  // 0.3 * 65535 = 19660.5, rounded up
}

BOOST_AUTO_TEST_CASE(leaves_nothing_behind_when_not_finished) {
  const ScratchFolder folder;
  {
    const OpenRaster raster(folder / "a.ora",
                            picture(noise(3, 3, 3, PixelType::u8), FileFormat::png));
  }
  BOOST_TEST(files_in(folder.path) == 0u);
  BOOST_CHECK_THROW(
      OpenRaster(folder / "no" / "a.ora", picture(noise(3, 3, 3, PixelType::u8), FileFormat::png)),
      burin::sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
