// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The extensions that the checker serves.
#include "host.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <utility>

#include "burin/loader.h"

namespace burin::check {
namespace {

thread_local std::string last_error;

constexpr std::size_t alignment = 64;
constexpr std::uint64_t memory_to_offer = std::uint64_t{1} << 30;

bool on_cpu(DLDevice device) { return device.device_type == kDLCPU; }

}  // namespace

struct CheckHost::Others {
  burin_loader* loader = nullptr;
  const burin_modules* api = nullptr;
  explicit Others(const std::filesystem::path& folder) {
    const char* folders[] = {folder.c_str()};
    burin_loader_options options = {};
    options.struct_size = sizeof options;
    options.name = "burin-check";
    options.plugin_dirs = folders;
    options.plugin_dir_count = 1;
    if (burin_loader_create(&options, &loader) != BURIN_OK) return;
    const burin_host* host = burin_loader_host(loader);
    api = static_cast<const burin_modules*>(host->get_interface(host, BURIN_MODULES_ID));
  }
  ~Others() { burin_loader_destroy(loader); }
};

CheckHost::CheckHost(const Settings& settings) : settings_(settings) {
  host_ = {sizeof host_,
           {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
           "burin-check",
           burin_version(),
           this,
           get_interface,
           [](const burin_host*, const char* utf8) { last_error = utf8 ? utf8 : ""; },
           [](const burin_host*) { return last_error.c_str(); }};
  log_ = {sizeof log_, BURIN_LOG_DEBUG,
          [](const burin_host*, burin_log_severity, const char* text) {
            std::fprintf(stderr, "%s\n", text ? text : "(NULL)");
          }};
  memory_.struct_size = sizeof memory_;
  memory_.allocate = [](const burin_host* host, DLDevice device, std::size_t bytes, void*,
                        void** out) -> burin_status {
    if (!on_cpu(device)) {
      last_error = "The checker has no memory on devices.";
      return BURIN_E_UNSUPPORTED;
    }
    return of(host).allocate(bytes, out);
  };
  memory_.release = [](const burin_host* host, DLDevice, void* memory, void*) {
    of(host).release(memory);
  };
  memory_.tensor = [](const burin_host* host, DLDataType dtype, int32_t ndim, const int64_t* shape,
                      burin_tensor* out) { return of(host).make_tensor(dtype, ndim, shape, out); };
  memory_.available = [](const burin_host*, DLDevice device, std::uint64_t* out) -> burin_status {
    if (!on_cpu(device)) {
      last_error = "The checker has no memory on devices.";
      return BURIN_E_UNSUPPORTED;
    }
    *out = memory_to_offer;
    return BURIN_OK;
  };
  threads_ = {sizeof threads_,
              [](const burin_host*) -> int32_t { return ::gettid() == ::getpid(); },
              [](const burin_host*) -> int32_t { return Work::here(); }};
  reader_ = {sizeof reader_, [](const burin_host* host, const char* path, burin_tensor* out) {
               return of(host).read_picture(path ? path : "", out);
             }};
}

CheckHost::~CheckHost() = default;

CheckHost& CheckHost::of(const burin_host* host) { return *static_cast<CheckHost*>(host->ctx); }

const void* CheckHost::get_interface(const burin_host* host, const char* id) {
  CheckHost& self = of(host);
  const std::string wanted = id ? id : "";
  if (self.bare_) return nullptr;
  if (wanted == BURIN_LOG_ID) return &self.log_;
  if (wanted == BURIN_MEMORY_ID) return &self.memory_;
  if (wanted == BURIN_THREAD_CHECK_ID) return &self.threads_;
  if (wanted == BURIN_IMAGE_READER_ID) return &self.reader_;
  if (wanted == BURIN_MODULES_ID) return self.other_modules();
  return nullptr;
}

// libburin leaves its sentences where burin_last_error finds them: they are carried over.
const burin_modules* CheckHost::other_modules() {
  const std::lock_guard lock(mutex_);
  if (others_) return &modules_;
  others_ = std::make_unique<Others>(settings_.module.parent_path());
  if (others_->api == nullptr) return nullptr;
  modules_.struct_size = sizeof modules_;
  modules_.find = [](const burin_host* host, const char* role, const char* name,
                     const char** data_dir) {
    const Others& others = *of(host).others_;
    const void* found = others.api->find(burin_loader_host(others.loader), role, name, data_dir);
    last_error = found ? "" : burin_last_error();
    return found;
  };
  modules_.extension = [](const burin_host* host, const char* role, const char* name,
                          const char* extension, const char** id) {
    const Others& others = *of(host).others_;
    const void* found =
        others.api->extension(burin_loader_host(others.loader), role, name, extension, id);
    last_error = found ? "" : burin_last_error();
    return found;
  };
  modules_.count = [](const burin_host* host, const char* role) {
    const Others& others = *of(host).others_;
    return others.api->count(burin_loader_host(others.loader), role);
  };
  modules_.descriptor = [](const burin_host* host, const char* role, std::size_t index) {
    const Others& others = *of(host).others_;
    return others.api->descriptor(burin_loader_host(others.loader), role, index);
  };
  return &modules_;
}

std::string CheckHost::take_error() const { return std::exchange(last_error, {}); }

void CheckHost::fail_allocations_from(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_from_ = nth == 0 ? 0 : allocations_ + nth;
}

burin_status CheckHost::allocate(std::size_t bytes, void** out) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++allocations_;
  if (bytes == 0 || out == nullptr) {
    last_error = "No bytes were asked for, or there is no place for them.";
    if (memory_fault_.empty()) memory_fault_ = "it asked the host for memory of 0 bytes";
    return BURIN_E_INVALID;
  }
  void* block = nullptr;
  if (fail_from_ == 0 || number < fail_from_) {
    block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  }
  if (block == nullptr) {
    last_error = "The host has no memory left.";
    return BURIN_E_MEMORY;
  }
  blocks_[block] = bytes;
  *out = block;
  return BURIN_OK;
}

bool CheckHost::release(void* memory) {
  if (memory == nullptr) return true;
  const std::lock_guard lock(mutex_);
  if (blocks_.erase(memory) == 0) {
    if (memory_fault_.empty()) {
      memory_fault_ = "it gave memory back to the host that it did not have, or twice";
    }
    return false;
  }
  std::free(memory);
  return true;
}

burin_status CheckHost::make_tensor(DLDataType dtype, int32_t ndim, const int64_t* shape,
                                    burin_tensor* out) {
  if (ndim < 1 || ndim > 8 || shape == nullptr || out == nullptr || dtype.bits % 8 != 0 ||
      dtype.bits == 0 || dtype.lanes != 1) {
    last_error = "The tensor that was asked for has no form that the host can make.";
    return BURIN_E_INVALID;
  }
  struct Owner {
    CheckHost* host;
    void* data;
    int64_t shape[8], strides[8];
  };
  std::size_t bytes = dtype.bits / 8;
  for (int32_t i = 0; i < ndim; ++i) {
    if (shape[i] < 0) {
      last_error = "A length of the tensor is negative.";
      return BURIN_E_INVALID;
    }
    bytes *= static_cast<std::size_t>(shape[i]);
  }
  void* data = nullptr;
  if (const burin_status status = allocate(std::max<std::size_t>(bytes, 1), &data)) return status;
  std::memset(data, 0, std::max<std::size_t>(bytes, 1));
  auto owner = std::make_unique<Owner>(Owner{this, data, {}, {}});
  int64_t stride = 1;
  for (int32_t i = ndim - 1; i >= 0; --i) {
    owner->shape[i] = shape[i];
    owner->strides[i] = stride;
    stride *= shape[i];
  }
  out->struct_size = sizeof *out;
  out->flags = 0;
  out->dl = {data, {kDLCPU, 0}, ndim, dtype, owner->shape, owner->strides, 0};
  out->ctx = owner.release();
  out->release = [](burin_tensor* self) {
    if (self == nullptr || self->ctx == nullptr) return;
    const std::unique_ptr<Owner> owned(static_cast<Owner*>(self->ctx));
    owned->host->release(owned->data);
    self->ctx = nullptr;
    self->dl = {};
  };
  return BURIN_OK;
}

void CheckHost::read_pictures_like(const DLTensor* picture) {
  if (picture == nullptr || picture->ndim < 2 || picture->shape == nullptr) return;
  picture_height_ = picture->shape[0];
  picture_width_ = picture->shape[1];
}

burin_status CheckHost::read_picture(const std::string& path, burin_tensor* out) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    last_error = "There is no picture " + path + ".";
    return BURIN_E_NOT_FOUND;
  }
  const std::int64_t height = picture_height_, width = picture_width_;
  if (height < 1 || width < 1) {
    last_error = "The picture " + path + " has no pixels.";
    return BURIN_E_IMAGE;
  }
  const std::int64_t shape[] = {height, width, 1};
  if (const burin_status status = make_tensor({kDLFloat, 32, 1}, 3, shape, out)) return status;
  auto* values = static_cast<float*>(out->dl.data);
  // Two things side by side, the right one fainter.
  for (std::int64_t y = height / 4; y < height - height / 4; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t at = 8 * x / width;
      values[y * width + x] = at == 1 || at == 2 ? 1.0F : at == 5 || at == 6 ? 0.5F : 0.0F;
    }
  }
  return BURIN_OK;
}

std::string CheckHost::unreturned() const {
  const std::lock_guard lock(mutex_);
  if (blocks_.empty()) return "";
  const std::size_t bytes =
      std::accumulate(blocks_.begin(), blocks_.end(), std::size_t{0},
                      [](std::size_t sum, const auto& block) { return sum + block.second; });
  return std::to_string(blocks_.size()) + " blocks of the host's memory (" + std::to_string(bytes) +
         " bytes) were not given back";
}

std::string CheckHost::memory_fault() const {
  const std::lock_guard lock(mutex_);
  return memory_fault_;
}

}  // namespace burin::check
