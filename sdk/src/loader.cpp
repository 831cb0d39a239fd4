// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Finding modules and serving them to the program and to each other.
#include "loader.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <system_error>

#include "burin/role/engine.h"
#include "host_memory.hpp"
#include "last_error.hpp"
#include "scan.hpp"
#include "search_path.hpp"

namespace burin::sdk {
namespace fs = std::filesystem;
namespace {

bool answers_to(const std::string& id, const std::string& name) {
  if (name.empty() || id == name) return true;
  return id.size() > name.size() && id.ends_with(name) && id[id.size() - name.size() - 1] == '.';
}

fs::path real_path(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  return error ? fs::absolute(file) : real;
}

}  // namespace

Loader::Loader(const burin_loader_options* o) : name_("burin"), version_(BURIN_VERSION) {
  burin_log_severity least = BURIN_LOG_INFO;
  if (o != nullptr) {
    if (BURIN_HAS(o, name) && o->name) name_ = o->name;
    if (BURIN_HAS(o, version) && o->version) version_ = o->version;
    if (BURIN_HAS(o, plugin_dir_count) && o->plugin_dirs) {
      given_dirs_.assign(o->plugin_dirs, o->plugin_dirs + o->plugin_dir_count);
    }
    if (BURIN_HAS(o, ctx)) ctx_ = o->ctx;
    if (BURIN_HAS(o, log)) log_ = o->log;
    if (BURIN_HAS(o, least_severity) && o->least_severity) least = o->least_severity;
    if (BURIN_HAS(o, read_image)) read_image_ = o->read_image;
    if (BURIN_HAS(o, rescan)) rescan_ = o->rescan != 0;
  }
  host_.struct_size = sizeof(host_);
  host_.abi = {BURIN_ABI_MAJOR, BURIN_ABI_MINOR};
  host_.name = name_.c_str();
  host_.version = version_.c_str();
  host_.ctx = this;
  host_.get_interface = &Loader::get_interface;
  host_.set_error = &Loader::set_error;
  host_.last_error = [](const burin_host*) { return remembered_error(); };
  log_api_ = {sizeof(log_api_), least, &Loader::write_log};
  modules_api_ = {sizeof(modules_api_), &Loader::find_module, &Loader::find_extension,
                  &Loader::count_modules, &Loader::module_descriptor};
  image_reader_api_ = {sizeof(image_reader_api_), &Loader::read_image};
}

Loader::~Loader() {
  // Later modules may use earlier ones, so they leave first.
  offers_.clear();
  while (!files_.empty()) files_.pop_back();
}

void Loader::open(const fs::path& given) {
  const std::lock_guard lock(mutex_);
  const fs::path file = real_path(given);
  if (!is_known(file)) {
    if (const auto stamp = stamp_of(file)) {
      ScanCache cache(false);
      if (rescan_) cache.forget(*stamp);
      const ModuleRecord record = record_of(*stamp, cache);
      cache.save();
      if (!record.problem.empty()) throw Error(record.status, record.problem);
    }
  }
  add(file);
}

// What is kept of the file, or what a process of its own finds now.
ModuleRecord Loader::record_of(const FileStamp& stamp, ScanCache& cache) {
  if (const ModuleRecord* known = cache.find(stamp)) return *known;
  ModuleRecord record = scan(stamp);
  cache.put(record);
  return record;
}

bool Loader::is_known(const fs::path& file) const {
  return std::any_of(offers_.begin(), offers_.end(),
                     [&file](const auto& offer) { return offer->path == file; });
}

ModuleFile* Loader::open_file(const fs::path& file) {
  const auto same = [&file](const auto& open) { return open->path() == file; };
  const auto found = std::find_if(files_.begin(), files_.end(), same);
  if (found != files_.end()) return found->get();
  return files_.emplace_back(std::make_unique<ModuleFile>(file)).get();
}

void Loader::add(const fs::path& given) {
  const fs::path file = real_path(given);
  if (is_known(file)) return;
  ModuleFile* module = open_file(file);
  for (const burin_descriptor* d : module->descriptors()) {
    offer({module, d, file.string(), "", nullptr});
  }
}

void Loader::add_record(const ModuleRecord& record) {
  const fs::path& file = record.stamp.path;
  if (!record.problem.empty()) return add_problem(file, record.status, record.problem);
  for (const auto& stored : record.descriptors) {
    offer({nullptr, &stored->get(), file.string(), "", stored});
  }
}

void Loader::offer(Offer made) {
  const auto first = std::find_if(offers_.begin(), offers_.end(), [&made](const auto& other) {
    return std::strcmp(other->descriptor->id, made.descriptor->id) == 0;
  });
  if (first != offers_.end()) {
    return add_problem(made.path, BURIN_E_INVALID,
                       "Two modules have the id '" + std::string(made.descriptor->id) +
                           "': " + (*first)->path + " is used and " + made.path + " is not.");
  }
  if (const auto data = data_dir(made.path)) made.data_dir = data->string();
  offers_.push_back(std::make_unique<Offer>(std::move(made)));
}

void Loader::add_problem(const fs::path& file, burin_status status, const std::string& sentence) {
  problems_.push_back(std::make_unique<Problem>(Problem{file.string(), status, sentence}));
  log(BURIN_LOG_WARNING, sentence.c_str());
}

ModuleFile& Loader::opened(Offer& offer) {
  if (offer.file) return *offer.file;
  ModuleFile* module = open_file(offer.path);
  const auto& now = module->descriptors();
  const auto same = [&offer](const burin_descriptor* d) {
    return std::strcmp(d->id, offer.descriptor->id) == 0 &&
           std::strcmp(d->role, offer.descriptor->role) == 0;
  };
  if (std::none_of(now.begin(), now.end(), same)) {
    throw Error(BURIN_E_NOT_FOUND, "The module " + offer.path + " no longer offers '" +
                                       offer.descriptor->id + "' for the role " +
                                       offer.descriptor->role + ".");
  }
  offer.file = module;
  return *module;
}

void Loader::ensure_core() {
  if (core_tried_) return;
  core_tried_ = true;
  for (const fs::path& file : core_candidates()) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) continue;
    try {
      return add(file);
    } catch (const Error& refusal) {
      add_problem(file, refusal.status(), refusal.what());
    }
  }
}

void Loader::ensure_searched() {
  if (searched_) return;
  searched_ = true;
  std::vector<fs::path> dirs = given_dirs_;
  for (const fs::path& dir : plugin_dirs()) dirs.push_back(dir);
  ScanCache cache(rescan_);
  std::set<fs::path> seen;
  for (const auto& open : files_) seen.insert(open->path());
  for (const fs::path& dir : dirs) {
    std::vector<PluginFile> found;
    try {
      found = plugin_files(dir);
    } catch (const Error& error) {
      add_problem(dir, error.status(), error.what());
    }
    for (const PluginFile& given : found) {
      if (!given.fault.empty()) {
        add_problem(given.path, BURIN_E_INVALID,
                    "The module " + given.path.string() + " was refused: " + given.fault +
                        "; expected is a shared object.");
        continue;
      }
      const fs::path file = real_path(given.path);
      const auto stamp = stamp_of(file);
      if (stamp && seen.insert(file).second) add_record(record_of(*stamp, cache));
    }
  }
  cache.save();
}

Offer* Loader::choose(const std::string& role, const std::string& name) const {
  const auto fits = [&](const auto& offer) {
    return role == offer->descriptor->role && answers_to(offer->descriptor->id, name);
  };
  const auto found = std::find_if(offers_.begin(), offers_.end(), fits);
  return found == offers_.end() ? nullptr : found->get();
}

Offer& Loader::wanted(const std::string& role, const std::string& name) {
  Offer* offer = choose(role, name);
  if (!offer && role == BURIN_ENGINE_ID) {
    ensure_core();
    offer = choose(role, name);
  }
  if (!offer) {
    ensure_searched();
    offer = choose(role, name);
  }
  if (!offer) nothing_for(role, name);
  return *offer;
}

Loader::Served Loader::find(const std::string& role, const std::string& name) {
  const std::lock_guard lock(mutex_);
  Offer& offer = wanted(role, name);
  return {opened(offer).interface(host_, offer.descriptor->id),
          offer.data_dir.empty() ? nullptr : offer.data_dir.c_str()};
}

Loader::Extension Loader::extension(const std::string& role, const std::string& name,
                                    const char* extension) {
  const std::lock_guard lock(mutex_);
  Offer& offer = wanted(role, name);
  const char* id = offer.descriptor->id;
  return {opened(offer).extension(host_, id, extension), id};
}

void Loader::nothing_for(const std::string& role, const std::string& name) const {
  std::string ids;
  for (const auto& offer : offers_) {
    if (role == offer->descriptor->role)
      ids += (ids.empty() ? "" : ", ") + std::string(offer->descriptor->id);
  }
  std::string text = name.empty() ? "There is no module for the role " + role
                                  : "There is no module '" + name + "' for the role " + role;
  if (!ids.empty()) {
    text += "; there are: " + ids + ".";
  } else {
    text += "; looked for in:";
    std::vector<fs::path> places =
        role == BURIN_ENGINE_ID ? core_candidates() : std::vector<fs::path>();
    places.insert(places.end(), given_dirs_.begin(), given_dirs_.end());
    for (const fs::path& dir : plugin_dirs()) places.push_back(dir);
    for (const fs::path& place : places) text += " " + place.string();
    text += ".";
  }
  for (const auto& problem : problems_) text += " " + problem->sentence;
  throw Error(BURIN_E_NOT_FOUND, text);
}

std::vector<const Offer*> Loader::offers(const std::string& role) {
  const std::lock_guard lock(mutex_);
  if (role == BURIN_ENGINE_ID) ensure_core();
  ensure_searched();
  std::vector<const Offer*> all;
  for (const auto& offer : offers_) {
    if (role.empty() || role == offer->descriptor->role) all.push_back(offer.get());
  }
  return all;
}

std::vector<const Problem*> Loader::problems() {
  const std::lock_guard lock(mutex_);
  ensure_searched();
  std::vector<const Problem*> all;
  for (const auto& problem : problems_) all.push_back(problem.get());
  return all;
}

void Loader::log(burin_log_severity severity, const char* text) const noexcept {
  if (log_ && text && severity >= log_api_.least) log_(ctx_, severity, text);
}

const void* Loader::get_interface(const burin_host* host, const char* id) {
  const auto& self = *static_cast<const Loader*>(host->ctx);
  if (id == nullptr) return nullptr;
  if (std::strcmp(id, BURIN_LOG_ID) == 0) return &self.log_api_;
  if (std::strcmp(id, BURIN_MODULES_ID) == 0) return &self.modules_api_;
  if (std::strcmp(id, BURIN_MEMORY_ID) == 0) return &host_memory();
  if (self.read_image_ && std::strcmp(id, BURIN_IMAGE_READER_ID) == 0) {
    return &self.image_reader_api_;
  }
  return nullptr;
}

void Loader::set_error(const burin_host*, const char* utf8) { remember_error(utf8); }

void Loader::write_log(const burin_host* host, burin_log_severity severity, const char* text) {
  static_cast<const Loader*>(host->ctx)->log(severity, text);
}

burin_status Loader::read_image(const burin_host* host, const char* path, burin_tensor* out) {
  if (path == nullptr || out == nullptr) {
    remember_error("The image reader was called without a path or without a place for the image.");
    return BURIN_E_INVALID;
  }
  const auto& self = *static_cast<const Loader*>(host->ctx);
  return self.read_image_(self.ctx_, path, out);
}

const void* Loader::find_module(const burin_host* host, const char* role, const char* name,
                                const char** data_dir) {
  const void* found = nullptr;
  remembering([&] {
    if (role == nullptr) throw Error(BURIN_E_INVALID, "No role was given to look for.");
    const Served served = static_cast<Loader*>(host->ctx)->find(role, name ? name : "");
    found = served.interface;
    if (data_dir) *data_dir = served.data_dir;
  });
  return found;
}

const void* Loader::find_extension(const burin_host* host, const char* role, const char* name,
                                   const char* extension, const char** id) {
  Extension found = {};
  remember_error(nullptr);
  remembering([&] {
    if (role == nullptr || extension == nullptr) {
      throw Error(BURIN_E_INVALID, "No role or no extension was given to look for.");
    }
    found = static_cast<Loader*>(host->ctx)->extension(role, name ? name : "", extension);
    if (id) *id = found.id;
  });
  return found.interface;
}

size_t Loader::count_modules(const burin_host* host, const char* role) {
  size_t count = 0;
  remembering([&] { count = static_cast<Loader*>(host->ctx)->offers(role ? role : "").size(); });
  return count;
}

const burin_descriptor* Loader::module_descriptor(const burin_host* host, const char* role,
                                                  size_t index) {
  const burin_descriptor* descriptor = nullptr;
  remembering([&] {
    const auto offers = static_cast<Loader*>(host->ctx)->offers(role ? role : "");
    if (index < offers.size()) descriptor = offers[index]->descriptor;
  });
  return descriptor;
}

}  // namespace burin::sdk
