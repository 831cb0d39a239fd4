// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Values for a descriptor's parameters.
#pragma once

#include <string>

#include "burin/ext/params.h"
#include "random.hpp"

namespace burin::check {

/// A value with the text it points to.
struct ParamValue {
  burin_param_type type = 0;
  double number = 0;
  std::string text;

  burin_param_value c() const { return {sizeof(burin_param_value), type, number, text.c_str()}; }
};

bool has_number(burin_param_type type);

ParamValue default_of(const burin_param& param);

/// Anywhere in the range, the ends more often than by chance. A path names nothing that exists.
ParamValue random_value(const burin_param& param, Random& random);

/// From what a user writes: "yes", "3", "some text". Ends the case (fail) where it does not fit.
ParamValue read_value(const burin_param& param, const std::string& text);

}  // namespace burin::check
