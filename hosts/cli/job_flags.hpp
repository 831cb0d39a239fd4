// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The flags that are keys of a job: one table, from which the command line and the job patch are
// made.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace burin::host {

enum class FlagValue {
  whole,
  number,
  text,
  path,
  ids,
  yes,
  no,
  mask_mode,
  lora,       ///< FILE[:MODEL[:CLIP]], one more each time
  control,    ///< FILE[:STRENGTH], one more each time
  folder,     ///< one more each time
  operation,  ///< NAME=VALUE, one more each time
  param       ///< NAME=VALUE, one more each time; a member of an object
};

struct JobFlag {
  const char* names;    ///< as CLI11 takes them
  const char* pointer;  ///< where the value goes in the job (RFC 6901)
  FlagValue value;
  const char* group;
  const char* help;
};

/// Whether the flag may come several times, each adding to a list.
bool is_repeated(FlagValue value);

/// What to find: flags of detect, which detail and plan have too.
std::span<const JobFlag> detection_flags();
/// What to take of SEGS from wherever: flags of these and of segs.
std::span<const JobFlag> choice_flags();
/// Flags of detail and plan alone.
std::span<const JobFlag> redraw_flags();

/// Puts the value `text` of `flag` (ignored for yes and no) into `patch`. Throws Failure (usage).
void put_flag(nlohmann::json& patch, const JobFlag& flag, const std::string& text);

}  // namespace burin::host
