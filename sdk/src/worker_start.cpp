// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Between fork and exec only what POSIX allows there: hosts have threads.
#include "worker_start.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "burin/cpp/error.hpp"
#include "child_process.hpp"

extern char** environ;

namespace burin::sdk {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 8> scrubbed = {
    "LD_LIBRARY_PATH=", "LD_PRELOAD=", "PYTHONHOME=", "PYTHONPATH=",
    "QT_PLUGIN_PATH=",  "APPDIR=",     "APPIMAGE=",   "GIO_MODULE_DIR="};

fs::path library_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&start_worker), &info) == 0) return {};
  std::error_code error;
  return fs::canonical(info.dli_fname, error).parent_path();
}

std::vector<fs::path> programs_in_path() {
  const char* path = std::getenv("PATH");
  const std::string list = path ? path : "";
  std::vector<fs::path> programs;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) programs.push_back(fs::path(list.substr(begin, end - begin)) / "burin");
    begin = end + 1;
  }
  return programs;
}

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

// In the grandchild: nothing of the host stays but the pipe, as descriptor 3.
[[noreturn]] void become(char* const* arguments, char* const* environment, int ready) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < 32; ++number) sigaction(number, &usual, nullptr);
  const int nothing = open("/dev/null", O_RDWR);
  for (int descriptor = 0; descriptor < 3; ++descriptor) dup2(nothing, descriptor);
  // dup2 to itself would keep close-on-exec.
  if (ready == 3)
    fcntl(ready, F_SETFD, 0);
  else
    dup2(ready, 3);
  if (close_range(4, ~0u, 0) != 0) {
    for (int descriptor = 4; descriptor < 65536; ++descriptor) close(descriptor);
  }
  if (chdir("/") != 0) _exit(127);
  execve(arguments[0], arguments, environment);
  const int reason = errno;
  const char* text = strerrordesc_np(reason);
  if (text != nullptr) [[maybe_unused]]
    const auto written = write(3, text, std::strlen(text));
  _exit(127);
}

// What the started process says until it closes the pipe or the time is over.
std::string answer_of(int pipe, double timeout_s, bool& in_time) {
  std::string answer;
  timespec start = {};
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (;;) {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double left = timeout_s - static_cast<double>(now.tv_sec - start.tv_sec) -
                        1e-9 * static_cast<double>(now.tv_nsec - start.tv_nsec);
    pollfd entry = {pipe, POLLIN, 0};
    in_time = left > 0;
    if (!in_time) return answer;
    if (poll(&entry, 1, static_cast<int>(left * 1000) + 1) <= 0) continue;
    char text[1024];
    const ssize_t came = read(pipe, text, sizeof text);
    if (came < 0 && errno == EINTR) continue;
    if (came <= 0) return answer;
    answer.append(text, static_cast<std::size_t>(came));
  }
}

}  // namespace

std::vector<char*> clean_environment() {
  std::vector<char*> clean;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool keep = true;
    for (const auto name : scrubbed) keep = keep && !text.starts_with(name);
    if (keep) clean.push_back(*entry);
  }
  clean.push_back(nullptr);
  return clean;
}

std::string find_program(const std::string& wanted) {
  std::vector<fs::path> tried;
  const char* named = std::getenv("BURIN_PROGRAM");
  if (!wanted.empty()) {
    tried = {wanted};
  } else if (named != nullptr && *named != '\0') {
    tried = {named};
  } else {
    fs::path folder = library_folder();
    for (int up = 0; up < 3 && folder.has_relative_path(); ++up) {
      folder = folder.parent_path();
      tried.push_back(folder / "bin/burin");
    }
    for (const fs::path& each : programs_in_path()) tried.push_back(each);
  }
  for (const fs::path& path : tried) {
    if (is_program(path)) return fs::absolute(path).lexically_normal().string();
  }
  std::string places;
  for (const fs::path& path : tried) places += " " + path.string();
  throw Error(BURIN_E_NOT_FOUND,
              "The program burin, which serves the engine, was not found; tried:" + places + ".");
}

void start_worker(const StartOptions& options) {
  std::vector<std::string> arguments = {
      options.program,  "serve",
      "--socket",       options.socket,
      "--unload-after", std::to_string(options.unload_after_s / 60),
      "--exit-after",   std::to_string(options.exit_after_s / 60),
      "--ready-fd",     "3"};
  const std::vector<char*> argv = pointers_to(arguments), environment = clean_environment();
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0)
    throw Error(BURIN_E_IO, std::string("The worker cannot be started: no pipe: ") +
                                std::strerror(errno) + ".");
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    const pid_t worker = fork();
    if (worker == 0) become(argv.data(), environment.data(), ready[1]);
    _exit(worker < 0 ? 1 : 0);
  }
  close(ready[1]);
  if (child > 0) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  bool in_time = true;
  const std::string answer =
      child > 0 ? answer_of(ready[0], options.timeout_s, in_time) : std::strerror(errno);
  close(ready[0]);
  if (answer == "ready") return;
  if (!in_time)
    throw Error(BURIN_E_IO, "The worker " + options.program +
                                " was started but did not answer in " +
                                std::to_string(static_cast<int>(options.timeout_s)) + " s.");
  throw Error(BURIN_E_IO, "The worker " + options.program + " could not be started: " +
                              (answer.empty() ? "it ended at once." : answer));
}

std::vector<std::string> ssh_arguments(const std::string& address,
                                       const std::vector<std::string>& arguments) {
  constexpr std::string_view scheme = "ssh://";
  std::string host = address.substr(std::min(scheme.size(), address.size()));
  std::string program = "burin", port;
  if (const auto slash = host.find('/'); slash != std::string::npos) {
    if (slash + 1 < host.size()) program = host.substr(slash);
    host.resize(slash);
  }
  const auto colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  const auto only = [](const std::string& text, std::string_view others) {
    for (const char c : text)
      if (!std::isalnum(static_cast<unsigned char>(c)) && others.find(c) == std::string_view::npos)
        return false;
    return !text.empty();
  };
  const bool numbered = port.find_first_not_of("0123456789") == std::string::npos && !port.empty();
  const bool plain = only(host, "@.-_[]:%") && host.front() != '-' && only(program, "/._-+@") &&
                     (colon == std::string::npos || numbered);
  if (!address.starts_with(scheme) || !plain)
    throw Error(BURIN_E_INVALID, "The worker's address is '" + address +
                                     "'; expected ssh://[user@]host[:port][/path/of/burin].");
  std::vector<std::string> all = {"ssh", "-T"};
  if (!port.empty()) all.insert(all.end(), {"-p", port});
  all.insert(all.end(), {"--", host, program});
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

SshChild start_ssh(const std::string& address, bool may_start) {
  std::vector<std::string> command = {"serve", "--stdio"};
  if (!may_start) command.push_back("--no-start");
  std::vector<std::string> arguments = ssh_arguments(address, command);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(BURIN_E_IO,
                std::string("ssh cannot be started: no socket: ") + std::strerror(errno) + ".");
  FileActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], 0);
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], 1);
  SshChild child;
  const int failed = posix_spawnp(&child.pid, "ssh", actions.get(), nullptr,
                                  pointers_to(arguments).data(), environ);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    throw Error(BURIN_E_NOT_FOUND,
                std::string("The program ssh cannot be started: ") + std::strerror(failed) + ".");
  }
  child.descriptor = ends[0];
  return child;
}

}  // namespace burin::sdk
