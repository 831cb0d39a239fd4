// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Declared parameters to widgets, values to a job and back.
#include "shared/editor/module_params.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "burin/cpp/error.hpp"

namespace burin::host {

using nlohmann::json;

namespace {

constexpr int kMostDigits = 8;

std::string text_of(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<ParamChoice> choices_of(const json& declared) {
  std::vector<ParamChoice> choices;
  for (const json& each : declared.value("choices", json::array())) {
    if (!each.is_object() || text_of(each, "id").empty()) continue;
    choices.push_back({text_of(each, "id"), text_of(each, "name"), text_of(each, "description")});
    if (choices.back().name.empty()) choices.back().name = choices.back().id;
  }
  return choices;
}

std::vector<ParamChoice>::const_iterator choice_called(const Param& param, const json& value) {
  const std::string id = value.is_string() ? value.get<std::string>() : "";
  return std::find_if(param.choices.begin(), param.choices.end(),
                      [&](const ParamChoice& c) { return c.id == id; });
}

bool fits(const Param& param, const json& value) {
  switch (param.widget) {
    case ParamWidget::tick:
      return value.is_boolean();
    case ParamWidget::spin: {
      if (!value.is_number()) return false;
      const double number = value.get<double>();
      return number >= param.minimum && number <= param.maximum &&
             (!param.whole || number == std::floor(number));
    }
    case ParamWidget::choice:
      return choice_called(param, value) != param.choices.end();
    default:
      return value.is_string();
  }
}

std::optional<Param> param_from(const json& declared) {
  if (!declared.is_object()) return std::nullopt;
  Param param;
  param.id = text_of(declared, "id");
  param.name = text_of(declared, "name");
  if (param.name.empty()) param.name = param.id;
  param.description = text_of(declared, "description");
  param.unit = text_of(declared, "unit");
  param.standard = declared.value("default", json());
  const std::string type = text_of(declared, "type");
  if (type == "bool") {
    param.widget = ParamWidget::tick;
  } else if (type == "int" || type == "double") {
    param.widget = ParamWidget::spin;
    param.whole = type == "int";
    const json least = declared.value("minimum", json()), most = declared.value("maximum", json());
    if (!least.is_number() || !most.is_number()) return std::nullopt;
    param.minimum = least.get<double>();
    param.maximum = most.get<double>();
  } else if (type == "choice") {
    param.widget = ParamWidget::choice;
    param.choices = choices_of(declared);
  } else if (type == "path") {
    param.widget = ParamWidget::path;
  } else if (type != "text") {
    return std::nullopt;
  }
  if (param.id.empty() || !fits(param, param.standard)) return std::nullopt;
  return param;
}

bool shows_exactly(double value, int digits) {
  const double scaled = value * std::pow(10.0, digits);
  return std::abs(scaled - std::round(scaled)) <= 1e-9 * std::max(1.0, std::abs(scaled));
}

// Whether the widget shows the same text for both.
bool looks_same(const Param& param, const json& a, const json& b) {
  if (param.widget != ParamWidget::spin) return a == b;
  return std::abs(a.get<double>() - b.get<double>()) <
         0.5 * std::pow(10.0, -spin_steps(param).digits);
}

std::string number_text(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15
             ? std::to_string(static_cast<std::int64_t>(value))
             : json(value).dump();
}

std::string standard_text(const Param& param) {
  switch (param.widget) {
    case ParamWidget::tick:
      return param.standard.get<bool>() ? "ticked" : "not ticked";
    case ParamWidget::spin:
      return number_text(param.standard.get<double>());
    case ParamWidget::choice:
      return choice_called(param, param.standard)->name;
    default:
      return param.standard.get<std::string>();
  }
}

}  // namespace

std::vector<Param> params_from_json(const json& declared) {
  std::vector<Param> params;
  if (!declared.is_array()) return params;
  for (const json& each : declared) {
    if (auto param = param_from(each)) params.push_back(std::move(*param));
  }
  return params;
}

SpinSteps spin_steps(const Param& param) {
  if (param.whole) return {1, 0};
  const double range = param.maximum - param.minimum;
  if (!(range > 0)) return {1, 1};
  SpinSteps steps;
  steps.digits = std::clamp(3 - static_cast<int>(std::ceil(std::log10(range))), 1, kMostDigits);
  for (const double value : {param.minimum, param.maximum, param.standard.get<double>()}) {
    while (steps.digits < kMostDigits && !shows_exactly(value, steps.digits)) ++steps.digits;
  }
  const double power = std::pow(10.0, std::floor(std::log10(range / 100)));
  const double leading = range / 100 / power;
  steps.step = power * (leading >= 5 ? 5 : leading >= 2 ? 2 : 1);
  steps.step = std::max(steps.step, std::pow(10.0, -steps.digits));
  return steps;
}

std::string label_of(const Param& param) {
  return param.unit.empty() ? param.name : param.name + " (" + param.unit + ")";
}

std::string hint_of(const Param& param) {
  std::string hint = param.description;
  const auto add = [&](const std::string& text) { hint += (hint.empty() ? "" : "\n") + text; };
  for (const ParamChoice& choice : param.choices) {
    if (!choice.description.empty()) add(choice.name + ": " + choice.description);
  }
  if (param.widget == ParamWidget::spin) {
    add("From " + number_text(param.minimum) + " to " + number_text(param.maximum) +
        (param.unit.empty() ? "" : " " + param.unit));
  }
  const std::string standard = standard_text(param);
  if (!standard.empty()) add("Usually: " + standard);
  return hint;
}

json shown_value(const Param& param, const json& params) {
  const auto found = params.is_object() ? params.find(param.id) : params.end();
  return found != params.end() && fits(param, *found) ? *found : param.standard;
}

void keep_value(const Param& param, const json& value, json& params) {
  if (!params.is_object()) params = json::object();
  const json before = shown_value(param, params);
  if (!fits(param, value) || looks_same(param, value, param.standard)) {
    params.erase(param.id);
  } else if (before == param.standard || !looks_same(param, value, before)) {
    params[param.id] = param.whole ? json(static_cast<std::int64_t>(value.get<double>())) : value;
  }
}

json object_from_text(const std::string& text, const std::string& what) {
  if (text.find_first_not_of(" \t\n") == std::string::npos) return json::object();
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    throw sdk::Error(BURIN_E_INVALID, what + " is '" + text + "'; expected a JSON object.");
  }
  return object;
}

}  // namespace burin::host
