// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Strided crops packed into buffers, then written as TIFF.
#include "shared/segs_folder.hpp"

#include <OpenImageIO/imageio.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

#include "burin/cpp/error.hpp"
#include "shared/image_file.hpp"
#include "shared/image_origin.hpp"
#include "shared/output_file.hpp"

namespace burin::host {

namespace {

ImageFile crop_of(const DLTensor& crop) {
  ImageFile image;
  image.format = FileFormat::tiff;
  auto& pixels = image.pixels;
  pixels.type = sdk::PixelType::f32;
  pixels.height = crop.shape[0];
  pixels.width = crop.shape[1];
  pixels.channels = crop.shape[2];
  pixels.bytes.resize(static_cast<size_t>(pixels.height * pixels.width * pixels.channels) *
                      sizeof(float));
  const char* data = static_cast<const char*>(crop.data) + crop.byte_offset;
  const std::int64_t packed[3] = {pixels.width * pixels.channels, pixels.channels, 1};
  const std::int64_t* strides = crop.strides ? crop.strides : packed;
  std::byte* to = pixels.bytes.data();
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
      for (std::int64_t c = 0; c < pixels.channels; ++c, to += sizeof(float)) {
        const std::int64_t at = y * strides[0] + x * strides[1] + c * strides[2];
        std::memcpy(to, data + at * static_cast<std::int64_t>(sizeof(float)), sizeof(float));
      }
    }
  }
  auto origin = std::make_shared<Origin>();
  origin->spec.emplace();
  origin->spec->spec =
      OIIO::ImageSpec(static_cast<int>(pixels.width), static_cast<int>(pixels.height),
                      static_cast<int>(pixels.channels), OIIO::TypeDesc::FLOAT);
  origin->spec->spec["compression"] = "none";
  image.origin = std::move(origin);
  return image;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw sdk::Error(BURIN_E_IO,
                     "Cannot make the folder " + folder.string() + ": " + error.message() + ".");
  }
}

}  // namespace

void write_segs_folder(const std::filesystem::path& folder, const std::vector<burin_layer>& layers,
                       const nlohmann::json& segs) {
  make_folder(folder);
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].crop == nullptr || layers[i].crop->ndim != 3) continue;
    char name[32];
    std::snprintf(name, sizeof name, "seg_%03zu.tif", i);
    write_image(crop_of(*layers[i].crop), folder / name);
  }
  if (segs.is_object()) write_text_file(folder / "segs.json", segs.dump(2) + "\n");
}

void write_control_folder(const std::filesystem::path& folder,
                          const std::vector<burin_layer>& layers) {
  make_folder(folder);
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!BURIN_HAS(&layers[i], controls)) continue;
    for (size_t k = 0; k < layers[i].control_count; ++k) {
      char name[64];
      std::snprintf(name, sizeof name, "control_%03zu_%zu.tif", i, k);
      write_image(crop_of(*layers[i].controls[k]), folder / name);
    }
  }
}

std::vector<std::filesystem::path> replaceable_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool crop = name.starts_with("seg_") || name.starts_with("control_");
    if (name == "segs.json" || (crop && name.ends_with(".tif"))) files.push_back(it->path());
  }
  return files;
}

}  // namespace burin::host
