// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about instances: create, destroy, threads, cancel, progress, memory.
#include <algorithm>
#include <thread>

#include "burin/ext/params.h"
#include "cases/groups.hpp"
#include "leak.hpp"
#include "module.hpp"
#include "run_record.hpp"
#include "session.hpp"
#include "stdout_watch.hpp"

namespace burin::check {
namespace {

constexpr std::int64_t height = 96, width = 128;
constexpr std::uint64_t most_stops = 12;
constexpr double prompt_s = 0.5, most_stop_s = 3;
constexpr double long_call_s = 0.3;

std::vector<TestTensor> usual_inputs(const Session& session) {
  return inputs_of(session.role(), height, width);
}

void need_work(const Session& session) {
  if (session.role().work == nullptr) skip("the role has no call that is the same for all");
}

void create(Context& context) {
  Session session(context);
  void* self = nullptr;
  const burin_status status =
      session.role().create(session.api(), session.host().get(), session.data_dir(), &self);
  if (status != BURIN_OK) {
    if (self != nullptr) fail("create failed and wrote *self");
    const std::string said = session.host().take_error();
    fail("create returned ", status_text(status), ": ", said.empty() ? "no sentence" : said,
         session.data_dir() ? text_of(" (data folder ", session.data_dir(), ")")
                            : " (there is no data folder)");
  }
  session.role().destroy(session.api(), self);
  context.note("destroy(NULL)");
  session.role().destroy(session.api(), nullptr);
}

/// Whether a file has to be named before there is anything to do.
bool wants_a_path(const Session& session) {
  const auto* params = session.extension<burin_params>(BURIN_PARAMS_ID);
  for (std::uint32_t i = 0; params != nullptr && i < params->count; ++i) {
    const burin_param& param = *params->params[i];
    if (param.type == BURIN_PARAM_PATH && text_or_empty(param.default_text).empty()) return true;
  }
  return false;
}

void work(Context& context) {
  Session session(context);
  need_work(session);
  const Instance instance(session);
  auto inputs = usual_inputs(session);
  const Answer answer = instance.work(inputs);
  if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
  if (answer.status == BURIN_OK) return;
  const std::string text = text_of("the main call, everything as the header has it, returned ",
                                   status_text(answer.status), ": ", answer.said);
  // What a parameter must name first, the user gives.
  if (answer.status == BURIN_E_NOT_FOUND || answer.status == BURIN_E_MODEL ||
      answer.status == BURIN_E_UNSUPPORTED || wants_a_path(session)) {
    skip(text, "; give what it needs by --set");
  }
  fail(text);
}

void no_leak(Context& context) {
  Session session(context);
  const std::string leak = leak_of([&] { const Instance instance(session); }, 100);
  if (!leak.empty()) fail("each create and destroy leaves ", leak);
}

void two(Context& context) {
  Session session(context);
  need_work(session);
  const auto ask_instance = [&](const Instance& instance, std::int64_t h, std::int64_t w) {
    auto inputs = inputs_of(session.role(), h, w);
    const Answer answer = instance.work(inputs);
    need(answer);
    return answer.values;
  };
  std::string alone, alone_small;
  {
    const Instance one(session);
    alone = ask_instance(one, height, width);
    if (ask_instance(one, height, width) != alone) skip("the main call is not repeatable");
  }
  {
    const Instance one(session);
    alone_small = ask_instance(one, 40, 24);
  }
  const Instance first(session), second(session);
  if (first.self() == second.self() && first.self() != nullptr) {
    context.note("both instances are at one address");
  }
  for (int round = 0; round < 2; ++round) {
    if (ask_instance(first, height, width) != alone ||
        ask_instance(second, 40, 24) != alone_small) {
      fail("an instance gives other results when a second one works between its calls");
    }
  }
  { const Instance third(session); }
  if (ask_instance(first, height, width) != alone) {
    fail("an instance gives other results after another one was destroyed");
  }
}

void any_thread(Context& context) {
  Session session(context);
  need_work(session);
  const Instance instance(session);
  const auto values_on_thread = [&](bool other) {
    auto inputs = usual_inputs(session);
    Answer answer;
    const auto run = [&] { answer = instance.work(inputs); };
    if (other) {
      std::thread(run).join();
    } else {
      run();
    }
    need(answer);
    return answer.values;
  };
  const std::string here = values_on_thread(false);
  if (values_on_thread(false) != here) skip("the main call is not repeatable");
  for (int round = 0; round < 2; ++round) {
    if (values_on_thread(true) != here) {
      fail("the main call gives other results on another thread than create's");
    }
  }
}

void need_run(const Session& session) {
  need_work(session);
  if (!session.role().can_cancel) skip("calls of this role are short: none is given a burin_run");
}

void callback_thread(Context& context) {
  Session session(context);
  need_run(session);
  const Instance instance(session);
  auto inputs = usual_inputs(session);
  RunRecord record;
  const Answer answer = instance.work(inputs, record.run());
  record.end();
  need(answer);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (!record.thread_fault().empty()) fail(record.thread_fault());
}

void progress(Context& context) {
  Session session(context);
  need_run(session);
  const Instance instance(session);
  auto inputs = usual_inputs(session);
  RunRecord record;
  const Answer answer = instance.work(inputs, record.run());
  record.end();
  need(answer);
  if (!record.progress_fault().empty()) fail(record.progress_fault());

  context.note("a burin_run whose callbacks are NULL");
  const burin_run silent = {sizeof silent, nullptr, nullptr, nullptr};
  need(instance.work(inputs, &silent));
}

void stop_at(const Instance& instance, std::uint64_t poll, std::uint64_t polls, double& slowest) {
  auto inputs = usual_inputs(instance.session());
  RunRecord record(poll);
  Call call = instance.call(inputs, record.run());
  call.expect_refusal = true;
  const Answer answer = instance.session().role().work(call);
  record.end();
  if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
  if (!record.stopped()) return;  // it asked less often than the time before
  if (answer.status != BURIN_E_CANCELLED) {
    fail("cancelled() said stop at its ", poll, ". call of ", polls,
         ", and the main call returned ", status_text(answer.status));
  }
  slowest = std::max(slowest, record.seconds_to_stop());
}

void cancel(Context& context) {
  Session session(context);
  need_run(session);
  const Instance instance(session);
  auto inputs = usual_inputs(session);
  RunRecord record;
  const double begin = seconds_of_thread();
  need(instance.work(inputs, record.run()));
  const double seconds = seconds_of_thread() - begin;
  record.end();
  if (record.polls() == 0) {
    const std::string text = text_of("the main call never asks whether to stop; a picture of ",
                                     width, " x ", height, " took ", seconds * 1000, " ms");
    if (record.reports() > 1) fail(text, ", and ", record.reports(), " reports of progress");
    if (seconds > long_call_s * patience()) fail(text);
    skip(text);
  }
  double slowest = 0;
  const std::uint64_t stops = std::min(record.polls(), most_stops);
  for (std::uint64_t i = 0; i < stops; ++i) {
    const std::uint64_t poll = stops == 1 ? 1 : 1 + i * (record.polls() - 1) / (stops - 1);
    context.note(text_of("stop at poll ", poll, " of ", record.polls()));
    stop_at(instance, poll, record.polls(), slowest);
  }
  context.note("the call after a cancelled one");
  auto again = usual_inputs(session);
  const Answer after = instance.work(again);
  if (after.status != BURIN_OK) {
    fail("after a cancelled call the next one returned ", status_text(after.status), ": ",
         after.said);
  }
  if (slowest > most_stop_s * patience()) fail("it took ", slowest, " s to stop");
  if (slowest > prompt_s * patience()) warn("it took ", slowest, " s to stop");
}

void host_memory(Context& context) {
  Session session(context);
  need_work(session);
  {
    const Instance instance(session);
    for (int round = 0; round < 3; ++round) {
      auto inputs = usual_inputs(session);
      need(instance.work(inputs));
    }
  }
  if (session.host().allocations() == 0) skip("it takes no memory from the host");
  if (const std::string fault = session.host().memory_fault(); !fault.empty()) fail(fault);
  if (const std::string kept = session.host().unreturned(); !kept.empty()) {
    fail("after the last destroy ", kept);
  }
}

void quiet(Context& context) {
  const StdoutWatch watch;
  {
    Session session(context);
    need_work(session);
    const Instance instance(session);
    auto inputs = usual_inputs(session);
    need(instance.work(inputs));
  }
  if (const std::string text = watch.printed(); !text.empty()) {
    fail("it prints '", sdk::quotable(text),
         "'; burin.log/1 is for lines, standard output belongs ", "to the host's answers");
  }
}

}  // namespace

std::vector<Case> lifecycle_cases() {
  return {
      {"lifecycle.create", "creates an instance and destroys it", create, "descriptor.interface"},
      {"lifecycle.work", "does its main call", work, "lifecycle.create"},
      {"lifecycle.leak", "leaves no memory behind in 100 lives", no_leak, "lifecycle.create"},
      {"lifecycle.two-instances", "keeps instances apart", two, "lifecycle.work"},
      {"lifecycle.any-thread", "works the same on any thread", any_thread, "lifecycle.work"},
      {"lifecycle.callback-thread", "calls back on the call's thread, during the call",
       callback_thread, "lifecycle.work"},
      {"lifecycle.progress", "reports progress that makes sense", progress, "lifecycle.work"},
      {"lifecycle.cancel", "stops when it is told to, wherever it asks", cancel, "lifecycle.work"},
      {"lifecycle.quiet", "prints nothing to standard output", quiet, "lifecycle.work"},
      {"lifecycle.host-memory", "gives back all memory of the host", host_memory, "lifecycle.work"},
  };
}

}  // namespace burin::check
