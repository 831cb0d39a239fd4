// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The dialogs. The engine works on a thread beside; the window lives on and has its own Cancel.
#include "shared/gimp/dialog.hpp"

#include "burin/cpp/error.hpp"
#include "shared/gimp/faces_list.hpp"
#include "shared/gimp/settings_form.hpp"
#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

namespace {

constexpr int kFindAgain = 1;

class Dialog {
 public:
  Dialog(Purpose purpose, gint32 image, gint32 drawable, const Reopened* opened)
      : purpose_(purpose), image_(image), drawable_(drawable), opened_(opened) {
    const char* title = purpose == Purpose::faces       ? "Detail Faces"
                        : purpose == Purpose::selection ? "Detail Selection"
                                                        : "Edit Burin Layer";
    window_ = gtk_dialog_new();
    gtk_window_set_title(GTK_WINDOW(window_), title);
    gtk_window_set_position(GTK_WINDOW(window_), GTK_WIN_POS_CENTER);
    if (purpose == Purpose::faces) {
      find_ = gtk_dialog_add_button(GTK_DIALOG(window_), "_Find again", kFindAgain);
    }
    gtk_dialog_add_button(GTK_DIALOG(window_), "_Cancel", GTK_RESPONSE_CANCEL);
    redraw_ = gtk_dialog_add_button(GTK_DIALOG(window_), "_Redraw", GTK_RESPONSE_OK);
    gtk_dialog_set_default_response(GTK_DIALOG(window_), GTK_RESPONSE_OK);

    form_ = std::make_unique<SettingsForm>(
        purpose, opened ? settings_of(*opened) : host::load_settings(host::settings_file()).last);
    columns_ = new_row(12);
    if (purpose == Purpose::faces) {
      gtk_box_pack_start(GTK_BOX(columns_), faces_.widget(), TRUE, TRUE, 0);
    }
    gtk_box_pack_start(GTK_BOX(columns_), form_->widget(), TRUE, TRUE, 0);
    GtkWidget* all = new_column(8);
    gtk_container_set_border_width(GTK_CONTAINER(all), 10);
    gtk_box_pack_start(GTK_BOX(all), columns_, TRUE, TRUE, 0);
    note_ = new_label("");
    gtk_label_set_line_wrap(GTK_LABEL(note_), TRUE);
    bar_ = new_progress_bar();
    gtk_box_pack_start(GTK_BOX(all), note_, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(all), bar_, FALSE, FALSE, 0);
    gtk_container_add(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(window_))), all);
    g_signal_connect(window_, "response", G_CALLBACK(on_response), this);
    g_signal_connect(window_, "delete-event", G_CALLBACK(gtk_true), nullptr);
    gimp_window_set_transient(GTK_WINDOW(window_));
    gtk_widget_show_all(window_);
    if (opened) say(notes_of(*opened));
  }
  ~Dialog() { gtk_widget_destroy(window_); }
  Dialog(const Dialog&) = delete;
  Dialog& operator=(const Dialog&) = delete;

  Outcome run() {
    if (purpose_ == Purpose::faces) find();
    while (!closed_ && !changed_) {
      if (wanted_ == kFindAgain) find();
      if (wanted_ == GTK_RESPONSE_OK) redraw();
      wanted_ = 0;
      if (!closed_ && !changed_) gtk_main_iteration();
    }
    if (!changed_) throw sdk::Error(BURIN_E_CANCELLED, "Cancelled.");
    return outcome_;
  }

 private:
  static std::string notes_of(const Reopened& opened) {
    std::string text;
    if (opened.source_changed) text += "The picture below has changed since. ";
    if (opened.mask_changed) text += "The mask was painted since; it is used and kept as it is.";
    return text;
  }

  static void on_response(GtkDialog*, gint response, gpointer self) {
    auto* dialog = static_cast<Dialog*>(self);
    if (response == GTK_RESPONSE_OK || response == kFindAgain) {
      if (!busy_of(dialog)) dialog->wanted_ = response;
    } else if (busy_of(dialog)) {
      dialog->cancel_ = true;
    } else {
      dialog->closed_ = true;
    }
  }
  static bool busy_of(const Dialog* dialog) { return dialog->busy_; }

  void say(const std::string& text) { gtk_label_set_text(GTK_LABEL(note_), text.c_str()); }

  // Once something changed the window goes.
  void tell(const std::string& text) {
    if (!changed_) {
      say(text);
    } else if (!text.empty()) {
      gimp_message(text.c_str());
    }
  }

  host::Watcher watcher() {
    return {[this](double fraction, const std::string& text) {
              gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(bar_), CLAMP(fraction, 0.0, 1.0));
              gtk_progress_bar_set_text(GTK_PROGRESS_BAR(bar_), text.c_str());
              while (gtk_events_pending()) gtk_main_iteration();
            },
            [this] { return cancel_; }};
  }

  template <typename Body>
  void busy(Body&& body) {
    busy_ = true;
    cancel_ = false;
    gtk_widget_set_sensitive(columns_, FALSE);
    gtk_widget_set_sensitive(redraw_, FALSE);
    if (find_) gtk_widget_set_sensitive(find_, FALSE);
    try {
      body();
    } catch (const sdk::Error& error) {
      tell(error.status() == BURIN_E_CANCELLED ? "Cancelled; nothing changed." : error.what());
    } catch (const std::exception& error) {
      tell(error.what());
    }
    busy_ = false;
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(bar_), 0);
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(bar_), "");
    gtk_widget_set_sensitive(columns_, TRUE);
    gtk_widget_set_sensitive(redraw_, TRUE);
    if (find_) gtk_widget_set_sensitive(find_, TRUE);
  }

  void find() {
    say("");
    busy([&] {
      const host::Settings settings = form_->values();
      work_ = std::make_unique<Work>(image_, drawable_, settings);
      read_from_ = settings.source;
      found_ = work_->find_faces(settings, watcher());
      faces_.show(found_, work_->picture());
      const size_t count = found_["segs"].size();
      say(count == 0   ? "No faces were found."
          : count == 1 ? "1 face was found."
                       : std::to_string(count) + " faces were found.");
    });
  }

  void redraw() {
    say("");
    busy([&] {
      const host::Settings settings = form_->values();
      Outcome outcome;
      const std::string not_kept = keep(settings);
      if (purpose_ == Purpose::edit) {
        outcome.item = gimp::redraw(
            *opened_, host::changed_job(opened_->record.job, settings, host::new_seed()),
            settings.device, watcher());
        outcome.layers = 1;
      } else if (purpose_ == Purpose::selection) {
        Work work(image_, drawable_, settings);
        outcome = detail_selection(work, settings, watcher());
      } else if (!work_ || settings.source != read_from_) {
        throw sdk::Error(BURIN_E_INVALID, "Press Find again: another picture was chosen.");
      } else {
        outcome = detail_faces(*work_, settings, found_, faces_.choices(), watcher());
      }
      changed_ = outcome.layers > 0;
      if (changed_) outcome_ = outcome;
      if (!not_kept.empty() && !outcome.message.empty()) outcome.message += "\n";
      tell(outcome.message + not_kept);
    });
    gimp_displays_flush();
  }

  // The last values, also of a run that is cancelled. Returns why they were not kept.
  std::string keep(const host::Settings& settings) const {
    if (purpose_ == Purpose::edit) return {};
    try {
      host::SavedSettings saved = host::load_settings(host::settings_file());
      saved.last = settings;
      host::save_settings(saved, host::settings_file());
      return {};
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  Purpose purpose_;
  gint32 image_, drawable_;
  const Reopened* opened_;
  GtkWidget *window_ = nullptr, *columns_ = nullptr, *note_ = nullptr, *bar_ = nullptr,
            *redraw_ = nullptr, *find_ = nullptr;
  std::unique_ptr<SettingsForm> form_;
  FacesList faces_;
  std::unique_ptr<Work> work_;
  host::Source read_from_ = host::Source::layer;
  nlohmann::json found_;
  Outcome outcome_;
  int wanted_ = 0;
  bool busy_ = false, cancel_ = false, closed_ = false, changed_ = false;
};

}  // namespace

Outcome run_dialog(Purpose purpose, gint32 image, gint32 drawable, const Reopened* opened) {
  start_windows();
  return Dialog(purpose, image, drawable, opened).run();
}

host::Watcher gimp_progress() {
  gimp_progress_init("Burin");
  return {[last = std::string(), at = -1.0](double fraction, const std::string& text) mutable {
            if (text != last) gimp_progress_set_text(text.c_str());
            if (fraction != at) gimp_progress_update(CLAMP(fraction, 0.0, 1.0));
            last = text;
            at = fraction;
          },
          {}};
}

}  // namespace burin::gimp
