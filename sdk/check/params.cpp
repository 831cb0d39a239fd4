// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Defaults, draws and texts.
#include "params.hpp"

#include <charconv>
#include <cmath>

#include "case.hpp"

namespace burin::check {

bool has_number(burin_param_type type) {
  return type == BURIN_PARAM_BOOL || type == BURIN_PARAM_INT || type == BURIN_PARAM_DOUBLE;
}

ParamValue default_of(const burin_param& param) {
  return {param.type, has_number(param.type) ? param.default_number : 0,
          !has_number(param.type) && param.default_text ? param.default_text : ""};
}

ParamValue random_value(const burin_param& param, Random& random) {
  ParamValue value{param.type, 0, ""};
  switch (param.type) {
    case BURIN_PARAM_BOOL:
      value.number = random.chance(0.5) ? 1 : 0;
      break;
    case BURIN_PARAM_INT:
    case BURIN_PARAM_DOUBLE:
      value.number = random.chance(0.2) ? param.minimum
                     : random.chance(0.2)
                         ? param.maximum
                         : param.minimum + random.unit() * (param.maximum - param.minimum);
      if (param.type == BURIN_PARAM_INT) value.number = std::floor(value.number);
      break;
    case BURIN_PARAM_CHOICE:
      value.text = param.choices[random.whole(0, param.choice_count - 1)]->id;
      break;
    case BURIN_PARAM_PATH:
      if (random.chance(0.5)) value.text = "/there/is/no/such/file";
      break;
    default:
      for (std::int64_t i = random.whole(0, 20); i > 0; --i) {
        value.text += random.chance(0.1)
                          ? "\xC3\xA4"
                          : std::string(1, static_cast<char>(random.whole(' ', '~')));
      }
  }
  return value;
}

ParamValue read_value(const burin_param& param, const std::string& text) {
  ParamValue value{param.type, 0, ""};
  if (!has_number(param.type)) {
    value.text = text;
    return value;
  }
  if (param.type == BURIN_PARAM_BOOL && (text == "yes" || text == "no")) {
    value.number = text == "yes" ? 1 : 0;
    return value;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.number);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("--set ", param.id, " is '", text, "'; expected is a number");
  }
  return value;
}

}  // namespace burin::check
