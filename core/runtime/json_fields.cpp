// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checked access to the members of a JSON object.
#include "runtime/json_fields.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

std::string written(double value) { return json(value).dump(); }

std::string range_text(const std::string& kind, const std::string& least, const std::string& most) {
  return kind + " from " + least + " to " + most;
}

std::optional<std::int64_t> as_whole(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    constexpr double exact = 9007199254740992.0;  // 2^53
    if (std::abs(number) <= exact && std::trunc(number) == number)
      return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

}  // namespace

std::string described(const json& value) {
  switch (value.type()) {
    case json::value_t::string:
      return in_quotes(value.get_ref<const std::string&>(), 60);
    case json::value_t::array:
      return value.empty() ? "an empty list" : "a list of " + std::to_string(value.size());
    case json::value_t::object:
      return value.empty() ? "an empty object" : "an object";
    default:
      return value.dump();
  }
}

void refuse(const Fields& fields, std::string_view key, const json& value,
            const std::string& expected) {
  throw Error(fields.status, fields.prefix + std::string(key) + " is " + described(value) +
                                 "; expected " + expected);
}

void only_keys(const Fields& fields, const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : fields.object->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string_view meant = nearest(key, known);
    const std::string place = in_quotes(key, 60);
    throw Error(fields.status, fields.prefix + place.substr(1, place.size() - 2) +
                                   " is not a known key; " +
                                   (meant.empty() ? "expected one of " + joined(known)
                                                  : "did you mean " + std::string(meant) + "?"));
  }
}

const json* member(const Fields& fields, std::string_view key) {
  const auto found = fields.object->find(key);
  return found == fields.object->end() || found->is_null() ? nullptr : &*found;
}

std::optional<Fields> object_member(const Fields& fields, std::string_view key) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (!value->is_object()) refuse(fields, key, *value, "an object");
  return Fields{value, fields.prefix + std::string(key) + ".", fields.status};
}

std::optional<double> number(const Fields& fields, std::string_view key, double least,
                             double most) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  const auto expected = [&] { return range_text("a number", written(least), written(most)); };
  if (!value->is_number()) refuse(fields, key, *value, expected());
  const double number = value->get<double>();
  if (!(number >= least && number <= most)) refuse(fields, key, *value, expected());
  return number;
}

std::int64_t whole_value(const Fields& fields, std::string_view key, const json& value,
                         std::int64_t least, std::int64_t most) {
  const auto number = as_whole(value);
  if (!number || *number < least || *number > most)
    refuse(fields, key, value,
           range_text("a whole number", std::to_string(least), std::to_string(most)));
  return *number;
}

std::optional<std::int64_t> whole_number(const Fields& fields, std::string_view key,
                                         std::int64_t least, std::int64_t most) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  return whole_value(fields, key, *value, least, most);
}

std::optional<std::uint64_t> seed_member(const Fields& fields, std::string_view key) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  const auto number = as_whole(*value);
  if (!number || *number < 0)
    refuse(fields, key, *value, "a whole number from 0 to 18446744073709551615");
  return static_cast<std::uint64_t>(*number);
}

std::optional<bool> boolean(const Fields& fields, std::string_view key) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) refuse(fields, key, *value, "true or false");
  return value->get<bool>();
}

std::optional<std::string> text_member(const Fields& fields, std::string_view key) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (!value->is_string()) refuse(fields, key, *value, "text");
  return value->get<std::string>();
}

std::optional<std::string> path_member(const Fields& fields, std::string_view key) {
  constexpr std::size_t longest = 4095;
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (!value->is_string()) refuse(fields, key, *value, "a path");
  std::string path = value->get<std::string>();
  if (path.empty() || path.size() > longest)
    refuse(fields, key, *value, "a path of 1 to " + std::to_string(longest) + " bytes");
  return path;
}

std::string needed_path(const Fields& fields, std::string_view key, std::string_view expected) {
  if (auto path = path_member(fields, key)) return std::move(*path);
  throw Error(fields.status,
              fields.prefix + std::string(key) + " is missing; expected " + std::string(expected));
}

std::optional<std::size_t> choice(const Fields& fields, std::string_view key,
                                  const std::vector<std::string_view>& choices) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    const auto found = std::find(choices.begin(), choices.end(), text);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  }
  std::string expected;
  for (std::string_view each : choices) {
    if (!expected.empty()) expected += " or ";
    expected += in_quotes(each);
  }
  refuse(fields, key, *value, expected);
}

std::vector<double> number_list(const Fields& fields, const std::string& key, const json& value,
                                std::size_t count) {
  constexpr double bound = 2147483648.0;
  if (!value.is_array() || value.size() != count)
    refuse(fields, key, value, "a list of " + std::to_string(count) + " numbers");
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string place = key + "[" + std::to_string(i) + "]";
    if (!value[i].is_number()) refuse(fields, place, value[i], "a number");
    const double number = value[i].get<double>();
    if (!(std::abs(number) <= bound))
      refuse(fields, place, value[i], range_text("a number", "-2147483648", "2147483648"));
    all.push_back(number);
  }
  return all;
}

std::optional<std::vector<double>> numbers(const Fields& fields, std::string_view key,
                                           std::size_t count) {
  const json* value = member(fields, key);
  if (!value) return std::nullopt;
  return number_list(fields, std::string(key), *value, count);
}

}  // namespace burin::core
