// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls into sampler modules, and what they call back.
#include "detail/sampler_module.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "burin/role/sampler.h"
#include "detail/module_error.hpp"
#include "detail/tensor_mat.hpp"
#include "diffusion/sampler_run.hpp"
#include "job/job.hpp"
#include "modules/module_instance.hpp"

namespace burin::core {
namespace {

// What a module may ask for while it samples; behind burin_sampler_host.
class Callbacks {
 public:
  Callbacks(const burin_host* host, const ModuleCall& module, SamplerRun& run, bool both)
      : host_(host), module_(module), run_(run) {
    abi_.struct_size = sizeof abi_;
    abi_.ctx = this;
    abi_.denoise = denoise;
    if (both) abi_.denoise_both = denoise_both;
    abi_.noise = noise;
    abi_.step_done = step_done;
  }
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  const burin_sampler_host* abi() const { return &abi_; }
  // Throws what was thrown while the module asked; it could only be given a status.
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }
  int steps_done() const { return steps_done_; }

 private:
  // Runs `body`; its exception is kept for rethrow(). After the first nothing is done any more.
  template <class Body>
  static burin_status guarded(void* ctx, const Body& body) {
    auto& self = *static_cast<Callbacks*>(ctx);
    if (self.thrown_) return BURIN_E_INVALID;
    const auto failed = [&](burin_status status, const char* sentence, std::exception_ptr thrown) {
      self.thrown_ = std::move(thrown);
      self.host_->set_error(self.host_, sentence);
      return status;
    };
    try {
      body(self);
      return BURIN_OK;
    } catch (const Error& error) {
      if (error.status() != BURIN_E_INTERNAL)
        return failed(error.status(), error.what(), std::current_exception());
      // It broke its contract: invalid to the module, internal to the user.
      return failed(BURIN_E_INVALID, error.what(),
                    std::make_exception_ptr(ModuleError(error.status(), error.what())));
    } catch (const std::exception& error) {
      return failed(BURIN_E_MODEL, error.what(), std::current_exception());
    }
  }

  // A tensor of the module as the run's: of its shape, checked.
  at::Tensor borrowed(const DLTensor* dl, const char* what) const {
    const at::IntArrayRef shape = run_.start().sizes();
    const bool fits = dl != nullptr && dl->data != nullptr && dl->ndim == 4 &&
                      dl->dtype.code == kDLFloat && dl->dtype.bits == 32 && dl->dtype.lanes == 1 &&
                      dl->device.device_type == kDLCPU &&
                      std::equal(shape.begin(), shape.end(), dl->shape);
    if (!fits)
      module_.broke_contract("gave as " + std::string(what) +
                             " no float32 tensor of the latent's shape on the CPU.");
    return at::from_blob(static_cast<char*>(dl->data) + dl->byte_offset, shape, at::kFloat);
  }

  at::Tensor to_model(const DLTensor* x) const {
    return borrowed(x, "a latent").to(run_.start().device(), at::kFloat, false, true);
  }

  at::Tensor level(double sigma) const {
    if (!std::isfinite(sigma) || sigma <= 0)
      module_.broke_contract("asked for the level " + std::to_string(sigma) +
                             "; expected a finite one above 0.");
    return at::scalar_tensor(sigma, at::kFloat);
  }

  static burin_status denoise(void* ctx, const DLTensor* x, double sigma, DLTensor* out) {
    return guarded(ctx, [&](Callbacks& self) {
      const at::Tensor to = self.borrowed(out, "a place for the prediction");
      to.copy_(self.run_.denoise(self.to_model(x), self.level(sigma)));
    });
  }

  static burin_status denoise_both(void* ctx, const DLTensor* x, double sigma, DLTensor* out,
                                   DLTensor* unconditional) {
    return guarded(ctx, [&](Callbacks& self) {
      const at::Tensor to = self.borrowed(out, "a place for the prediction");
      const at::Tensor plain = self.borrowed(unconditional, "a place for the prediction");
      const Denoised both = self.run_.denoise_both(self.to_model(x), self.level(sigma));
      to.copy_(both.guided);
      plain.copy_(both.unconditional);
    });
  }

  static burin_status noise(void* ctx, double from, double to, DLTensor* out) {
    return guarded(ctx, [&](Callbacks& self) {
      if (!std::isfinite(from) || !std::isfinite(to))
        self.module_.broke_contract("asked for noise between levels that are none.");
      self.borrowed(out, "a place for noise").copy_(self.run_.noise());
    });
  }

  static burin_status step_done(void* ctx, std::uint32_t step, const DLTensor* denoised) {
    return guarded(ctx, [&](Callbacks& self) {
      if (step != static_cast<std::uint32_t>(self.steps_done_) + 1 ||
          self.steps_done_ >= self.run_.steps())
        self.module_.broke_contract("ended step " + std::to_string(step) + " after step " +
                                    std::to_string(self.steps_done_) + " of " +
                                    std::to_string(self.run_.steps()) +
                                    "; each ends once, in order.");
      self.run_.finish_step(self.steps_done_++, self.to_model(denoised));
    });
  }

  const burin_host* host_;
  const ModuleCall& module_;
  SamplerRun& run_;
  burin_sampler_host abi_{};
  std::exception_ptr thrown_;
  int steps_done_ = 0;
};

SamplerOutput run_module(const burin_host* host, const ModuleUse& use, const SamplerInput& input,
                         bool both_predictions) {
  using Module = ModuleInstance<burin_sampler>;
  SamplerRun run(input);
  const auto module =
      std::make_unique<Module>(host, BURIN_SAMPLER_ID, use, "The sampler '" + use.id + "'");
  std::vector<double> sigmas;
  for (int i = 0; i <= run.steps(); ++i) sigmas.push_back(run.level_value(i));
  const at::Tensor x = run.start().to(at::kCPU, at::kFloat).contiguous().clone();
  DLTensor lent = lent_tensor(x);
  const Callbacks callbacks(host, module->call(), run, both_predictions);
  const burin_status status =
      module->role()->sample(module->self(), callbacks.abi(), sigmas.data(),
                             static_cast<std::uint32_t>(run.steps()), &lent);
  callbacks.rethrow();
  of_one_segment([&] {
    const ModuleCall& call = module->call();
    call.check(status);
    if (callbacks.steps_done() != run.steps())
      call.broke_contract("ended " + std::to_string(callbacks.steps_done()) + " of " +
                          std::to_string(run.steps()) + " steps.");
    if (!x.isfinite().all().item<bool>())
      call.broke_contract("left values that are not numbers in the latent.");
  });
  return run.result(x.to(run.start().device()));
}

}  // namespace

SamplerOutput run_any_sampler(const burin_host* host, const ModuleUse& use,
                              const SamplerInput& input, bool both_predictions) {
  if (host == nullptr || !is_module_id(use.id)) return run_sampler(use.id, input);
  return run_module(host, use, input, both_predictions);
}

}  // namespace burin::core
