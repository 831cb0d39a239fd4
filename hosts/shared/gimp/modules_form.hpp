// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The part of the dialogs that chooses modules and sets their parameters.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "shared/editor/module_catalogue.hpp"
#include "shared/gimp/param_rows.hpp"

namespace burin::gimp {

class ModulesForm {
 public:
  /// changed_size: called after other rows are shown.
  ModulesForm(host::SlotsFor what, std::function<void()> changed_size);
  ~ModulesForm();
  ModulesForm(const ModulesForm&) = delete;
  ModulesForm& operator=(const ModulesForm&) = delete;

  GtkWidget* widget() const { return box_; }
  /// It is seen from now on: asks which modules there are.
  void open();
  /// modules: what modules_part gives.
  void show(const nlohmann::json& modules);
  /// Likewise. Throws sdk::Error (INVALID) for a text that is no JSON.
  nlohmann::json values();

 private:
  struct Shown {
    host::ModuleSlot slot;
    std::vector<std::string> ids;  // of the combo's lines
    GtkWidget* combo = nullptr;    // of a single
    GtkWidget* remove = nullptr;   // of a hook
    GtkWidget* text = nullptr;     // parameters as JSON, where nothing is declared
    std::optional<ParamRows> rows;
  };

  void later(std::function<void()> change);
  void rebuild();
  void ask();
  /// Returns what is wrong with a text; "": nothing.
  std::string collect();
  void add_single(const host::ModuleSlot& slot);
  void add_named(const host::ModuleSlot& slot);
  void add_params(Shown& shown);
  void add_hook_chooser();
  void add_line(const char* label, GtkWidget* widget, const std::string& hint);
  std::vector<const host::ListedModule*> players_of(const std::string& role) const;

  static gboolean on_idle(gpointer self);
  static void on_single(GtkWidget* combo, gpointer self);
  static void on_remove(GtkWidget* button, gpointer self);
  static void on_hook(GtkWidget* combo, gpointer self);

  host::SlotsFor what_;
  std::function<void()> changed_size_;
  host::ModuleCatalogue catalogue_;
  nlohmann::json modules_ = nlohmann::json::object();
  bool open_ = false, asking_ = false, again_ = false;
  guint idle_ = 0;
  std::vector<std::function<void()>> changes_;
  std::string problem_;
  GtkWidget *box_, *table_ = nullptr;
  int row_ = 0;
  std::vector<Shown> shown_;
  std::vector<std::string> hook_ids_;
};

}  // namespace burin::gimp
