// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases that several roles share, each under its own id.
#pragma once

#include "case.hpp"

namespace burin::check {

/// Type, shape and layout of the result, for pictures of several sizes.
void result_has_its_form(Context& context);
/// Values of the result, for pictures of several kinds.
void result_has_its_values(Context& context);
/// The same call twice gives the same bytes.
void result_is_repeatable(Context& context);

}  // namespace burin::check
