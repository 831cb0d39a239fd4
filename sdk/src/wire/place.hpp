// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where the worker's socket lies, and whether that place can be trusted.
#pragma once

#include <sys/un.h>

#include <string>

namespace burin::wire {

/// worker-1.sock (1: the protocol's major) in $XDG_RUNTIME_DIR/burin, or in /tmp/burin-UID where
/// that variable is not set.
std::string default_socket();

/// The folder of `socket`, made (0700) where it is missing. Throws Error: INVALID when it is no
/// folder, belongs to somebody else or is open to others; IO when it cannot be made.
void ensure_trusted_folder(const std::string& socket);

/// Throws Error (INVALID) for a path that is relative or too long for a socket.
sockaddr_un address_of(const std::string& socket);

/// The user at the other end of a connected Unix socket; -1: not known.
long peer_of(int descriptor);

}  // namespace burin::wire
