// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role scheduler.
#include "burin/role/scheduler.h"

#include <cmath>
#include <limits>

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_scheduler& table(const void* api) { return *static_cast<const burin_scheduler*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), sigmas);
  return "";
}

/// The levels of Stable Diffusion 1: a thousand steps whose betas rise with the square of a line
/// from sqrt(0.00085) to sqrt(0.012).
const std::vector<double>& trained_levels() {
  static const std::vector<double> levels = [] {
    constexpr int count = 1000;
    const double first = std::sqrt(0.00085), last = std::sqrt(0.012);
    std::vector<double> all;
    double kept = 1;
    for (int i = 0; i < count; ++i) {
      const double root = first + (last - first) * i / (count - 1);
      kept *= 1 - root * root;
      all.push_back(std::sqrt((1 - kept) / kept));
    }
    return all;
  }();
  return levels;
}

burin_noise_levels with_table() {
  const auto& levels = trained_levels();
  return {sizeof(burin_noise_levels), levels.front(), levels.back(), levels.size(), levels.data()};
}

burin_noise_levels without_table(double least, double most) {
  return {sizeof(burin_noise_levels), least, most, 0, nullptr};
}

std::string level_fault(const std::vector<double>& sigmas, double most) {
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const bool last = i + 1 == sigmas.size();
    if (!std::isfinite(sigmas[i])) return text_of("level ", i, " is ", sigmas[i]);
    if (last && sigmas[i] != 0) return text_of("the last level is ", sigmas[i], "; expected is 0");
    if (!last && sigmas[i] <= 0)
      return text_of("level ", i, " is ", sigmas[i], "; only the last is 0");
    if (i > 0 && sigmas[i] > sigmas[i - 1]) {
      return text_of("level ", i, " is ", sigmas[i], ", above the one before, ", sigmas[i - 1]);
    }
    // A table that was computed in float32 rounds.
    if (sigmas[i] > most * (1 + 1e-6)) {
      return text_of("level ", i, " is ", sigmas[i], ", above the model's most, ", most);
    }
  }
  return "";
}

constexpr double unwritten = -12345.5;

Answer sigmas(const Call& call, const burin_noise_levels* levels, std::uint32_t steps) {
  constexpr std::size_t guards = 8;
  const std::size_t count = std::size_t{steps} + 1;
  std::vector<double> room(count + guards, unwritten);
  Answer answer =
      ask(call, [&] { return table(call.api).sigmas(call.self, levels, steps, room.data()); });
  for (std::size_t i = count; i < room.size(); ++i) {
    if (room[i] != unwritten) answer.form = text_of("more than ", count, " levels were written");
  }
  room.resize(count);
  if (answer.status != BURIN_OK || !answer.threw.empty()) {
    for (const double level : room) answer.touched = answer.touched || level != unwritten;
    return answer;
  }
  for (const double level : room) {
    if (level == unwritten) answer.form = text_of("fewer than ", count, " levels were written");
  }
  answer.values.assign(reinterpret_cast<const char*>(room.data()), room.size() * sizeof(double));
  answer.fault = level_fault(room, levels ? levels->most : std::numeric_limits<double>::max());
  return answer;
}

Answer work(const Call& call) {
  const burin_noise_levels levels = with_table();
  return sigmas(call, &levels, 20);
}

template <typename Look>
void for_each_schedule(Context& context, const Look& look) {
  Session session(context);
  const Instance instance(session);
  std::vector<TestTensor> none;
  const burin_noise_levels models[] = {with_table(), without_table(0.002, 80),
                                       without_table(0.0292, 14.6146), without_table(1e-4, 1)};
  for (std::size_t m = 0; m < std::size(models); ++m) {
    for (const std::uint32_t steps : {1U, 2U, 3U, 4U, 7U, 20U, 100U, 999U, 1000U}) {
      const std::string when = text_of(steps, " steps from ", models[m].most, " to ",
                                       models[m].least, m == 0 ? ", with a table" : "", ": ");
      context.note(when);
      const Answer answer = sigmas(instance.call(none), &models[m], steps);
      if (answer.status == BURIN_E_UNSUPPORTED && (m > 0 || steps > 20)) continue;
      need(answer);
      look(when, answer);
    }
  }
}

void length(Context& context) {
  for_each_schedule(context, [](const std::string& when, const Answer& answer) {
    if (!answer.form.empty()) fail(when, answer.form);
  });
}

void levels(Context& context) {
  for_each_schedule(context, [](const std::string& when, const Answer& answer) {
    if (answer.form.empty() && !answer.fault.empty()) fail(when, answer.fault);
  });
}

BadCall bad_levels(const char* what, burin_noise_levels levels) {
  return {what, [levels](const Call& good) { return sigmas(good, &levels, 10); }};
}

Answer random_call(const Call& good, Random& random) {
  burin_noise_levels levels = random.chance(0.5) ? with_table() : without_table(0.01, 10);
  if (random.chance(0.5)) {
    levels = without_table((random.unit() - 0.1) * 10, (random.unit() - 0.1) * 100);
  }
  const auto steps = static_cast<std::uint32_t>(random.whole(0, random.chance(0.1) ? 20000 : 200));
  return sigmas(good, &levels, steps);
}

}  // namespace

Role scheduler_role() {
  Role role = {};
  role.interface_id = BURIN_SCHEDULER_ID;
  role.name = "scheduler";
  role.missing = missing;
  makes_instances<burin_scheduler>(role);
  role.work = work;
  role.random_call = random_call;
  role.can_cancel = false;
  role.bad_calls = {
      {"0 steps",
       [](const Call& good) {
         const burin_noise_levels levels = with_table();
         return sigmas(good, &levels, 0);
       }},
      bad_levels("levels that end below where they begin", without_table(10, 1)),
      bad_levels("a least level of 0", without_table(0, 10)),
      bad_levels("a least level of -1", without_table(-1, 10)),
      bad_levels("a greatest level that is no number", without_table(0.1, std::nan(""))),
      bad_levels("a greatest level without end",
                 without_table(0.1, std::numeric_limits<double>::infinity())),
  };
  role.cases = {
      {"scheduler.length", "writes steps + 1 levels and nothing else", length, "lifecycle.work"},
      {"scheduler.levels", "gives levels that fall to 0", levels, "lifecycle.work"},
      {"scheduler.repeatable", "gives the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
