// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One poll loop; nothing in it waits for a client or for the engine.
#include "worker/server.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "wire/place.hpp"
#include "wire/reply.hpp"

namespace burin::host {

namespace {

constexpr auto patience_at_stop = std::chrono::seconds(8);

int signal_descriptor() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, number);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

std::uint64_t resident_bytes() {
  unsigned long long all = 0, resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%llu %llu", &all, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Log lines of a call also go to the client that made it.
sdk::ModuleSetOptions with_client_log(sdk::ModuleSetOptions options, Mailbox& mailbox) {
  options.least_severity = std::min<burin_log_severity>(options.least_severity, BURIN_LOG_INFO);
  options.log = [own = std::move(options.log), &mailbox](burin_log_severity severity,
                                                         std::string_view line) {
    if (own) own(severity, line);
    const Job* job = job_of_this_thread();
    if (job == nullptr || severity < BURIN_LOG_INFO) return;
    wire::Message message(wire::Type::log);
    message.integer(wire::Id::severity, severity).text(wire::Id::text, line);
    JobVoice(mailbox, job->connection).say(std::move(message));
  };
  return options;
}

Clock::duration ticks(std::chrono::duration<double> seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

}  // namespace

Server::Server(ListeningSocket socket, sdk::ModuleSetOptions modules, ServerOptions options)
    : socket_(std::move(socket)),
      options_(options),
      signals_(signal_descriptor()),
      modules_(with_client_log(std::move(modules), mailbox_)),
      jobs_(modules_, mailbox_, socket_.temporary_prefix(), ticks(options.unload_after)),
      desk_(modules_, mailbox_, socket_.temporary_prefix(), ticks(options.unload_after)) {}

Server::~Server() { close(signals_); }

bool Server::is_idle() const {
  return connections_.empty();  // a job goes with its connection
}

int Server::wait_ms() const {
  if (!is_idle()) return -1;
  const double left = options_.exit_after.count() - seconds_since(last_client_);
  return static_cast<int>(std::clamp(left * 1000 + 1, 0.0, 60000.0));
}

bool Server::run() {
  for (;;) {
    std::vector<pollfd> entries = {{socket_.descriptor(), POLLIN, 0},
                                   {signals_, POLLIN, 0},
                                   {mailbox_.descriptor(), POLLIN, 0}};
    std::vector<std::uint64_t> ids;
    for (const auto& [id, connection] : connections_) {
      const auto out = static_cast<short>(connection->wants_to_write() ? POLLOUT : 0);
      const auto in = static_cast<short>(connection->closing() ? 0 : POLLIN);
      entries.push_back({connection->descriptor(), static_cast<short>(in | out), 0});
      ids.push_back(id);
    }
    const int ready = poll(entries.data(), entries.size(), wait_ms());
    if (ready == 0 && is_idle() && seconds_since(last_client_) >= options_.exit_after.count())
      return stop();
    if (ready <= 0) continue;
    if (entries[1].revents != 0) return stop();
    if (entries[2].revents != 0) deliver();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const short came = entries[i + 3].revents;
      Connection& connection = *connections_.at(ids[i]);
      if (came & POLLOUT) connection.write();
      if (came & (POLLIN | POLLHUP | POLLERR))
        connection.read([&](wire::Frame frame) { take(ids[i], connection, std::move(frame)); });
    }
    if (stopping_) return stop();
    if (entries[0].revents != 0) accept_clients();
    drop_finished();
  }
}

void Server::accept_clients() {
  for (;;) {
    const int descriptor =
        accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    auto connection = std::make_unique<Connection>(descriptor);
    if (const long peer = wire::peer_of(descriptor); peer != static_cast<long>(geteuid()))
      connection->refuse({BURIN_E_INVALID, "This worker serves user " + std::to_string(geteuid()) +
                                               "; user " + std::to_string(peer) + " came."});
    else if (connections_.size() >= options_.most_clients)
      connection->refuse({BURIN_E_UNSUPPORTED, "The worker has " +
                                                   std::to_string(connections_.size()) +
                                                   " clients already, which is all it takes."});
    connections_.emplace(next_id_++, std::move(connection));
  }
}

void Server::deliver() {
  for (Post& post : mailbox_.take()) {
    const auto found = connections_.find(post.connection);
    if (found == connections_.end()) continue;
    if (post.last) found->second->job.reset();
    found->second->send(std::move(post.frame), post.droppable);
  }
}

void Server::drop_finished() {
  if (!connections_.empty()) last_client_ = Clock::now();
  for (auto it = connections_.begin(); it != connections_.end();) {
    Connection& connection = *it->second;
    const bool over = connection.is_over();
    if ((over || connection.closing()) && connection.job)
      thread_for(connection.job->request.type).cancel(std::exchange(connection.job, nullptr));
    it = over ? connections_.erase(it) : std::next(it);
  }
}

EngineThread& Server::thread_for(wire::Type type) {
  // What takes a moment need not wait for what takes minutes.
  switch (type) {
    case wire::Type::complete_job:
    case wire::Type::describe_model:
    case wire::Type::edit_segs:
    case wire::Type::segs_mask:
      return desk_;
    default:
      return jobs_;
  }
}

void Server::greet(Connection& connection, const wire::Frame& frame) {
  const wire::Hello hello = wire::read_hello(frame);
  if (hello.major != wire::protocol_major)
    throw sdk::Error(BURIN_E_UNSUPPORTED,
                     "The program speaks protocol " + std::to_string(hello.major) + "." +
                         std::to_string(hello.minor) + " of the worker and the worker, burin " +
                         burin_version() + ", speaks " + std::to_string(wire::protocol_major) +
                         "." + std::to_string(wire::protocol_minor) +
                         "; the first numbers must agree.");
  connection.greeted = true;
  connection.client = hello.program;
  connection.accept_large_frames();
  wire::Message welcome(wire::Type::welcome);
  welcome.integer(wire::Id::major, wire::protocol_major)
      .integer(wire::Id::minor, wire::protocol_minor)
      .text(wire::Id::version, burin_version())
      .integer(wire::Id::pid, getpid());
  connection.send(std::move(welcome));
}

wire::Message Server::state() const {
  const QueueState jobs = jobs_.state(), desk = desk_.state();
  wire::Message message(wire::Type::state);
  message.integer(wire::Id::major, wire::protocol_major)
      .integer(wire::Id::minor, wire::protocol_minor)
      .text(wire::Id::version, burin_version())
      .integer(wire::Id::pid, getpid())
      .real(wire::Id::uptime, seconds_since(start_))
      .real(wire::Id::idle, jobs.running ? 0 : seconds_since(jobs.last_end))
      .integer(wire::Id::memory_now, static_cast<std::int64_t>(resident_bytes()))
      .integer(wire::Id::memory_peak, static_cast<std::int64_t>(peak_bytes()))
      .integer(wire::Id::clients, static_cast<std::int64_t>(connections_.size()))
      .integer(wire::Id::running, jobs.running ? 1 : 0)
      .integer(wire::Id::waiting, static_cast<std::int64_t>(jobs.waiting))
      .integer(wire::Id::jobs_done, static_cast<std::int64_t>(jobs.done))
      .text(wire::Id::models, jobs.model)
      .text(wire::Id::device, jobs.device.empty() ? desk.device : jobs.device);
  return message;
}

void Server::ask(std::uint64_t id, Connection& connection, wire::Frame frame) {
  wire::Request request = wire::read_request(std::move(frame));
  switch (request.type) {
    case wire::Type::status:
      connection.send(state());
      return;
    case wire::Type::release_memory:
      jobs_.release_memory();
      desk_.release_memory();
      connection.send(wire::Message(wire::Type::done));
      return;
    case wire::Type::stop:
      stopping_ = true;
      connection.send(wire::Message(wire::Type::done));
      return;
    default:
      break;
  }
  auto job = std::make_shared<Job>();
  job->connection = id;
  job->request = std::move(request);
  connection.job = job;
  thread_for(job->request.type).add(job);
}

void Server::take(std::uint64_t id, Connection& connection, wire::Frame frame) {
  if (!connection.greeted) {
    greet(connection, frame);
    return;
  }
  if (frame.type == wire::Type::cancel) {
    // One that comes after the answer is late, not wrong.
    if (connection.job) thread_for(connection.job->request.type).cancel(connection.job);
    return;
  }
  if (connection.job)
    throw sdk::Error(BURIN_E_INVALID,
                     "A request came before the one before it was answered; expected a cancel or "
                     "nothing.");
  try {
    ask(id, connection, std::move(frame));
  } catch (const sdk::Error& error) {  // a whole message, so that the next one can be read
    connection.send(wire::error_message(error.status(), error.what()));
  }
}

bool Server::stop() {
  socket_.stop_listening();
  for (const auto& [id, connection] : connections_) {
    if (connection->job)
      connection->send(wire::error_message(BURIN_E_INTERNAL,
                                           "The worker was told to end before the job was done."));
  }
  const bool ended = jobs_.stop(patience_at_stop) && desk_.stop(patience_at_stop);
  // Before the clients hear the end: then the next worker may come.
  socket_.remove();
  return ended;
}

}  // namespace burin::host
