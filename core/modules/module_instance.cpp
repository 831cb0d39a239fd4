// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Finding modules and setting what they declare.
#include "modules/module_instance.hpp"

#include <cmath>

#include "burin/ext/modules.h"
#include "burin/ext/params.h"
#include "modules/host_calls.hpp"
#include "runtime/error.hpp"
#include "runtime/json_fields.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

const burin_modules& modules_of(const burin_host* host) {
  return *host_interface<burin_modules>(host, BURIN_MODULES_ID, "finds modules");
}

std::string range_text(const burin_param& param) {
  if (param.type == BURIN_PARAM_DOUBLE)
    return "a number from " + json(param.minimum).dump() + " to " + json(param.maximum).dump();
  const auto whole = [](double value) { return json(static_cast<std::int64_t>(value)).dump(); };
  return "a whole number from " + whole(param.minimum) + " to " + whole(param.maximum);
}

std::string choices_text(const burin_param& param) {
  std::string text;
  for (std::uint32_t i = 0; i < param.choice_count; ++i)
    text += (i == 0 ? "" : ", ") + std::string(param.choices[i]->id);
  return "one of " + text;
}

// The value as the module takes it, or what was expected.
burin_param_value value_of(const burin_param& param, const json& given,
                           const std::filesystem::path& base_dir, std::string& text,
                           std::string& expected) {
  burin_param_value value{};
  value.struct_size = sizeof value;
  value.type = param.type;
  switch (param.type) {
    case BURIN_PARAM_BOOL:
      if (!given.is_boolean()) expected = "true or false";
      value.number = given.is_boolean() && given.get<bool>() ? 1 : 0;
      return value;
    case BURIN_PARAM_INT:
    case BURIN_PARAM_DOUBLE:
      if (given.is_number()) value.number = given.get<double>();
      if (!given.is_number() || !std::isfinite(value.number) || value.number < param.minimum ||
          value.number > param.maximum ||
          (param.type == BURIN_PARAM_INT && value.number != std::floor(value.number)))
        expected = range_text(param);
      return value;
    default:
      break;
  }
  if (given.is_string()) text = given.get<std::string>();
  bool fits = given.is_string();
  if (param.type == BURIN_PARAM_CHOICE) {
    fits = false;
    for (std::uint32_t i = 0; given.is_string() && i < param.choice_count; ++i)
      fits |= text == param.choices[i]->id;
    if (!fits) expected = choices_text(param);
  } else if (!fits) {
    expected = param.type == BURIN_PARAM_PATH ? "a path" : "text";
  }
  if (param.type == BURIN_PARAM_PATH && !text.empty())
    text = std::filesystem::absolute(base_dir / text).lexically_normal().string();
  value.text = text.c_str();
  return value;
}

}  // namespace

void ModuleCall::check(burin_status status) const {
  HostCall(host_).check(status, what_ + " failed.");
}

void ModuleCall::broke_contract(const std::string& how) const {
  throw Error(BURIN_E_INTERNAL, what_ + " " + how);
}

const void* find_module(const burin_host* host, const char* role, const std::string& id,
                        const char** data_dir) {
  const void* found = modules_of(host).find(host, role, id.c_str(), data_dir);
  if (found == nullptr)
    HostCall(host).raise(BURIN_E_NOT_FOUND,
                         "No module '" + id + "' of the role " + role + " was found.");
  return found;
}

void set_module_params(const burin_host* host, const char* role, const ModuleUse& use, void* self) {
  if (use.params.empty()) return;
  const burin_modules& modules = modules_of(host);
  const auto* params = static_cast<const burin_params*>(
      BURIN_HAS(&modules, extension) && modules.extension
          ? modules.extension(host, role, use.id.c_str(), BURIN_PARAMS_ID, nullptr)
          : nullptr);
  for (const auto& [key, given] : use.params.items()) {
    const std::string place = "job: params of the module '" + use.id + "': " + key;
    std::string known;
    const burin_param* declared = nullptr;
    for (std::uint32_t i = 0; params != nullptr && i < params->count; ++i) {
      known += (i == 0 ? "" : ", ") + std::string(params->params[i]->id);
      if (key == params->params[i]->id) declared = params->params[i];
    }
    if (declared == nullptr)
      throw Error(BURIN_E_JOB, place + " is no parameter of it; " +
                                   (known.empty() ? "it has none" : "expected one of " + known));
    std::string text, expected;
    const burin_param_value value = value_of(*declared, given, use.base_dir, text, expected);
    if (!expected.empty())
      throw Error(BURIN_E_JOB, place + " is " + described(given) + "; expected " + expected);
    if (const burin_status status = params->set(self, key.c_str(), &value); status != BURIN_OK)
      throw Error(status == BURIN_E_MEMORY ? status : burin_status(BURIN_E_JOB),
                  place + ": " + HostCall(host).sentence("the module refused it"));
  }
}

}  // namespace burin::core
