// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the command line said.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "burin/cpp/engine.hpp"

namespace burin::host {

enum class Command { detail, plan, detect, segs, info, plugins, doctor, serve, print };

enum class ServeAction { serve, background, status, release_memory, stop, stdio };

struct ServeOptions {
  ServeAction action = ServeAction::serve;
  std::string socket;  ///< "": where programs look for it
  double unload_after_min = 10, exit_after_min = 30;
  bool start = true;  ///< stdio: start a worker where none runs
  int ready_fd = -1;  ///< told when the socket accepts; -1: none
};

struct Options {
  Command command = Command::print;
  std::string text;  ///< print: help or version

  std::optional<std::filesystem::path> input, job_file;
  /// The flags that are keys of a job, in its shape; paths are absolute.
  nlohmann::json patch = nlohmann::json::object();
  bool in_place = false;

  std::optional<std::filesystem::path> segs_output, preview;       ///< detect
  std::optional<std::filesystem::path> mask_output, masks_folder;  ///< segs
  std::array<std::int32_t, 2> picture_size{};  ///< segs; 0, 0: what the file says
  std::optional<std::string> model;            ///< info

  sdk::EngineOptions engine;
  /// Where the engine runs: an address of burin_worker_options, "" for the usual one; none: here.
  std::optional<std::string> worker;
  ServeOptions serve;
  /// Whether models and other inputs that the job names are another machine's.
  bool is_remote() const { return worker && worker->starts_with("ssh:"); }
  bool json = false, timing = false, quiet = false;
  bool rescan = false;                ///< plugins: look at all modules again
  std::optional<std::string> plugin;  ///< plugins: tell of this one alone
  int verbosity = 0;
};

/// Reads the arguments. Throws Failure (usage) with a sentence for anything that is no proper
/// command line. Opens no module.
Options read_command_line(int argc, const char* const* argv);

/// "4G", "512M", "1.5g", "1000000" in bytes (powers of 1024). Throws Failure (usage).
std::uint64_t read_size(const std::string& text);

/// "1920x1080": width and height from 1 to 1000000. Throws Failure (usage).
std::array<std::int32_t, 2> read_picture_size(const std::string& text);

/// "1,3,5-7". Throws Failure (usage).
std::vector<std::int64_t> read_ids(const std::string& text);

}  // namespace burin::host
