// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// denoise, noise and step_done.
#include "roles/sampler_host.hpp"

#include <cmath>
#include <cstdlib>

#include "case.hpp"
#include "random.hpp"
#include "test_tensor.hpp"

namespace burin::check {
namespace {

SamplerHost& of(void* ctx) { return *static_cast<SamplerHost*>(ctx); }

std::int64_t size_of(const DLTensor& tensor) {
  std::int64_t size = 1;
  for (std::int32_t i = 0; i < tensor.ndim; ++i) size *= tensor.shape[i];
  return size;
}

float* data_of(const DLTensor& tensor) {
  return reinterpret_cast<float*>(static_cast<char*>(tensor.data) + tensor.byte_offset);
}

std::string latent_fault(const DLTensor* tensor) {
  if (tensor == nullptr) return "is NULL";
  if (tensor->ndim != 4 || tensor->shape == nullptr) return "has not the shape [N, C, h, w]";
  return form_fault(*tensor, {tensor->shape, tensor->shape + 4});
}

}  // namespace

SamplerHost::SamplerHost(const burin_host* host, Model model, std::uint64_t seed,
                         const burin_run* run)
    : module_host_(host), model_(model), seed_(seed), run_(run) {
  host_.struct_size = sizeof host_;
  host_.ctx = this;
  host_.denoise = [](void* ctx, const DLTensor* x, double sigma, DLTensor* out) {
    return of(ctx).denoise(x, sigma, out);
  };
  host_.denoise_both = [](void* ctx, const DLTensor* x, double sigma, DLTensor* out,
                          DLTensor* unconditional) {
    const burin_status status = of(ctx).denoise(x, sigma, out);
    return status == BURIN_OK ? of(ctx).denoise(x, sigma, unconditional) : status;
  };
  host_.noise = [](void* ctx, double, double, DLTensor* out) { return of(ctx).noise(out); };
  host_.step_done = [](void* ctx, std::uint32_t step, const DLTensor* denoised) {
    return of(ctx).step_done(step, denoised);
  };
}

void SamplerHost::fail_denoise_from(std::uint64_t nth, burin_status status) {
  fail_from_ = nth;
  failure_ = status;
}

double SamplerHost::known(std::int64_t i) { return 0.8 * std::sin(0.37 * static_cast<double>(i)); }

void SamplerHost::found(const std::string& what) {
  if (fault_.empty()) fault_ = what;
}

burin_status SamplerHost::begin_call(const char* name) {
  if (failed_) {
    ++calls_after_failure_;
    found(text_of(name, " was called after an earlier call had failed"));
  }
  if (run_ != nullptr && run_->cancelled != nullptr && run_->cancelled(run_->ctx) != 0) {
    failed_ = true;
    module_host_->set_error(module_host_, "The checker asked for the stop.");
    return BURIN_E_CANCELLED;
  }
  return BURIN_OK;
}

burin_status SamplerHost::denoise(const DLTensor* x, double sigma, DLTensor* out) {
  if (const burin_status status = begin_call("denoise")) return status;
  ++denoised_;
  if (fail_from_ != 0 && denoised_ >= fail_from_) {
    failed_ = true;
    module_host_->set_error(module_host_, "The checker's model gave up.");
    return failure_;
  }
  std::string fault = latent_fault(x);
  if (fault.empty()) fault = latent_fault(out);
  if (!fault.empty()) {
    fault = "a latent given to denoise " + fault;
  } else if (!(sigma > 0) || !std::isfinite(sigma)) {
    fault = text_of("denoise was asked at the level ", sigma);
  } else if (size_of(*x) != size_of(*out)) {
    fault = "denoise was given latents of two sizes";
  }
  if (!fault.empty()) {
    found(fault);
    failed_ = true;
    module_host_->set_error(module_host_, "The latent or the level breaks the contract.");
    return BURIN_E_INVALID;
  }
  const std::int64_t size = size_of(*x);
  const float* from = data_of(*x);
  float* to = data_of(*out);
  for (std::int64_t i = 0; i < size; ++i) {
    const double clean = known(i);
    // A shrinking towards the known answer, the more the less noise there is.
    const double trust = model_ == Model::knows ? 0 : 0.5 / (1 + sigma * sigma);
    to[i] = static_cast<float>(clean + trust * (static_cast<double>(from[i]) - clean));
  }
  return BURIN_OK;
}

burin_status SamplerHost::noise(DLTensor* out) {
  if (const burin_status status = begin_call("noise")) return status;
  if (const std::string fault = latent_fault(out); !fault.empty()) {
    found("a latent given to noise " + fault);
    failed_ = true;
    module_host_->set_error(module_host_, "The latent breaks the contract.");
    return BURIN_E_INVALID;
  }
  Random random(seed_ * 1000003 + ++noises_);
  float* to = data_of(*out);
  // Sums of four uniform numbers are near enough to normal, and cheap.
  const double scale = std::sqrt(3.0);
  for (std::int64_t i = 0, size = size_of(*out); i < size; ++i) {
    const double sum = random.unit() + random.unit() + random.unit() + random.unit();
    to[i] = static_cast<float>(scale * (sum - 2));
  }
  return BURIN_OK;
}

burin_status SamplerHost::step_done(std::uint32_t step, const DLTensor* denoised) {
  if (const burin_status status = begin_call("step_done")) return status;
  if (step != steps_ + 1) {
    found(text_of("step_done was told of step ", step, " after step ", steps_));
  }
  steps_ = step;
  if (const std::string fault = latent_fault(denoised); !fault.empty()) {
    found("a latent given to step_done " + fault);
  }
  return BURIN_OK;
}

}  // namespace burin::check
