// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A case of the checker as a value: an id, a sentence, and a function that finds or does not find.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace burin::check {

enum class Result { pass, warn, skip, fail, crash };

/// "pass", "warn", "skip", "fail", "crash".
const char* name_of(Result result);

struct Verdict {
  Result result = Result::pass;
  std::string text;  ///< what was found, in a sentence; "" for pass
};

/// Thrown by a case to end it; never through a module.
struct Finding {
  Verdict verdict;
};

/// The parts one after the other, as a stream prints them.
template <typename... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Finding{{Result::fail, text_of(parts...)}};
}
template <typename... Parts>
[[noreturn]] void warn(const Parts&... parts) {
  throw Finding{{Result::warn, text_of(parts...)}};
}
template <typename... Parts>
[[noreturn]] void skip(const Parts&... parts) {
  throw Finding{{Result::skip, text_of(parts...)}};
}

/// What holds for all cases of a run.
struct Settings {
  std::filesystem::path module;                   ///< absolute
  std::optional<std::filesystem::path> data_dir;  ///< none: where the loader would look
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> reproduce;  ///< only this round of the fuzz cases
  /// Parameters that every instance is given, as (id, text).
  std::vector<std::pair<std::string, std::string>> set;
};

struct Role;

/// What a case is about and where it leaves word.
struct Context {
  const Settings& settings;
  std::string id;              ///< of the descriptor; "": the module as a whole
  const Role* role = nullptr;  ///< nullptr: the module as a whole, or a role not known here
  /// Says what is about to happen, in case the process does not come back from it.
  std::function<void(const std::string&)> note;
};

struct Case {
  const char* id;        ///< "group.what-is-looked-at"
  const char* sentence;  ///< what holds when it passes
  void (*run)(Context&);
  /// Id of a case without which this one says nothing: unless that passes or warns, this is
  /// skipped.
  const char* needs = "";
};

}  // namespace burin::check
