// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Aligned memory and owned tensors for modules.
#include "host_memory.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "last_error.hpp"

namespace burin::sdk {
namespace {

constexpr size_t alignment = 64;

void require_cpu(DLDevice device) {
  if (device.device_type != kDLCPU) {
    throw Error(BURIN_E_UNSUPPORTED, "Memory on device type " + std::to_string(device.device_type) +
                                         " was asked for; this host serves the CPU's.");
  }
}

void* take(size_t bytes) {
  if (bytes > std::numeric_limits<size_t>::max() - alignment) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

burin_status allocate(const burin_host*, DLDevice device, size_t bytes, void*, void** out) {
  return remembering([&] {
    require_cpu(device);
    if (bytes == 0 || out == nullptr) {
      throw Error(BURIN_E_INVALID, "No byte was asked for, or there is no place for the memory.");
    }
    *out = take(bytes);
  });
}

void release(const burin_host*, DLDevice, void* memory, void*) { std::free(memory); }

struct Owned {
  std::unique_ptr<void, decltype(&std::free)> memory{nullptr, &std::free};
  int64_t shape[8] = {};
  int64_t strides[8] = {};
};

burin_status tensor(const burin_host*, DLDataType dtype, int32_t ndim, const int64_t* shape,
                    burin_tensor* out) {
  return remembering([&] {
    if (out == nullptr || shape == nullptr || ndim < 1 || ndim > 8) {
      throw Error(BURIN_E_INVALID, "A tensor of " + std::to_string(ndim) +
                                       " dimensions was asked for; expected are 1 to 8, a shape "
                                       "and a place for it.");
    }
    const unsigned bits = unsigned(dtype.bits) * dtype.lanes;
    if (bits == 0 || bits % 8 != 0) {
      throw Error(BURIN_E_INVALID, "A tensor of values of " + std::to_string(bits) +
                                       " bits was asked for; expected are whole bytes.");
    }
    auto owned = std::make_unique<Owned>();
    int64_t count = 1;
    for (int i = ndim - 1; i >= 0; --i) {
      owned->shape[i] = shape[i];
      owned->strides[i] = count;
      if (shape[i] < 0) {
        throw Error(BURIN_E_INVALID, "A tensor of length " + std::to_string(shape[i]) +
                                         " was asked for; expected is 0 or more.");
      }
      if (__builtin_mul_overflow(count, shape[i], &count)) throw std::bad_alloc();
    }
    size_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<size_t>(count), bits / 8, &bytes)) {
      throw std::bad_alloc();
    }
    owned->memory.reset(take(bytes == 0 ? 1 : bytes));
    std::memset(owned->memory.get(), 0, bytes);
    out->struct_size = sizeof(burin_tensor);
    out->flags = 0;
    out->dl = {};
    out->dl.data = owned->memory.get();
    out->dl.device = {kDLCPU, 0};
    out->dl.ndim = ndim;
    out->dl.dtype = dtype;
    out->dl.shape = owned->shape;
    out->dl.strides = owned->strides;
    out->ctx = owned.release();
    out->release = [](burin_tensor* self) {
      if (self == nullptr || self->ctx == nullptr) return;
      delete static_cast<Owned*>(self->ctx);
      self->ctx = nullptr;
      self->dl = {};
    };
  });
}

burin_status available(const burin_host*, DLDevice device, uint64_t* out) {
  return remembering([&] {
    require_cpu(device);
    if (out == nullptr) throw Error(BURIN_E_INVALID, "There is no place for the number of bytes.");
    const long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages < 0 || size < 0) throw Error(BURIN_E_UNSUPPORTED, "Free memory is not known here.");
    *out = static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) / 2;
  });
}

}  // namespace

const burin_memory& host_memory() {
  static constexpr burin_memory all = {sizeof(all), allocate, release, tensor, available};
  return all;
}

}  // namespace burin::sdk
