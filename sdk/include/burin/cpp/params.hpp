// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parameters of a module in C++: members of its class, declared once with range, default and text.
// Functions are [any-thread]; one object is used by one thread at a time.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/ext/params.h"

namespace burin::sdk {

/// One of the values of a choice; static strings.
struct Choice {
  const char* id;
  const char* name;
};

/// The parameters of the class Type: a static function `parameters()` of it returns one. All
/// strings are static. Members get their defaults when an instance is made.
template <typename Type>
class ParamList {
 public:
  ParamList() = default;
  ParamList(ParamList&&) noexcept = default;
  ParamList(const ParamList&) = delete;
  ParamList& operator=(const ParamList&) = delete;

  ParamList&& number(const char* id, const char* name, const char* description,
                     double Type::*member, double minimum, double maximum, double value,
                     const char* unit = nullptr) && {
    burin_param& p = add(id, name, description, BURIN_PARAM_DOUBLE, member);
    p.minimum = minimum;
    p.maximum = maximum;
    p.default_number = value;
    p.unit = unit;
    return std::move(*this);
  }
  ParamList&& whole(const char* id, const char* name, const char* description,
                    int64_t Type::*member, int64_t minimum, int64_t maximum, int64_t value,
                    const char* unit = nullptr) && {
    burin_param& p = add(id, name, description, BURIN_PARAM_INT, member);
    p.minimum = static_cast<double>(minimum);
    p.maximum = static_cast<double>(maximum);
    p.default_number = static_cast<double>(value);
    p.unit = unit;
    return std::move(*this);
  }
  ParamList&& toggle(const char* id, const char* name, const char* description, bool Type::*member,
                     bool value) && {
    add(id, name, description, BURIN_PARAM_BOOL, member).default_number = value;
    return std::move(*this);
  }
  ParamList&& choice(const char* id, const char* name, const char* description,
                     std::string Type::*member, const std::vector<Choice>& choices,
                     const char* value) && {
    burin_param& p = add(id, name, description, BURIN_PARAM_CHOICE, member);
    auto& list = choice_lists_.emplace_back();
    for (const Choice& c : choices) {
      list.push_back(&choices_.emplace_back(
          burin_param_choice{sizeof(burin_param_choice), c.id, c.name, nullptr}));
    }
    p.choices = list.data();
    p.choice_count = static_cast<uint32_t>(list.size());
    p.default_text = value;
    return std::move(*this);
  }
  ParamList&& text(const char* id, const char* name, const char* description,
                   std::string Type::*member, const char* value = "") && {
    add(id, name, description, BURIN_PARAM_TEXT, member).default_text = value;
    return std::move(*this);
  }
  ParamList&& path(const char* id, const char* name, const char* description,
                   std::string Type::*member, const char* value = "") && {
    add(id, name, description, BURIN_PARAM_PATH, member).default_text = value;
    return std::move(*this);
  }
  /// The parameter declared last may be hidden at first.
  ParamList&& advanced() && {
    params_.back().flags |= BURIN_PARAM_ADVANCED;
    return std::move(*this);
  }
  /// The parameter declared last, a whole number, is a seed.
  ParamList&& seed() && {
    params_.back().flags |= BURIN_PARAM_SEED;
    return std::move(*this);
  }

  const std::vector<const burin_param*>& declared() const { return pointers_; }

  void set_defaults(Type& instance) const {
    for (size_t i = 0; i < params_.size(); ++i) {
      const burin_param& p = params_[i];
      assign(instance, members_[i], p.default_number, p.default_text);
    }
  }

  /// Throws Error: NOT_FOUND, INVALID.
  void set(Type& instance, const char* id, const burin_param_value* value) const {
    const size_t i = index(id);
    const burin_param& p = params_[i];
    if (value == nullptr || !BURIN_HAS(value, text)) refuse(p, "no value came");
    if (value->type != p.type) {
      refuse(p, "a value of type " + std::to_string(value->type) + " came, expected is " +
                    std::to_string(p.type));
    }
    check(p, *value);
    assign(instance, members_[i], value->number, value->text);
  }

  /// Throws Error: NOT_FOUND, INVALID.
  void get(const Type& instance, const char* id, burin_param_value* out) const {
    const size_t i = index(id);
    if (out == nullptr) refuse(params_[i], "there is no place for its value");
    burin_param_value value = {sizeof(value), params_[i].type, 0, nullptr};
    std::visit([&](auto member) { read(instance.*member, value); }, members_[i]);
    *out = value;
  }

 private:
  using Member = std::variant<double Type::*, int64_t Type::*, bool Type::*, std::string Type::*>;

  burin_param& add(const char* id, const char* name, const char* description, burin_param_type type,
                   Member member) {
    burin_param p = {};
    p.struct_size = sizeof(p);
    p.type = type;
    p.id = id;
    p.name = name;
    p.description = description;
    members_.push_back(member);
    params_.push_back(p);
    pointers_.push_back(&params_.back());
    return params_.back();
  }

  size_t index(const char* id) const {
    for (size_t i = 0; id != nullptr && i < params_.size(); ++i) {
      if (std::strcmp(params_[i].id, id) == 0) return i;
    }
    std::string ids;
    for (const burin_param& p : params_) ids += std::string(ids.empty() ? "" : ", ") + p.id;
    throw Error(BURIN_E_NOT_FOUND, std::string("There is no parameter '") + (id ? id : "") +
                                       "'; there are: " + ids + ".");
  }

  [[noreturn]] static void refuse(const burin_param& p, const std::string& reason) {
    throw Error(BURIN_E_INVALID, std::string("The parameter '") + p.id + "': " + reason + ".");
  }

  static void check(const burin_param& p, const burin_param_value& value) {
    const auto out_of = [&](const std::string& expected) {
      refuse(p, std::to_string(value.number) + " came, expected is " + expected);
    };
    switch (p.type) {
      case BURIN_PARAM_BOOL:
        if (value.number != 0 && value.number != 1) out_of("0 or 1");
        return;
      case BURIN_PARAM_INT:
        if (value.number != std::floor(value.number)) out_of("a whole number");
        [[fallthrough]];
      case BURIN_PARAM_DOUBLE:
        if (!(value.number >= p.minimum && value.number <= p.maximum)) {
          out_of(std::to_string(p.minimum) + " to " + std::to_string(p.maximum));
        }
        return;
      default:
        if (value.text == nullptr) refuse(p, "no text came");
    }
    if (p.type != BURIN_PARAM_CHOICE) return;
    std::string ids;
    for (uint32_t i = 0; i < p.choice_count; ++i) {
      if (std::strcmp(p.choices[i]->id, value.text) == 0) return;
      ids += std::string(ids.empty() ? "" : ", ") + p.choices[i]->id;
    }
    refuse(p, std::string("'") + value.text + "' came, expected is one of " + ids);
  }

  static void assign(Type& instance, const Member& member, double number, const char* text) {
    std::visit(
        [&](auto pointer) {
          auto& to = instance.*pointer;
          using Value = std::remove_reference_t<decltype(to)>;
          if constexpr (std::is_same_v<Value, std::string>) {
            to = text;
          } else {
            to = static_cast<Value>(number);
          }
        },
        member);
  }

  template <typename Value>
  static void read(const Value& from, burin_param_value& value) {
    if constexpr (std::is_same_v<Value, std::string>) {
      value.text = from.c_str();
    } else {
      value.number = static_cast<double>(from);
    }
  }

  // Deques keep their items where they are.
  std::deque<burin_param> params_;
  std::deque<burin_param_choice> choices_;
  std::deque<std::vector<const burin_param_choice*>> choice_lists_;
  std::vector<const burin_param*> pointers_;
  std::vector<Member> members_;
};

}  // namespace burin::sdk
