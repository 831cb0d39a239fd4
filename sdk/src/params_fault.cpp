// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One declaration after the other.
#include "params_fault.hpp"

#include <cmath>
#include <cstring>
#include <set>

#include "burin/cpp/text.hpp"
#include "module_text.hpp"

namespace burin::sdk {
namespace {

constexpr uint32_t most_params = 1024, most_choices = 4096;

bool is_id(const char* id, bool begins_with_letter) {
  if (id == nullptr || *id == '\0' || std::strlen(id) > most_id) return false;
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (begins_with_letter && !letter(*id)) return false;
  for (const char* c = id; *c; ++c) {
    if (!letter(*c) && !(*c >= '0' && *c <= '9') && *c != '_') return false;
  }
  return true;
}

bool is_absent_or_text(const char* text) { return text_fault(text).empty(); }

bool is_text(const char* text) { return text != nullptr && is_absent_or_text(text); }

std::string number_fault(const burin_param& p) {
  if (!std::isfinite(p.minimum) || !std::isfinite(p.maximum) || p.minimum > p.maximum) {
    return "has the range " + std::to_string(p.minimum) + " to " + std::to_string(p.maximum);
  }
  if (!(p.default_number >= p.minimum && p.default_number <= p.maximum)) {
    return "has the default " + std::to_string(p.default_number) + " outside " +
           std::to_string(p.minimum) + " to " + std::to_string(p.maximum);
  }
  constexpr double most_whole = 9007199254740992.0;  // 2^53
  const bool whole = std::fabs(p.minimum) <= most_whole && std::fabs(p.maximum) <= most_whole &&
                     p.default_number == std::floor(p.default_number);
  return p.type != BURIN_PARAM_INT || whole ? "" : "is no whole number from -2^53 to 2^53";
}

std::string choices_fault(const burin_param& p) {
  if (p.choice_count == 0 || p.choice_count > most_choices || p.choices == nullptr) {
    return "has " + std::to_string(p.choice_count) + " choices" +
           (p.choices == nullptr ? " at NULL" : "");
  }
  std::set<std::string> ids;
  for (uint32_t i = 0; i < p.choice_count; ++i) {
    const burin_param_choice* c = p.choices[i];
    const std::string which = "has choice " + std::to_string(i) + " ";
    if (c == nullptr || !BURIN_HAS(c, description)) return which + "that is NULL or too short";
    if (!is_id(c->id, false) || !ids.insert(c->id).second)
      return which + "without an id of its own";
    if (!is_text(c->name) || !is_absent_or_text(c->description)) return which + "without a name";
  }
  return p.default_text != nullptr && ids.count(p.default_text) != 0
             ? ""
             : "has a default that it lacks";
}

std::string fault_of(const burin_param& p) {
  if (!is_text(p.name)) return "has no name";
  if (!is_text(p.description)) return "has no description";
  if (!is_absent_or_text(p.unit)) return "has a unit that is no text";
  switch (p.type) {
    case BURIN_PARAM_BOOL:
      return p.default_number == 0 || p.default_number == 1 ? "" : "is neither 0 nor 1 at first";
    case BURIN_PARAM_INT:
    case BURIN_PARAM_DOUBLE:
      return number_fault(p);
    case BURIN_PARAM_CHOICE:
      return choices_fault(p);
    case BURIN_PARAM_TEXT:
    case BURIN_PARAM_PATH:
      return p.default_text != nullptr && is_utf8(p.default_text) ? "" : "has no default";
    default:
      return "has the unknown type " + std::to_string(p.type);
  }
}

}  // namespace

std::string params_fault(const burin_params& params) {
  if (params.count > most_params || (params.count > 0 && params.params == nullptr)) {
    return "there are " + std::to_string(params.count) +
           (params.params == nullptr ? " at NULL" : "; expected are at most 1024");
  }
  std::set<std::string> ids;
  for (uint32_t i = 0; i < params.count; ++i) {
    const burin_param* p = params.params[i];
    const std::string which = "number " + std::to_string(i) + " ";
    if (p == nullptr || !BURIN_HAS(p, choices)) return which + "is NULL or too short";
    if (!is_id(p->id, true)) {
      return which + "has the id '" + quotable(p->id ? p->id : "") +
             "'; expected are lower-case letters, digits and '_'";
    }
    if (!ids.insert(p->id).second) return "'" + std::string(p->id) + "' is there twice";
    if (const std::string fault = fault_of(*p); !fault.empty()) {
      return "'" + std::string(p->id) + "' " + fault;
    }
  }
  return "";
}

}  // namespace burin::sdk
