// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The strict JSON reader: nlohmann's parser feeding a builder that enforces the rules.
#include "runtime/json_text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

std::string position_of(std::string_view text, std::size_t byte) {
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// "[json.exception...] parse error at line 1, column 2: reason" -> "reason"
std::string reason_of(std::string_view message) {
  if (const auto column = message.find(", column "); column != message.npos) {
    if (const auto colon = message.find(": ", column); colon != message.npos)
      message.remove_prefix(colon + 2);
  }
  std::string reason = in_quotes(message, 200);
  return reason.substr(1, reason.size() - 2);
}

// SAX events of nlohmann's parser -> document.
class Builder {
 public:
  Builder(std::string_view text, const JsonRules& rules) : text_(text), rules_(rules) {}

  bool null() { return add(nullptr) != nullptr; }
  bool boolean(bool value) { return add(value) != nullptr; }
  bool number_integer(json::number_integer_t value) { return add(value) != nullptr; }
  bool number_unsigned(json::number_unsigned_t value) { return add(value) != nullptr; }
  bool number_float(json::number_float_t value, const std::string&) {
    return add(value) != nullptr;
  }
  bool string(std::string& value) {
    refuse_nul(value);
    return add(std::move(value)) != nullptr;
  }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return enter(json::object()); }
  bool start_array(std::size_t) { return enter(json::array()); }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }

  bool key(std::string& name) {
    refuse_nul(name);
    if (open_.back()->contains(name))
      refuse("has the key " + in_quotes(name) + " twice in one object; expected it once");
    key_ = std::move(name);
    return true;
  }

  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& error) {
    throw Error(rules_.status, rules_.what + " is not valid JSON at " +
                                   position_of(text_, position > 0 ? position - 1 : 0) + ": " +
                                   reason_of(error.what()));
  }

  json take() { return std::move(document_); }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(rules_.status, rules_.what + " " + reason);
  }

 private:
  void refuse_nul(const std::string& value) const {
    if (value.find('\0') != value.npos)
      refuse("holds a NUL character in " + in_quotes(value) + "; expected text without one");
  }

  template <class Value>
  json* add(Value&& value) {
    if (++values_ > rules_.max_values)
      refuse("holds more than " + std::to_string(rules_.max_values) +
             " values; expected a smaller document");
    if (open_.empty()) {
      document_ = std::forward<Value>(value);
      return &document_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::forward<Value>(value));
      return &open_.back()->back();
    }
    json& member = (*open_.back())[key_];
    member = std::forward<Value>(value);
    return &member;
  }

  bool enter(json container) {
    if (open_.size() >= rules_.max_depth)
      refuse("is nested more than " + std::to_string(rules_.max_depth) +
             " levels deep; expected less");
    open_.push_back(add(std::move(container)));
    return true;
  }

  bool leave() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const JsonRules& rules_;
  json document_;
  std::vector<json*> open_;
  std::string key_;
  std::size_t values_ = 0;
};

}  // namespace

json parse_json(std::string_view text, const JsonRules& rules) {
  Builder builder(text, rules);
  if (text.size() > rules.max_bytes)
    builder.refuse("is " + std::to_string(text.size()) + " bytes long; expected at most " +
                   std::to_string(rules.max_bytes));
  if (const auto bad = invalid_utf8_at(text))
    builder.refuse("is not UTF-8 at " + position_of(text, *bad));
  if (const auto nul = text.find('\0'); nul != text.npos)
    builder.refuse("holds a NUL byte at " + position_of(text, nul) + "; expected JSON text");
  json::sax_parse(text.data(), text.data() + text.size(), &builder, json::input_format_t::json,
                  true, rules.comments);
  return builder.take();
}

json read_json_file(const std::filesystem::path& file, const JsonRules& rules) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) {
    const bool missing = failed == std::errc::no_such_file_or_directory;
    throw Error(missing ? BURIN_E_NOT_FOUND : BURIN_E_IO,
                in_quotes(file.string(), 400) + " cannot be read: " + failed.message());
  }
  if (size > rules.max_bytes)
    throw Error(rules.status, rules.what + " is " + std::to_string(size) +
                                  " bytes long; expected at most " +
                                  std::to_string(rules.max_bytes));
  std::string text(static_cast<std::size_t>(size), '\0');
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(text.data(), static_cast<std::streamsize>(size)))
    throw Error(BURIN_E_IO,
                in_quotes(file.string(), 400) + " cannot be read: " + std::strerror(errno));
  return parse_json(text, rules);
}

}  // namespace burin::core
