// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// JSON from outside: one strict reader for jobs, SEGS files and safetensors headers.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "burin/status.h"

namespace burin::core {

struct JsonRules {
  burin_status status = BURIN_E_JOB;  // of the Error
  std::string what = "the job";       // begins the sentence
  bool comments = true;               // "//" and "/* */"
  std::size_t max_bytes = 64u << 20;
  std::size_t max_depth = 32;  // of nested lists and objects
  std::size_t max_values =
      4u << 20;  // of everything together: bounds the memory a small text may ask for
};

// Any bytes in, a document or Error{rules.status} with line and column out. Refused besides what
// JSON refuses: text that is not UTF-8, NUL characters (also as \u0000), a key twice in one object,
// numbers that no double holds, and whatever exceeds a limit. Whole numbers of 0..2^64-1 and down
// to -2^63 stay exact.
nlohmann::json parse_json(std::string_view text, const JsonRules& rules);

// The document in a file. Throws Error{BURIN_E_NOT_FOUND, BURIN_E_IO} naming the file, or as
// parse_json.
nlohmann::json read_json_file(const std::filesystem::path& file, const JsonRules& rules);

}  // namespace burin::core
