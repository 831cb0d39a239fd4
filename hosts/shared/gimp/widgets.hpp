// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the dialogs need and GTK 2 (GIMP 2.10) and GTK 3 (GIMP 3) call differently.
#pragma once

#include "shared/gimp/gimp_ui.hpp"

namespace burin::gimp {

#if GTK_CHECK_VERSION(3, 0, 0)
inline GtkWidget* new_row(int spacing) { return gtk_box_new(GTK_ORIENTATION_HORIZONTAL, spacing); }
inline GtkWidget* new_column(int spacing) { return gtk_box_new(GTK_ORIENTATION_VERTICAL, spacing); }
inline GtkWidget* new_label(const char* text) {
  GtkWidget* label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0.0f);
  return label;
}
inline GtkWidget* new_progress_bar() {
  GtkWidget* bar = gtk_progress_bar_new();
  gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(bar), TRUE);
  gtk_progress_bar_set_text(GTK_PROGRESS_BAR(bar), "");
  return bar;
}
inline void add_scrolled(GtkWidget* scrolled, GtkWidget* child) {
  // A bar that hides would hide that there is more.
  gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(scrolled), FALSE);
  gtk_container_add(GTK_CONTAINER(scrolled), child);
}
/// GIMP 3's themes draw numbers that cannot be changed as those that can.
inline void set_usable(GtkWidget* widget, bool usable) {
  gtk_widget_set_sensitive(widget, usable);
  gtk_widget_set_opacity(widget, usable ? 1.0 : 0.4);
}

/// Labels in column 0 and what they belong to in column 1, which takes the width.
inline GtkWidget* new_table() {
  GtkWidget* table = gtk_grid_new();
  gtk_grid_set_row_spacing(GTK_GRID(table), 6);
  gtk_grid_set_column_spacing(GTK_GRID(table), 8);
  return table;
}
inline void attach(GtkWidget* table, GtkWidget* widget, int column, int row) {
  gtk_widget_set_hexpand(widget, column > 0);
  gtk_grid_attach(GTK_GRID(table), widget, column, row, 1, 1);
}
inline int natural_height(GtkWidget* widget) {
  GtkRequisition natural;
  gtk_widget_get_preferred_size(widget, nullptr, &natural);
  return natural.height;
}
#else
inline GtkWidget* new_row(int spacing) { return gtk_hbox_new(FALSE, spacing); }
inline GtkWidget* new_column(int spacing) { return gtk_vbox_new(FALSE, spacing); }
inline GtkWidget* new_label(const char* text) {
  GtkWidget* label = gtk_label_new(text);
  gtk_misc_set_alignment(GTK_MISC(label), 0.0f, 0.5f);
  return label;
}
inline GtkWidget* new_progress_bar() { return gtk_progress_bar_new(); }
inline void add_scrolled(GtkWidget* scrolled, GtkWidget* child) {
  gtk_scrolled_window_add_with_viewport(GTK_SCROLLED_WINDOW(scrolled), child);
}
inline void set_usable(GtkWidget* widget, bool usable) { gtk_widget_set_sensitive(widget, usable); }

/// Labels in column 0 and what they belong to in column 1, which takes the width.
inline GtkWidget* new_table() {
  GtkWidget* table = gtk_table_new(1, 2, FALSE);
  gtk_table_set_row_spacings(GTK_TABLE(table), 6);
  gtk_table_set_col_spacings(GTK_TABLE(table), 8);
  return table;
}
inline void attach(GtkWidget* table, GtkWidget* widget, int column, int row) {
  const auto left = static_cast<guint>(column), top = static_cast<guint>(row);
  const auto across = static_cast<GtkAttachOptions>(column > 0 ? GTK_EXPAND | GTK_FILL : GTK_FILL);
  gtk_table_attach(GTK_TABLE(table), widget, left, left + 1, top, top + 1, across, GTK_FILL, 0, 0);
}
inline int natural_height(GtkWidget* widget) {
  GtkRequisition wanted;
  gtk_widget_size_request(widget, &wanted);
  return wanted.height;
}
#endif

/// As high as what is scrolled, but for `most`.
inline void fit_height(GtkWidget* scrolled, GtkWidget* child, int most) {
  constexpr int frame = 8;
  gtk_widget_set_size_request(scrolled, -1, MIN(natural_height(child) + frame, most));
}

}  // namespace burin::gimp
