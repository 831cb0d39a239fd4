// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The part of the dialogs that asks for settings.
#pragma once

#include "shared/gimp/gimp_ui.hpp"

#include "shared/gimp/dialog.hpp"
#include "shared/gimp/modules_form.hpp"

namespace burin::gimp {

class SettingsForm {
 public:
  SettingsForm(Purpose purpose, const host::Settings& start);

  GtkWidget* widget() const { return box_; }
  /// Throws sdk::Error (INVALID) for a text that is no JSON, or no seed.
  host::Settings values();
  void show(const host::Settings& settings);

 private:
  struct Optional {  ///< a number, or as the model recommends
    GtkWidget* check = nullptr;
    GtkWidget* spin = nullptr;
    std::optional<double> value() const;
    void show(std::optional<double> value);
  };

  GtkWidget* add_row(GtkWidget* table, int row, const char* label, GtkWidget* widget);
  Optional add_number(GtkWidget* table, int row, const char* label, double low, double high,
                      double step, int digits, double at, const char* hint);
  GtkWidget* add_entry(GtkWidget* table, int row, const char* label, const char* hint);
  void add_presets();
  void add_advanced();
  void fill_presets();

  Purpose purpose_;
  host::Settings rest_;  ///< what the form does not show
  host::SavedSettings saved_;
  GtkWidget *box_, *preset_ = nullptr, *model_ = nullptr, *prompt_ = nullptr, *negative_ = nullptr,
                   *source_ = nullptr, *combined_ = nullptr, *sampler_ = nullptr,
                   *scheduler_ = nullptr, *seed_ = nullptr, *threshold_ = nullptr,
                   *device_ = nullptr, *more_ = nullptr, *advanced_ = nullptr;
  Optional denoise_, size_, steps_, cfg_, crop_factor_, feather_;
  std::unique_ptr<ModulesForm> modules_;
};

}  // namespace burin::gimp
