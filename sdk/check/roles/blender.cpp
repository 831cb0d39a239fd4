// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role blender.
#include "burin/role/blender.h"

#include <limits>

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_blender& table(const void* api) { return *static_cast<const burin_blender*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), blend);
  return "";
}

Answer work(const Call& call) {
  return ask_for_tensor(
      call, lengths_of(call.inputs[0], 3),
      [&](burin_tensor* out) {
        return table(call.api).blend(call.self, call.inputs[0], call.inputs[1], call.inputs[2],
                                     call.run, out);
      },
      [](const std::vector<float>& values, Answer& answer) {
        constexpr double most = std::numeric_limits<float>::max();
        const std::string fault = range_fault(values, -most, most);
        if (!fault.empty()) answer.fault = "a value " + fault;
      });
}

/// Grey crops have one channel.
void grey(Context& context) {
  Session session(context);
  const Instance instance(session);
  std::vector<TestTensor> inputs;
  inputs.reserve(3);
  for (const std::int64_t channels : {1, 1, 0}) {
    std::vector<std::int64_t> shape = {30, 20};
    if (channels > 0) shape.push_back(channels);
    inputs.emplace_back(f32_type, shape);
    paint(inputs.back(), Paint::noise, inputs.size());
  }
  const Answer answer = instance.work(inputs);
  need(answer);
  if (!answer.form.empty()) fail(answer.form);
}

/// Sizes that do not fit each other.
BadCall other_size(const char* what, std::size_t which) {
  return {what, [which](const Call& good) {
            TestTensor other(f32_type, which == 2 ? std::vector<std::int64_t>{41, 57}
                                                  : std::vector<std::int64_t>{41, 57, 3});
            paint(other, Paint::noise, 1);
            Call call = good;
            call.inputs[which] = other.dl();
            return work(call);
          }};
}

}  // namespace

Role blender_role() {
  Role role = {};
  role.interface_id = BURIN_BLENDER_ID;
  role.name = "blender";
  role.missing = missing;
  makes_instances<burin_blender>(role);
  role.inputs = {{"under", f32_type, {Input::height, Input::width, 3}},
                 {"over", f32_type, {Input::height, Input::width, 3}},
                 {"mask", f32_type, {Input::height, Input::width}}};
  role.work = work;
  role.bad_calls = {other_size("an 'over' of another size", 1),
                    other_size("a 'mask' of another size", 2)};
  role.cases = {
      {"blender.size", "gives a crop of the same size", result_has_its_form, "lifecycle.work"},
      {"blender.finite", "gives numbers where it gets numbers", result_has_its_values,
       "lifecycle.work"},
      {"blender.grey", "blends crops of one channel", grey, "lifecycle.work"},
      {"blender.repeatable", "gives the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
