// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The first CUDA device and a stream on it, through CUDA's driver, found at run time.
#pragma once

#include <string>

namespace burin::check {

/// Device 0 with its primary context current on this thread.
class CudaDevice {
 public:
  /// There may be none: then missing() says why.
  CudaDevice();
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;
  ~CudaDevice();

  /// "" when there is a device.
  const std::string& missing() const { return missing_; }
  /// A cudaStream_t.
  void* stream() const { return stream_; }
  /// Waits until all work on the stream is done. False when any of it failed.
  bool finish() const;

 private:
  void open();
  template <typename Function>
  bool call(const char* name, const Function& with) const;

  void* driver_ = nullptr;
  void* stream_ = nullptr;
  bool retained_ = false;
  std::string missing_;
};

}  // namespace burin::check
