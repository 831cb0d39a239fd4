// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The host that the checker is to a module: it serves little and writes down everything.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "burin/ext/image_reader.h"
#include "burin/ext/log.h"
#include "burin/ext/memory.h"
#include "burin/ext/modules.h"
#include "burin/ext/thread_check.h"
#include "burin/host.h"
#include "case.hpp"

namespace burin::check {

/// Serves burin.log/1, burin.memory/1, burin.thread_check/1, burin.image_reader/1 (every file that
/// is there is a drawn mask of the size of the call's picture) and burin.modules/1 (the modules of
/// this machine, by libburin, once a module asks).
class CheckHost {
 public:
  explicit CheckHost(const Settings& settings);
  CheckHost(const CheckHost&) = delete;
  CheckHost& operator=(const CheckHost&) = delete;
  ~CheckHost();

  const burin_host* get() const { return &host_; }
  burin_host& struct_to_change() { return host_; }

  /// No extension is served from now on.
  void serve_nothing() { bare_ = true; }

  /// The sentence that was left on this thread since, "" when there is none.
  std::string take_error() const;

  /// burin.memory/1: the nth allocation from now on (1: the next) and all after it fail; 0: none.
  void fail_allocations_from(std::uint64_t nth);
  std::uint64_t allocations() const { return allocations_; }
  /// What is allocated and not given back, in a sentence; "" when nothing is.
  std::string unreturned() const;
  /// The first thing a module did with memory that breaks the contract; "" when there was none.
  std::string memory_fault() const;

  /// The size of the pictures that burin.image_reader/1 gives from now on; what is no picture
  /// changes nothing.
  void read_pictures_like(const DLTensor* picture);

  /// While alive, this thread may make [work-thread] calls.
  class Work {
   public:
    Work() { ++depth; }
    ~Work() { --depth; }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    static bool here() { return depth > 0; }

   private:
    inline static thread_local int depth = 0;
  };

 private:
  static CheckHost& of(const burin_host* host);
  static const void* get_interface(const burin_host* host, const char* id);
  burin_status allocate(std::size_t bytes, void** out);
  bool release(void* memory);
  burin_status make_tensor(DLDataType dtype, int32_t ndim, const int64_t* shape, burin_tensor* out);
  burin_status read_picture(const std::string& path, burin_tensor* out);
  const burin_modules* other_modules();

  const Settings& settings_;
  burin_host host_ = {};
  burin_log log_ = {};
  burin_memory memory_ = {};
  burin_thread_check threads_ = {};
  burin_image_reader reader_ = {};
  burin_modules modules_ = {};
  bool bare_ = false;

  mutable std::mutex mutex_;
  std::map<void*, std::size_t> blocks_;
  std::string memory_fault_;
  std::atomic<std::uint64_t> allocations_ = 0;
  std::uint64_t fail_from_ = 0;
  std::atomic<std::int64_t> picture_height_ = 0, picture_width_ = 0;
  struct Others;
  std::unique_ptr<Others> others_;
};

}  // namespace burin::check
