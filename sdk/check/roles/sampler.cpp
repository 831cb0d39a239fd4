// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role sampler.
#include "burin/role/sampler.h"

#include <cmath>

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "roles/sampler_host.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

// A run that begins at the greatest level of Stable Diffusion 1 and is spaced as Karras et al. 2022
// do, with rho 7.
std::vector<double> levels(std::uint32_t steps, double last = 0) {
  constexpr double most = 14.6146, least = 0.0292, rho = 7;
  std::vector<double> all;
  for (std::uint32_t i = 0; i < steps; ++i) {
    const double t = steps == 1 ? 0 : static_cast<double>(i) / (steps - 1);
    const double root =
        std::pow(most, 1 / rho) + t * (std::pow(least, 1 / rho) - std::pow(most, 1 / rho));
    all.push_back(std::pow(root, rho));
  }
  all.push_back(last);
  return all;
}

constexpr std::uint32_t usual_steps = 12;
constexpr std::uint64_t usual_seed = 11;
// Latents of unit deviation: what is left of the noise after a run to 0 is far below a 255th.
constexpr double target_tolerance = 1.0 / 255;

const burin_sampler& table(const void* api) { return *static_cast<const burin_sampler*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), sample);
  return "";
}

Answer sample(const Call& call, SamplerHost& host, const std::vector<double>& sigmas) {
  DLTensor* x = call.inputs[0];
  Answer answer = ask(call, [&] {
    return table(call.api).sample(call.self, host.get(), sigmas.data(),
                                  static_cast<std::uint32_t>(sigmas.size() - 1), x);
  });
  if (answer.status != BURIN_OK || !answer.threw.empty()) return answer;
  const auto shape = lengths_of(x, 4);
  if (shape.empty() || !form_fault(*x, shape).empty()) return answer;
  answer.values = bytes_of(*x);
  const std::string fault = range_fault(floats_of(*x), -1e4, 1e4);
  if (!fault.empty()) answer.fault = "the latent " + fault;
  return answer;
}

Answer work(const Call& call) {
  SamplerHost host(call.host.get(), SamplerHost::Model::depends, usual_seed, call.run);
  return sample(call, host, levels(usual_steps));
}

std::vector<TestTensor> noised(const Session& session, double level) {
  auto inputs = inputs_of(session.role(), 12, 16, Paint::noise);
  Random random(usual_seed);
  for (std::int64_t i = 0; i < inputs[0].size(); ++i) {
    inputs[0].set(i, level * 3.46 * (random.unit() - 0.5));
  }
  return inputs;
}

template <typename Look>
void for_each_run(Context& context, const Look& look) {
  Session session(context);
  const Instance instance(session);
  for (const std::uint32_t steps : {1U, 2U, 3U, 4U, 12U, 50U}) {
    for (const double last : {0.0, 0.02}) {
      const std::string when = text_of(steps, " steps to ", last, ": ");
      context.note(when);
      const auto sigmas = levels(steps, last);
      auto inputs = noised(session, sigmas.front());
      SamplerHost host(session.host().get(), SamplerHost::Model::knows, usual_seed, nullptr);
      const Answer answer = sample(instance.call(inputs), host, sigmas);
      need(answer);
      look(when, host, answer, sigmas, inputs[0]);
    }
  }
}

void steps(Context& context) {
  for_each_run(context, [](const std::string& when, const SamplerHost& host, const Answer&,
                           const std::vector<double>& sigmas, const TestTensor&) {
    if (!host.fault().empty()) fail(when, host.fault());
    if (host.steps_done() != sigmas.size() - 1) {
      fail(when, "step_done was told of ", host.steps_done(), " steps");
    }
    if (host.denoised() == 0) fail(when, "the model was never asked");
  });
}

void finite(Context& context) {
  for_each_run(context, [](const std::string& when, const SamplerHost&, const Answer& answer,
                           const std::vector<double>&, const TestTensor&) {
    if (!answer.fault.empty()) fail(when, answer.fault);
  });
}

void target(Context& context) {
  for_each_run(context, [](const std::string& when, const SamplerHost&, const Answer& answer,
                           const std::vector<double>& sigmas, const TestTensor& x) {
    if (sigmas.back() != 0 || !answer.fault.empty()) return;
    double most = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) {
      most = std::max(most, std::abs(x.get(i) - SamplerHost::known(i)));
    }
    if (!(most <= target_tolerance)) {
      fail(when, "with a model that knows the clean latent, the result is off by ", most);
    }
  });
}

void host_fails(Context& context) {
  Session session(context);
  const Instance instance(session);
  for (const std::uint64_t nth : {1U, 2U, 5U}) {
    for (const burin_status status : {BURIN_E_MEMORY, BURIN_E_MODEL}) {
      context.note(text_of("the model fails when it is asked the ", nth, ". time"));
      const auto sigmas = levels(usual_steps);
      auto inputs = noised(session, sigmas.front());
      SamplerHost host(session.host().get(), SamplerHost::Model::depends, usual_seed, nullptr);
      host.fail_denoise_from(nth, status);
      const Answer answer = sample(instance.call(inputs), host, sigmas);
      if (!answer.threw.empty()) skip("it threw; see errors.exceptions");
      if (host.denoised() < nth) continue;
      if (answer.status != status) {
        fail("the model returned ", status_text(status), " and sample ",
             status_text(answer.status));
      }
      if (host.calls_after_failure() > 0) fail(host.fault());
      if (answer.said.empty()) fail("the sentence of the failure was lost");
    }
  }
}

void without_both(Context& context) {
  Session session(context);
  const Instance instance(session);
  const auto sigmas = levels(usual_steps);
  auto inputs = noised(session, sigmas.front());
  SamplerHost host(session.host().get(), SamplerHost::Model::knows, usual_seed, nullptr);
  burin_sampler_host without = *host.get();
  without.denoise_both = nullptr;
  const Call call = instance.call(inputs);
  const Answer answer = ask(call, [&] {
    return table(call.api).sample(call.self, &without, sigmas.data(), usual_steps, call.inputs[0]);
  });
  if (answer.status == BURIN_OK) return;
  if (answer.status != BURIN_E_UNSUPPORTED || answer.said.empty()) {
    fail("it returned ", status_text(answer.status), " ('", answer.said,
         "'); expected is BURIN_E_UNSUPPORTED with a sentence");
  }
}

BadCall bad_levels(const char* what, std::vector<double> sigmas) {
  return {what, [sigmas = std::move(sigmas)](const Call& good) {
            SamplerHost host(good.host.get(), SamplerHost::Model::depends, usual_seed, nullptr);
            return sample(good, host, sigmas);
          }};
}

Answer random_call(const Call& good, Random& random) {
  TestTensor x(f32_type,
               {random.whole(1, 3), random.whole(1, 16), random.whole(1, 24), random.whole(1, 24)});
  paint(x, Paint::noise, random.next());
  Call call = good;
  call.inputs[0] = x.dl();
  auto sigmas = levels(static_cast<std::uint32_t>(random.whole(1, 30)));
  if (random.chance(0.2)) {
    sigmas[static_cast<std::size_t>(random.whole(
        0, static_cast<std::int64_t>(sigmas.size()) - 1))] = (random.unit() - 0.5) * 100;
  }
  SamplerHost host(good.host.get(), SamplerHost::Model::depends, random.next(), good.run);
  if (random.chance(0.2)) {
    host.fail_denoise_from(static_cast<std::uint64_t>(random.whole(1, 9)), BURIN_E_MEMORY);
  }
  return sample(call, host, sigmas);
}

}  // namespace

Role sampler_role() {
  Role role = {};
  role.interface_id = BURIN_SAMPLER_ID;
  role.name = "sampler";
  role.missing = missing;
  makes_instances<burin_sampler>(role);
  role.inputs = {{"x", f32_type, {1, 4, Input::height, Input::width}, false, true}};
  role.work = work;
  role.random_call = random_call;
  role.bad_calls = {
      bad_levels("0 steps", {1.0}),
      bad_levels("levels that rise", {1.0, 5.0, 0.0}),
      bad_levels("a level that is no number", {5.0, std::nan(""), 0.0}),
      bad_levels("a level below 0", {5.0, 1.0, -1.0}),
  };
  role.cases = {
      {"sampler.steps", "goes through every step, in order", steps, "lifecycle.work"},
      {"sampler.finite", "leaves numbers", finite, "lifecycle.work"},
      {"sampler.target", "arrives where a model that knows leads", target, "lifecycle.work"},
      {"sampler.repeatable", "gives the same again from the same seed", result_is_repeatable,
       "lifecycle.work"},
      {"sampler.host-fails", "hands on at once what the model failed with", host_fails,
       "lifecycle.work"},
      {"sampler.without-both", "copes with a host without denoise_both", without_both,
       "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
