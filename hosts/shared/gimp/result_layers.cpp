// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Layers of a result put into a GIMP image.
#include "shared/gimp/result_layers.hpp"

#include "burin/cpp/error.hpp"

namespace burin::gimp {

namespace {

class UndoStep {
 public:
  explicit UndoStep(gint32 image) : image_(image) { gimp_image_undo_group_start(as_image(image_)); }
  ~UndoStep() { gimp_image_undo_group_end(as_image(image_)); }
  UndoStep(const UndoStep&) = delete;
  UndoStep& operator=(const UndoStep&) = delete;

 private:
  gint32 image_;
};

void store_record(gint32 layer, const std::string& record) {
  GimpParasite* parasite =
      gimp_parasite_new(host::kRecordName, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE,
                        static_cast<guint32>(record.size()), record.data());
  gimp_item_attach_parasite(as_item(layer), parasite);
  gimp_parasite_free(parasite);
}

int position_of(gint32 image, gint32 layer) {
  return gimp_image_get_item_position(as_image(image), as_item(layer));
}

gint32 parent_of(gint32 layer) { return id_of(gimp_item_get_parent(as_item(layer))); }

void must(bool done, const char* what) {
  if (!done) throw sdk::Error(BURIN_E_IO, std::string("GIMP could not ") + what + ".");
}

// The engine works for minutes, in which the user has GIMP's windows.
void must_be_there(gint32 image, gint32 layer, const char* which) {
  if (!image_is_open(image)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, "The image was closed meanwhile, so nothing was changed.");
  }
  if (!item_is_there(layer)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, std::string("The layer that ") + which +
                                            " was deleted meanwhile, so nothing was changed.");
  }
}

void add_layer(gint32 image, gint32 group, const NewLayer& made) {
  const GimpImageType type = base_type(image) == GIMP_GRAY ? GIMP_GRAYA_IMAGE : GIMP_RGBA_IMAGE;
  const gint32 layer = id_of(gimp_layer_new(as_image(image), made.name.c_str(), made.rect.width,
                                            made.rect.height, type, 100.0, GIMP_LAYER_MODE_NORMAL));
  must(layer != -1 && gimp_image_insert_layer(as_image(image), as_layer(layer), as_layer(group), 0),
       "add a layer");
  gimp_layer_set_offsets(as_layer(layer), made.rect.x, made.rect.y);
  write_pixels(layer, made.pixels);
  write_mask(layer, made.mask);
  store_record(layer, made.record);
}

}  // namespace

gint32 insert_layers(gint32 image, gint32 source, gint32 active,
                     const std::vector<NewLayer>& layers) {
  must_be_there(image, source == -1 ? active : source, "was read");
  const UndoStep step(image);
  const gint32 group = new_group(image, "Burin");
  const gint32 parent = source == -1 ? -1 : parent_of(source);
  must(gimp_image_insert_layer(as_image(image), as_layer(group), as_layer(parent),
                               source == -1 ? 0 : position_of(image, source)),
       "add a layer group");
  try {
    for (const NewLayer& made : layers) add_layer(image, group, made);
  } catch (...) {
    gimp_image_remove_layer(as_image(image), as_layer(group));
    throw;
  }
  select_layer(image, active);
  return group;
}

gint32 replace_layer(gint32 image, gint32 old, const NewLayer& made) {
  must_be_there(image, old, "is redrawn");
  if (rect_of(old) != made.rect) {
    throw sdk::Error(BURIN_E_INVALID,
                     "The layer was moved or scaled meanwhile, so nothing was changed.");
  }
  const UndoStep step(image);
  const gint32 layer = id_of(gimp_layer_copy(as_layer(old)));
  must(layer != -1, "copy the layer");
  must(gimp_image_insert_layer(as_image(image), as_layer(layer), as_layer(parent_of(old)),
                               position_of(image, old)),
       "add a layer");
  try {
    gimp_layer_set_offsets(as_layer(layer), made.rect.x, made.rect.y);
    if (!gimp_drawable_has_alpha(as_drawable(layer))) gimp_layer_add_alpha(as_layer(layer));
    write_pixels(layer, made.pixels);
    // One that is there may have been painted meanwhile.
    if (id_of(gimp_layer_get_mask(as_layer(layer))) == -1) write_mask(layer, made.mask);
    store_record(layer, made.record);
  } catch (...) {
    gimp_image_remove_layer(as_image(image), as_layer(layer));
    throw;
  }
  gimp_image_remove_layer(as_image(image), as_layer(old));
  gimp_item_set_name(as_item(layer), made.name.c_str());
  select_layer(image, layer);
  return layer;
}

std::string record_of(gint32 layer) {
  GimpParasite* parasite = gimp_item_get_parasite(as_item(layer), host::kRecordName);
  if (!parasite) return {};
  const std::string text = text_of(parasite);
  gimp_parasite_free(parasite);
  return text;
}

}  // namespace burin::gimp
