// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Writing a safetensors file: a temporary beside it, flushed, then renamed.
#include <ATen/ATen.h>
#include <fcntl.h>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "weights/safetensors.hpp"
#include "weights/stored_dtype.hpp"

namespace burin::core {
namespace {

// A new file beside `path`, unlinked again unless it was committed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& path) : path_(path) {
    static std::atomic<unsigned> counter{0};
    temporary_ = path;
    temporary_ += compose(".{}-{}.tmp", ::getpid(), counter.fetch_add(1));
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) fail("created");
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!committed_) ::unlink(temporary_.c_str());
  }

  void write(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t n = ::write(fd_, bytes, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("written");
      bytes += n;
      size -= static_cast<std::size_t>(n);
    }
  }

  void commit() {
    if (::fsync(fd_) != 0) fail("written");
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) fail("written");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("put in place");
    committed_ = true;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    const int code = errno;
    throw Error(BURIN_E_IO,
                compose("{} cannot be {}: {}", path_.string(), what, std::strerror(code)));
  }

  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  bool committed_ = false;
};

}  // namespace

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& [key, tensor] : tensors) {
    const std::optional<StoredType> type =
        tensor.defined() ? stored_type(tensor.scalar_type()) : std::nullopt;
    if (!type)
      throw Error(BURIN_E_INVALID,
                  compose("tensor {} is of a type that safetensors files do not have", key));
    if (header.contains(key) || key == "__metadata__")
      throw Error(BURIN_E_INVALID,
                  compose("a tensor named {} was given twice or has a reserved name", key));
    const std::size_t end = offset + tensor.nbytes();
    header[key] = {{"dtype", name_of(*type)},
                   {"shape", tensor.sizes().vec()},
                   {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(BURIN_E_INVALID, compose("a key or metadata for {} is not UTF-8", path.string()));
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data then starts aligned

  TemporaryFile file(path);
  const std::uint64_t length = text.size();
  file.write(&length, sizeof length);
  file.write(text.data(), text.size());
  for (const auto& [key, tensor] : tensors) {
    const at::Tensor plain = tensor.to(at::kCPU).contiguous();
    if (plain.nbytes() > 0) file.write(plain.const_data_ptr(), plain.nbytes());
  }
  file.commit();
}

}  // namespace burin::core
