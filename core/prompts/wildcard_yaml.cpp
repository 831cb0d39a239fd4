// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Lists of wildcards in YAML, by the events of libyaml: nothing is built but the lists.
#include <yaml.h>

#include <memory>
#include <optional>

#include "prompts/wildcard_files.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

constexpr int kDeepest = 32;

class YamlReader {
 public:
  YamlReader(const std::string& text, const std::string& what) : what_(what) {
    if (yaml_parser_initialize(&parser_) == 0)
      throw Error(BURIN_E_MEMORY, what_ + " cannot be read: there is not enough memory");
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~YamlReader() { yaml_parser_delete(&parser_); }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  std::map<std::string, std::vector<std::string>> lists() {
    while (next() != YAML_STREAM_END_EVENT) {
      if (event_->type == YAML_STREAM_START_EVENT || event_->type == YAML_DOCUMENT_START_EVENT ||
          event_->type == YAML_DOCUMENT_END_EVENT)
        continue;
      if (event_->type == YAML_MAPPING_START_EVENT)
        read_mapping("", 1);
      else if (!scalar() || !scalar()->empty())
        refuse("holds no names with lists at its top");
    }
    return std::move(lists_);
  }

 private:
  struct EventDeleter {
    void operator()(yaml_event_t* event) const {
      yaml_event_delete(event);
      delete event;
    }
  };

  [[noreturn]] void refuse(const std::string& why) const {
    const std::size_t line = event_ ? event_->start_mark.line : parser_.problem_mark.line;
    throw Error(BURIN_E_JOB, what_ + ", line " + std::to_string(line + 1) + ", " + why +
                                 "; expected names with lists of texts");
  }

  yaml_event_type_t next() {
    event_.reset();
    auto* event = new yaml_event_t{};
    if (yaml_parser_parse(&parser_, event) == 0) {
      delete event;
      refuse(std::string("is no YAML: ") + (parser_.problem ? parser_.problem : "broken"));
    }
    event_.reset(event);
    if (event->type == YAML_ALIAS_EVENT) refuse("uses an alias");
    return event->type;
  }

  std::optional<std::string> scalar() const {
    if (event_->type != YAML_SCALAR_EVENT) return std::nullopt;
    const auto& value = event_->data.scalar;
    return std::string(reinterpret_cast<const char*>(value.value), value.length);
  }

  bool is_null() const {
    if (event_->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    const std::string text = *scalar();
    return text.empty() || text == "~" || text == "null";
  }

  void read_mapping(const std::string& prefix, int depth) {
    if (depth > kDeepest) refuse("nests deeper than " + std::to_string(kDeepest) + " levels");
    while (next() != YAML_MAPPING_END_EVENT) {
      const auto key = scalar();
      if (!key) refuse("has a name that is no text");
      const std::string name = wildcard_name(prefix + *key);
      switch (next()) {
        case YAML_MAPPING_START_EVENT:
          read_mapping(name + "/", depth + 1);
          break;
        case YAML_SEQUENCE_START_EVENT:
          lists_[name] = read_list();
          break;
        default:
          if (!is_null()) lists_[name] = {*scalar()};
      }
    }
  }

  std::vector<std::string> read_list() {
    std::vector<std::string> options;
    while (next() != YAML_SEQUENCE_END_EVENT) {
      auto option = scalar();
      if (!option) refuse("has a list within a list");
      options.push_back(std::move(*option));
    }
    return options;
  }

  const std::string& what_;
  yaml_parser_t parser_{};
  std::unique_ptr<yaml_event_t, EventDeleter> event_;
  std::map<std::string, std::vector<std::string>> lists_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> read_wildcard_yaml(const std::string& text,
                                                                   const std::string& what) {
  return YamlReader(text, what).lists();
}

}  // namespace burin::core
