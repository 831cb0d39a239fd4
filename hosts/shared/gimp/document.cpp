// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reads and writes GIMP images through GEGL buffers.
#include "shared/gimp/document.hpp"

#include <algorithm>
#include <cstring>

#include "burin/cpp/error.hpp"

namespace burin::gimp {

using host::Mask;
using host::Rect;

namespace {

Buffer buffer_of(gint32 drawable) {
  Buffer buffer(gimp_drawable_get_buffer(as_drawable(drawable)));
  if (!buffer) throw sdk::Error(BURIN_E_IO, "GIMP did not give the pixels of a layer.");
  return buffer;
}

GeglRectangle rectangle(const Rect& rect) { return {rect.x, rect.y, rect.width, rect.height}; }

// GIMP numbers precisions by depth, a hundred for each (100: 8 bit, 200: 16 bit integers), and the
// encoding within them: the first is linear.
int precision_of(gint32 image) {
  return static_cast<int>(gimp_image_get_precision(as_image(image)));
}
bool is_linear(gint32 image) { return precision_of(image) % 100 == 0; }

// Deeper integers and doubles become float, which holds what the engine keeps.
sdk::PixelType type_of(gint32 image) {
  switch (precision_of(image) / 100) {
    case 1:
      return sdk::PixelType::u8;
    case 2:
      return sdk::PixelType::u16;
    default:
      return sdk::PixelType::f32;
  }
}

// The image's own encoding, so that values come and go as they are.
const Babl* encoding(gint32 image, GeglBuffer* buffer, bool alpha, sdk::PixelType type) {
  const bool linear = is_linear(image), grey = base_type(image) == GIMP_GRAY;
  std::string name = grey ? (linear ? "Y" : "Y'") : (linear ? "RGB" : "R'G'B'");
  if (alpha) name += "A";
  name += type == sdk::PixelType::u8 ? " u8" : type == sdk::PixelType::u16 ? " u16" : " float";
  return babl_format_with_space(name.c_str(), gegl_buffer_get_format(buffer));
}

std::vector<std::uint8_t> profile_of(gint32 image) {
  using Profile = std::unique_ptr<GimpColorProfile, Unref>;
  Profile profile(gimp_image_get_color_profile(as_image(image)));
  if (!profile && !is_linear(image)) return {};
  if (!profile) profile.reset(gimp_image_get_effective_color_profile(as_image(image)));
  if (!profile) return {};
  gsize size = 0;
  const guint8* bytes = gimp_color_profile_get_icc_profile(profile.get(), &size);
  return std::vector<std::uint8_t>(bytes, bytes + size);
}

Mask read_coverage(gint32 drawable, const Rect& part, int dx, int dy) {
  Mask mask{part,
            std::vector<float>(static_cast<size_t>(part.width) * static_cast<size_t>(part.height))};
  const Buffer buffer = buffer_of(drawable);
  const GeglRectangle from = rectangle(moved(part, -dx, -dy));
  gegl_buffer_get(buffer.get(), &from, 1.0, babl_format("Y float"), mask.values.data(),
                  GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return mask;
}

float alpha_at(const sdk::PixelBuffer& pixels, size_t index) {
  const size_t at = (index + 1) * static_cast<size_t>(pixels.channels) - 1;
  switch (pixels.type) {
    case sdk::PixelType::u8:
      return static_cast<float>(std::to_integer<int>(pixels.bytes[at])) / 255.0f;
    case sdk::PixelType::u16: {
      std::uint16_t value = 0;
      std::memcpy(&value, &pixels.bytes[at * 2], sizeof value);
      return static_cast<float>(value) / 65535.0f;
    }
    default: {
      float value = 0;
      std::memcpy(&value, &pixels.bytes[at * 4], sizeof value);
      return std::clamp(value, 0.0f, 1.0f);
    }
  }
}

// rect on the canvas; the drawable's own (0, 0) lies at dx, dy.
Picture read_from(gint32 image, gint32 drawable, const Rect& rect, int dx, int dy) {
  Picture picture;
  picture.rect = rect;
  picture.icc = profile_of(image);
  const bool alpha = gimp_drawable_has_alpha(as_drawable(drawable));
  const int colours = base_type(image) == GIMP_GRAY ? 1 : 3;
  picture.pixels.type = type_of(image);
  picture.pixels.height = rect.height;
  picture.pixels.width = rect.width;
  picture.pixels.channels = colours + (alpha ? 1 : 0);
  const auto count = static_cast<size_t>(rect.height) * static_cast<size_t>(rect.width);
  picture.pixels.bytes.resize(count * static_cast<size_t>(picture.pixels.channels) *
                              bytes_of(picture.pixels.type));
  const Buffer buffer = buffer_of(drawable);
  const GeglRectangle from = rectangle(moved(rect, -dx, -dy));
  gegl_buffer_get(buffer.get(), &from, 1.0,
                  encoding(image, buffer.get(), alpha, picture.pixels.type),
                  picture.pixels.bytes.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  if (alpha) {
    picture.opacity = host::full_mask(rect);
    for (size_t i = 0; i < count; ++i) picture.opacity.values[i] = alpha_at(picture.pixels, i);
  }
  return picture;
}

class Checksum {
 public:
  void add(const void* data, size_t size) {
    g_checksum_update(sum_.get(), static_cast<const guchar*>(data), static_cast<gssize>(size));
  }
  std::string text() const { return std::string("sha256:") + g_checksum_get_string(sum_.get()); }

 private:
  std::unique_ptr<GChecksum, void (*)(GChecksum*)> sum_{g_checksum_new(G_CHECKSUM_SHA256),
                                                        &g_checksum_free};
};

}  // namespace

gint32 layer_of(gint32 drawable) {
  if (gimp_item_is_valid(as_item(drawable)) && gimp_item_is_layer_mask(as_item(drawable))) {
    return id_of(gimp_layer_from_mask(as_mask(drawable)));
  }
  return drawable;
}

host::Document describe(gint32 image, gint32 drawable, bool mask_means_layer) {
  host::Document document;
  document.width = image_width(image);
  document.height = image_height(image);
  switch (base_type(image)) {
    case GIMP_RGB:
      document.colour = host::ColourModel::rgb;
      break;
    case GIMP_GRAY:
      document.colour = host::ColourModel::grey;
      break;
    default:
      document.colour = host::ColourModel::indexed;
      document.colour_name = "indexed";
  }
  host::Target& target = document.target;
  if (mask_means_layer) drawable = layer_of(drawable);
  if (gimp_item_is_valid(as_item(drawable))) {
    const gint32 named = layer_of(drawable);
    const Text name(gimp_item_get_name(as_item(named)));
    target.name = name ? name.get() : "";
    if (gimp_item_is_layer_mask(as_item(drawable))) {
      target.kind = host::TargetKind::layer_mask;
    } else if (!gimp_item_is_layer(as_item(drawable))) {
      target.kind = host::TargetKind::channel;
    } else if (gimp_layer_is_floating_sel(as_layer(drawable))) {
      target.kind = host::TargetKind::floating_selection;
    } else {
      target.kind =
          gimp_item_is_group(as_item(drawable)) ? host::TargetKind::group : host::TargetKind::layer;
      target.rect = rect_of(drawable);
      // A group without layers is 1 x 1 in GIMP.
      if (target.kind == host::TargetKind::group && target.rect.width * target.rect.height == 1) {
        target.rect = {};
      }
      target.locked = gimp_item_get_lock_content(as_item(drawable));
    }
  }
  gboolean selected = FALSE;
  gint x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  if (gimp_selection_bounds(as_image(image), &selected, &x1, &y1, &x2, &y2) && selected) {
    document.selection = read_coverage(id_of(gimp_image_get_selection(as_image(image))),
                                       {x1, y1, x2 - x1, y2 - y1}, 0, 0);
  }
  return document;
}

Rect rect_of(gint32 layer) {
  gint x = 0, y = 0;
  drawable_offsets(layer, x, y);
  return {x, y, drawable_width(layer), drawable_height(layer)};
}

Mask mask_of(gint32 layer) {
  const Rect rect = rect_of(layer);
  const gint32 mask = id_of(gimp_layer_get_mask(as_layer(layer)));
  if (mask != -1) return read_coverage(mask, rect, rect.x, rect.y);
  if (!gimp_drawable_has_alpha(as_drawable(layer))) return host::full_mask(rect);
  return read_from(id_of(gimp_item_get_image(as_item(layer))), layer, rect, rect.x, rect.y).opacity;
}

Picture read_picture(gint32 image, gint32 layer, host::Source source, const Rect& rect) {
  if (source == host::Source::visible) {
    const gint32 visible =
        id_of(gimp_layer_new_from_visible(as_image(image), as_image(image), "burin"));
    if (visible == -1) throw sdk::Error(BURIN_E_IO, "GIMP did not give what is visible.");
    Picture picture = read_from(image, visible, rect, 0, 0);
    gimp_item_delete(as_item(visible));
    return picture;
  }
  const Rect whole = rect_of(layer);
  const gint32 filtered = copy_with_filters(layer);
  Picture picture;
  if (filtered == -1) {
    picture = read_from(image, layer, rect, whole.x, whole.y);
  } else {
    const Rect grown = rect_of(filtered);
    picture = read_from(image, filtered, rect, grown.x, grown.y);
    gimp_item_delete(as_item(filtered));
  }
  const gint32 mask = id_of(gimp_layer_get_mask(as_layer(layer)));
  if (mask != -1 && gimp_layer_get_apply_mask(as_layer(layer))) {
    if (picture.opacity.values.empty()) picture.opacity = host::full_mask(rect);
    multiply_by(picture.opacity, read_coverage(mask, rect, whole.x, whole.y));
  }
  return picture;
}

Picture read_visible_without(gint32 image, gint32 hidden, const Rect& rect) {
  const gint32 copy = id_of(gimp_image_duplicate(as_image(image)));
  if (copy == -1) throw sdk::Error(BURIN_E_IO, "GIMP did not copy the image.");
  const gint32 item =
      id_of(gimp_image_get_layer_by_tattoo(as_image(copy), gimp_item_get_tattoo(as_item(hidden))));
  if (item != -1) gimp_item_set_visible(as_item(item), FALSE);
  Picture picture = read_picture(copy, -1, host::Source::visible, rect);
  gimp_image_delete(as_image(copy));
  return picture;
}

std::string hash_of(const Picture& picture, const Rect& part) {
  const Rect both = intersection(picture.rect, part);
  const size_t pixel = static_cast<size_t>(picture.pixels.channels) * bytes_of(picture.pixels.type);
  Checksum sum;
  for (int y = both.y; y < both.bottom(); ++y) {
    const size_t at =
        static_cast<size_t>(y - picture.rect.y) * static_cast<size_t>(picture.rect.width) +
        static_cast<size_t>(both.x - picture.rect.x);
    sum.add(&picture.pixels.bytes[at * pixel], static_cast<size_t>(both.width) * pixel);
  }
  return sum.text();
}

// By the 256 levels that a mask of any image can hold, so that storing it does not change it.
std::string hash_of(const Mask& mask) {
  std::vector<std::uint8_t> levels;
  levels.reserve(mask.values.size());
  for (float value : mask.values) {
    levels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f));
  }
  Checksum sum;
  sum.add(levels.data(), levels.size());
  return sum.text();
}

void write_pixels(gint32 layer, const std::vector<float>& pixels) {
  const Buffer buffer = buffer_of(layer);
  const int width = drawable_width(layer), height = drawable_height(layer);
  const GeglRectangle all = {0, 0, width, height};
  gegl_buffer_set(
      buffer.get(), &all, 0,
      encoding(id_of(gimp_item_get_image(as_item(layer))), buffer.get(), true, sdk::PixelType::f32),
      pixels.data(), GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_flush(buffer.get());
  gimp_drawable_update(as_drawable(layer), 0, 0, width, height);
}

void write_mask(gint32 layer, const Mask& mask) {
  gint32 target = id_of(gimp_layer_get_mask(as_layer(layer)));
  if (target == -1) {
    target = id_of(gimp_layer_create_mask(as_layer(layer), GIMP_ADD_MASK_BLACK));
    gimp_layer_add_mask(as_layer(layer), as_mask(target));
  }
  const Buffer buffer = buffer_of(target);
  const GeglRectangle all = {0, 0, mask.rect.width, mask.rect.height};
  gegl_buffer_set(buffer.get(), &all, 0, babl_format("Y float"), mask.values.data(),
                  GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_flush(buffer.get());
  gimp_drawable_update(as_drawable(target), 0, 0, mask.rect.width, mask.rect.height);
  gimp_layer_set_edit_mask(as_layer(layer), FALSE);
}

}  // namespace burin::gimp
