// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A sampler module in C++: derive from SamplerPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/role/sampler.h"

namespace burin::sdk {

/// The host's side of a run: the model, noise and the end of each step. Latents are vectors as long
/// as the one that is sampled. A status that the host returns leaves as an exception that the
/// module lets pass; so does a stop. [work-thread], on the thread that called sample.
class SamplerRun {
 public:
  SamplerRun(const burin_sampler_host& host, const DLTensor& like) : host_(host), like_(like) {
    like_.strides = nullptr;
    like_.byte_offset = 0;
  }

  /// What the sampler throws when the host said so: the host has left its sentence already.
  struct HostStatus {
    burin_status status;
  };

  /// The model's prediction of the clean latent for x at level sigma.
  void denoise(const float* x, double sigma, float* out) const {
    const DLTensor from = tensor(x);
    DLTensor to = tensor(out);
    pass(host_.denoise(host_.ctx, &from, sigma, &to));
  }
  /// Whether there is a prediction without guidance.
  bool has_unconditional() const {
    return BURIN_HAS(&host_, denoise_both) && host_.denoise_both != nullptr;
  }
  /// The same with the prediction without guidance. Throws Error (UNSUPPORTED) where there is none.
  void denoise_both(const float* x, double sigma, float* out, float* unconditional) const {
    if (!has_unconditional()) {
      throw Error(BURIN_E_UNSUPPORTED, "The model gives no prediction without guidance.");
    }
    const DLTensor from = tensor(x);
    DLTensor to = tensor(out), without = tensor(unconditional);
    pass(host_.denoise_both(host_.ctx, &from, sigma, &to, &without));
  }
  /// Standard normal noise for the way from one level to another.
  void noise(double from, double to, float* out) const {
    DLTensor drawn = tensor(out);
    pass(host_.noise(host_.ctx, from, to, &drawn));
  }
  /// At the end of each step, counted from 1.
  void step_done(uint32_t step, const float* denoised) const {
    const DLTensor prediction = tensor(denoised);
    pass(host_.step_done(host_.ctx, step, &prediction));
  }

 private:
  static void pass(burin_status status) {
    if (status != BURIN_OK) throw HostStatus{status};
  }
  DLTensor tensor(const float* values) const {
    DLTensor made = like_;
    made.data = const_cast<float*>(values);
    return made;
  }

  const burin_sampler_host& host_;
  DLTensor like_;
};

template <typename Type>
struct SamplerTable;

/// Base of a sampler. Any exception is fine: it stops at the module's border.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class SamplerPlugin {
 public:
  template <typename Type>
  using Table = SamplerTable<Type>;

  virtual ~SamplerPlugin() = default;
  /// Takes x, noised to sigmas.front(), to sigmas.back(), in place. Everything is checked.
  virtual void sample(const SamplerRun& run, std::span<const double> sigmas,
                      std::span<float> x) = 0;
};

/// The burin_sampler table of `Type`.
template <typename Type>
struct SamplerTable : PluginCalls<Type> {
  static burin_status sample(void* self, const burin_sampler_host* host, const double* sigmas,
                             uint32_t steps, DLTensor* x) {
    burin_status of_host = BURIN_OK;
    const burin_status status = PluginCalls<Type>::call(self, [&](Type& sampler) {
      if (host == nullptr || !BURIN_HAS(host, step_done) || !host->denoise || !host->noise ||
          !host->step_done) {
        throw Error(BURIN_E_INVALID, "The sampler's host is missing or lacks a function.");
      }
      check(sigmas, steps);
      const FloatPlanes planes = float_planes(x, 4, "latent");
      try {
        sampler.sample(SamplerRun(*host, *x), {sigmas, size_t(steps) + 1},
                       {planes.values, static_cast<size_t>(planes.size())});
      } catch (const SamplerRun::HostStatus& said) {
        of_host = said.status;
      }
    });
    return of_host != BURIN_OK ? of_host : status;
  }

  static void check(const double* sigmas, uint32_t steps) {
    const auto refuse = [](const std::string& what) {
      throw Error(BURIN_E_INVALID, "The sampler's levels " + what + ".");
    };
    if (sigmas == nullptr) refuse("are NULL");
    if (steps < 1) refuse("are for 0 steps; expected is at least 1");
    for (uint32_t i = 0; i <= steps; ++i) {
      const bool last = i == steps;
      if (!std::isfinite(sigmas[i]) || sigmas[i] < 0 || (!last && sigmas[i] == 0) ||
          (i > 0 && sigmas[i] > sigmas[i - 1])) {
        refuse("have " + std::to_string(sigmas[i]) + " at " + std::to_string(i) +
               "; expected are positive ones that do not rise, the last may be 0");
      }
    }
  }

  static constexpr burin_sampler table = {sizeof(burin_sampler), PluginCalls<Type>::create,
                                          PluginCalls<Type>::destroy, sample};
};

}  // namespace burin::sdk
