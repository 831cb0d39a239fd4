// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rows for modules. They are made anew when another module is chosen, never inside a signal of a
// widget that goes with them.
#include "shared/gimp/modules_form.hpp"

#include <utility>

#include "burin/cpp/error.hpp"
#include "burin/role/detail_hook.h"
#include "shared/editor/engine_run.hpp"
#include "shared/gimp/widgets.hpp"

namespace burin::gimp {

using host::ModuleSlot;
using Kind = host::ModuleSlot::Kind;
using nlohmann::json;

ModulesForm::ModulesForm(host::SlotsFor what, std::function<void()> changed_size)
    : what_(what),
      changed_size_(std::move(changed_size)),
      catalogue_(kClient),
      box_(new_column(0)) {}

ModulesForm::~ModulesForm() {
  if (idle_ != 0) g_source_remove(idle_);
}

void ModulesForm::open() {
  if (open_) return;
  open_ = true;
  changed_size_();
  later({});
}

void ModulesForm::show(const json& modules) {
  modules_ = modules;
  shown_.clear();
  if (open_) later({});
}

json ModulesForm::values() {
  const std::string problem = collect();
  if (!problem.empty()) throw sdk::Error(BURIN_E_INVALID, problem);
  return modules_;
}

void ModulesForm::later(std::function<void()> change) {
  if (change) changes_.push_back(std::move(change));
  again_ = asking_;
  if (idle_ == 0) idle_ = g_idle_add(on_idle, this);
}

gboolean ModulesForm::on_idle(gpointer self) {
  auto* form = static_cast<ModulesForm*>(self);
  form->idle_ = 0;
  // While it asks, the window's own events come through here.
  if (!form->asking_) form->rebuild();
  return FALSE;
}

// What is typed stays, whatever else changes.
void ModulesForm::rebuild() {
  const auto changes = std::exchange(changes_, {});
  problem_ = collect();
  try {
    for (const auto& change : changes) change();
    ask();
  } catch (const std::exception& error) {
    problem_ = error.what();
  }
  shown_.clear();
  if (table_) gtk_widget_destroy(table_);
  table_ = new_table();
  row_ = 0;
  for (const ModuleSlot& slot : host::module_slots(modules_, what_)) {
    slot.kind == Kind::single ? add_single(slot) : add_named(slot);
  }
  add_hook_chooser();
  if (!problem_.empty()) {
    GtkWidget* label = new_label(problem_.c_str());
    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    add_line("", label, {});
  }
  gtk_box_pack_start(GTK_BOX(box_), table_, FALSE, FALSE, 0);
  gtk_widget_show_all(table_);
  changed_size_();
  if (again_) later({});
}

// The window lives on meanwhile.
void ModulesForm::ask() {
  gtk_widget_set_sensitive(box_, FALSE);
  const auto pump = [](double, const std::string&) {
    while (gtk_events_pending()) gtk_main_iteration();
  };
  const json job = modules_;
  asking_ = true;
  again_ = false;
  std::string failure;
  host::run_beside({pump, {}}, [&](const sdk::RunCallbacks&) {
    try {
      catalogue_.ask_about(job);
    } catch (const std::exception& error) {
      failure = error.what();
    }
  });
  asking_ = false;
  gtk_widget_set_sensitive(box_, TRUE);
  if (!failure.empty()) throw sdk::Error(BURIN_E_IO, failure);
}

std::string ModulesForm::collect() {
  std::string problem;
  for (const Shown& shown : shown_) {
    json params = host::params_at(modules_, shown.slot);
    if (shown.rows) {
      shown.rows->keep(params);
    } else if (shown.text) {
      try {
        params = host::object_from_text(gtk_entry_get_text(GTK_ENTRY(shown.text)),
                                        "What is set for " + host::module_at(modules_, shown.slot));
      } catch (const sdk::Error& error) {
        problem = error.what();
      }
    } else {
      continue;
    }
    host::put_params(modules_, shown.slot, params);
  }
  return problem;
}

void ModulesForm::add_line(const char* label, GtkWidget* widget, const std::string& hint) {
  GtkWidget* text = new_label(label);
  if (!hint.empty()) {
    gtk_widget_set_tooltip_text(text, hint.c_str());
    gtk_widget_set_tooltip_text(widget, hint.c_str());
  }
  attach(table_, text, 0, row_);
  attach(table_, widget, 1, row_++);
}

std::vector<const host::ListedModule*> ModulesForm::players_of(const std::string& role) const {
  std::vector<const host::ListedModule*> players;
  for (const host::ListedModule& each : catalogue_.modules()) {
    if (each.role == role) players.push_back(&each);
  }
  return players;
}

void ModulesForm::add_single(const ModuleSlot& slot) {
  const std::string id = host::module_at(modules_, slot);
  const host::ListedModule* named = host::module_called(catalogue_.modules(), slot.role, id);
  const auto players = players_of(slot.role);
  if (players.empty() && id.empty()) return;
  Shown shown;
  shown.slot = slot;
  shown.combo = gtk_combo_box_text_new();
  const auto add = [&](const std::string& text, const std::string& of) {
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(shown.combo), text.c_str());
    shown.ids.push_back(of);
    if (of == (named ? named->id : id)) {
      gtk_combo_box_set_active(GTK_COMBO_BOX(shown.combo), static_cast<gint>(shown.ids.size()) - 1);
    }
  };
  add("as usual: " + slot.usual, "");
  for (const auto* each : players) add(each->name, each->id);
  if (!id.empty() && !named) add(id, id);
  add_line(slot.label.c_str(), shown.combo, named ? named->description : "");
  g_signal_connect(shown.combo, "changed", G_CALLBACK(on_single), this);
  if (!id.empty()) add_params(shown);
  shown_.push_back(std::move(shown));
}

void ModulesForm::add_named(const ModuleSlot& slot) {
  const std::string id = host::module_at(modules_, slot);
  const host::ListedModule* named = host::module_called(catalogue_.modules(), slot.role, id);
  Shown shown;
  shown.slot = slot;
  GtkWidget* row = new_row(6);
  gtk_box_pack_start(GTK_BOX(row), new_label((named ? named->name : id).c_str()), TRUE, TRUE, 0);
  if (slot.kind != Kind::preprocessor) {
    shown.remove = gtk_button_new_with_label("Remove");
    gtk_box_pack_start(GTK_BOX(row), shown.remove, FALSE, FALSE, 0);
    g_signal_connect(shown.remove, "clicked", G_CALLBACK(on_remove), this);
  }
  add_line(slot.label.c_str(), row, named ? named->description : "");
  add_params(shown);
  shown_.push_back(std::move(shown));
}

void ModulesForm::add_params(Shown& shown) {
  const json params = host::params_at(modules_, shown.slot);
  auto declared = catalogue_.params(shown.slot.role, host::module_at(modules_, shown.slot));
  if (declared) {
    shown.rows.emplace(table_, row_, std::move(*declared), params);
    return;
  }
  shown.text = gtk_entry_new();
  if (!params.empty()) gtk_entry_set_text(GTK_ENTRY(shown.text), params.dump().c_str());
  add_line("", shown.text, "What is set for it, as JSON: {\"target\": 0.3}");
}

void ModulesForm::add_hook_chooser() {
  const auto players = players_of(BURIN_DETAIL_HOOK_ID);
  if (players.empty()) return;
  GtkWidget* hooks = gtk_combo_box_text_new();
  gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(hooks), "add a hook");
  hook_ids_ = {""};
  for (const auto* each : players) {
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(hooks), each->name.c_str());
    hook_ids_.push_back(each->id);
  }
  gtk_combo_box_set_active(GTK_COMBO_BOX(hooks), 0);
  add_line("", hooks, "Hooks change what is done to each segment, in their order");
  g_signal_connect(hooks, "changed", G_CALLBACK(on_hook), this);
}

void ModulesForm::on_single(GtkWidget* combo, gpointer self) {
  auto* form = static_cast<ModulesForm*>(self);
  const gint line = gtk_combo_box_get_active(GTK_COMBO_BOX(combo));
  for (const Shown& shown : form->shown_) {
    if (shown.combo != combo || line < 0) continue;
    form->later([form, slot = shown.slot, id = shown.ids[static_cast<size_t>(line)]] {
      host::put_module(form->modules_, slot, id);
    });
  }
}

void ModulesForm::on_remove(GtkWidget* button, gpointer self) {
  auto* form = static_cast<ModulesForm*>(self);
  for (const Shown& shown : form->shown_) {
    if (shown.remove != button) continue;
    form->later([form, slot = shown.slot] { host::remove_hook(form->modules_, slot); });
  }
}

void ModulesForm::on_hook(GtkWidget* combo, gpointer self) {
  auto* form = static_cast<ModulesForm*>(self);
  const gint line = gtk_combo_box_get_active(GTK_COMBO_BOX(combo));
  if (line <= 0) return;
  form->later([form, id = form->hook_ids_[static_cast<size_t>(line)]] {
    host::add_hook(form->modules_, id);
  });
}

}  // namespace burin::gimp
