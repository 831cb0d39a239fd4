// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checks with lstat: a folder that somebody else could have put there is never followed.
#include "wire/place.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "burin/cpp/error.hpp"
#include "wire/frame.hpp"

namespace burin::wire {

std::string default_socket() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string folder = runtime != nullptr && *runtime == '/'
                                 ? std::string(runtime) + "/burin"
                                 : "/tmp/burin-" + std::to_string(geteuid());
  return folder + "/worker-" + std::to_string(protocol_major) + ".sock";
}

void ensure_trusted_folder(const std::string& socket) {
  const std::string folder = socket.substr(0, socket.rfind('/'));
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw sdk::Error(BURIN_E_IO,
                     "The folder " + folder +
                         " of the worker's socket cannot be made: " + std::strerror(errno) + ".");
  struct stat info = {};
  if (lstat(folder.c_str(), &info) != 0)
    throw sdk::Error(BURIN_E_IO,
                     "The folder " + folder +
                         " of the worker's socket cannot be read: " + std::strerror(errno) + ".");
  const auto refuse = [&](const std::string& what) {
    throw sdk::Error(BURIN_E_INVALID, "The worker's socket cannot lie in " + folder + ": " + what);
  };
  if (!S_ISDIR(info.st_mode)) refuse("it is no folder.");
  if (info.st_uid != geteuid())
    refuse("it belongs to user " + std::to_string(info.st_uid) + "; expected " +
           std::to_string(geteuid()) + ".");
  if ((info.st_mode & 077) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", info.st_mode & 07777);
    refuse(std::string("others may enter it (mode ") + mode + "); expected 0700.");
  }
}

sockaddr_un address_of(const std::string& socket) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket.empty() || socket.front() != '/' || socket.back() == '/')
    throw sdk::Error(BURIN_E_INVALID, "The worker's address is '" + socket +
                                          "'; expected an absolute path or ssh://host.");
  if (socket.size() >= sizeof address.sun_path)
    throw sdk::Error(BURIN_E_INVALID, "The path of the worker's socket has " +
                                          std::to_string(socket.size()) + " bytes; at most " +
                                          std::to_string(sizeof address.sun_path - 1) +
                                          " are possible: " + socket);
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  return address;
}

long peer_of(int descriptor) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  return static_cast<long>(peer.uid);
}

}  // namespace burin::wire
