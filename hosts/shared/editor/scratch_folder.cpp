// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A lock on the folder says that it is in use.
#include "shared/editor/scratch_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "burin/cpp/error.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "burin-run-";
// Younger ones may not be locked yet by whoever makes them.
constexpr std::chrono::minutes settled{1};

// Emptied at the end of the login, where there is one.
fs::path session_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::error_code error;
  const fs::path base = runtime && *runtime ? fs::path(runtime) : fs::temp_directory_path(error);
  return error ? fs::path("/tmp") : base;
}

// A descriptor that holds the folder's lock until it is closed, or -1: someone else does, or the
// folder is not ours.
int locked(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

// An editor may end a plug-in in the middle of its work.
void remove_abandoned(const fs::path& base) {
  std::error_code error;
  for (fs::directory_iterator it(base, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(prefix)) continue;
    std::error_code ignored;
    if (fs::file_time_type::clock::now() - it->last_write_time(ignored) < settled) continue;
    const int lock = locked(it->path());
    if (lock < 0) continue;
    struct stat owner = {};
    if (::fstat(lock, &owner) == 0 && owner.st_uid == ::geteuid())
      fs::remove_all(it->path(), ignored);
    ::close(lock);
  }
}

}  // namespace

ScratchFolder::ScratchFolder() {
  const fs::path base = session_folder();
  remove_abandoned(base);
  std::string name = (base / (std::string(prefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) {
    throw sdk::Error(
        BURIN_E_IO, "Cannot make a folder in " + base.string() + ": " + std::strerror(errno) + ".");
  }
  path_ = name;
  lock_ = locked(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace burin::host
