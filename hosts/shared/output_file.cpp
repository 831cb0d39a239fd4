// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Temporary file, fsync, rename.
#include "shared/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "burin/cpp/error.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& target, int error) {
  throw sdk::Error(BURIN_E_IO,
                   "Cannot write " + target.string() + ": " + std::strerror(error) + ".");
}

fs::path behind_links(const fs::path& target) {
  std::error_code error;
  const fs::path resolved = fs::is_symlink(target, error) ? fs::weakly_canonical(target, error)
                                                          : fs::absolute(target, error);
  return error || resolved.empty() ? target : resolved;
}

// The permissions a plain open() would have given, or those of the file that is replaced.
mode_t mode_for(const fs::path& target) {
  struct stat existing = {};
  if (::stat(target.c_str(), &existing) == 0) return existing.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

OutputFile::OutputFile(const fs::path& target) : named_(target), target_(behind_links(target)) {
  if (fs::is_directory(target_)) fail(named_, EISDIR);
  std::string name =
      (target_.parent_path() / ("." + target_.filename().string().substr(0, 200) + ".XXXXXX"))
          .string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail(named_, errno);
  temporary_ = name;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool OutputFile::append(const void* bytes, size_t count) noexcept {
  return write_at(bytes, count, size_);
}

bool OutputFile::write_at(const void* bytes, size_t count, std::int64_t offset) noexcept {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0 && failed_errno_ == 0) {
    const ssize_t written = ::pwrite(fd_, from, count, offset);
    if (written < 0) {
      if (errno != EINTR) failed_errno_ = errno;
      continue;
    }
    from += written;
    count -= static_cast<size_t>(written);
    offset += written;
    size_ = std::max(size_, offset);
  }
  return failed_errno_ == 0;
}

size_t OutputFile::read_at(void* bytes, size_t count, std::int64_t offset) const noexcept {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd_, static_cast<char*>(bytes) + done, count - done,
                                offset + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

void OutputFile::check() const {
  if (failed_errno_ != 0) fail(named_, failed_errno_);
}

void OutputFile::commit() {
  check();
  if (::fchmod(fd_, mode_for(target_)) != 0 || ::fsync(fd_) != 0) fail(named_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail(named_, errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(named_, errno);
  temporary_.clear();
}

void write_text_file(const fs::path& target, std::string_view text) {
  OutputFile file(target);
  file.append(text.data(), text.size());
  file.commit();
}

void check_can_write(const fs::path& target) {
  const fs::path resolved = behind_links(target);
  const fs::path folder = resolved.parent_path();
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw sdk::Error(BURIN_E_IO, "Cannot write " + target.string() + ": there is no folder " +
                                     folder.string() + ".");
  }
  OutputFile probe(target);
}

}  // namespace burin::host
