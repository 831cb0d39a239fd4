// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An entry for a path.
#include "shared/gimp/file_entry.hpp"

#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

namespace {

constexpr const char* kTitle = "burin-title";
constexpr const char* kPattern = "burin-pattern";

void choose(GtkWidget* button, gpointer entry) {
  const auto* title = static_cast<const char*>(g_object_get_data(G_OBJECT(button), kTitle));
  const auto* pattern = static_cast<const char*>(g_object_get_data(G_OBJECT(button), kPattern));
  GtkWidget* chooser = gtk_file_chooser_dialog_new(
      title, GTK_WINDOW(gtk_widget_get_toplevel(button)), GTK_FILE_CHOOSER_ACTION_OPEN, "_Cancel",
      GTK_RESPONSE_CANCEL, "_Open", GTK_RESPONSE_ACCEPT, nullptr);
  if (pattern) {
    GtkFileFilter* filter = gtk_file_filter_new();
    gtk_file_filter_set_name(filter, pattern);
    gtk_file_filter_add_pattern(filter, pattern);
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(chooser), filter);
  }
  if (gtk_dialog_run(GTK_DIALOG(chooser)) == GTK_RESPONSE_ACCEPT) {
    const Text name(gtk_file_chooser_get_filename(GTK_FILE_CHOOSER(chooser)));
    gtk_entry_set_text(GTK_ENTRY(entry), name.get());
  }
  gtk_widget_destroy(chooser);
}

}  // namespace

FileEntry new_file_entry(const char* title, const char* pattern) {
  const FileEntry made = {new_row(6), gtk_entry_new()};
  GtkWidget* browse = gtk_button_new_with_label("...");
  g_object_set_data(G_OBJECT(browse), kTitle, const_cast<char*>(title));
  g_object_set_data(G_OBJECT(browse), kPattern, const_cast<char*>(pattern));
  g_signal_connect(browse, "clicked", G_CALLBACK(choose), made.entry);
  gtk_box_pack_start(GTK_BOX(made.row), made.entry, TRUE, TRUE, 0);
  gtk_box_pack_start(GTK_BOX(made.row), browse, FALSE, FALSE, 0);
  return made;
}

}  // namespace burin::gimp
