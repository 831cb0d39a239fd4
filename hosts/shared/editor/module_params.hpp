// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parameters that a module declares, as a dialog offers them and a job holds them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace burin::host {

enum class ParamWidget { tick, spin, choice, entry, path };

struct ParamChoice {
  std::string id, name, description;
};

struct Param {
  ParamWidget widget = ParamWidget::entry;
  std::string id, name, description, unit;
  bool whole = false;               ///< of a spin: no fractions
  double minimum = 0, maximum = 0;  ///< of a spin
  nlohmann::json standard;          ///< the module's own value
  std::vector<ParamChoice> choices;
};

/// The list "params" of `burin plugins ID --json`. What is not as it is documented is left out.
std::vector<Param> params_from_json(const nlohmann::json& declared);

struct SpinSteps {
  double step = 1;
  int digits = 0;  ///< behind the point
};
/// About a hundred steps, and as many digits as the range and the default need.
SpinSteps spin_steps(const Param& param);

/// "Name (unit)".
std::string label_of(const Param& param);
/// Its sentence, its range and its default.
std::string hint_of(const Param& param);

/// What the widget shows: the value that `params` of a job has, else the default. A value that the
/// module would not take is as if it were absent.
nlohmann::json shown_value(const Param& param, const nlohmann::json& params);
/// Puts what the widget holds into `params`; the default is left out. A number that is there and
/// looks the same in the widget stays as it is.
void keep_value(const Param& param, const nlohmann::json& value, nlohmann::json& params);

/// What a person typed as an object of parameters; "" means none. Throws sdk::Error (INVALID) with
/// a sentence that begins with `what`.
nlohmann::json object_from_text(const std::string& text, const std::string& what);

}  // namespace burin::host
