// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role preprocessor.
#include "burin/role/preprocessor.h"

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_preprocessor& table(const void* api) {
  return *static_cast<const burin_preprocessor*>(api);
}

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), process);
  return "";
}

Answer work(const Call& call) {
  return ask_for_tensor(
      call, lengths_of(call.inputs[0], 3),
      [&](burin_tensor* out) {
        return table(call.api).process(call.self, call.inputs[0], call.run, out);
      },
      [](const std::vector<float>& values, Answer& answer) {
        const std::string fault = range_fault(values, 0, 1);
        if (!fault.empty()) answer.fault = "a value " + fault;
      });
}

}  // namespace

Role preprocessor_role() {
  Role role = {};
  role.interface_id = BURIN_PREPROCESSOR_ID;
  role.name = "preprocessor";
  role.missing = missing;
  makes_instances<burin_preprocessor>(role);
  role.inputs = {{"rgb", f32_type, {Input::height, Input::width, 3}}};
  role.work = work;
  role.cases = {
      {"preprocessor.size", "gives a picture of the same size", result_has_its_form,
       "lifecycle.work"},
      {"preprocessor.range", "gives values from 0 to 1", result_has_its_values, "lifecycle.work"},
      {"preprocessor.repeatable", "gives the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
