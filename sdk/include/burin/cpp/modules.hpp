// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The modules of this machine, for programs that link libburin.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "burin/cpp/error.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/loader.h"

namespace burin::sdk {

/// Runs a call of the C ABI and throws Error with the sentence its module left.
template <typename Call>
void checked(Call&& call) {
  burin_set_last_error(nullptr);
  const burin_status status = call();
  if (status == BURIN_OK) return;
  const std::string text = burin_last_error();
  throw Error(status, text.empty() ? status_name(status) : text);
}

struct ModuleSetOptions {
  std::string name = "burin";             ///< of the program, as modules see it
  std::string version = burin_version();  ///< of the program
  std::vector<std::filesystem::path> plugin_dirs;
  std::function<void(burin_log_severity, std::string_view)> log;  ///< [any-thread]
  burin_log_severity least_severity = BURIN_LOG_INFO;
  /// Reads an image file as it is stored; throws Error (NOT_FOUND, IO, IMAGE). [any-thread]
  std::function<PixelBuffer(const std::string& path)> read_image;
  bool rescan = false;  ///< forget what earlier scans found
};

struct ModuleInfo {
  std::string id, role, name, version, vendor, licence, description;
  burin_cuda_use cuda = BURIN_CUDA_NO;
  std::filesystem::path file;
  std::optional<std::filesystem::path> data_dir;
};

/// See burin_module_problem.
struct ModuleProblem {
  std::filesystem::path file;
  burin_status status = BURIN_OK;
  std::string sentence;
};

/// An interface a module serves, with the folder of the module's data files.
template <typename Interface>
struct Found {
  const Interface* api = nullptr;
  std::optional<std::string> data_dir;
};

/// A burin_loader. Copies share it; it goes when the last copy and everything made from it have
/// gone. The end of the last copy is [host-thread], all else is [any-thread].
class ModuleSet {
 public:
  explicit ModuleSet(ModuleSetOptions options = {})
      : state_(std::make_shared<State>(std::move(options))) {}

  const burin_host* host() const noexcept { return burin_loader_host(state_->loader); }
  burin_loader* loader() const noexcept { return state_->loader; }

  /// As burin_loader_open.
  void open(const std::filesystem::path& file) {
    checked([&] { return burin_loader_open(state_->loader, file.c_str()); });
  }

  /// As burin_loader_find. Interface must be the struct that `role` names.
  template <typename Interface>
  Found<Interface> find(const char* role, const std::string& name = {}) const {
    const void* api = nullptr;
    const char* data_dir = nullptr;
    checked([&] { return burin_loader_find(state_->loader, role, name.c_str(), &api, &data_dir); });
    return {static_cast<const Interface*>(api),
            data_dir ? std::optional<std::string>(data_dir) : std::nullopt};
  }

  /// The modules that play `role` ("": any), first in precedence first.
  std::vector<ModuleInfo> list(const std::string& role = {}) const {
    const char* wanted = role.empty() ? nullptr : role.c_str();
    std::vector<ModuleInfo> modules(burin_loader_count(state_->loader, wanted));
    for (size_t i = 0; i < modules.size(); ++i) {
      burin_module_info info = {};
      info.struct_size = sizeof(info);
      checked([&] { return burin_loader_module(state_->loader, wanted, i, &info); });
      const auto text = [](const char* t) { return std::string(t ? t : ""); };
      const burin_descriptor& d = *info.descriptor;
      modules[i] = {d.id,           d.role,          text(d.name),        text(d.version),
                    text(d.vendor), text(d.licence), text(d.description), d.cuda,
                    info.file,      std::nullopt};
      if (info.data_dir) modules[i].data_dir = info.data_dir;
    }
    return modules;
  }

  /// What is wrong with files of the search path.
  std::vector<ModuleProblem> problems() const {
    std::vector<ModuleProblem> all(burin_loader_problem_count(state_->loader));
    for (size_t i = 0; i < all.size(); ++i) {
      burin_module_problem problem = {};
      problem.struct_size = sizeof(problem);
      checked([&] { return burin_loader_problem(state_->loader, i, &problem); });
      all[i] = {problem.file, problem.status, problem.sentence};
    }
    return all;
  }

 private:
  struct State {
    explicit State(ModuleSetOptions given) : options(std::move(given)) {
      std::vector<const char*> dirs;
      for (const auto& dir : options.plugin_dirs) dirs.push_back(dir.c_str());
      burin_loader_options c = {};
      c.struct_size = sizeof(c);
      c.name = options.name.c_str();
      c.version = options.version.c_str();
      c.plugin_dirs = dirs.data();
      c.plugin_dir_count = dirs.size();
      c.ctx = this;
      c.least_severity = options.least_severity;
      if (options.log) c.log = &State::log;
      if (options.read_image) c.read_image = &State::read_image;
      c.rescan = options.rescan;
      checked([&] { return burin_loader_create(&c, &loader); });
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { burin_loader_destroy(loader); }

    static void log(void* ctx, burin_log_severity severity, const char* text) {
      try {
        static_cast<State*>(ctx)->options.log(severity, text);
      } catch (...) {  // a log sink that fails must not stop the work it logs
      }
    }
    static burin_status read_image(void* ctx, const char* path, burin_tensor* out) {
      try {
        hand_over(static_cast<State*>(ctx)->options.read_image(path), *out);
        return BURIN_OK;
      } catch (const Error& error) {
        burin_set_last_error(error.what());
        return error.status();
      } catch (const std::bad_alloc&) {
        burin_set_last_error("There is not enough memory to read the image.");
        return BURIN_E_MEMORY;
      } catch (const std::exception& error) {
        burin_set_last_error(error.what());
        return BURIN_E_IO;
      } catch (...) {
        burin_set_last_error("The program's image reader threw something that is no exception.");
        return BURIN_E_INTERNAL;
      }
    }

    ModuleSetOptions options;
    burin_loader* loader = nullptr;
  };

  std::shared_ptr<State> state_;
};

}  // namespace burin::sdk
