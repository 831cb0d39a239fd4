// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The worker under load: clients in this process and command lines, of which some cancel, while it
// is killed again and again. BURIN_TEST_LOAD=200: so many jobs, one kill for twenty of them [40];
// BURIN_TEST_ENGINE: an engine for BURIN_CORE_PATH instead of the one that needs no model.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <random>

#include "hosts/worker/workplace.hpp"

using namespace burin;
using namespace burin::test;
namespace fs = std::filesystem;

namespace {

constexpr int clients = 4, jobs_a_kill = 20;

struct Tally {
  std::atomic<int> over = 0, done = 0, cancelled = 0, lost = 0, wrong = 0;
  int sorted() const { return done + cancelled + lost + wrong; }
};

// What either engine takes: the fake one looks at the prompt, the others at the rest.
std::string job_for(bool cancel) {
  const nlohmann::json seg = {
      {"id", 1}, {"bbox", {16, 16, 48, 48}}, {"crop_region", {0, 0, 64, 64}}};
  return nlohmann::json{
      {"prompt", {{"positive", cancel ? "cancel" : "steps 2"}}},
      {"segs", {seg}},
      {"detailer",
       {{"steps", cancel ? 100 : 1}, {"guide_size", 64}, {"seed", 1}, {"force_inpaint", true}}}}
      .dump();
}

struct LoadedPlace : Workplace {
  fs::path home = path / "home", temporary = path / "tmp";
  burin::test::ScopedVariable folder{"TMPDIR", temporary.string()};
  sdk::PixelBuffer square = noise(64, 64, 3, sdk::PixelType::u8);

  LoadedPlace() {
    fs::create_directory(home);
    fs::create_directory(temporary);
    if (const char* engine = std::getenv("BURIN_TEST_ENGINE")) setenv("BURIN_CORE_PATH", engine, 1);
    write_image(burin::test::picture(square, host::FileFormat::png), path / "in.png");
    std::ofstream(path / "done.json") << job_for(false);
    std::ofstream(path / "cancel.json") << job_for(true);
  }

  std::vector<std::byte> flattened(const sdk::Result& result) const {
    sdk::PixelBuffer copy = square;
    sdk::TensorView view(copy);
    result.flatten(*view.dl());
    return copy.bytes;
  }

  pid_t start_program(const fs::path& output, bool cancel) const {
    std::vector<std::string> words = {
        BURIN_PROGRAM, "detail",
        "--worker",    (path / "in.png").string(),
        "--job",       (path / (cancel ? "cancel.json" : "done.json")).string(),
        "-o",          output.string()};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int descriptor : {1, 2})
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    BOOST_REQUIRE(posix_spawn(&pid, BURIN_PROGRAM, &actions, nullptr, arguments.data(), environ) ==
                  0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
};

int state_of(pid_t child) {
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return state;
}

// Jobs of a client in this process; a result counts as done where its pixels, asked for when the
// worker may be dead already, are `expected`.
void run_calls(const LoadedPlace& place, int jobs, unsigned seed,
               const std::vector<std::byte>& expected, Tally& tally) {
  sdk::Engine engine = sdk::Worker().engine();
  std::mt19937 random(seed);
  sdk::PixelBuffer pixels = place.square;
  const sdk::TensorView view(pixels);
  std::vector<sdk::Result> results;
  for (int i = 0; i < jobs; ++i) {
    const bool cancel = random() % 4 == 0;
    int steps = 0, early = 0;
    sdk::RunCallbacks callbacks;
    callbacks.cancelled = [&] { return cancel && steps > 1; };
    callbacks.progress = [&](const sdk::Progress&) { ++steps; };
    callbacks.layer_done = [&](const burin_layer& layer) { early += layer.pixels ? 1 : 0; };
    try {
      auto result = engine.detail(job_for(cancel), {}, {view.dl()}, callbacks);
      if (early == 1 && result.size() == 1)
        results.push_back(std::move(result));
      else
        ++tally.wrong;
    } catch (const sdk::Error& error) {
      (error.cancelled() ? tally.cancelled : tally.lost) += 1;
    }
    ++tally.over;
  }
  for (const auto& result : results)
    (place.flattened(result) == expected ? tally.done : tally.wrong) += 1;
}

// Jobs of the command line; it is done where it says so and the picture is `expected`, and without
// that there is no picture.
void run_programs(const LoadedPlace& place, int jobs, unsigned seed,
                  const std::vector<char>& expected, Tally& tally) {
  std::mt19937 random(seed);
  const fs::path output = place.home / (std::to_string(seed) + ".png");
  for (int i = 0; i < jobs; ++i) {
    const bool cancel = random() % 4 == 0;
    const pid_t child = place.start_program(output, cancel);
    if (cancel) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
      kill(child, SIGINT);
    }
    const int state = state_of(child);
    const bool interrupted = (WIFEXITED(state) && WEXITSTATUS(state) == 130) ||
                             (WIFSIGNALED(state) && WTERMSIG(state) == SIGINT);
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
      (bytes_of_file(output) == expected ? tally.done : tally.wrong) += 1;
    else if (fs::exists(output) || !(WIFEXITED(state) || interrupted))
      ++tally.wrong;
    else
      (interrupted ? tally.cancelled : tally.lost) += 1;
    fs::remove(output);
    ++tally.over;
  }
}

// Kills the worker while it has something to do, each time another share of the jobs is over.
int kill_workers(const Tally& tally, int jobs, const std::atomic<bool>& over) {
  const int kills = jobs / jobs_a_kill;
  int killed = 0;
  while (killed < kills && !over) {
    std::this_thread::sleep_for(2ms);
    if (tally.over < (killed + 1) * jobs / (kills + 1)) continue;
    try {
      const auto now = sdk::Worker().status();
      if (now && now->jobs_running > 0 && kill(static_cast<pid_t>(now->pid), SIGKILL) == 0)
        ++killed;
    } catch (const sdk::Error&) {  // it is just being killed
    }
  }
  return killed;
}

// Processes whose command line names that folder, and sockets in it.
std::vector<std::string> what_still_uses(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& process : fs::directory_iterator("/proc")) {
    const std::string pid = process.path().filename().string();
    if (pid.find_first_not_of("0123456789") != pid.npos || pid == std::to_string(getpid()))
      continue;
    if (text_of(process.path() / "cmdline").find(folder.string()) != std::string::npos)
      found.push_back("process " + pid);
  }
  std::ifstream sockets("/proc/net/unix");
  for (std::string line; std::getline(sockets, line);) {
    if (line.find(folder.string()) != line.npos) found.push_back(line);
  }
  return found;
}

auto open_files() { return std::distance(fs::directory_iterator("/proc/self/fd"), {}); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker_load, LoadedPlace)

BOOST_AUTO_TEST_CASE(no_result_is_lost_and_nothing_stays_behind) {
  const char* wanted = std::getenv("BURIN_TEST_LOAD");
  const int jobs = (wanted ? std::stoi(wanted) : 40) / clients * clients;
  const sdk::TensorView view(square);
  const auto expected = flattened(sdk::Worker().engine().detail(job_for(false), {}, {view.dl()}));
  BOOST_REQUIRE(expected != square.bytes);
  const auto files = open_files();
  BOOST_REQUIRE(state_of(start_program(home / "expected.png", false)) == 0);
  const auto expected_file = bytes_of_file(home / "expected.png");

  Tally tally;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (unsigned c = 0; c < clients; ++c)
    threads.emplace_back([&, c] {
      if (c % 2 == 0)
        run_calls(*this, jobs / clients, c, expected, tally);
      else
        run_programs(*this, jobs / clients, c, expected_file, tally);
    });
  int killed = 0;
  std::thread killer([&] { killed = kill_workers(tally, jobs, over); });
  for (auto& thread : threads) thread.join();
  over = true;
  killer.join();
  BOOST_TEST_MESSAGE(tally.done << " done, " << tally.cancelled << " cancelled, " << tally.lost
                                << " lost to " << killed << " kills");
  BOOST_TEST(tally.wrong == 0);
  BOOST_TEST(tally.sorted() == jobs);
  BOOST_TEST(tally.done > 0);
  BOOST_TEST(tally.cancelled > 0);
  BOOST_TEST(killed == jobs / jobs_a_kill);
  BOOST_TEST(tally.lost <= killed * clients);

  sdk::Worker().stop();
  BOOST_TEST(becomes([&] { return what_still_uses(path).empty(); }, 5));
  for (const auto& each : what_still_uses(path)) BOOST_ERROR(each);
  BOOST_TEST(files_in(path / "burin") == 0u);
  BOOST_TEST(files_in(temporary) == 0u);
  BOOST_TEST(files_in(home) == 1u);
  BOOST_TEST(open_files() == files);
  BOOST_TEST(waitpid(-1, nullptr, WNOHANG) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
