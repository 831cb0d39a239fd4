// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A widget for each parameter of a module, in a table.
#pragma once

#include <vector>

#include "shared/editor/module_params.hpp"
#include "shared/gimp/gimp_ui.hpp"

namespace burin::gimp {

class ParamRows {
 public:
  /// Shows what `params`, an object of a job, has, from `row` of the table on.
  ParamRows(GtkWidget* table, int& row, std::vector<host::Param> declared,
            const nlohmann::json& params);

  /// Puts what the widgets hold into `params`.
  void keep(nlohmann::json& params) const;

 private:
  nlohmann::json held_by(size_t index) const;

  std::vector<host::Param> params_;
  std::vector<GtkWidget*> widgets_;
};

}  // namespace burin::gimp
