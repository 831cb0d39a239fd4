// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checked access to the members of a JSON object, with sentences that name the place, what came and
// what was expected.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "burin/status.h"

namespace burin::core {

// An object being read. `prefix` stands before a key in sentences ("job: detailer."). A member that
// is null counts as absent everywhere.
struct Fields {
  const nlohmann::json* object;
  std::string prefix;
  burin_status status = BURIN_E_JOB;
};

// "<prefix><key> is <value>; expected <expected>"
[[noreturn]] void refuse(const Fields& fields, std::string_view key, const nlohmann::json& value,
                         const std::string& expected);

// A value in few words: 12, "text", true, a list of 3, an object.
std::string described(const nlohmann::json& value);

// Throws unless every key is known; the sentence offers the nearest known one.
void only_keys(const Fields& fields, const std::vector<std::string_view>& known);

const nlohmann::json* member(const Fields& fields, std::string_view key);

// The member object, with the prefix grown by "<key>."; none where it is absent.
std::optional<Fields> object_member(const Fields& fields, std::string_view key);

// Ranges are inclusive. A whole number may be written 20.0; never above 2^53 in that form.
std::optional<double> number(const Fields& fields, std::string_view key, double least, double most);
std::int64_t whole_value(const Fields& fields, std::string_view key, const nlohmann::json& value,
                         std::int64_t least, std::int64_t most);
std::optional<std::int64_t> whole_number(const Fields& fields, std::string_view key,
                                         std::int64_t least, std::int64_t most);
// 0..2^64-1, written as a whole number.
std::optional<std::uint64_t> seed_member(const Fields& fields, std::string_view key);
std::optional<bool> boolean(const Fields& fields, std::string_view key);
std::optional<std::string> text_member(const Fields& fields, std::string_view key);
// 1..4095 bytes.
std::optional<std::string> path_member(const Fields& fields, std::string_view key);
// The same where there must be one; expected ends the sentence that says it is missing.
std::string needed_path(const Fields& fields, std::string_view key, std::string_view expected);
// The index of the text in `choices`.
std::optional<std::size_t> choice(const Fields& fields, std::string_view key,
                                  const std::vector<std::string_view>& choices);
// Exactly `count` numbers, each within +-2^31; `key` names the value in sentences.
std::vector<double> number_list(const Fields& fields, const std::string& key,
                                const nlohmann::json& value, std::size_t count);
// The member as number_list.
std::optional<std::vector<double>> numbers(const Fields& fields, std::string_view key,
                                           std::size_t count);

}  // namespace burin::core
