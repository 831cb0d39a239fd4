// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Declared parameters, looked at before a host makes flags and dialogs of them.
#pragma once

#include <string>

#include "burin/ext/params.h"

namespace burin::sdk {

/// How the declarations break the contract of burin/ext/params.h ("'gain' has no name"); "": they
/// do not. Their texts are read, no function is called.
std::string params_fault(const burin_params& params);

}  // namespace burin::sdk
