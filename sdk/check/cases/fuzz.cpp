// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Random calls. Each round depends on its own seed alone, so that one can be repeated.
#include "burin/ext/params.h"
#include "cases/groups.hpp"
#include "params.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr int rounds = 60;

DLDataType random_dtype(Random& random) {
  static constexpr DLDataType types[] = {
      {kDLUInt, 8, 1},   {kDLFloat, 32, 1}, {kDLUInt, 16, 1}, {kDLFloat, 64, 1},
      {kDLFloat, 16, 1}, {kDLInt, 32, 1},   {kDLInt, 64, 1},
  };
  return types[random.whole(0, std::size(types) - 1)];
}

std::int64_t random_length(Random& random) {
  return random.chance(0.1)   ? 0
         : random.chance(0.2) ? random.whole(1, 3)
         : random.chance(0.1) ? random.whole(100, 300)
                              : random.whole(4, 70);
}

/// Mostly as the role wants it; a strange type, rank or length now and then.
TestTensor random_tensor(const Input& input, std::int64_t height, std::int64_t width,
                         Random& random) {
  auto shape = shape_of(input, height, width);
  DLDataType dtype = input.dtype;
  if (random.chance(0.05)) dtype = random_dtype(random);
  if (random.chance(0.05)) shape.push_back(random_length(random));
  if (random.chance(0.05) && shape.size() > 1) shape.pop_back();
  if (random.chance(0.05)) {
    shape[static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(shape.size()) - 1))] =
        random_length(random);
  }
  const bool strange_layout = input.any_strides || random.chance(0.1);
  const auto layout = strange_layout ? static_cast<Layout>(random.whole(0, 4)) : Layout::packed;
  TestTensor tensor(dtype, shape, layout);
  paint(tensor, static_cast<Paint>(random.whole(0, 3)), random.next());
  if (dtype.code == kDLFloat && random.chance(0.2) && tensor.size() > 0) {
    for (int i = 0; i < 5; ++i) {
      tensor.set(random.whole(0, tensor.size() - 1), (random.unit() - 0.5) * 1e6);
    }
  }
  tensor.watch();
  return tensor;
}

Answer random_tensors(const Role& role, Call call, Random& random) {
  std::vector<TestTensor> tensors;
  tensors.reserve(role.inputs.size());
  const std::int64_t height = random_length(random), width = random_length(random);
  for (const Input& input : role.inputs) {
    tensors.push_back(random_tensor(input, height, width, random));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) call.inputs[i] = tensors[i].dl();
  return role.work(call);
}

void one_round(Context& context, Session& session, std::uint64_t seed) {
  context.note(text_of("round ", seed, ": repeat it with --reproduce ", seed));
  Random random(seed);
  const Role& role = session.role();
  const Instance instance(session);
  if (const auto* params = session.extension<burin_params>(BURIN_PARAMS_ID)) {
    for (std::uint32_t i = 0; i < params->count; ++i) {
      if (!random.chance(0.3)) continue;
      const ParamValue value = random_value(*params->params[i], random);
      const burin_param_value c = value.c();
      params->set(instance.self(), params->params[i]->id, &c);
    }
  }
  for (std::int64_t call_count = random.whole(1, 3); call_count > 0; --call_count) {
    RunRecord record(random.chance(0.2) ? static_cast<std::uint64_t>(random.whole(1, 5)) : 0);
    auto inputs = inputs_of(role, 24, 32);
    Call call = instance.call(inputs, random.chance(0.7) ? record.run() : nullptr);
    call.expect_refusal = true;
    const Answer answer =
        role.random_call ? role.random_call(call, random) : random_tensors(role, call, random);
    record.end();
    if (!answer.threw.empty()) skip("a call threw; see errors.exceptions (seed ", seed, ")");
  }
}

void calls(Context& context) {
  Session session(context);
  const Role& role = session.role();
  if (role.random_call == nullptr && (role.work == nullptr || role.inputs.empty())) {
    skip("the role has no call to be made at random");
  }
  if (context.settings.reproduce) {
    one_round(context, session, *context.settings.reproduce);
    return;
  }
  Random seeds(context.settings.seed);
  for (int round = 0; round < rounds; ++round) one_round(context, session, seeds.next());
}

}  // namespace

std::vector<Case> fuzz_cases() {
  return {{"fuzz.calls", "survives random calls", calls, "lifecycle.work"}};
}

}  // namespace burin::check
