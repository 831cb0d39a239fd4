// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// GIMP 2.10's headers, and under common names what GIMP 3 calls otherwise. hosts/shared/gimp is
// compiled with this.
#pragma once

#include <gegl.h>
#include <libgimp/gimp.h>

#include <string>

namespace burin::gimp {

inline constexpr const char* kClient = "gimp 2.10";

/// Images and items are numbers everywhere; these make of them what GIMP's functions take.
inline gint32 as_image(gint32 image) { return image; }
inline gint32 as_item(gint32 item) { return item; }
inline gint32 as_drawable(gint32 drawable) { return drawable; }
inline gint32 as_layer(gint32 layer) { return layer; }
inline gint32 as_mask(gint32 mask) { return mask; }
/// The number of what a function returned; -1: nothing.
inline gint32 id_of(gint32 id) { return id; }

/// Whether the user has not closed or deleted it meanwhile.
inline bool image_is_open(gint32 image) { return gimp_image_is_valid(image); }
inline bool item_is_there(gint32 item) { return gimp_item_is_valid(item); }

inline int image_width(gint32 image) { return gimp_image_width(image); }
inline int image_height(gint32 image) { return gimp_image_height(image); }
inline GimpImageBaseType base_type(gint32 image) { return gimp_image_base_type(image); }
inline int drawable_width(gint32 drawable) { return gimp_drawable_width(drawable); }
inline int drawable_height(gint32 drawable) { return gimp_drawable_height(drawable); }
inline void drawable_offsets(gint32 drawable, gint& x, gint& y) {
  gimp_drawable_offsets(drawable, &x, &y);
}

inline gint32 new_group(gint32 image, const char* name) {
  const gint32 group = gimp_layer_group_new(image);
  gimp_item_set_name(group, name);
  return group;
}
inline void select_layer(gint32 image, gint32 layer) { gimp_image_set_active_layer(image, layer); }

/// A copy of the layer with its filters in its pixels, to be deleted after use; -1: it has none.
inline gint32 copy_with_filters(gint32) { return -1; }

inline std::string text_of(const GimpParasite* parasite) {
  return std::string(static_cast<const char*>(gimp_parasite_data(parasite)),
                     static_cast<size_t>(gimp_parasite_data_size(parasite)));
}

/// Before the first window.
void start_windows();

}  // namespace burin::gimp
