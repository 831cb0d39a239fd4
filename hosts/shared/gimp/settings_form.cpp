// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The part of the dialogs that asks for settings.
#include "shared/gimp/settings_form.hpp"

#include "shared/gimp/file_entry.hpp"
#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

namespace {

constexpr int kMostAdvanced = 330;  // pixels of height; more is scrolled

std::string text_of(GtkWidget* entry) { return gtk_entry_get_text(GTK_ENTRY(entry)); }

void follow_check(GtkToggleButton* check, gpointer spin) {
  set_usable(GTK_WIDGET(spin), gtk_toggle_button_get_active(check) != FALSE);
}

std::optional<std::int64_t> whole(std::optional<double> value) {
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<double> number(std::optional<std::int64_t> value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

}  // namespace

std::optional<double> SettingsForm::Optional::value() const {
  if (!spin || !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(check))) return std::nullopt;
  return gtk_spin_button_get_value(GTK_SPIN_BUTTON(spin));
}

void SettingsForm::Optional::show(std::optional<double> value) {
  if (!spin) return;
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(check), value.has_value());
  if (value) gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), *value);
}

GtkWidget* SettingsForm::add_row(GtkWidget* table, int row, const char* label, GtkWidget* widget) {
  attach(table, new_label(label), 0, row);
  attach(table, widget, 1, row);
  return widget;
}

SettingsForm::Optional SettingsForm::add_number(GtkWidget* table, int row, const char* label,
                                                double low, double high, double step, int digits,
                                                double at, const char* hint) {
  Optional made;
  GtkWidget* box = new_row(6);
  made.check = gtk_check_button_new();
  gtk_widget_set_tooltip_text(made.check, "Unticked: as the model recommends");
  made.spin = gtk_spin_button_new_with_range(low, high, step);
  gtk_spin_button_set_digits(GTK_SPIN_BUTTON(made.spin), static_cast<guint>(digits));
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(made.spin), at);
  gtk_widget_set_tooltip_text(made.spin, hint);
  set_usable(made.spin, false);
  g_signal_connect(made.check, "toggled", G_CALLBACK(follow_check), made.spin);
  gtk_box_pack_start(GTK_BOX(box), made.check, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(box), made.spin, TRUE, TRUE, 0);
  add_row(table, row, label, box);
  return made;
}

GtkWidget* SettingsForm::add_entry(GtkWidget* table, int row, const char* label, const char* hint) {
  GtkWidget* entry = gtk_entry_new();
  gtk_widget_set_tooltip_text(entry, hint);
  return add_row(table, row, label, entry);
}

void SettingsForm::fill_presets() {
  GtkTreeModel* model = gtk_combo_box_get_model(GTK_COMBO_BOX(preset_));
  gtk_list_store_clear(GTK_LIST_STORE(model));
  for (const auto& [name, preset] : saved_.presets) {
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(preset_), name.c_str());
  }
}

void SettingsForm::add_presets() {
  GtkWidget* row = new_row(6);
  preset_ = gtk_combo_box_text_new_with_entry();
  gtk_widget_set_tooltip_text(preset_, "Choose a preset, or type a name and press Save");
  fill_presets();
  GtkWidget* save = gtk_button_new_with_label("Save");
  GtkWidget* remove = gtk_button_new_with_label("Delete");
  gtk_box_pack_start(GTK_BOX(row), gtk_label_new("Preset"), FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(row), preset_, TRUE, TRUE, 0);
  gtk_box_pack_start(GTK_BOX(row), save, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(row), remove, FALSE, FALSE, 0);
  gtk_box_pack_start(GTK_BOX(box_), row, FALSE, FALSE, 0);

  const auto name_of = [](SettingsForm* form) {
    const Text name(gtk_combo_box_text_get_active_text(GTK_COMBO_BOX_TEXT(form->preset_)));
    return std::string(name ? name.get() : "");
  };
  static const auto name = name_of;
  const auto changed = +[](GtkWidget*, gpointer self) {
    auto* form = static_cast<SettingsForm*>(self);
    if (gtk_combo_box_get_active(GTK_COMBO_BOX(form->preset_)) < 0) return;
    const auto found = form->saved_.presets.find(name(form));
    if (found != form->saved_.presets.end()) form->show(found->second);
  };
  const auto saved = +[](GtkWidget*, gpointer self) {
    auto* form = static_cast<SettingsForm*>(self);
    const std::string chosen = name(form);
    if (chosen.empty()) return;
    form->saved_ = host::load_settings(host::settings_file());
    try {
      form->saved_.presets[chosen] = form->values();
      host::save_settings(form->saved_, host::settings_file());
      form->fill_presets();
    } catch (const std::exception& error) {
      gimp_message(error.what());
    }
  };
  const auto removed = +[](GtkWidget*, gpointer self) {
    auto* form = static_cast<SettingsForm*>(self);
    form->saved_ = host::load_settings(host::settings_file());
    form->saved_.presets.erase(name(form));
    try {
      host::save_settings(form->saved_, host::settings_file());
      form->fill_presets();
    } catch (const std::exception& error) {
      gimp_message(error.what());
    }
  };
  g_signal_connect(preset_, "changed", G_CALLBACK(changed), this);
  g_signal_connect(save, "clicked", G_CALLBACK(saved), this);
  g_signal_connect(remove, "clicked", G_CALLBACK(removed), this);
}

SettingsForm::SettingsForm(Purpose purpose, const host::Settings& start)
    : purpose_(purpose), saved_(host::load_settings(host::settings_file())), box_(new_column(8)) {
  add_presets();
  GtkWidget* table = new_table();
  gtk_box_pack_start(GTK_BOX(box_), table, FALSE, FALSE, 0);

  const FileEntry model = new_file_entry("Choose a model", "*.safetensors");
  model_ = model.entry;
  gtk_widget_set_tooltip_text(model_, "A .safetensors file; empty: the built-in face model");
  add_row(table, 0, "Model", model.row);
  prompt_ = add_entry(table, 1, "Prompt", "What to draw");
  negative_ = add_entry(table, 2, "Avoid", "What not to draw");
  denoise_ = add_number(table, 3, "Strength", 0.01, 1.0, 0.05, 2, 0.4,
                        "How much is redrawn: 0.3 keeps the face, 0.6 makes another");
  size_ = add_number(table, 4, "Size", 64, 2048, 64, 0, 512,
                     "Pixels that the shorter side is enlarged to for the model");
  if (purpose_ != Purpose::edit) {
    source_ = gtk_combo_box_text_new();
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(source_), "the active layer");
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(source_), "everything visible");
    add_row(table, 5, "Redraw", source_);
  }

  add_advanced();
  show(start);
}

void SettingsForm::add_advanced() {
  GtkWidget* expander = gtk_expander_new("Advanced");
  advanced_ = gtk_scrolled_window_new(nullptr, nullptr);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(advanced_), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  GtkWidget* column = new_column(6);
  add_scrolled(advanced_, column);
  gtk_container_add(GTK_CONTAINER(expander), advanced_);
  gtk_box_pack_start(GTK_BOX(box_), expander, FALSE, FALSE, 0);
  GtkWidget* more = new_table();
  gtk_box_pack_start(GTK_BOX(column), more, FALSE, FALSE, 0);
  modules_ = std::make_unique<ModulesForm>(
      purpose_ == Purpose::faces ? host::SlotsFor::search_and_redraw : host::SlotsFor::redraw,
      [this, column] { fit_height(advanced_, column, kMostAdvanced); });
  gtk_box_pack_start(GTK_BOX(column), modules_->widget(), FALSE, FALSE, 0);
  const auto opened =
      +[](GObject*, GParamSpec*, gpointer modules) { static_cast<ModulesForm*>(modules)->open(); };
  g_signal_connect(expander, "notify::expanded", G_CALLBACK(opened), modules_.get());
  steps_ = add_number(more, 0, "Steps", 1, 200, 1, 0, 20, "Sampling steps");
  cfg_ = add_number(more, 1, "Guidance", 0, 30, 0.5, 1, 7, "How closely the prompt is followed");
  sampler_ = add_entry(more, 2, "Sampler", "euler, dpmpp_2m ...; empty: as the model recommends");
  scheduler_ = add_entry(more, 3, "Schedule", "normal, karras ...; empty: as the model recommends");
  feather_ = add_number(more, 4, "Feather", 0, 200, 1, 0, 12, "Soft edge of the mask, in pixels");
  seed_ = add_entry(more, 5, "Seed", "A whole number; empty: another one each time");
  device_ = add_entry(more, 6, "Device", "auto, cpu, cuda or cuda:1");
  if (purpose_ != Purpose::edit) {
    crop_factor_ = add_number(more, 7, "Surroundings", 1, 10, 0.5, 1, 3,
                              "How much of the picture the model sees, in sizes of the face");
  }
  if (purpose_ == Purpose::faces) {
    threshold_ = gtk_spin_button_new_with_range(0.05, 0.99, 0.05);
    add_row(more, 8, "Least confidence", threshold_);
  }
  if (purpose_ == Purpose::selection) {
    combined_ = gtk_check_button_new_with_label("Pieces of the selection are one");
    add_row(more, 8, "", combined_);
  }
  more_ = add_entry(more, 9, "More",
                    "Other keys of a job, as JSON: {\"loras\": [{\"file\": \"skin\"}]}");
}

host::Settings SettingsForm::values() {
  host::Settings s = rest_;
  s.model = text_of(model_);
  s.prompt = text_of(prompt_);
  s.negative = text_of(negative_);
  s.sampler = text_of(sampler_);
  s.scheduler = text_of(scheduler_);
  s.device = text_of(device_).empty() ? "auto" : text_of(device_);
  s.seed = host::seed_from_text(text_of(seed_));
  s.denoise = denoise_.value();
  s.size = whole(size_.value());
  s.steps = whole(steps_.value());
  s.cfg = cfg_.value();
  s.feather = feather_.value();
  if (crop_factor_.spin) s.crop_factor = crop_factor_.value();
  if (source_) {
    s.source = gtk_combo_box_get_active(GTK_COMBO_BOX(source_)) == 1 ? host::Source::visible
                                                                     : host::Source::layer;
  }
  if (combined_) s.combined = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(combined_));
  if (threshold_) s.threshold = gtk_spin_button_get_value(GTK_SPIN_BUTTON(threshold_));
  s.more = host::with_modules(host::object_from_text(text_of(more_), "More"), modules_->values());
  return s;
}

void SettingsForm::show(const host::Settings& s) {
  rest_ = s;
  const auto set = [](GtkWidget* entry, const std::string& text) {
    gtk_entry_set_text(GTK_ENTRY(entry), text.c_str());
  };
  set(model_, s.model);
  set(prompt_, s.prompt);
  set(negative_, s.negative);
  set(sampler_, s.sampler);
  set(scheduler_, s.scheduler);
  set(device_, s.device);
  set(seed_, s.seed ? std::to_string(*s.seed) : "");
  denoise_.show(s.denoise);
  size_.show(number(s.size));
  steps_.show(number(s.steps));
  cfg_.show(s.cfg);
  feather_.show(s.feather);
  crop_factor_.show(s.crop_factor);
  if (source_) {
    gtk_combo_box_set_active(GTK_COMBO_BOX(source_), s.source == host::Source::visible ? 1 : 0);
  }
  if (combined_) gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(combined_), s.combined);
  if (threshold_) gtk_spin_button_set_value(GTK_SPIN_BUTTON(threshold_), s.threshold);
  const nlohmann::json others = host::without_modules(s.more);
  set(more_, others.empty() ? "" : others.dump());
  modules_->show(host::modules_part(s.more));
}

}  // namespace burin::gimp
