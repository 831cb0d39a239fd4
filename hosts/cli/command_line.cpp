// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The sub-commands and their flags, by CLI11.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/job_flags.hpp"
#include "cli/options.hpp"

namespace burin::host {

namespace {

void add_job_flags(CLI::App& app, std::span<const JobFlag> flags, nlohmann::json& patch) {
  for (const JobFlag& flag : flags) {
    CLI::Option* option = nullptr;
    if (flag.value == FlagValue::yes || flag.value == FlagValue::no) {
      option = app.add_flag_callback(
          flag.names, [&patch, &flag] { put_flag(patch, flag, ""); }, flag.help);
    } else if (is_repeated(flag.value)) {
      option = app.add_option_function<std::vector<std::string>>(
          flag.names,
          [&patch, &flag](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) put_flag(patch, flag, text);
          },
          flag.help);
      option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
      option->type_name(flag.value == FlagValue::lora      ? "FILE[:M[:C]]"
                        : flag.value == FlagValue::control ? "FILE[:S]"
                        : flag.value == FlagValue::folder  ? "FOLDER"
                                                           : "NAME=VALUE");
    } else {
      option = app.add_option_function<std::string>(
          flag.names, [&patch, &flag](const std::string& text) { put_flag(patch, flag, text); },
          flag.help);
      const char* shown = flag.value == FlagValue::whole    ? "N"
                          : flag.value == FlagValue::number ? "X"
                          : flag.value == FlagValue::path   ? "FILE"
                                                            : "TEXT";
      option->type_name(shown);
    }
    option->group(flag.group);
  }
}

void add_path(CLI::App& app, const std::string& name, std::optional<std::filesystem::path>& path,
              const std::string& help) {
  app.add_option_function<std::string>(
         name,
         [&path, name](const std::string& text) {
           if (text.empty()) {
             throw Failure(ExitCode::usage, name + " is empty; expected a path.");
           }
           path = std::filesystem::absolute(text).lexically_normal();
         },
         help)
      ->type_name("FILE");
}

void add_path_text(CLI::App& app, const std::string& name, std::string& path,
                   const std::string& help) {
  app.add_option_function<std::string>(
         name,
         [&path](const std::string& text) {
           path = std::filesystem::absolute(text).lexically_normal().string();
         },
         help)
      ->type_name("FILE");
}

void add_common(CLI::App& app, Options& options) {
  const char* group = "Program";
  app.add_flag("-v,--verbose", options.verbosity, "say more; twice: much more")->group(group);
  app.add_flag("-q,--quiet", options.quiet, "say nothing but errors")->group(group);
}

void add_engine(CLI::App& app, Options& options) {
  const char* group = "Machine";
  app.add_option("--device", options.engine.device, "auto, cpu, cuda or cuda:1 [auto]")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--dtype", options.engine.dtype, "auto, f32, bf16 or f16 [auto]")
      ->type_name("TEXT")
      ->group(group);
  app.add_option_function<std::string>(
         "--memory",
         [&options](const std::string& text) { options.engine.memory_bytes = read_size(text); },
         "budget such as 4G [half of what is free]")
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--threads", options.engine.threads, "processor threads [one a core]")
      ->type_name("N")
      ->check(CLI::Range(0, 4096))
      ->group(group);
}

void add_worker(CLI::App& app, Options& options) {
  app.add_flag_function(
         "--worker", [&options](std::int64_t) { options.worker.emplace(); },
         "use the engine of burin serve, which is started if need be; --worker ssh://host[/burin] "
         "or --worker=SOCKET for another one")
      ->group("Machine");
}

void add_redraw(CLI::App& app, Options& options) {
  add_path(app, "IN", options.input, "the picture: PNG, JPEG, TIFF, WebP or OpenEXR");
  add_job_flags(app, detection_flags(), options.patch);
  add_job_flags(app, choice_flags(), options.patch);
  add_job_flags(app, redraw_flags(), options.patch);
  add_path(app, "--job", options.job_file, "job file (JSON); flags override its keys");
  app.add_flag("--json", options.json, "print the plan as JSON");
  add_engine(app, options);
  add_worker(app, options);
  add_common(app, options);
}

void add_serve(CLI::App& serve, Options& options) {
  ServeOptions& to = options.serve;
  const auto action = [&](const char* name, ServeAction chosen, const char* help) {
    return serve.add_flag_callback(
        name, [&to, chosen] { to.action = chosen; }, help);
  };
  const std::array actions = {
      action("--status", ServeAction::status, "say what the running worker does (--json: as JSON)"),
      action("--stop", ServeAction::stop, "end the running worker"),
      action("--release-memory", ServeAction::release_memory,
             "make the running worker drop its models"),
      action("--background", ServeAction::background,
             "start a worker where none runs, and print its socket"),
      action("--stdio", ServeAction::stdio, "speak the protocol over stdin and stdout, for ssh")};
  for (CLI::Option* one : actions)
    for (CLI::Option* other : actions)
      if (one != other) one->excludes(other);
  serve.add_flag_callback(
      "--no-start", [&to] { to.start = false; }, "with --stdio: start no worker");
  add_path_text(serve, "--socket", to.socket, "the worker's socket [$XDG_RUNTIME_DIR/burin/...]");
  const auto minutes = [&](const char* name, double& value, const char* help) {
    serve.add_option(name, value, help)->type_name("MIN")->check(CLI::Range(1e-4, 1e6));
  };
  minutes("--unload-after", to.unload_after_min,
          "drop the models after so many minutes without a job [10]");
  minutes("--exit-after", to.exit_after_min, "end after so many minutes without a client [30]");
  serve.add_option("--ready-fd", to.ready_fd)->check(CLI::Range(3, 1024))->group("");
  serve.add_flag("--json", options.json, "with --status: print JSON");
  add_common(serve, options);
}

// CLI11 has no flag whose value is optional and may stand apart.
std::vector<std::string> take_worker(int argc, const char* const* argv, Options& options) {
  std::vector<std::string> rest;
  const std::string name = "--worker";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") {
      rest.insert(rest.end(), argv + i, argv + argc);
      break;
    }
    if (argument.starts_with(name + "=")) {
      options.worker = argument.substr(name.size() + 1);
    } else if (argument == name) {
      options.worker.emplace();
      if (i + 1 < argc && std::string_view(argv[i + 1]).starts_with("ssh://"))
        options.worker = argv[++i];
    } else {
      rest.push_back(argument);
    }
  }
  std::reverse(rest.begin(), rest.end());  // as CLI11 takes them
  return rest;
}

std::optional<std::string> worker_of_environment() {
  const char* value = std::getenv("BURIN_WORKER");
  const std::string text = value ? value : "";
  if (text.empty() || text == "0") return std::nullopt;
  return text == "1" ? std::string() : text;
}

}  // namespace

Options read_command_line(int argc, const char* const* argv) {
  Options options;
  CLI::App app("Burin redraws faces, or any selection, in detail with a diffusion model.", "burin");
  app.require_subcommand(0, 1);
  app.footer("burin COMMAND --help explains a command; man burin has examples and exit codes.");
  bool version = false, plan_only = false;
  app.add_flag("--version", version, "print the version");
  add_worker(app, options);
  options.worker = worker_of_environment();

  CLI::App* detail = app.add_subcommand("detail", "redraw the faces of a picture");
  add_redraw(*detail, options);
  detail->add_flag("--plan", plan_only, "print what would be done, and do nothing");
  detail->add_flag("--in-place", options.in_place, "replace IN itself")->group("Results");
  detail->add_flag("--timing", options.timing, "print how long each stage took")->group("Program");

  CLI::App* plan = app.add_subcommand("plan", "print what detail would do (detail --plan)");
  add_redraw(*plan, options);

  CLI::App* detect = app.add_subcommand("detect", "find faces and number them");
  add_path(*detect, "IN", options.input, "the picture");
  add_job_flags(*detect, detection_flags(), options.patch);
  add_job_flags(*detect, choice_flags(), options.patch);
  add_path(*detect, "--job", options.job_file, "job file (JSON); flags override its keys");
  add_path(*detect, "-o,--output", options.segs_output, "SEGS file (JSON), for detail --segs");
  add_path(*detect, "--preview", options.preview, "the picture with numbered boxes");
  detect->add_flag("--json", options.json, "print the SEGS file instead of a table");
  add_engine(*detect, options);
  add_worker(*detect, options);
  add_common(*detect, options);

  CLI::App* segs = app.add_subcommand("segs", "change, choose and convert what was found");
  add_path(*segs, "IN", options.input, "a SEGS file (.json), or the picture of a mask");
  add_job_flags(*segs, choice_flags(), options.patch);
  add_path(*segs, "--job", options.job_file, "job file (JSON); flags override its keys");
  add_path(*segs, "-o,--output", options.segs_output, "SEGS file (JSON)");
  add_path(*segs, "--mask-output", options.mask_output, "all of them as one mask, a picture");
  add_path(*segs, "--masks-dir", options.masks_folder,
           "folder that gets a mask for each, seg-N.png");
  segs->add_option_function<std::string>(
          "--size",
          [&options](const std::string& text) { options.picture_size = read_picture_size(text); },
          "the picture's size, where no file says it")
      ->type_name("WxH");
  segs->add_flag("--json", options.json, "print the SEGS file instead of a table");
  add_worker(*segs, options);
  add_common(*segs, options);

  CLI::App* info = app.add_subcommand("info", "tell what a model file is");
  info->add_option_function<std::string>(
          "MODEL", [&options](const std::string& text) { options.model = text; },
          "a .safetensors file [the built-in face model]")
      ->type_name("FILE");
  info->add_flag("--json", options.json, "print JSON");
  add_worker(*info, options);
  add_common(*info, options);

  CLI::App* plugins = app.add_subcommand("plugins", "list the modules that are installed");
  plugins
      ->add_option_function<std::string>(
          "ID", [&options](const std::string& text) { options.plugin = text; },
          "tell of this one, with its parameters")
      ->type_name("NAME");
  plugins->add_flag("--json", options.json, "print JSON");
  plugins->add_flag("--rescan", options.rescan, "look at all of them again, whatever is kept");
  add_common(*plugins, options);

  CLI::App* doctor =
      app.add_subcommand("doctor", "say what works here: engine, device, editors' plug-ins");
  doctor->add_flag("--json", options.json, "print JSON");
  add_common(*doctor, options);

  CLI::App* serve =
      app.add_subcommand("serve", "keep the engine and its models for other programs");
  add_serve(*serve, options);

  const auto help = [&](const CLI::App& of) {
    options.text = of.help();
    return options;
  };
  try {
    app.parse(take_worker(argc, argv, options));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return help(chosen.empty() ? app : *chosen.front());
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    if (!sentence.empty() && sentence.back() != '.') sentence += '.';
    throw Failure(ExitCode::usage, sentence + " See burin --help.");
  }
  if (version) {
    options.text = std::string("burin ") + burin_version() + "\n";
    return options;
  }
  if (*detail)
    options.command = plan_only ? Command::plan : Command::detail;
  else if (*plan)
    options.command = Command::plan;
  else if (*detect)
    options.command = Command::detect;
  else if (*segs)
    options.command = Command::segs;
  else if (*info)
    options.command = Command::info;
  else if (*plugins)
    options.command = Command::plugins;
  else if (*doctor)
    options.command = Command::doctor;
  else if (*serve)
    options.command = Command::serve;
  else
    throw Failure(ExitCode::usage, "No command is given. See burin --help.");
  return options;
}

std::uint64_t read_size(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  double factor = 0;
  if (unit.empty() || unit == "B")
    factor = 1;
  else if (unit == "K" || unit == "k")
    factor = 1024.0;
  else if (unit == "M" || unit == "m")
    factor = 1024.0 * 1024;
  else if (unit == "G" || unit == "g")
    factor = 1024.0 * 1024 * 1024;
  const double bytes = number * factor;
  if (error != std::errc() || !(bytes >= 1) || bytes > 1e18) {
    throw Failure(ExitCode::usage,
                  "--memory is '" + text + "'; expected a size such as 512M or 4G.");
  }
  return static_cast<std::uint64_t>(bytes);
}

std::array<std::int32_t, 2> read_picture_size(const std::string& text) {
  constexpr std::int32_t longest = 1000000;
  std::array<std::int32_t, 2> size{};
  const char* end = text.data() + text.size();
  const auto [x, first] = std::from_chars(text.data(), end, size[0]);
  const bool crossed = first == std::errc() && x != end && *x == 'x';
  const auto [rest, second] = crossed ? std::from_chars(x + 1, end, size[1])
                                      : std::from_chars_result{x, std::errc::invalid_argument};
  if (!crossed || second != std::errc() || rest != end || std::min(size[0], size[1]) < 1 ||
      std::max(size[0], size[1]) > longest) {
    throw Failure(ExitCode::usage,
                  "--size is '" + text + "'; expected width x height such as 1920x1080.");
  }
  return size;
}

std::vector<std::int64_t> read_ids(const std::string& text) {
  constexpr std::int64_t most = 100000;
  std::vector<std::int64_t> ids;
  const char *at = text.data(), *end = at + text.size();
  const auto number = [&] {
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value < 1 || value > most) {
      throw Failure(ExitCode::usage,
                    "--only is '" + text + "'; expected numbers from 1 on, such as 1,3 or 2-5.");
    }
    at = rest;
    return value;
  };
  do {
    const std::int64_t first = number();
    std::int64_t last = first;
    if (at != end && *at == '-') {
      ++at;
      last = number();
    }
    for (std::int64_t id = first; id <= last; ++id) ids.push_back(id);
    if (last < first || (at != end && *at != ',')) {
      throw Failure(ExitCode::usage,
                    "--only is '" + text + "'; expected numbers from 1 on, such as 1,3 or 2-5.");
    }
  } while (at++ != end);
  return ids;
}

}  // namespace burin::host
