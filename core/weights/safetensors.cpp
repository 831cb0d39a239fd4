// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Safetensors files mapped into memory.
#include "weights/safetensors.hpp"

#include <ATen/ATen.h>
#include <fcntl.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/stored_dtype.hpp"

namespace burin::core {

struct Safetensors::Mapping {
  std::filesystem::path path;
  const char* data = nullptr;
  std::size_t size = 0;
  SafetensorsHeader header;

  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data != nullptr) ::munmap(const_cast<char*>(data), size);
  }
};

namespace {

struct FileDescriptor {
  int value = -1;
  explicit FileDescriptor(int fd) : value(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (value >= 0) ::close(value);
  }
};

// The whole pages of a part of the mapping stop counting as this process's memory; reading them
// again brings them back.
void give_back_pages(const char* data, std::size_t bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

Safetensors Safetensors::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  // O_NONBLOCK: a pipe is refused below, not waited for.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.value < 0) {
    const int code = errno;
    throw Error(code == ENOENT || code == ENOTDIR ? BURIN_E_NOT_FOUND : BURIN_E_IO,
                compose("{} cannot be opened: {}", name, std::strerror(code)));
  }
  struct stat info {};
  if (::fstat(file.value, &info) != 0)
    throw Error(BURIN_E_IO, compose("{} cannot be read: {}", name, std::strerror(errno)));
  if (!S_ISREG(info.st_mode))
    throw Error(BURIN_E_IO, compose("{} is not a file; a safetensors file was expected", name));

  const auto mapping = std::make_shared<Mapping>();
  mapping->path = path;
  mapping->size = static_cast<std::size_t>(info.st_size);
  if (mapping->size > 0) {
    void* data = ::mmap(nullptr, mapping->size, PROT_READ, MAP_SHARED, file.value, 0);
    if (data == MAP_FAILED)
      throw Error(BURIN_E_IO, compose("{} cannot be mapped: {}", name, std::strerror(errno)));
    mapping->data = static_cast<const char*>(data);
  }
  const std::string_view whole(mapping->data, mapping->size);
  const std::size_t head = safetensors_header_size(whole.substr(0, 8), mapping->size, name);
  mapping->header = parse_safetensors_header(whole.substr(0, head), mapping->size, name);

  Safetensors opened;
  opened.mapping_ = mapping;
  return opened;
}

const std::map<std::string, TensorEntry>& Safetensors::entries() const {
  return mapping_->header.tensors;
}
const std::map<std::string, std::string>& Safetensors::metadata() const {
  return mapping_->header.metadata;
}
const std::filesystem::path& Safetensors::path() const { return mapping_->path; }
bool Safetensors::has(const std::string& key) const { return entries().contains(key); }

at::Tensor Safetensors::tensor(const std::string& key) const {
  const auto found = entries().find(key);
  if (found == entries().end())
    throw Error(BURIN_E_MODEL, compose("{} has no tensor {}", path().string(), key));
  const TensorEntry& entry = found->second;
  const auto options = at::TensorOptions(scalar_type(entry.type));
  const std::size_t bytes = entry.end - entry.begin;
  if (bytes == 0) return at::empty(entry.shape, options);
  const char* data = mapping_->data + mapping_->header.data_start + entry.begin;
  if (reinterpret_cast<std::uintptr_t>(data) % size_of(entry.type) != 0) {
    at::Tensor copy = at::empty(entry.shape, options);
    std::memcpy(copy.mutable_data_ptr(), data, bytes);
    return copy;
  }
  return at::from_blob(
      const_cast<char*>(data), entry.shape,
      [keep = mapping_, data, bytes](void*) { give_back_pages(data, bytes); }, options);
}

}  // namespace burin::core
