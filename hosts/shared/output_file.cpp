// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A file without a name where the system has such, else a hidden one; fsync, a name, rename.
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

fs::path path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// A file that nobody sees and that goes with the program, whatever ends it; -1 where there are
// none.
int open_unnamed(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 || ::access(path_of(fd).c_str(), F_OK) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

OutputFile::OutputFile(const fs::path& target) : named_(target), target_(behind_links(target)) {
  if (fs::is_directory(target_)) fail(named_, EISDIR);
  fd_ = open_unnamed(target_.parent_path());
  if (fd_ < 0) fd_ = open_hidden();
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!hidden_.empty()) ::unlink(hidden_.c_str());
}

int OutputFile::open_hidden() {
  std::string name = hidden_beside(target_);
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) fail(named_, errno);
  hidden_ = name;
  return fd;
}

// A link never takes the place of a file: the new name is one that a file had a moment ago.
void OutputFile::give_name() {
  const fs::path file = path_of(fd_);
  for (int attempt = 0; hidden_.empty(); ++attempt) {
    ::close(open_hidden());
    ::unlink(hidden_.c_str());
    if (::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, hidden_.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
    const int error = errno;
    hidden_.clear();
    if (error != EEXIST || attempt == 100) fail(named_, error);
  }
}

fs::path OutputFile::temporary() const { return hidden_.empty() ? path_of(fd_) : hidden_; }

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
  give_name();
  if (::close(std::exchange(fd_, -1)) != 0) fail(named_, errno);
  if (::rename(hidden_.c_str(), target_.c_str()) != 0) fail(named_, errno);
  hidden_.clear();
}

std::string hidden_beside(const fs::path& target) {
  std::string name = ".";
  name.append(target.filename().string(), 0, 200).append(".XXXXXX");
  return target.parent_path() / name;
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
