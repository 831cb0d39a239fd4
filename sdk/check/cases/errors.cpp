// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about calls with something wrong: the same calls, each looked at from another side.
#include <functional>

#include "bad_tensors.hpp"
#include "cases/groups.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr std::int64_t height = 40, width = 56;

using Look = std::function<void(const std::string& what, const Answer& answer)>;

void try_one(Context& context, const Instance& instance, const std::string& what, const Look& look,
             const std::function<Answer(Call&)>& make) {
  context.note("called with " + what);
  auto inputs = inputs_of(instance.session().role(), height, width);
  Call call = instance.call(inputs);
  call.expect_refusal = true;
  look(what, make(call));
}

/// Every call that the role's header refuses.
void for_each_bad_call(Context& context, const Look& look) {
  Session session(context);
  const Role& role = session.role();
  if (role.inputs.empty() && role.bad_calls.empty()) skip("the role has no call to do wrong");
  const Instance instance(session);
  if (role.work != nullptr) {
    for (std::size_t i = 0; i < role.inputs.size(); ++i) {
      for (BadTensor& bad : bad_tensors(role.inputs[i], height, width)) {
        try_one(context, instance, bad.what, look, [&](Call& call) {
          call.inputs[i] = bad.tensor();
          return role.work(call);
        });
      }
    }
  }
  for (const BadCall& bad : role.bad_calls) {
    try_one(context, instance, bad.what, look, [&](Call& call) { return bad.make(call); });
  }
}

void refused(Context& context) {
  for_each_bad_call(context, [](const std::string& what, const Answer& answer) {
    if (answer.threw.empty() && answer.status == BURIN_OK) {
      fail("it accepted ", what, "; expected is BURIN_E_INVALID");
    }
  });
}

void check_sentence(const std::string& what, const Answer& answer) {
  if (!answer.threw.empty() || answer.status == BURIN_OK) return;
  if (answer.said.empty()) {
    fail("it returned ", status_text(answer.status), " for ", what,
         " without a sentence; call set_error before");
  }
  if (!is_utf8(answer.said)) fail("the sentence for ", what, " is no UTF-8");
}

void sentence(Context& context) {
  std::string poor;
  for_each_bad_call(context, [&](const std::string& what, const Answer& answer) {
    check_sentence(what, answer);
    if (!answer.said.empty() && answer.said.find(' ') == std::string::npos) {
      poor = text_of("the sentence for ", what, " is the word '", answer.said, "'");
    }
  });
  if (context.role->work != nullptr && !context.role->inputs.empty()) {
    Session session(context);
    const Instance instance(session);
    for (const auto& [h, w] : {std::pair{0, 16}, {16, 0}, {1, 1}, {3, 8191}}) {
      const std::string what = text_of("pictures of ", w, " x ", h);
      context.note(what);
      auto inputs = inputs_of(session.role(), h, w);
      check_sentence(what, instance.work(inputs));
    }
    for (const Layout layout :
         {Layout::padded, Layout::offset, Layout::flipped, Layout::permuted}) {
      const std::string what = text_of("tensors ", name_of(layout));
      context.note(what);
      auto inputs = inputs_of(session.role(), height, width, Paint::scene, 1, layout);
      check_sentence(what, instance.work(inputs));
    }
  }
  if (!poor.empty()) warn(poor);
}

void status(Context& context) {
  for_each_bad_call(context, [](const std::string& what, const Answer& answer) {
    if (!answer.threw.empty() || answer.status == BURIN_OK) return;
    if (answer.status < 0 || answer.status > BURIN_E_IMAGE) {
      fail("it returned ", status_text(answer.status), " for ", what);
    }
    if (answer.status == BURIN_E_CANCELLED || answer.status == BURIN_E_INTERNAL) {
      warn("it returned ", status_text(answer.status), " for ", what,
           "; expected is BURIN_E_INVALID");
    }
  });
}

void untouched(Context& context) {
  for_each_bad_call(context, [](const std::string& what, const Answer& answer) {
    if (answer.touched) fail("it returned an error for ", what, " and wrote its out parameter");
  });
  if (context.role->work == nullptr || !context.role->can_cancel) return;
  Session session(context);
  const Instance instance(session);
  auto inputs = inputs_of(session.role(), height, width);
  RunRecord record(1);
  Call call = instance.call(inputs, record.run());
  call.expect_refusal = true;
  const Answer answer = session.role().work(call);
  record.end();
  if (answer.touched) fail("it was cancelled and wrote its out parameter");
}

void exceptions(Context& context) {
  if (context.role->work != nullptr) {
    Session session(context);
    const Instance instance(session);
    auto inputs = inputs_of(session.role(), height, width);
    const Answer answer = instance.work(inputs);
    if (!answer.threw.empty()) fail("the main call let out ", answer.threw);
  }
  for_each_bad_call(context, [](const std::string& what, const Answer& answer) {
    if (!answer.threw.empty()) fail("with ", what, " it let out ", answer.threw);
  });
}

void memory(Context& context) {
  Session session(context);
  const Role& role = session.role();
  if (role.work == nullptr) skip("the role has no call that is the same for all");
  std::uint64_t in_all = 0;
  {
    const Instance instance(session);
    auto inputs = inputs_of(role, height, width);
    need(instance.work(inputs));
    in_all = session.host().allocations();
  }
  if (in_all == 0) skip("it takes no memory from the host");
  const bool gives_back = session.host().unreturned().empty();  // else lifecycle.host-memory fails
  constexpr std::uint64_t most = 20;
  for (std::uint64_t nth = 1; nth <= std::min(in_all, most); ++nth) {
    context.note(text_of("the host's memory ends at allocation ", nth, " of ", in_all));
    session.host().fail_allocations_from(nth);
    session.host().take_error();
    void* self = nullptr;
    const burin_status created =
        role.create(session.api(), session.host().get(), session.data_dir(), &self);
    Answer answer;
    if (created == BURIN_OK) {
      auto inputs = inputs_of(role, height, width);
      Call call{session.host(), session.api(), self, {}};
      for (TestTensor& input : inputs) call.inputs.push_back(input.dl());
      call.expect_refusal = true;
      answer = role.work(call);
      session.host().fail_allocations_from(0);
      role.destroy(session.api(), self);
    } else {
      answer.status = created;
      answer.said = session.host().take_error();
      session.host().fail_allocations_from(0);
    }
    const std::string when = text_of("when allocation ", nth, " of ", in_all, " failed, ");
    if (!answer.threw.empty()) fail(when, "it let out ", answer.threw);
    if (answer.touched) fail(when, "it returned an error and wrote its out parameter");
    if (answer.status != BURIN_OK && answer.said.empty()) {
      fail(when, "it returned ", status_text(answer.status), " without a sentence");
    }
    if (answer.status != BURIN_OK && answer.status != BURIN_E_MEMORY) {
      warn(when, "it returned ", status_text(answer.status), "; expected is BURIN_E_MEMORY");
    }
    const std::string kept = session.host().unreturned();
    if (gives_back && !kept.empty()) fail(when, kept);
  }
}

}  // namespace

std::vector<Case> errors_cases() {
  return {
      {"errors.refused", "refuses what its header does not allow", refused, "lifecycle.work"},
      {"errors.sentence", "says what was wrong, each time", sentence, "lifecycle.work"},
      {"errors.status", "returns a status that fits", status, "lifecycle.work"},
      {"errors.untouched", "leaves out parameters alone when it fails", untouched,
       "lifecycle.work"},
      {"errors.exceptions", "lets no exception out", exceptions, "lifecycle.create"},
      {"errors.memory", "survives that the host has no memory", memory, "lifecycle.work"},
  };
}

}  // namespace burin::check
