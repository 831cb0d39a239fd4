// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Ticks, numbers, choices and texts of declared parameters.
#include "shared/gimp/param_rows.hpp"

#include "shared/gimp/file_entry.hpp"
#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

using host::Param;
using host::ParamWidget;
using nlohmann::json;

namespace {

GtkWidget* new_spin(const Param& param, double value) {
  const host::SpinSteps steps = host::spin_steps(param);
  GtkWidget* spin = gtk_spin_button_new_with_range(param.minimum, param.maximum, steps.step);
  gtk_spin_button_set_digits(GTK_SPIN_BUTTON(spin), static_cast<guint>(steps.digits));
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), value);
  // A range of millions would make it as wide as the window.
  gtk_entry_set_width_chars(GTK_ENTRY(spin), 8);
  return spin;
}

GtkWidget* new_choice(const Param& param, const json& value) {
  GtkWidget* combo = gtk_combo_box_text_new();
  for (const host::ParamChoice& choice : param.choices) {
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(combo), choice.name.c_str());
    if (value == json(choice.id)) {
      gtk_combo_box_set_active(GTK_COMBO_BOX(combo),
                               static_cast<gint>(&choice - param.choices.data()));
    }
  }
  return combo;
}

}  // namespace

ParamRows::ParamRows(GtkWidget* table, int& row, std::vector<Param> declared, const json& params)
    : params_(std::move(declared)) {
  for (const Param& param : params_) {
    const json value = host::shown_value(param, params);
    GtkWidget *widget = nullptr, *placed = nullptr;
    switch (param.widget) {
      case ParamWidget::tick:
        widget = gtk_check_button_new();
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(widget), value.get<bool>());
        break;
      case ParamWidget::spin:
        widget = new_spin(param, value.get<double>());
        break;
      case ParamWidget::choice:
        widget = new_choice(param, value);
        break;
      case ParamWidget::path: {
        const FileEntry file = new_file_entry("Choose a file", nullptr);
        widget = file.entry;
        placed = file.row;
        break;
      }
      case ParamWidget::entry:
        widget = gtk_entry_new();
    }
    if (value.is_string() && param.widget != ParamWidget::choice) {
      gtk_entry_set_text(GTK_ENTRY(widget), value.get<std::string>().c_str());
    }
    const std::string hint = host::hint_of(param);
    GtkWidget* label = new_label(("    " + host::label_of(param)).c_str());
    gtk_widget_set_tooltip_text(label, hint.c_str());
    gtk_widget_set_tooltip_text(widget, hint.c_str());
    attach(table, label, 0, row);
    attach(table, placed ? placed : widget, 1, row++);
    widgets_.push_back(widget);
  }
}

json ParamRows::held_by(size_t index) const {
  const Param& param = params_[index];
  GtkWidget* widget = widgets_[index];
  switch (param.widget) {
    case ParamWidget::tick:
      return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(widget)) != FALSE;
    case ParamWidget::spin:
      gtk_spin_button_update(GTK_SPIN_BUTTON(widget));
      return gtk_spin_button_get_value(GTK_SPIN_BUTTON(widget));
    case ParamWidget::choice: {
      const gint at = gtk_combo_box_get_active(GTK_COMBO_BOX(widget));
      return at < 0 ? json() : json(param.choices[static_cast<size_t>(at)].id);
    }
    default:
      return gtk_entry_get_text(GTK_ENTRY(widget));
  }
}

void ParamRows::keep(json& params) const {
  for (size_t i = 0; i < params_.size(); ++i) host::keep_value(params_[i], held_by(i), params);
}

}  // namespace burin::gimp
