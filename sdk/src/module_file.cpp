// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Opening a module: dynamic library, entry symbol, ABI, descriptors.
#define BOOST_DLL_USE_STD_FS
#include "module_file.hpp"

#include <elf.h>

#include <array>
#include <boost/dll/shared_library.hpp>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "burin/cpp/text.hpp"
#include "burin/ext/params.h"
#include "last_error.hpp"
#include "module_text.hpp"
#include "params_fault.hpp"
#include "role_tables.hpp"

namespace burin::sdk {
namespace {

constexpr uint32_t most_descriptors = 1024;

[[noreturn]] void refuse(burin_status status, const std::filesystem::path& file,
                         const std::string& reason) {
  throw Error(status, "The module " + file.string() + " was refused: " + reason + ".");
}

// What the dynamic linker said, without the frame that Boost puts around it.
std::string linker_message(const std::string& text) {
  const std::string opening = "dlerror system message: ";
  const size_t begin = text.find(opening);
  if (begin == std::string::npos) return text;
  const size_t end = text.rfind(')');
  return text.substr(begin + opening.size(), end - begin - opening.size());
}

// For ever: a pointer into the library may outlive every object that knows of it.
boost::dll::shared_library& keep_loaded(std::unique_ptr<boost::dll::shared_library> library) {
  static std::mutex mutex;
  static auto& kept = *new std::vector<std::unique_ptr<boost::dll::shared_library>>;
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(library));
  return *kept.back();
}

// Class and machine of an ELF file, "" for any other.
std::string machine_of(const std::filesystem::path& file) {
  std::array<char, sizeof(Elf64_Ehdr)> head = {};
  std::ifstream(file, std::ios::binary).read(head.data(), head.size());
  if (std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return "";
  return {head[EI_CLASS], head[EI_DATA], head[offsetof(Elf64_Ehdr, e_machine)],
          head[offsetof(Elf64_Ehdr, e_machine) + 1]};
}

const burin_plugin_entry& load_entry(const std::filesystem::path& file) {
  namespace dll = boost::dll;
  // Of a library for another machine the dynamic linker says that there is no such file.
  const std::string machine = machine_of(file), ours = machine_of("/proc/self/exe");
  if (!machine.empty() && !ours.empty() && machine != ours) {
    refuse(BURIN_E_INVALID, file, "it is made for another machine than this one");
  }
  auto library = std::make_unique<dll::shared_library>();
  try {
    library->load(file, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    throw LoadFailure(BURIN_E_INVALID, "The module " + file.string() +
                                           " was refused: it cannot be loaded (" +
                                           linker_message(error.what()) + ").");
  }
  if (!library->has("burin_entry")) {
    refuse(BURIN_E_INVALID, file, "it exports no symbol burin_entry, so it is no Burin module");
  }
  return keep_loaded(std::move(library)).get<const burin_plugin_entry>("burin_entry");
}

void check_entry(const std::filesystem::path& file, const burin_plugin_entry& entry) {
  const auto version = [](uint32_t major, uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  if (!BURIN_HAS(&entry, abi)) {
    refuse(BURIN_E_INVALID, file, "its entry is too short to name an ABI");
  }
  if (entry.abi.major != BURIN_ABI_MAJOR) {
    refuse(BURIN_E_UNSUPPORTED, file,
           "it speaks Burin ABI " + version(entry.abi.major, entry.abi.minor) +
               " and this program " + version(BURIN_ABI_MAJOR, BURIN_ABI_MINOR) +
               "; the major numbers must agree");
  }
  if (!BURIN_HAS(&entry, get_interface)) {
    refuse(BURIN_E_INVALID, file,
           "its entry has " + std::to_string(entry.struct_size) + " bytes; expected are at least " +
               std::to_string(sizeof(burin_plugin_entry)));
  }
  if (!entry.init || !entry.deinit || !entry.count || !entry.descriptor || !entry.get_interface) {
    refuse(BURIN_E_INVALID, file, "its entry lacks a function");
  }
}

// Parts of letters, digits, '-' and '_', two or more, with '.' between them.
bool well_formed_id(const char* id) {
  if (id == nullptr || std::strlen(id) > most_id) return false;
  bool dots = false;
  char before = '.';
  for (const char* c = id; *c; ++c) {
    if (*c == '.' ? before == '.'
                  : !std::isalnum(static_cast<unsigned char>(*c)) && *c != '-' && *c != '_') {
      return false;
    }
    dots = dots || *c == '.';
    before = *c;
  }
  return dots && before != '.';
}

std::vector<const burin_descriptor*> read_descriptors(const std::filesystem::path& file,
                                                      const burin_plugin_entry& entry) {
  const uint32_t count = entry.count();
  if (count == 0 || count > most_descriptors) {
    refuse(BURIN_E_INVALID, file,
           "it has " + std::to_string(count) + " descriptors; expected are 1 to " +
               std::to_string(most_descriptors));
  }
  std::vector<const burin_descriptor*> all;
  std::set<std::string> ids;
  for (uint32_t i = 0; i < count; ++i) {
    const burin_descriptor* d = entry.descriptor(i);
    const std::string which = "its descriptor " + std::to_string(i);
    if (d == nullptr) refuse(BURIN_E_INVALID, file, which + " is NULL");
    if (!BURIN_HAS(d, cuda)) refuse(BURIN_E_INVALID, file, which + " is too short");
    if (!well_formed_id(d->id)) {
      refuse(BURIN_E_INVALID, file,
             which + " has the id '" + quotable(d->id ? d->id : "") + "'; expected are at most " +
                 std::to_string(most_id) +
                 " letters, digits, '-' and '_', in two or more parts with '.' between them");
    }
    for (const char* text : {d->role, d->name, d->version, d->licence}) {
      if (text == nullptr || *text == '\0') {
        refuse(BURIN_E_INVALID, file, which + " lacks a role, name, version or licence");
      }
    }
    for (const auto& [what, text] : {std::pair{"role", d->role},
                                     {"name", d->name},
                                     {"version", d->version},
                                     {"vendor", d->vendor},
                                     {"licence", d->licence},
                                     {"description", d->description}}) {
      if (const std::string fault = text_fault(text); !fault.empty()) {
        refuse(BURIN_E_INVALID, file, which + " has a " + what + " with " + fault);
      }
    }
    if (!ids.insert(d->id).second) {
      refuse(BURIN_E_INVALID, file, which + " repeats the id '" + d->id + "'");
    }
    all.push_back(d);
  }
  return all;
}

}  // namespace

ModuleFile::ModuleFile(const std::filesystem::path& file) : path_(file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) {
    throw Error(BURIN_E_NOT_FOUND, "There is no module file " + file.string() + ".");
  }
  entry_ = &load_entry(file);
  check_entry(file, *entry_);
  descriptors_ = read_descriptors(file, *entry_);
}

ModuleFile::~ModuleFile() {
  if (initialised_) entry_->deinit();
}

void ModuleFile::initialise(const burin_host& host) {
  if (initialised_) return;
  remember_error(nullptr);
  if (const burin_status status = entry_->init(&host); status != BURIN_OK) {
    const std::string said = remembered_error();
    throw Error(status, "The module " + path_.string() +
                            " did not start: " + (said.empty() ? status_name(status) : said));
  }
  initialised_ = true;
}

const void* ModuleFile::extension(const burin_host& host, const char* id, const char* extension) {
  initialise(host);
  if (!BURIN_HAS(entry_, get_extension) || !entry_->get_extension) return nullptr;
  const void* served = entry_->get_extension(id, extension);
  if (served == nullptr) return nullptr;
  require_whole(id, extension, served);
  if (std::strcmp(extension, BURIN_PARAMS_ID) == 0) {
    const std::string fault = params_fault(*static_cast<const burin_params*>(served));
    if (!fault.empty()) {
      refuse(BURIN_E_INVALID, path_, "of the parameters of '" + std::string(id) + "', " + fault);
    }
  }
  return served;
}

const void* ModuleFile::interface(const burin_host& host, const char* id) {
  initialise(host);
  const void* served = entry_->get_interface(id);
  if (served == nullptr) {
    throw Error(BURIN_E_INTERNAL, "The module " + path_.string() + " describes '" + id +
                                      "' but serves no interface for it.");
  }
  for (const burin_descriptor* d : descriptors_) {
    if (std::strcmp(d->id, id) == 0) require_whole(id, d->role, served);
  }
  return served;
}

void ModuleFile::require_whole(const char* id, const char* what, const void* table) const {
  if (const std::string fault = table_fault(what, table); !fault.empty()) {
    refuse(BURIN_E_INVALID, path_,
           "its table of '" + std::string(id) + "' for " + what + " " + fault);
  }
}

}  // namespace burin::sdk
