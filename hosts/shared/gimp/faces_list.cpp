// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The faces that were found, as numbered thumbnails to tick.
#include "shared/gimp/faces_list.hpp"

#include <algorithm>
#include <string>

#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

namespace {

constexpr int kSide = 72;

// The picture's values as a screen shows them.
const Babl* format_of(const Picture& picture) {
  const int channels = picture.pixels.channels;
  const bool grey = channels < 3, alpha = channels % 2 == 0;
  std::string name = grey ? "Y'" : "R'G'B'";
  if (alpha) name += "A";
  name += picture.pixels.type == sdk::PixelType::u8    ? " u8"
          : picture.pixels.type == sdk::PixelType::u16 ? " u16"
                                                       : " float";
  const char* problem = nullptr;
  const Babl* space = picture.icc.empty()
                          ? nullptr
                          : babl_space_from_icc(reinterpret_cast<const char*>(picture.icc.data()),
                                                static_cast<int>(picture.icc.size()),
                                                BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &problem);
  return babl_format_with_space(name.c_str(), space);
}

GtkWidget* thumbnail(const Picture& picture, const host::Rect& box) {
  const host::Rect part =
      host::surroundings(host::intersection(box, picture.rect), 1.4, picture.rect);
  GdkPixbuf* whole = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, std::max(part.width, 1),
                                    std::max(part.height, 1));
  gdk_pixbuf_fill(whole, 0x808080ff);
  guchar* data = gdk_pixbuf_get_pixels(whole);
  const int stride = gdk_pixbuf_get_rowstride(whole);
  const Babl* const shown = babl_fish(format_of(picture), babl_format("R'G'B' u8"));
  const size_t pixel = static_cast<size_t>(picture.pixels.channels) * bytes_of(picture.pixels.type);
  for (int y = part.y; y < part.bottom(); ++y) {
    const size_t first =
        static_cast<size_t>(y - picture.rect.y) * static_cast<size_t>(picture.rect.width) +
        static_cast<size_t>(part.x - picture.rect.x);
    babl_process(shown, &picture.pixels.bytes[first * pixel], data + (y - part.y) * stride,
                 part.width);
  }
  const double scale = static_cast<double>(kSide) / std::max({part.width, part.height, 1});
  GdkPixbuf* small = gdk_pixbuf_scale_simple(
      whole, std::max(1, static_cast<int>(part.width * scale)),
      std::max(1, static_cast<int>(part.height * scale)), GDK_INTERP_BILINEAR);
  GtkWidget* image = gtk_image_new_from_pixbuf(small);
  gtk_widget_set_size_request(image, kSide, kSide);  // so that the columns are straight
  g_object_unref(small);
  g_object_unref(whole);
  return image;
}

}  // namespace

FacesList::FacesList() : scroll_(gtk_scrolled_window_new(nullptr, nullptr)), list_(new_column(6)) {
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll_), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  add_scrolled(scroll_, list_);
  gtk_widget_set_size_request(scroll_, 380, 380);
}

void FacesList::show(const nlohmann::json& found, const Picture& picture) {
  std::vector<host::PlacedChoice> before;
  const std::vector<host::FaceChoice> chosen = choices();
  for (size_t i = 0; i < rows_.size(); ++i) before.push_back({rows_[i].box, chosen[i]});
  gtk_container_foreach(
      GTK_CONTAINER(list_), [](GtkWidget* row, gpointer) { gtk_widget_destroy(row); }, nullptr);
  rows_.clear();
  for (const auto& seg : found.at("segs")) {
    const auto id = seg.at("id").get<std::int64_t>();
    const host::Rect box = host::box_on_canvas(seg, picture.rect);
    const host::FaceChoice choice = host::choice_for(id, box, before);
    GtkWidget* row = new_row(8);
    const std::string number = std::to_string(id);
    GtkWidget* tick = gtk_check_button_new_with_label(number.c_str());
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(tick), choice.include);
    GtkWidget* side = new_column(2);
    char text[96];
    g_snprintf(text, sizeof text, "%d x %d pixels, %.0f %% sure", box.width, box.height,
               100 * seg.value("confidence", 1.0));
    GtkWidget* label = new_label(text);
    gtk_widget_set_tooltip_text(label,
                                "The model draws a face larger than this. Laid back it has so many "
                                "pixels again; scale the image up first to keep more detail.");
    GtkWidget* prompt = gtk_entry_new();
    gtk_widget_set_tooltip_text(prompt, "Prompt for this face; empty: the common one");
    gtk_entry_set_text(GTK_ENTRY(prompt), choice.prompt.c_str());
    gtk_box_pack_start(GTK_BOX(side), label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(side), prompt, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), tick, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), thumbnail(picture, box), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), side, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(list_), row, FALSE, FALSE, 0);
    rows_.push_back({id, box, tick, prompt});
  }
  gtk_widget_show_all(list_);
}

std::vector<host::FaceChoice> FacesList::choices() const {
  std::vector<host::FaceChoice> all;
  for (const Row& row : rows_) {
    all.push_back({row.id, gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(row.tick)) != FALSE,
                   gtk_entry_get_text(GTK_ENTRY(row.prompt))});
  }
  return all;
}

}  // namespace burin::gimp
