// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Asks the main call for results and looks at one side of them.
#include "roles/result_cases.hpp"

#include "session.hpp"

namespace burin::check {

void result_has_its_form(Context& context) {
  Session session(context);
  const Instance instance(session);
  for (const auto& [height, width] : {std::pair{32, 32}, {40, 24}, {17, 33}, {5, 64}}) {
    context.note(text_of(width, " x ", height));
    auto inputs = inputs_of(session.role(), height, width);
    const Answer answer = instance.work(inputs);
    need(answer);
    if (!answer.form.empty()) fail("for ", width, " x ", height, " ", answer.form);
  }
}

void result_has_its_values(Context& context) {
  Session session(context);
  const Instance instance(session);
  for (const auto& [what, name] : {std::pair{Paint::scene, "a drawing"},
                                   {Paint::noise, "noise"},
                                   {Paint::blank, "one grey"},
                                   {Paint::step, "two halves"}}) {
    context.note(text_of("a picture of ", name));
    auto inputs = inputs_of(session.role(), 48, 64, what);
    const Answer answer = instance.work(inputs);
    need(answer);
    if (!answer.fault.empty()) fail("for ", name, " ", answer.fault);
  }
}

void result_is_repeatable(Context& context) {
  Session session(context);
  const Instance first(session), second(session);
  const auto values = [&](const Instance& instance) {
    auto inputs = inputs_of(session.role(), 48, 64);
    const Answer answer = instance.work(inputs);
    need(answer);
    return answer.values;
  };
  const std::string once = values(first);
  if (values(first) != once) fail("the same call gave another result the second time");
  if (values(second) != once) fail("the same call gave another result in another instance");
}

}  // namespace burin::check
