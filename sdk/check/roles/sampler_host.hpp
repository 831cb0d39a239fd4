// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the checker is to a sampler: a model of which the answer is known, and noise of a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "burin/role/sampler.h"
#include "burin/run.h"

namespace burin::check {

class SamplerHost {
 public:
  /// The model. `knows`: predicts always the same clean latent; else one that depends on x and
  /// sigma.
  enum class Model { knows, depends };

  SamplerHost(const burin_host* host, Model model, std::uint64_t seed, const burin_run* run);
  SamplerHost(const SamplerHost&) = delete;
  SamplerHost& operator=(const SamplerHost&) = delete;

  const burin_sampler_host* get() const { return &host_; }

  /// From the nth call on (from 1) denoise and denoise_both return `status`.
  void fail_denoise_from(std::uint64_t nth, burin_status status);

  std::uint64_t denoised() const { return denoised_; }
  std::uint32_t steps_done() const { return steps_; }
  std::uint64_t calls_after_failure() const { return calls_after_failure_; }
  const std::string& fault() const { return fault_; }  ///< of the sampler's calls; "": none

  /// The clean latent of Model::knows at index i.
  static double known(std::int64_t i);

 private:
  burin_status begin_call(const char* name);
  burin_status denoise(const DLTensor* x, double sigma, DLTensor* out);
  burin_status noise(DLTensor* out);
  burin_status step_done(std::uint32_t step, const DLTensor* denoised);
  void found(const std::string& what);

  const burin_host* module_host_;
  Model model_;
  std::uint64_t seed_;
  const burin_run* run_;
  burin_sampler_host host_ = {};
  std::uint64_t denoised_ = 0, noises_ = 0, calls_after_failure_ = 0, fail_from_ = 0;
  std::uint32_t steps_ = 0;
  burin_status failure_ = BURIN_OK;
  bool failed_ = false;
  std::string fault_;
};

}  // namespace burin::check
