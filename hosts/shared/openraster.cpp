// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// stack.xml, PNG layers and a zip, as https://www.openraster.org/baseline says.
#include "shared/openraster.hpp"

#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "burin/cpp/error.hpp"
#include "shared/output_file.hpp"
#include "shared/pixel_value.hpp"
#include "shared/srgb_curve.hpp"

namespace burin::host {

namespace fs = std::filesystem;
using sdk::PixelType;

namespace {

constexpr std::int64_t thumbnail_side = 256;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

float value_at(const DLTensor& tensor, std::int64_t y, std::int64_t x, std::int64_t c) {
  const auto* data =
      reinterpret_cast<const float*>(static_cast<const char*>(tensor.data) + tensor.byte_offset);
  const std::int64_t channels = tensor.ndim > 2 ? tensor.shape[2] : 1;
  if (tensor.strides == nullptr) return data[(y * tensor.shape[1] + x) * channels + c];
  return data[y * tensor.strides[0] + x * tensor.strides[1] +
              (tensor.ndim > 2 ? c * tensor.strides[2] : 0)];
}

// RGBA with the mask as alpha.
sdk::PixelBuffer layer_pixels(const RasterLayer& layer, PixelType type, bool linear) {
  const DLTensor& colours = *layer.pixels;
  sdk::PixelBuffer out;
  out.type = type;
  out.height = colours.shape[0];
  out.width = colours.shape[1];
  out.channels = 4;
  const size_t value_bytes = sdk::bytes_of(type);
  out.bytes.resize(static_cast<size_t>(out.height * out.width * 4) * value_bytes);
  const std::int64_t last_colour = colours.shape[2] - 1;
  std::byte* to = out.bytes.data();
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (std::int64_t x = 0; x < out.width; ++x) {
      for (std::int64_t c = 0; c < 3; ++c, to += value_bytes) {
        const float value = value_at(colours, y, x, std::min(c, last_colour));
        store_value(linear ? linear_to_srgb(value) : value, to, type);
      }
      store_value(value_at(*layer.mask, y, x, 0), to, type);
      to += value_bytes;
    }
  }
  return out;
}

// Averages up to 8 x 8 pixels spread over what each thumbnail pixel covers.
ImageFile thumbnail_of(const ImageFile& image) {
  const auto& from = image.pixels;
  const std::int64_t longest = std::max(from.width, from.height);
  ImageFile small;
  small.linear = image.linear;
  small.icc = image.icc;
  auto& to = small.pixels;
  to.type = PixelType::u8;
  to.channels = from.channels;
  to.width = std::max<std::int64_t>(1, from.width * std::min(longest, thumbnail_side) / longest);
  to.height = std::max<std::int64_t>(1, from.height * std::min(longest, thumbnail_side) / longest);
  to.bytes.resize(static_cast<size_t>(to.width * to.height * to.channels));
  const auto value_bytes = static_cast<std::int64_t>(sdk::bytes_of(from.type));
  std::byte* out = to.bytes.data();
  for (std::int64_t y = 0; y < to.height; ++y) {
    for (std::int64_t x = 0; x < to.width; ++x) {
      const std::int64_t x1 = x * from.width / to.width, x2 = (x + 1) * from.width / to.width;
      const std::int64_t y1 = y * from.height / to.height, y2 = (y + 1) * from.height / to.height;
      const std::int64_t step_x = (x2 - x1 + 7) / 8, step_y = (y2 - y1 + 7) / 8;
      for (std::int64_t c = 0; c < to.channels; ++c, ++out) {
        float sum = 0, count = 0;
        for (std::int64_t v = y1; v < y2; v += step_y) {
          for (std::int64_t u = x1; u < x2; u += step_x, ++count) {
            const auto at = ((v * from.width + u) * from.channels + c) * value_bytes;
            sum += load_value(from.bytes.data() + at, from.type);
          }
        }
        const bool is_alpha = to.channels % 2 == 0 && c == to.channels - 1;
        const float mean = sum / count;
        store_value(image.linear && !is_alpha ? linear_to_srgb(mean) : mean, out, to.type);
      }
    }
  }
  small.linear = false;
  return small;
}

[[noreturn]] void zip_failed(const fs::path& target, const std::string& reason) {
  throw sdk::Error(BURIN_E_IO, "Cannot write " + target.string() + ": " + reason + ".");
}

struct Member {
  std::string name;
  fs::path file;
};

void write_zip(const fs::path& file, const std::vector<Member>& members, const fs::path& target) {
  int code = 0;
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_EXCL, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    zip_failed(target, reason);
  }
  std::unique_ptr<zip_t, decltype(&zip_discard)> guard(archive, &zip_discard);
  for (const auto& member : members) {
    zip_source_t* source = zip_source_file(archive, member.file.c_str(), 0, -1);
    const auto index = source == nullptr
                           ? -1
                           : zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      zip_failed(target, zip_strerror(archive));
    }
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
  }
  if (zip_close(archive) != 0) zip_failed(target, zip_strerror(archive));
  static_cast<void>(guard.release());
}

}  // namespace

OpenRaster::OpenRaster(const fs::path& target, const ImageFile& original)
    : target_(fs::weakly_canonical(fs::absolute(target))),
      eight_bit_(original.pixels.type == PixelType::u8),
      linear_(original.linear),
      icc_(original.icc),
      width_(original.pixels.width),
      height_(original.pixels.height) {
  std::string folder = hidden_beside(target_);
  if (::mkdtemp(folder.data()) == nullptr) zip_failed(target, std::strerror(errno));
  scratch_ = folder;
  try {
    write_image(original, scratch_ / "original.png");
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
    throw;
  }
  entries_.push_back({"Original", "original.png", "", 0, 0});
}

OpenRaster::~OpenRaster() {
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

void OpenRaster::add(const RasterLayer& layer) {
  const std::string number = std::to_string(entries_.size());
  const std::string source = "layer-" + number + ".png";
  write_pixels(layer_pixels(layer, eight_bit_ ? PixelType::u8 : PixelType::u16, linear_), icc_,
               scratch_ / source);
  std::string job;
  if (!layer.job.empty()) {
    job = "layer-" + number + ".json";
    write_text_file(scratch_ / job, layer.job);
  }
  entries_.push_back({layer.name, source, job, layer.x, layer.y});
}

void OpenRaster::finish(const ImageFile& merged) {
  write_text_file(scratch_ / "mimetype", "image/openraster");
  write_image(merged, scratch_ / "merged.png");
  write_image(thumbnail_of(merged), scratch_ / "thumbnail.png");
  std::string stack = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<image version=\"0.0.3\" w=\"" +
                      std::to_string(width_) + "\" h=\"" + std::to_string(height_) +
                      "\">\n  <stack>\n";
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    stack += "    <layer name=\"" + escaped(entry->name) + "\" src=\"data/" + entry->source +
             "\" x=\"" + std::to_string(entry->x) + "\" y=\"" + std::to_string(entry->y) +
             "\" opacity=\"1.0\" visibility=\"visible\" composite-op=\"svg:src-over\"/>\n";
  }
  stack += "  </stack>\n</image>\n";
  write_text_file(scratch_ / "stack.xml", stack);

  std::vector<Member> members = {{"mimetype", scratch_ / "mimetype"},
                                 {"stack.xml", scratch_ / "stack.xml"}};
  for (const auto& entry : entries_) {
    members.push_back({"data/" + entry.source, scratch_ / entry.source});
    if (!entry.job.empty()) members.push_back({"burin/" + entry.job, scratch_ / entry.job});
  }
  members.push_back({"mergedimage.png", scratch_ / "merged.png"});
  members.push_back({"Thumbnails/thumbnail.png", scratch_ / "thumbnail.png"});
  const fs::path whole = scratch_ / "whole.ora";
  write_zip(whole, members, target_);
  std::error_code error;
  fs::rename(whole, target_, error);
  if (error) zip_failed(target_, error.message());
}

}  // namespace burin::host
