// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// fork, a pipe for notes and the verdict, poll with a deadline, and what the process left behind.
#include "isolate.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>

// There when the program is built with AddressSanitizer, or with LeakSanitizer alone.
extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check();

namespace burin::check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = 16384;
constexpr std::size_t header_bytes = 1 + sizeof(std::uint32_t);
enum Kind : char { note_message = 'n', verdict_message = 'v' };

void write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(126);  // the checker has gone
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// One write for each message, so that threads of the module cannot come between.
void send(int fd, Kind kind, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message(1, kind);
  message.append(reinterpret_cast<const char*>(&size), sizeof size);
  message += text;
  write_all(fd, message.data(), message.size());
}

Verdict verdict_of(const std::function<void(const Note&)>& body, const Note& note) {
  try {
    body(note);
    return {};
  } catch (const Finding& finding) {
    return finding.verdict;
  } catch (const std::exception& error) {
    return {Result::fail, text_of("a C++ exception came out of the module: ", error.what())};
  } catch (...) {
    return {Result::fail, "something that is no std::exception was thrown out of the module"};
  }
}

[[noreturn]] void run_child(const std::function<void(const Note&)>& body, int to_parent, int output,
                            bool show_output) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (!show_output) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
  }
  Verdict verdict = verdict_of(
      body, [to_parent](const std::string& text) { send(to_parent, note_message, text); });
  std::fflush(nullptr);
  if (__lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0 &&
      verdict.result != Result::fail) {
    verdict = {Result::fail,
               "LeakSanitizer found memory that was never freed (--verbose shows where)"};
  }
  send(to_parent, verdict_message, static_cast<char>(verdict.result) + verdict.text);
  ::_exit(0);
}

std::string last_output(int output) {
  const off_t size = ::lseek(output, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(most_output));
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = ::pread(output, text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return text;
}

// The line of the output that says most about a crash: a sanitizer's or the run time's.
std::string last_words(const std::string& output) {
  for (const char* sign : {"ERROR: ", "runtime error: ", "what():", "terminate called"}) {
    const std::size_t at = output.find(sign);
    if (at == std::string::npos) continue;
    const std::size_t end = std::min(output.find('\n', at), output.size());
    return "; it said: " + output.substr(at, end - at);
  }
  return "";
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return text_of("the process died of SIG", name ? name : std::to_string(number));
  }
  return text_of("the process ended itself with exit code ", WEXITSTATUS(status));
}

// For how long the process was ready to run while others ran: a busy machine is not its fault.
std::chrono::nanoseconds waited(pid_t process) {
  double ran = 0, waited = 0;
  std::ifstream(text_of("/proc/", process, "/schedstat")) >> ran >> waited;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(waited));
}

class Reader {
 public:
  Reader(int fd, Outcome& outcome, const Note& heard) : fd_(fd), outcome_(outcome), heard_(heard) {}

  /// Until the verdict (true), the end of the pipe or the deadline (false, late() says which).
  bool read_until(Clock::time_point deadline) {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd polled = {fd_, POLLIN, 0};
      const int ready =
          ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) {
        late_ = true;
        return false;
      }
      char chunk[4096];
      const ssize_t got = ::read(fd_, chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      buffer_.append(chunk, static_cast<std::size_t>(got));
      if (take_messages()) return true;
    }
  }
  bool late() const { return late_; }
  void forget_lateness() { late_ = false; }

 private:
  bool take_messages() {
    while (buffer_.size() >= header_bytes) {
      std::uint32_t size = 0;
      std::memcpy(&size, buffer_.data() + 1, sizeof size);
      if (buffer_.size() < header_bytes + size) return false;
      const char kind = buffer_[0];
      const std::string text = buffer_.substr(header_bytes, size);
      buffer_.erase(0, header_bytes + size);
      if (kind == verdict_message && !text.empty()) {
        outcome_.verdict = {static_cast<Result>(text[0]), text.substr(1)};
        return true;
      }
      outcome_.last_note = text;
      if (heard_) heard_(text);
    }
    return false;
  }

  int fd_;
  Outcome& outcome_;
  const Note& heard_;
  std::string buffer_;
  bool late_ = false;
};

Outcome here(const std::function<void(const Note&)>& body, const Note& heard) {
  Outcome outcome;
  const auto begin = Clock::now();
  try {
    body([&](const std::string& text) {
      outcome.last_note = text;
      if (heard) heard(text);
    });
  } catch (const Finding& finding) {
    outcome.verdict = finding.verdict;
  }
  outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return outcome;
}

}  // namespace

Outcome isolated(const std::function<void(const Note&)>& body, const Isolation& how,
                 const Note& heard) {
  if (!how.own_process) return here(body, heard);
  Outcome outcome;
  int ends[2];
  const int output = ::memfd_create("burin-check", MFD_CLOEXEC);
  if (output < 0 || ::pipe(ends) != 0) fail("no process can be prepared: ", std::strerror(errno));
  std::fflush(nullptr);
  const auto begin = Clock::now();
  const pid_t child = ::fork();
  if (child < 0) fail("no process can be started: ", std::strerror(errno));
  if (child == 0) {
    ::close(ends[0]);
    run_child(body, ends[1], output, how.show_output);
  }
  ::setpgid(child, child);  // both sides do: whoever comes first
  ::close(ends[1]);

  Reader reader(ends[0], outcome, heard);
  const auto limit =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(how.limit_s));
  bool said = reader.read_until(begin + limit);
  while (reader.late() && Clock::now() < begin + limit + waited(child)) {
    reader.forget_lateness();
    said = reader.read_until(begin + limit + waited(child));
  }
  if (!said) ::kill(-child, reader.late() ? SIGKILL : 0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-child, SIGKILL);  // what the module may have started
  outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  outcome.output = last_output(output);
  ::close(ends[0]);
  ::close(output);
  if (said) return outcome;

  const std::string during = outcome.last_note.empty() ? "" : " (" + outcome.last_note + ")";
  if (reader.late()) {
    outcome.verdict = {Result::fail, text_of("it did not end within ", how.limit_s, " s", during)};
  } else {
    outcome.verdict = {Result::crash, end_of(status) + during + last_words(outcome.output)};
  }
  return outcome;
}

}  // namespace burin::check
