// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Bytes between two ends, for ssh.
#pragma once

namespace burin::host {

/// Copies what comes from `in` to `socket` and from there to `out`, until `in` or the socket
/// ends or `out` takes no more.
void relay(int in, int out, int socket);

}  // namespace burin::host
