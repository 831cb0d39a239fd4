// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading declarations of parameters.
#include "cli/plugin_params.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "burin/ext/modules.h"
#include "burin/ext/params.h"

namespace burin::host {

using nlohmann::json;

namespace {

const char* type_name(burin_param_type type) {
  switch (type) {
    case BURIN_PARAM_BOOL:
      return "bool";
    case BURIN_PARAM_INT:
      return "int";
    case BURIN_PARAM_DOUBLE:
      return "double";
    case BURIN_PARAM_CHOICE:
      return "choice";
    case BURIN_PARAM_PATH:
      return "path";
    default:
      return "text";
  }
}

json default_of(const burin_param& param) {
  switch (param.type) {
    case BURIN_PARAM_BOOL:
      return param.default_number != 0;
    case BURIN_PARAM_INT:
      return static_cast<std::int64_t>(param.default_number);
    case BURIN_PARAM_DOUBLE:
      return param.default_number;
    default:
      return param.default_text ? param.default_text : "";
  }
}

json or_null(const char* text) { return text ? json(text) : json(nullptr); }

json described(const burin_param& param) {
  json entry = {{"id", param.id},
                {"name", param.name},
                {"description", or_null(param.description)},
                {"type", type_name(param.type)},
                {"unit", or_null(param.unit)},
                {"default", default_of(param)},
                {"advanced", (param.flags & BURIN_PARAM_ADVANCED) != 0},
                {"seed", (param.flags & BURIN_PARAM_SEED) != 0}};
  if (param.type == BURIN_PARAM_INT || param.type == BURIN_PARAM_DOUBLE) {
    const bool whole = param.type == BURIN_PARAM_INT;
    const auto number = [whole](double v) {
      return whole ? json(static_cast<std::int64_t>(v)) : json(v);
    };
    entry["minimum"] = number(param.minimum);
    entry["maximum"] = number(param.maximum);
  }
  for (std::uint32_t i = 0; i < param.choice_count; ++i) {
    const burin_param_choice& choice = *param.choices[i];
    entry["choices"].push_back(
        {{"id", choice.id}, {"name", choice.name}, {"description", or_null(choice.description)}});
  }
  return entry;
}

std::string what_it_takes(const json& param) {
  const std::string type = param["type"];
  if (type == "bool") return "true or false";
  if (type == "choice") {
    std::string text;
    for (const json& choice : param["choices"])
      text += (text.empty() ? "" : ", ") + choice["id"].get<std::string>();
    return text;
  }
  if (type == "path" || type == "text") return type;
  const std::string unit = param["unit"].is_null() ? "" : " " + param["unit"].get<std::string>();
  return param["minimum"].dump() + " to " + param["maximum"].dump() + unit;
}

}  // namespace

json declared_params(const sdk::ModuleSet& modules, const sdk::ModuleInfo& module) {
  const burin_host* host = modules.host();
  const auto* known =
      static_cast<const burin_modules*>(host->get_interface(host, BURIN_MODULES_ID));
  const auto* params = static_cast<const burin_params*>(
      known->extension(host, module.role.c_str(), module.id.c_str(), BURIN_PARAMS_ID, nullptr));
  json list = json::array();
  for (std::uint32_t i = 0; params != nullptr && i < params->count; ++i)
    list.push_back(described(*params->params[i]));
  return list;
}

std::string params_text(const json& params) {
  std::vector<std::array<std::string, 2>> columns;
  std::array<std::size_t, 2> widths{};
  for (const json& param : params) {
    columns.push_back({param["id"].get<std::string>(),
                       what_it_takes(param) + " [" +
                           (param["default"].is_string() ? param["default"].get<std::string>()
                                                         : param["default"].dump()) +
                           "]"});
    for (std::size_t c = 0; c < 2; ++c) widths[c] = std::max(widths[c], columns.back()[c].size());
  }
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += "   ";
    for (std::size_t c = 0; c < 2; ++c)
      text += " " + columns[i][c] + std::string(widths[c] - columns[i][c].size() + 1, ' ');
    const json& sentence = params[i]["description"];
    text += sentence.is_null() ? "" : sentence.get<std::string>();
    text += "\n";
  }
  return text;
}

}  // namespace burin::host
