// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// burin serve: the worker, and what is asked of a running one.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "burin/cpp/worker.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "wire/reply.hpp"
#include "worker/relay.hpp"
#include "worker/server.hpp"

namespace burin::host {

namespace {

sdk::Worker worker_of(const Options& options) {
  sdk::WorkerOptions wanted;
  wanted.address = options.serve.socket;
  wanted.start = options.serve.start;
  wanted.unload_after_s = options.serve.unload_after_min * 60;
  wanted.exit_after_s = options.serve.exit_after_min * 60;
  wanted.client = "burin serve";
  return sdk::Worker(std::move(wanted));
}

// Whoever started the worker waits for one word; a sentence instead says why there is none.
class Announcement {
 public:
  explicit Announcement(int descriptor) : descriptor_(descriptor) {
    if (descriptor_ >= 0) fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  }
  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;
  ~Announcement() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  void say(const std::string& text) {
    if (descriptor_ < 0) return;
    [[maybe_unused]] const auto written = write(descriptor_, text.data(), text.size());
    close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
};

// Rather this process than the editor whose picture is not saved.
void be_first_to_go() {
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w")) {
    std::fputs("500", file);
    std::fclose(file);
  }
}

ExitCode serve(const Options& options) {
  const bool started_by_client = options.serve.ready_fd >= 0;
  Announcement announcement(options.serve.ready_fd);
  try {
    const std::string path = worker_of(options).address();
    auto socket = ListeningSocket::open(path);
    if (!socket) {
      announcement.say("ready");
      if (started_by_client) return ExitCode::ok;
      throw Failure(ExitCode::internal,
                    "A worker serves " + path + " already; burin serve --stop ends it.");
    }
    if (started_by_client) {
      socket->log_to_file();
      be_first_to_go();
    }
    ServerOptions wanted;
    wanted.unload_after = std::chrono::duration<double>(options.serve.unload_after_min * 60);
    wanted.exit_after = std::chrono::duration<double>(options.serve.exit_after_min * 60);
    Server server(std::move(*socket), module_options(options), wanted);
    if (!started_by_client && !options.quiet) {
      std::printf("Serving at %s\n", path.c_str());
      std::fflush(stdout);
    }
    announcement.say("ready");
    // Its engine is in the middle of something that will not stop.
    if (!server.run()) _exit(static_cast<int>(ExitCode::ok));
    return ExitCode::ok;
  } catch (const std::exception& error) {
    announcement.say(error.what());
    throw;
  }
}

ExitCode say_status(const Options& options) {
  sdk::Worker worker = worker_of(options);
  const auto status = worker.status();
  if (!status) {
    if (options.json)
      std::puts("null");
    else
      std::printf("No worker runs at %s.\n", worker.address().c_str());
    return ExitCode::internal;
  }
  if (options.json) {
    const nlohmann::json json = {{"address", worker.address()},
                                 {"version", status->version},
                                 {"protocol", {status->protocol_major, status->protocol_minor}},
                                 {"pid", status->pid},
                                 {"uptime_s", status->uptime_s},
                                 {"idle_s", status->idle_s},
                                 {"memory_bytes", status->memory_bytes},
                                 {"peak_memory_bytes", status->peak_memory_bytes},
                                 {"clients", status->clients},
                                 {"jobs_running", status->jobs_running},
                                 {"jobs_waiting", status->jobs_waiting},
                                 {"jobs_done", status->jobs_done},
                                 {"models", status->models},
                                 {"device", status->device}};
    std::printf("%s\n", json.dump(2).c_str());
    return ExitCode::ok;
  }
  const auto mib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / (1024 * 1024); };
  std::printf("burin %s at %s, process %lld, up %.0f s, idle %.0f s\n", status->version.c_str(),
              worker.address().c_str(), static_cast<long long>(status->pid), status->uptime_s,
              status->idle_s);
  std::printf("model   %s\n", status->models.empty() ? "none in memory" : status->models.c_str());
  std::printf("memory  %.0f MiB, at most %.0f MiB so far\n", mib(status->memory_bytes),
              mib(status->peak_memory_bytes));
  std::printf("jobs    %u running, %u waiting, %llu done; %u clients\n", status->jobs_running,
              status->jobs_waiting, static_cast<unsigned long long>(status->jobs_done),
              status->clients);
  return ExitCode::ok;
}

// What goes wrong before the worker is reached is told in its own protocol: the other end of ssh
// reads nothing else.
ExitCode serve_stdio(const Options& options) {
  int socket = -1;
  try {
    socket = worker_of(options).dial();
  } catch (const sdk::Error& error) {
    const wire::Buffer frame = wire::error_message(error.status(), error.what()).pack();
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, frame.data(), frame.size());
    throw;
  }
  relay(STDIN_FILENO, STDOUT_FILENO, socket);
  close(socket);
  return ExitCode::ok;
}

}  // namespace

ExitCode run_serve(const Options& options) {
  switch (options.serve.action) {
    case ServeAction::status:
      return say_status(options);
    case ServeAction::release_memory:
      worker_of(options).release_memory();
      return ExitCode::ok;
    case ServeAction::stop:
      worker_of(options).stop();
      return ExitCode::ok;
    case ServeAction::background: {
      sdk::Worker worker = worker_of(options);
      worker.connect();
      std::printf("%s\n", worker.address().c_str());
      return ExitCode::ok;
    }
    case ServeAction::stdio:
      return serve_stdio(options);
    default:
      return serve(options);
  }
}

}  // namespace burin::host
