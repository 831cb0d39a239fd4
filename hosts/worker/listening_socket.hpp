// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The worker's place: lock, socket, log.
#pragma once

#include <optional>
#include <string>

namespace burin::host {

/// Holds the lock of `path` and listens there; one a path and user. Socket, lock and log go with
/// it.
class ListeningSocket {
 public:
  /// None where another worker listens already. Waits for one that is about to end. Removes what a
  /// killed one left. Throws sdk::Error (INVALID, IO).
  static std::optional<ListeningSocket> open(const std::string& path);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }
  /// How temporary folders of its worker begin; those of a killed one have been removed.
  std::string temporary_prefix() const { return path_ + ".masks-"; }

  /// Who comes from now on starts another worker, which waits for this one's end.
  void stop_listening();
  /// As the destructor does.
  void remove();

  /// Stderr goes to `path`.log from now on.
  void log_to_file() const;

 private:
  ListeningSocket(std::string path, int lock);
  std::string path_;
  int lock_ = -1, descriptor_ = -1;
};

}  // namespace burin::host
