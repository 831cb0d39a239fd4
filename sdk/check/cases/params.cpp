// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about burin.params/1.
#include "params.hpp"

#include <cctype>
#include <cmath>
#include <limits>
#include <set>

#include "cases/groups.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr double most_whole = 9007199254740992.0;  // 2^53

const burin_params& params_of(const Session& session) {
  const auto* params = session.extension<burin_params>(BURIN_PARAMS_ID);
  if (params == nullptr) skip("it has no parameters (", BURIN_PARAMS_ID, ")");
  if (!BURIN_HAS(params, get) || !params->set || !params->get ||
      (params->count > 0 && params->params == nullptr)) {
    fail("the table of ", BURIN_PARAMS_ID, " lacks params, set or get");
  }
  return *params;
}

bool is_word(const char* text, bool first_a_letter) {
  if (text == nullptr || *text == '\0') return false;
  if (first_a_letter && !std::islower(static_cast<unsigned char>(*text))) return false;
  for (const char* c = text; *c; ++c) {
    if (!std::islower(static_cast<unsigned char>(*c)) &&
        !std::isdigit(static_cast<unsigned char>(*c)) && *c != '_') {
      return false;
    }
  }
  return true;
}

bool says_something(const char* text) { return text && *text && is_utf8(text); }

void check_number(const burin_param& p, const std::string& which) {
  const bool whole = p.type == BURIN_PARAM_INT;
  for (const double number : {p.minimum, p.maximum, p.default_number}) {
    if (!std::isfinite(number)) fail(which, "has a range or a default that is not finite");
    if (whole && (number != std::floor(number) || std::abs(number) > most_whole)) {
      fail(which, "is an INT with ", number, " in its range or default");
    }
  }
  if (p.minimum > p.maximum) {
    fail(which, "has a range from ", p.minimum, " to ", p.maximum, ", which is empty");
  }
  if (p.default_number < p.minimum || p.default_number > p.maximum) {
    fail(which, "has the default ", p.default_number, ", which is outside ", p.minimum, " to ",
         p.maximum);
  }
}

void check_choice(const burin_param& p, const std::string& which) {
  if (p.choice_count == 0 || p.choices == nullptr) fail(which, "is a CHOICE without choices");
  std::set<std::string> ids;
  for (std::uint32_t i = 0; i < p.choice_count; ++i) {
    const burin_param_choice* choice = p.choices[i];
    if (choice == nullptr || !BURIN_HAS(choice, name)) fail(which, "has a choice that is NULL");
    if (!is_word(choice->id, false)) {
      fail(which, "has the choice '", choice->id ? choice->id : "NULL",
           "'; expected are lower-case letters, digits and '_'");
    }
    if (!says_something(choice->name)) fail(which, "has a choice without a name");
    if (!ids.insert(choice->id).second) fail(which, "has the choice '", choice->id, "' twice");
  }
  if (!ids.count(p.default_text)) {
    fail(which, "has the default '", p.default_text, "', which is none of its choices");
  }
}

void declared(Context& context) {
  Session session(context);
  const burin_params& params = params_of(session);
  std::set<std::string> ids;
  for (std::uint32_t i = 0; i < params.count; ++i) {
    if (params.params[i] == nullptr || !BURIN_HAS(params.params[i], choices)) {
      fail("parameter ", i, " is NULL or shorter than the first revision");
    }
    const burin_param& p = *params.params[i];
    if (!is_word(p.id, true)) {
      fail("parameter ", i, " has the id '", p.id ? p.id : "NULL",
           "'; expected are lower-case letters, digits and '_'");
    }
    const std::string which = text_of("'", p.id, "' ");
    if (!ids.insert(p.id).second) fail(which, "is declared twice");
    if (p.type < BURIN_PARAM_BOOL || p.type > BURIN_PARAM_PATH) {
      fail(which, "has the type ", p.type, ", which is none");
    }
    if (!says_something(p.name)) fail(which, "has no name");
    if (!has_number(p.type) && p.default_text == nullptr) fail(which, "has no default text");
    if (p.type == BURIN_PARAM_INT || p.type == BURIN_PARAM_DOUBLE) check_number(p, which);
    if (p.type == BURIN_PARAM_BOOL && p.default_number != 0 && p.default_number != 1) {
      fail(which, "is a BOOL with the default ", p.default_number);
    }
    if (p.type == BURIN_PARAM_CHOICE) check_choice(p, which);
    if (!says_something(p.description)) warn(which, "has no description");
  }
}

/// What get says now, whatever that is.
ParamValue value_of(const burin_params& params, void* self, const burin_param& p) {
  burin_param_value now = {};
  now.struct_size = sizeof now;
  if (params.get(self, p.id, &now) != BURIN_OK) return default_of(p);
  return {p.type, has_number(p.type) ? now.number : 0,
          !has_number(p.type) && now.text ? now.text : ""};
}

/// What get says; ends the case (fail) unless that is `expected`.
void expect_value(const burin_params& params, void* self, const burin_param& p,
                  const ParamValue& expected, const char* when, Session& session) {
  burin_param_value now = {};
  now.struct_size = sizeof now;
  if (const burin_status status = params.get(self, p.id, &now); status != BURIN_OK) {
    fail("get of '", p.id, "' ", when, " returned ", status_text(status), ": ",
         session.host().take_error());
  }
  if (now.type != p.type) fail("get of '", p.id, "' ", when, " gave the type ", now.type);
  if (has_number(p.type) && now.number != expected.number) {
    fail("'", p.id, "' is ", now.number, " ", when, "; expected is ", expected.number);
  }
  if (!has_number(p.type) && (now.text == nullptr || now.text != expected.text)) {
    fail("'", p.id, "' is '", now.text ? now.text : "NULL", "' ", when, "; expected is '",
         expected.text, "'");
  }
}

void defaults(Context& context) {
  Session session(context);
  const burin_params& params = params_of(session);
  const NewInstance instance(session);  // what --set says comes later
  for (std::uint32_t i = 0; i < params.count; ++i) {
    const burin_param& p = *params.params[i];
    const ParamValue value = default_of(p);
    expect_value(params, instance.self(), p, value, "in a new instance", session);
    const burin_param_value c = value.c();
    if (const burin_status status = params.set(instance.self(), p.id, &c); status != BURIN_OK) {
      fail("set of '", p.id, "' to its default returned ", status_text(status), ": ",
           session.host().take_error());
    }
  }
}

void values(Context& context) {
  Session session(context);
  const burin_params& params = params_of(session);
  Random random(context.settings.seed);
  constexpr int rounds = 20;
  bool good_by_default = false;  // else a case of the role fails
  if (session.role().work != nullptr) {
    const Instance instance(session);
    auto inputs = inputs_of(session.role(), 32, 40);
    good_by_default = instance.work(inputs).fault.empty();
  }
  for (int round = 0; round < rounds; ++round) {
    const Instance instance(session), other(session);
    for (std::uint32_t i = 0; i < params.count; ++i) {
      const burin_param& p = *params.params[i];
      const ParamValue value = random_value(p, random), others = value_of(params, other.self(), p);
      context.note(text_of("'", p.id, "' set to ", value.number, " '", value.text, "'"));
      const burin_param_value c = value.c();
      const burin_status status = params.set(instance.self(), p.id, &c);
      if (status != BURIN_OK && p.type != BURIN_PARAM_TEXT && p.type != BURIN_PARAM_PATH) {
        fail("set of '", p.id, "' to ", value.number, value.text, " returned ", status_text(status),
             ": ", session.host().take_error());
      }
      if (status == BURIN_OK) {
        expect_value(params, instance.self(), p, value, "after set", session);
      }
      expect_value(params, other.self(), p, others, "in another instance", session);
    }
    if (session.role().work == nullptr) continue;
    context.note("the main call with random values of the parameters");
    auto inputs = inputs_of(session.role(), 32, 40, Paint::scene, random.next());
    const Answer answer = instance.work(inputs);
    if (good_by_default && answer.status == BURIN_OK && !answer.fault.empty()) {
      fail("with random values of the parameters ", answer.fault);
    }
  }
}

struct WrongValue {
  std::string what;
  ParamValue value;
};

std::vector<WrongValue> wrong_values(const burin_param& p) {
  std::vector<WrongValue> all;
  const bool number = has_number(p.type);
  ParamValue other_type = default_of(p);
  other_type.type = number ? BURIN_PARAM_TEXT : BURIN_PARAM_DOUBLE;
  all.push_back({"a value of another type", other_type});
  ParamValue no_type = default_of(p);
  no_type.type = 0;
  all.push_back({"a value of type 0", no_type});
  if (number) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool is_bool = p.type == BURIN_PARAM_BOOL;
    for (const double wrong :
         {std::nan(""), infinity, (is_bool ? 0 : p.minimum) - 1, (is_bool ? 1 : p.maximum) + 1}) {
      all.push_back({text_of("the value ", wrong), {p.type, wrong, ""}});
    }
    if (p.type == BURIN_PARAM_INT && p.maximum > p.minimum) {
      all.push_back({"the value of an INT and a half", {p.type, p.minimum + 0.5, ""}});
    }
  } else if (p.type == BURIN_PARAM_CHOICE) {
    all.push_back({"a choice there is not", {p.type, 0, "no_such_choice"}});
    all.push_back({"the empty choice", {p.type, 0, ""}});
  }
  return all;
}

void refused(Context& context) {
  Session session(context);
  const burin_params& params = params_of(session);
  const Instance instance(session);
  const auto expect_refusal = [&](const char* id, const ParamValue& value,
                                  const std::string& what) {
    context.note(what);
    session.host().take_error();
    const burin_param_value c = value.c();
    const burin_status status = params.set(instance.self(), id, &c);
    if (status == BURIN_OK) fail("set accepted ", what);
    if (session.host().take_error().empty()) fail("set refused ", what, " without a sentence");
  };
  for (const char* id : {"", "no_such_parameter"}) {
    expect_refusal(id, {BURIN_PARAM_DOUBLE, 0, ""}, text_of("the unknown parameter '", id, "'"));
    burin_param_value now = {};
    now.struct_size = sizeof now;
    now.number = 12.5;
    if (params.get(instance.self(), id, &now) == BURIN_OK) {
      fail("get knows the unknown parameter '", id, "'");
    }
    if (now.number != 12.5 || now.text != nullptr) fail("get failed and wrote its out parameter");
  }
  for (std::uint32_t i = 0; i < params.count; ++i) {
    const burin_param& p = *params.params[i];
    for (const WrongValue& wrong : wrong_values(p)) {
      const ParamValue before = value_of(params, instance.self(), p);
      expect_refusal(p.id, wrong.value, text_of(wrong.what, " for '", p.id, "'"));
      expect_value(params, instance.self(), p, before, "after a set that failed", session);
    }
  }
}

}  // namespace

std::vector<Case> params_cases() {
  return {
      {"params.declared", "declares parameters with range, default and text", declared,
       "lifecycle.create"},
      {"params.defaults", "begins with the defaults it declares", defaults, "params.declared"},
      {"params.values", "takes every value in its range", values, "params.declared"},
      {"params.refused", "refuses values outside, and keeps the old one", refused,
       "params.declared"},
  };
}

}  // namespace burin::check
