// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The sentence of the last failure, one a thread, and the barrier that fills it.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "burin/cpp/error.hpp"

namespace burin::sdk {

/// Copies `text` for this thread; nullptr clears. Never throws: what does not fit in memory is
/// dropped.
void remember_error(const char* text) noexcept;

/// What remember_error kept on this thread, "" at first.
const char* remembered_error() noexcept;

/// Runs `body`, remembers what it throws and returns its status.
template <typename Body>
burin_status remembering(Body&& body) noexcept {
  try {
    body();
    return BURIN_OK;
  } catch (const Error& error) {
    remember_error(error.what());
    return error.status();
  } catch (const std::bad_alloc&) {
    remember_error("There is not enough memory.");
    return BURIN_E_MEMORY;
  } catch (const std::exception& error) {
    remember_error(error.what());
    return BURIN_E_INTERNAL;
  }
}

/// Throws Error (INVALID), naming the function, where one of the pointers is nullptr.
template <typename... Pointers>
void require(const char* function, Pointers... pointers) {
  const bool complete = (... && (pointers != nullptr));
  if (!complete)
    throw Error(BURIN_E_INVALID, std::string(function) + " was given NULL where it needs a value.");
}

}  // namespace burin::sdk
