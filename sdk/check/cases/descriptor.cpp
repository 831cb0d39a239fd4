// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about a descriptor and the interface behind it.
#include <cctype>
#include <cstring>
#include <string_view>

#include "cases/groups.hpp"
#include "host.hpp"
#include "module.hpp"
#include "role.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_descriptor& descriptor(const Context& context, const burin_plugin_entry& entry) {
  for (const burin_descriptor* d : descriptors_of(entry)) {
    if (text_or_empty(d->id) == context.id) return *d;
  }
  fail("the id is listed no longer");
}

const burin_descriptor& descriptor(const Context& context) {
  return descriptor(context, open_module(context.settings.module));
}

void fields(Context& context) {
  const burin_descriptor& d = descriptor(context);
  const std::pair<const char*, const char*> mandatory[] = {
      {"id", d.id},           {"role", d.role},       {"name", d.name},
      {"version", d.version}, {"licence", d.licence},
  };
  const std::pair<const char*, const char*> wanted[] = {{"vendor", d.vendor},
                                                        {"description", d.description}};
  for (const auto& [what, text] : mandatory) {
    if (text == nullptr || *text == '\0') fail("it has no ", what);
  }
  for (const auto& list : {std::pair(std::begin(mandatory), std::end(mandatory)),
                           std::pair(std::begin(wanted), std::end(wanted))}) {
    for (auto it = list.first; it != list.second; ++it) {
      if (it->second && !is_utf8(it->second)) fail("its ", it->first, " is no UTF-8");
      if (it->second && sdk::has_control_character(it->second)) {
        fail("its ", it->first, " '", sdk::quotable(it->second), "' has control characters");
      }
    }
  }
  if (d.cuda < BURIN_CUDA_NO || d.cuda > BURIN_CUDA_NEEDED) {
    fail("its use of CUDA is ", d.cuda, "; expected is BURIN_CUDA_NO, _YES or _NEEDED");
  }
  for (const auto& [what, text] : wanted) {
    if (text == nullptr || *text == '\0') warn("it has no ", what);
  }
}

void id(Context& context) {
  constexpr std::size_t most = 128;
  const std::string& id = context.id;
  if (id.size() > most) {
    fail("'", sdk::quotable(id), "' has ", id.size(), " bytes; expected are at most ", most);
  }
  std::size_t parts = 1;
  char before = '.';
  for (const char c : id) {
    if (c == '.' && before == '.') fail("'", id, "' has an empty part");
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::strchr("._-", c) == nullptr) {
      fail("'", sdk::quotable(id),
           "' has a character other than letters, digits, '-', '_' and '.'");
    }
    parts += c == '.';
    before = c;
  }
  if (before == '.') fail("'", id, "' ends in a '.'");
  if (parts < 2) fail("'", id, "' is no reverse domain such as org.example.name");
  if (parts < 3) warn("'", id, "' has two parts; a reverse domain and a name have at least three");
  if (id.rfind("burin.", 0) == 0 &&
      text_or_empty(descriptor(context).vendor).find("Burin") == std::string::npos) {
    warn("'", id, "' begins with 'burin.', which is for modules that come with Burin");
  }
  std::size_t same = 0;
  for (const burin_descriptor* d : descriptors_of(open_module(context.settings.module))) {
    same += text_or_empty(d->id) == id;
  }
  if (same > 1) fail("'", id, "' is listed ", same, " times");
}

/// Digits without a leading zero.
bool is_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

bool is_tail(std::string_view text, bool numbers_without_zero) {
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    bool digits = !part.empty();
    for (const char c : part) {
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
      digits = digits && std::isdigit(static_cast<unsigned char>(c));
    }
    if (part.empty() || (numbers_without_zero && digits && !is_number(part))) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

/// As semver.org 2.0.0 has it.
bool is_semantic_version(std::string_view text) {
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!is_tail(text.substr(plus + 1), false)) return false;
    text = text.substr(0, plus);
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    if (!is_tail(text.substr(dash + 1), true)) return false;
    text = text.substr(0, dash);
  }
  for (int part = 0; part < 3; ++part) {
    const std::size_t dot = part < 2 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || !is_number(text.substr(0, dot))) return false;
    text.remove_prefix(std::min(text.size(), dot + 1));
  }
  return text.empty();
}

void version(Context& context) {
  const std::string version = text_or_empty(descriptor(context).version);
  if (!is_semantic_version(version)) {
    fail("'", sdk::quotable(version), "' is no semantic version such as 1.0.0 or 2.1.0-beta.1");
  }
}

void licence(Context& context) {
  const std::string licence = text_or_empty(descriptor(context).licence);
  bool word = false;
  int depth = 0;
  for (const char c : licence) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    word = word || std::isalnum(static_cast<unsigned char>(c));
    if (depth < 0 ||
        (!std::isalnum(static_cast<unsigned char>(c)) && std::strchr(" ().+-:", c) == nullptr)) {
      fail("'", sdk::quotable(licence),
           "' is no SPDX expression such as MIT or (Apache-2.0 OR MIT)");
    }
  }
  if (!word || depth != 0) {
    fail("'", sdk::quotable(licence), "' is no SPDX expression such as MIT or (Apache-2.0 OR MIT)");
  }
  const bool joined = licence.find(" OR ") != std::string::npos ||
                      licence.find(" AND ") != std::string::npos ||
                      licence.find(" WITH ") != std::string::npos;
  if (!joined && licence.find(' ') != std::string::npos) {
    warn("'", licence, "' reads like a licence's name; hosts expect its SPDX identifier");
  }
}

void role(Context& context) {
  const std::string role = text_or_empty(descriptor(context).role);
  const std::size_t slash = role.rfind('/');
  if (slash == std::string::npos || !is_number(std::string_view(role).substr(slash + 1)) ||
      role.find('.') > slash) {
    fail("'", sdk::quotable(role), "' is no interface id such as burin.detector/1");
  }
  if (context.role == nullptr) {
    warn("the role '", sdk::quotable(role),
         "' is not known here: only cases that hold for all roles are run");
  }
}

void stable(Context& context) {
  const burin_plugin_entry& e = open_module(context.settings.module);
  const auto as_text = [](const burin_descriptor& d) {
    std::string text = std::to_string(d.struct_size) + std::to_string(d.cuda);
    for (const char* part : {d.id, d.role, d.name, d.version, d.vendor, d.licence, d.description}) {
      text += "\n" + text_or_empty(part);
    }
    return text;
  };
  const std::string before = as_text(descriptor(context, e));
  const std::uint32_t count = e.count();
  CheckHost host(context.settings);
  if (e.init(host.get()) != BURIN_OK) skip("init failed: ", host.take_error());
  const std::string after = as_text(descriptor(context, e));
  const std::uint32_t count_after = e.count();
  e.deinit();
  if (before != after || count != count_after) fail("init changed what the descriptor says");
  for (const std::uint32_t beyond : {count, count + 1, UINT32_MAX}) {
    if (e.descriptor(beyond) != nullptr) {
      fail("descriptor(", beyond, ") is not NULL, though there are ", count);
    }
  }
}

void interface(Context& context) {
  const burin_plugin_entry& e = open_module(context.settings.module);
  CheckHost host(context.settings);
  if (const burin_status status = e.init(host.get()); status != BURIN_OK) {
    fail("init returned ", status_text(status), ": ", host.take_error());
  }
  const void* api = e.get_interface(context.id.c_str());
  if (api == nullptr) fail("get_interface gave NULL for the id that is listed");
  if (context.role != nullptr) {
    const std::string missing = context.role->missing(api);
    if (!missing.empty()) fail("the table of functions lacks ", missing);
  }
  e.deinit();
}

}  // namespace

std::vector<Case> descriptor_cases() {
  return {
      {"descriptor.fields", "says what must be said", fields, "library.scan"},
      {"descriptor.id", "has a reverse domain as id, once", id, "library.scan"},
      {"descriptor.version", "has a semantic version", version, "descriptor.fields"},
      {"descriptor.licence", "names its licence as SPDX does", licence, "descriptor.fields"},
      {"descriptor.role", "plays a role that is known", role, "descriptor.fields"},
      {"descriptor.stable", "says the same before and after init", stable, "descriptor.fields"},
      {"descriptor.interface", "serves a whole table of functions", interface, "descriptor.fields"},
  };
}

}  // namespace burin::check
