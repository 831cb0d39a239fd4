// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From a file's tensors to a network: names say which it is, shapes say how large.
#pragma once

#include <variant>

#include "rrdb.hpp"
#include "safetensors_file.hpp"
#include "srvgg.hpp"

namespace burin::esrgan {

using Network = std::variant<Rrdb, Srvgg>;

/// Takes the names of ESRGAN's first release (model.0 ...), of its second one (RRDB_trunk ...), of
/// Real-ESRGAN (body.0.rdb1 ...) and of the compact networks (body.0, body.1 ...), also below
/// params_ema, params and module. Throws sdk::Error: MODEL, UNSUPPORTED (another network, named
/// when it is known), IO.
Network read_network(SafetensorsFile& file);

}  // namespace burin::esrgan
