// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Rationale: the driver's functions by name, so that the checker is built and runs without CUDA.
// Their types are those of its stable interface: handles are pointers, devices and results int.
#include "cuda_device.hpp"

#include <dlfcn.h>

namespace burin::check {
namespace {

constexpr int device = 0;
constexpr unsigned non_blocking = 1;  // CU_STREAM_NON_BLOCKING

}  // namespace

template <typename Function>
bool CudaDevice::call(const char* name, const Function& with) const {
  void* symbol = driver_ == nullptr ? nullptr : ::dlsym(driver_, name);
  return symbol != nullptr && with(symbol) == 0;
}

CudaDevice::CudaDevice() {
  driver_ = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver_ == nullptr) {
    missing_ = "CUDA's driver (libcuda.so.1) is not installed";
  } else {
    open();
  }
}

void CudaDevice::open() {
  int count = 0;
  if (!call("cuInit", [](void* f) { return reinterpret_cast<int (*)(unsigned)>(f)(0); })) {
    missing_ = "CUDA's driver does not start";
  } else if (!call("cuDeviceGetCount",
                   [&](void* f) { return reinterpret_cast<int (*)(int*)>(f)(&count); }) ||
             count < 1) {
    missing_ = "CUDA's driver lists no device";
  } else {
    void* context = nullptr;
    retained_ = call("cuDevicePrimaryCtxRetain", [&](void* f) {
      return reinterpret_cast<int (*)(void**, int)>(f)(&context, device);
    });
    const bool ready =
        retained_ &&
        call("cuCtxSetCurrent",
             [&](void* f) { return reinterpret_cast<int (*)(void*)>(f)(context); }) &&
        call("cuStreamCreate", [&](void* f) {
          return reinterpret_cast<int (*)(void**, unsigned)>(f)(&stream_, non_blocking);
        });
    if (!ready) missing_ = "no stream can be made on CUDA device 0";
  }
}

bool CudaDevice::finish() const {
  return call("cuStreamSynchronize",
              [&](void* f) { return reinterpret_cast<int (*)(void*)>(f)(stream_); });
}

// The driver stays loaded: what a module started of it may still run.
CudaDevice::~CudaDevice() {
  if (stream_ != nullptr) {
    call("cuStreamDestroy_v2",
         [&](void* f) { return reinterpret_cast<int (*)(void*)>(f)(stream_); });
  }
  if (retained_) {
    call("cuDevicePrimaryCtxRelease_v2",
         [](void* f) { return reinterpret_cast<int (*)(int)>(f)(device); });
  }
}

}  // namespace burin::check
