// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// flock says who serves a path; only its holder touches the files there.
#include "worker/listening_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "burin/cpp/error.hpp"
#include "wire/place.hpp"

namespace burin::host {

namespace {

constexpr auto patience = std::chrono::seconds(12);

[[noreturn]] void fail(const std::string& what) {
  const std::string reason = std::strerror(errno);
  throw sdk::Error(BURIN_E_IO, what + ": " + reason + ".");
}

// The lock on a file that still is `path`, or -1 where somebody holds it. Its last holder may have
// removed the file that was opened.
int try_lock(const std::string& path) {
  for (;;) {
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) fail("The lock " + path + " cannot be opened");
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
      close(lock);
      return -1;
    }
    struct stat held = {}, there = {};
    fstat(lock, &held);
    if (lstat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
        held.st_dev == there.st_dev)
      return lock;
    close(lock);
  }
}

bool answers(const std::string& path) {
  const sockaddr_un address = wire::address_of(path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return connected;
}

void remove_leftovers(const std::string& path, const std::string& prefix) {
  namespace fs = std::filesystem;
  unlink(path.c_str());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path(), error)) {
    if (entry.path().string().starts_with(prefix)) fs::remove_all(entry, error);
  }
}

}  // namespace

ListeningSocket::ListeningSocket(std::string path, int lock)
    : path_(std::move(path)), lock_(lock) {}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

ListeningSocket::~ListeningSocket() { remove(); }

void ListeningSocket::stop_listening() {
  if (descriptor_ < 0) return;
  unlink(path_.c_str());
  close(std::exchange(descriptor_, -1));
}

void ListeningSocket::remove() {
  if (lock_ < 0) return;
  stop_listening();
  unlink((path_ + ".log").c_str());
  unlink((path_ + ".lock").c_str());
  close(std::exchange(lock_, -1));
}

std::optional<ListeningSocket> ListeningSocket::open(const std::string& path) {
  const sockaddr_un address = wire::address_of(path);
  wire::ensure_trusted_folder(path);
  const auto end = std::chrono::steady_clock::now() + patience;
  int lock = -1;
  while ((lock = try_lock(path + ".lock")) < 0) {
    if (answers(path)) return std::nullopt;
    if (std::chrono::steady_clock::now() > end) {
      errno = EBUSY;
      fail("Another worker holds " + path + ".lock and does not listen");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ListeningSocket listening(path, lock);
  remove_leftovers(path, listening.temporary_prefix());
  listening.descriptor_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const mode_t mask = umask(0177);
  const bool bound =
      bind(listening.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  umask(mask);
  if (!bound || listen(listening.descriptor_, 64) != 0)
    fail("The socket " + path + " cannot be made");
  return listening;
}

void ListeningSocket::log_to_file() const {
  const std::string path = path_ + ".log";
  const int log =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0) fail("The log " + path + " cannot be written");
  dup2(log, STDERR_FILENO);
  close(log);
}

}  // namespace burin::host
