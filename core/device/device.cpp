// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Device choice, precision choice and memory questions on libtorch.
#include "device/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <mutex>
#include <string_view>
#include <utility>

#include "runtime/error.hpp"

namespace burin::core {
namespace {

// Registers CUDA with ATen when the driver and libtorch_cuda are there. Must come before ATen is
// first asked about CUDA.
bool cuda_is_there() {
  static const bool there = [] {
    void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver == nullptr) return false;
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return false;
    return at::hasCUDA() && at::detail::getCUDAHooks().getNumGPUs() > 0;
  }();
  return there;
}

std::string first_line_with(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, key.size(), key) == 0) return line.substr(line.find(':') + 1);
  return {};
}

// Bytes free and in all on a CUDA device, from the CUDA runtime that libtorch_cuda brought along.
std::pair<std::uint64_t, std::uint64_t> cuda_memory(c10::Device device) {
  using MemGetInfo = int (*)(std::size_t*, std::size_t*);
  static const auto query = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  const c10::DeviceGuard guard(device);
  std::size_t free = 0, total = 0;
  if (query == nullptr || query(&free, &total) != 0) return {0, 0};
  return {free, total};
}

}  // namespace

c10::Device choose_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name == "auto") return cuda_is_there() ? c10::Device(at::kCUDA, 0) : c10::Device(at::kCPU);
  int index = 0;
  if (name != "cuda") {
    const char* end = name.data() + name.size();
    if (name.compare(0, 5, "cuda:") != 0 ||
        std::from_chars(name.data() + 5, end, index).ptr != end || name.size() == 5 || index < 0)
      throw Error(BURIN_E_INVALID,
                  "The device is '" + name + "', expected auto, cpu, cuda or cuda:N.");
  }
  if (!cuda_is_there())
    throw Error(BURIN_E_UNSUPPORTED, "The device is '" + name +
                                         "', but no NVIDIA driver or no CUDA build of libtorch was "
                                         "found here; use --device cpu.");
  const int count = at::detail::getCUDAHooks().getNumGPUs();
  if (index >= count)
    throw Error(BURIN_E_UNSUPPORTED, "The device is '" + name + "', but there are only " +
                                         std::to_string(count) + " CUDA devices, counted from 0.");
  return c10::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

c10::ScalarType choose_dtype(const std::string& name, c10::Device device, Semantics semantics) {
  if (name == "f32") return at::kFloat;
  if (name == "bf16") return at::kBFloat16;
  if (name == "f16") {
    if (device.is_cpu())
      throw Error(BURIN_E_UNSUPPORTED,
                  "The dtype is f16, which the CPU has no fast kernels for; use f32 or bf16.");
    return at::kHalf;
  }
  if (name != "auto")
    throw Error(BURIN_E_INVALID, "The dtype is '" + name + "', expected auto, f32, bf16 or f16.");
  if (follows_reference(semantics)) return at::kFloat;
  if (device.is_cuda()) return at::kHalf;
  static const bool amx =
      first_line_with("/proc/cpuinfo", "flags").find(" amx_bf16") != std::string::npos;
  return amx ? at::kBFloat16 : at::kFloat;
}

std::uint64_t free_memory(c10::Device device) {
  if (device.is_cuda()) return cuda_memory(device).first;
  const std::string line = first_line_with("/proc/meminfo", "MemAvailable");
  return line.empty() ? 0 : std::stoull(line) * 1024;
}

void configure_cpu(int threads) {
  static std::once_flag once;
  std::call_once(once, [] {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
  });
  if (threads > 0) at::set_num_threads(threads);
}

void return_free_memory() { malloc_trim(0); }

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  const std::string_view text = error.what();
  return text.find("not enough memory") != text.npos || text.find("allocate memory") != text.npos ||
         text.find("out of memory") != text.npos;
}

std::uint64_t peak_host_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::uint64_t used_device_memory(c10::Device device) {
  if (!device.is_cuda()) return 0;
  const auto [free, total] = cuda_memory(device);
  return total - free;
}

std::string describe_device(c10::Device device) {
  if (device.is_cuda()) return device.str();
  std::string name = first_line_with("/proc/cpuinfo", "model name");
  name.erase(0, name.find_first_not_of(' '));
  return (name.empty() ? std::string("CPU") : name) + ", " + std::to_string(at::get_num_threads()) +
         " threads";
}

}  // namespace burin::core
