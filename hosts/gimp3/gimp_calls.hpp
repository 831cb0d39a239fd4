// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// GIMP 3's headers, and under common names what GIMP 2.10 calls otherwise. hosts/shared/gimp is
// compiled with this.
#pragma once

#include <gegl.h>
#include <libgimp/gimp.h>

#include <string>

namespace burin::gimp {

inline constexpr const char* kClient = "gimp 3";

/// Images and items are numbers everywhere; these make of them what GIMP's functions take.
inline GimpImage* as_image(gint32 image) { return gimp_image_get_by_id(image); }
inline GimpItem* as_item(gint32 item) { return gimp_item_get_by_id(item); }
inline GimpDrawable* as_drawable(gint32 drawable) { return gimp_drawable_get_by_id(drawable); }
inline GimpLayer* as_layer(gint32 layer) { return gimp_layer_get_by_id(layer); }
inline GimpLayerMask* as_mask(gint32 mask) { return gimp_layer_mask_get_by_id(mask); }
/// The number of what a function returned; -1: nothing.
inline gint32 id_of(GimpImage* image) { return image ? gimp_image_get_id(image) : -1; }
template <typename Item>
gint32 id_of(Item* item) {
  return item ? gimp_item_get_id(GIMP_ITEM(item)) : -1;
}

/// Whether the user has not closed or deleted it meanwhile.
inline bool image_is_open(gint32 image) { return gimp_image_id_is_valid(image); }
inline bool item_is_there(gint32 item) { return gimp_item_id_is_valid(item); }

inline int image_width(gint32 image) { return gimp_image_get_width(as_image(image)); }
inline int image_height(gint32 image) { return gimp_image_get_height(as_image(image)); }
inline GimpImageBaseType base_type(gint32 image) {
  return gimp_image_get_base_type(as_image(image));
}
inline int drawable_width(gint32 drawable) {
  return gimp_drawable_get_width(as_drawable(drawable));
}
inline int drawable_height(gint32 drawable) {
  return gimp_drawable_get_height(as_drawable(drawable));
}
inline void drawable_offsets(gint32 drawable, gint& x, gint& y) {
  gimp_drawable_get_offsets(as_drawable(drawable), &x, &y);
}

inline gint32 new_group(gint32 image, const char* name) {
  return id_of(gimp_group_layer_new(as_image(image), name));
}
inline void select_layer(gint32 image, gint32 layer) {
  const GimpLayer* layers[] = {as_layer(layer), nullptr};
  gimp_image_set_selected_layers(as_image(image), layers);
}

/// A copy of the layer with its filters in its pixels, to be deleted after use; -1: it has none.
gint32 copy_with_filters(gint32 layer);

inline std::string text_of(const GimpParasite* parasite) {
  guint32 size = 0;
  const auto* data = static_cast<const char*>(gimp_parasite_get_data(parasite, &size));
  return std::string(data, size);
}

/// Before the first window.
void start_windows();

}  // namespace burin::gimp
