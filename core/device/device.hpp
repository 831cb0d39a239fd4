// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where the networks run, in what precision and with how much memory.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>

#include "job/job.hpp"

namespace burin::core {

// "auto", "cpu", "cuda", "cuda:N". auto takes the first CUDA device when the driver and libtorch's
// CUDA library are there, else the CPU. The CUDA library is opened here, at run time. Throws
// Error{BURIN_E_UNSUPPORTED} for a device that is not there, BURIN_E_INVALID for another word.
c10::Device choose_device(const std::string& name);

// "auto", "f32", "bf16", "f16". auto: float32 for `impact`; else float16 on CUDA, bfloat16 on CPUs
// with AMX, float32 on others. Throws Error{BURIN_E_INVALID} for another word, BURIN_E_UNSUPPORTED
// for f16 on the CPU.
c10::ScalarType choose_dtype(const std::string& name, c10::Device device, Semantics semantics);

// Bytes free on the device (available memory of the machine for the CPU).
std::uint64_t free_memory(c10::Device device);

// Threads of the CPU kernels (0: one a core), and an allocator that keeps large blocks instead of
// mapping them anew for each tensor. Process-wide.
void configure_cpu(int threads);

// Gives memory that the C library keeps for later back to the system.
void return_free_memory();

// True for the exceptions that the CPU and CUDA allocators throw.
bool is_out_of_memory(const std::exception& error);

// Highest resident set of this process so far, in bytes.
std::uint64_t peak_host_memory();
// Bytes taken on the device by everyone; 0 on the CPU.
std::uint64_t used_device_memory(c10::Device device);

// "AMD EPYC ..., 2 threads" or "cuda:0".
std::string describe_device(c10::Device device);

}  // namespace burin::core
