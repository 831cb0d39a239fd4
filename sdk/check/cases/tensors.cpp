// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about what goes in and what comes out.
#include <cmath>
#include <limits>
#include <set>

#include "cases/groups.hpp"
#include "leak.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr std::int64_t height = 96, width = 128;

void need_work(const Session& session) {
  if (session.role().work == nullptr) skip("the role has no call that is the same for all");
}

void need_inputs(const Session& session) {
  need_work(session);
  if (session.role().inputs.empty()) skip("the main call of this role takes no tensor");
}

void read_only(Context& context) {
  Session session(context);
  need_inputs(session);
  const Instance instance(session);
  for (const Layout layout : {Layout::packed, Layout::padded}) {
    auto inputs = inputs_of(session.role(), height, width, Paint::scene, 1, layout);
    std::vector<DLTensor> before;
    for (TestTensor& input : inputs) before.push_back(*input.dl());
    instance.work(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Input& input = session.role().inputs[i];
      const DLTensor& now = *inputs[i].dl();
      if (now.data != before[i].data || now.shape != before[i].shape ||
          now.ndim != before[i].ndim || now.strides != before[i].strides ||
          inputs[i].shape() != shape_of(input, height, width)) {
        fail("'", input.name, "': the DLTensor itself was changed");
      }
      if (input.written) continue;
      if (const std::string change = inputs[i].change(); !change.empty()) {
        fail("'", input.name, "' was written: ", change);
      }
    }
  }
}

void layouts(Context& context) {
  Session session(context);
  need_inputs(session);
  bool any = false;
  for (const Input& input : session.role().inputs) any = any || input.any_strides;
  if (!any) skip("the role's tensors are in C order");
  const Instance instance(session);
  auto packed = inputs_of(session.role(), height, width);
  const Answer expected = instance.work(packed);
  need(expected);
  auto again = inputs_of(session.role(), height, width);
  const bool repeatable = instance.work(again).values == expected.values;
  for (const Layout layout : {Layout::padded, Layout::offset, Layout::flipped, Layout::permuted}) {
    context.note(text_of("tensors ", name_of(layout)));
    auto inputs = inputs_of(session.role(), height, width, Paint::scene, 1, layout);
    const Answer answer = instance.work(inputs);
    if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
    if (answer.status == BURIN_OK && repeatable && answer.values != expected.values) {
      fail("the result is another when the same tensors come ", name_of(layout));
    }
  }
}

void sizes(Context& context) {
  Session session(context);
  need_inputs(session);
  const Instance instance(session);
  struct Size {
    std::int64_t height, width;
  };
  for (const auto& [h, w] : {Size{1, 1},
                             {1, 2},
                             {2, 1},
                             {3, 3},
                             {7, 13},
                             {3, 8191},
                             {8191, 3},
                             {0, 16},
                             {16, 0},
                             {0, 0}}) {
    context.note(text_of("pictures of ", w, " x ", h));
    auto inputs = inputs_of(session.role(), h, w, Paint::noise);
    const Answer answer = instance.work(inputs);
    if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
  }
}

void struct_size(Context& context) {
  Session session(context);
  need_work(session);
  const Instance instance(session);
  for (const Paint what : {Paint::scene, Paint::noise, Paint::step}) {
    auto inputs = inputs_of(session.role(), height, width, what);
    const Answer answer = instance.work(inputs);
    need(answer);
    if (!answer.size_fault.empty()) fail(answer.size_fault);
  }
}

void release(Context& context) {
  Session session(context);
  need_work(session);
  const Instance instance(session);
  auto inputs = inputs_of(session.role(), height, width);
  context.note("release on another thread, and of a struct that holds nothing");
  Call call = instance.call(inputs);
  call.thorough_release = true;
  const Answer answer = session.role().work(call);
  need(answer);
  if (!answer.release_fault.empty()) fail(answer.release_fault);
}

void leak(Context& context) {
  Session session(context);
  need_work(session);
  const Instance instance(session);
  auto inputs = inputs_of(session.role(), 48, 64);
  constexpr int rounds = 40;
  const std::string bytes = leak_of(
      [&] {
        const Answer answer = instance.work(inputs);
        need(answer);
        if (!answer.release_fault.empty()) skip("nothing can be released; see tensors.release");
      },
      rounds);
  if (!session.host().unreturned().empty()) {
    skip("it keeps the host's memory; see lifecycle.host-memory");
  }
  if (!bytes.empty()) fail("each call whose result is released leaves ", bytes);
}

void odd_numbers(Context& context) {
  Session session(context);
  need_inputs(session);
  const Instance instance(session);
  std::set<std::string> floats;
  for (const Input& input : session.role().inputs) {
    if (input.dtype.code == kDLFloat) floats.insert(input.name);
  }
  if (floats.empty()) skip("the role's tensors hold whole numbers");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double odd : {std::nan(""), infinity, -infinity, 1e30, 1e-42, -5.0}) {
    for (std::size_t i = 0; i < session.role().inputs.size(); ++i) {
      if (!floats.count(session.role().inputs[i].name)) continue;
      context.note(text_of(odd, " in '", session.role().inputs[i].name, "'"));
      auto inputs = inputs_of(session.role(), 32, 40);
      for (std::int64_t at = 3; at < inputs[i].size(); at += 97) inputs[i].set(at, odd);
      const Answer answer = instance.work(inputs);
      if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
    }
  }
  auto inputs = inputs_of(session.role(), 32, 40);
  context.note("the call after those");
  const Answer after = instance.work(inputs);
  need(after);
}

}  // namespace

std::vector<Case> tensors_cases() {
  return {
      {"tensors.read-only", "leaves its inputs as they were", read_only, "lifecycle.work"},
      {"tensors.layouts", "reads strides and byte_offset, or refuses them", layouts,
       "lifecycle.work"},
      {"tensors.sizes", "copes with pictures of odd sizes", sizes, "lifecycle.work"},
      {"tensors.odd-numbers", "copes with numbers that are none", odd_numbers, "lifecycle.work"},
      {"tensors.struct-size", "says the size of each struct it gives", struct_size,
       "lifecycle.work"},
      {"tensors.release", "gives results that can be released as promised", release,
       "lifecycle.work"},
      {"tensors.leak", "frees a result when it is released", leak, "lifecycle.work"},
  };
}

}  // namespace burin::check
