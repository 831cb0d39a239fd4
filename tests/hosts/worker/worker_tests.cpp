// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The worker through its client, with an engine that needs no model.
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <list>
#include <mutex>
#include <set>

#include "hosts/worker/workplace.hpp"

using namespace burin;
using namespace burin::test;
using sdk::PixelType;

namespace {

std::vector<char> bytes_in(const DLTensor* tensor) {
  if (tensor == nullptr) return {};
  std::size_t size = tensor->dtype.bits / 8u;
  for (int d = 0; d < tensor->ndim; ++d) size *= static_cast<std::size_t>(tensor->shape[d]);
  const auto* from = static_cast<const char*>(tensor->data) + tensor->byte_offset;
  return {from, from + size};
}

void check_same_layer(const burin_layer& a, const burin_layer& b) {
  BOOST_TEST(a.status == b.status);
  BOOST_TEST(a.id == b.id);
  BOOST_TEST(a.x == b.x);
  BOOST_TEST(a.y == b.y);
  BOOST_TEST(std::string(a.name) == b.name);
  BOOST_TEST(std::string(a.message) == b.message);
  BOOST_TEST(std::string(a.job) == b.job);
  BOOST_TEST(a.drift_before == b.drift_before);
  BOOST_TEST(a.control_count == b.control_count);
  BOOST_TEST((bytes_in(a.pixels) == bytes_in(b.pixels)));
  BOOST_TEST((bytes_in(a.crop) == bytes_in(b.crop)));
  BOOST_TEST((bytes_in(a.mask) == bytes_in(b.mask)));
}

bool is_running(pid_t pid) { return kill(pid, 0) == 0; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker, Workplace)

BOOST_AUTO_TEST_CASE(results_are_those_of_the_engine_in_this_process) {
  sdk::Engine here = sdk::Engine::create(sdk::ModuleSet());
  sdk::Engine there = sdk::Worker().engine();
  for (const PixelType type : {PixelType::u8, PixelType::u16, PixelType::f16, PixelType::f32}) {
    for (const std::int64_t channels : {1, 2, 3, 4}) {
      BOOST_TEST_CONTEXT(channels << " channels of " << sdk::bytes_of(type) << " bytes") {
        // Rows that are longer than the picture is wide.
        auto wide = noise(20, 12, channels, type);
        const auto row = 20 * channels * static_cast<std::int64_t>(sdk::bytes_of(type));
        auto other = wide;
        sdk::TensorView a(wide.bytes.data(), type, 12, 16, channels, row);
        sdk::TensorView b(other.bytes.data(), type, 12, 16, channels, row);
        const std::string job = job_of("two"), icc = "profile";
        const auto first = here.detail(job, {}, {a.dl(), icc.data(), icc.size()});
        const auto second = there.detail(job, {}, {b.dl(), icc.data(), icc.size()});
        BOOST_TEST(first.report() == second.report());
        BOOST_REQUIRE(first.size() == second.size());
        for (size_t i = 0; i < first.size(); ++i) check_same_layer(first.layer(i), second.layer(i));
        first.flatten(*a.dl());
        second.flatten(*b.dl());
        BOOST_TEST((wide.bytes == other.bytes));
      }
    }
  }
  BOOST_TEST(here.complete_job(job_of("a")) == there.complete_job(job_of("a")));
  BOOST_TEST(here.describe_model("/m.safetensors") == there.describe_model("/m.safetensors"));
  BOOST_TEST(here.plan(job_of("two"), {}, image()) == there.plan(job_of("two"), {}, image()));
}

BOOST_AUTO_TEST_CASE(masks_come_to_the_file_that_was_named) {
  sdk::Engine engine = sdk::Worker().engine();
  const auto masks = path / "found.safetensors";
  engine.detect(job_of("two"), {}, image(), masks.string());
  BOOST_TEST(text_of(masks) == "masks");
  engine.detect(job_of("one"), {}, image(), (path / "none.safetensors").string());
  BOOST_TEST(!std::filesystem::exists(path / "none.safetensors"));
  const auto error = error_of(
      [&] { engine.detect(job_of("two"), {}, image(), (path / "no/folder.st").string()); });
  BOOST_TEST(error.status() == BURIN_E_IO, error.what());
  BOOST_TEST(files_in(path) == 2u);
}

BOOST_AUTO_TEST_CASE(segs_are_edited_without_a_picture) {
  sdk::Engine here = sdk::Engine::create(sdk::ModuleSet());
  sdk::Engine there = sdk::Worker().engine();
  const auto masks = path / "edited.safetensors";
  const std::string folder = path.string();
  BOOST_TEST(there.edit_segs(job_of("two"), folder, 40, 30, masks.string()) ==
             here.edit_segs(job_of("two"), folder, 40, 30));
  BOOST_TEST(text_of(masks) == "masks");
  BOOST_TEST(files_in(path) == 2u);  // and the worker's own folder
  const auto mask = there.segs_mask(job_of("one"), folder, 40, 30);
  BOOST_TEST((mask.bytes == here.segs_mask(job_of("one"), folder, 40, 30).bytes));
  BOOST_TEST(mask.width == 40);
  BOOST_TEST(mask.height == 30);
  BOOST_TEST(mask.channels == 1);
  BOOST_TEST(error_of([&] { there.segs_mask(job_of("status 2"), folder, 4, 4); }).status() == 2);
  // The size is the engine's to judge, unless it is none.
  BOOST_TEST(error_of([&] { there.edit_segs(job_of("one"), folder, -1, 4); }).status() ==
             BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(segs_do_not_wait_for_jobs_and_can_be_cancelled) {
  sdk::Worker worker;
  std::thread first([&] { worker.engine().detail(job_of("steps 100"), {}, image()); });
  BOOST_TEST(becomes([&] {
    const auto now = worker.status();
    return now && now->jobs_running == 1;
  }));
  sdk::Engine engine = worker.engine();
  engine.edit_segs(job_of("one"), {}, 4, 4);
  BOOST_TEST(status().jobs_running == 1u);
  int steps = 0;
  sdk::RunCallbacks callbacks;
  callbacks.progress = [&](const sdk::Progress&) { ++steps; };
  callbacks.cancelled = [&] { return steps > 2; };
  const auto error = error_of([&] { engine.edit_segs(job_of("cancel"), {}, 4, 4, {}, callbacks); });
  BOOST_TEST(error.status() == BURIN_E_CANCELLED);
  first.join();
}

BOOST_AUTO_TEST_CASE(relative_paths_start_in_the_folder_of_the_program) {
  const std::string segs = sdk::Worker().engine().detect(job_of("one"), {}, image());
  BOOST_TEST(nlohmann::json::parse(segs)["base_dir"] == std::filesystem::current_path().string());
}

BOOST_AUTO_TEST_CASE(errors_keep_their_status_and_sentence) {
  sdk::Engine engine = sdk::Worker().engine();
  for (const burin_status status : {1, 2, 3, 4, 5, 7, 8, 9, 10}) {
    const auto error =
        error_of([&] { engine.detail(job_of("status " + std::to_string(status)), {}, image()); });
    BOOST_TEST(error.status() == status);
    BOOST_TEST(std::string(error.what()) == "The fake engine was asked to fail.");
  }
  sdk::EngineOptions wrong;
  wrong.device = "cuda:9";
  sdk::Engine refused = sdk::Worker().engine(wrong);
  const auto error = error_of([&] { refused.detail(job_of("one"), {}, image()); });
  BOOST_TEST(error.status() == BURIN_E_UNSUPPORTED, error.what());
  const auto flat = noise(4, 4, 1, PixelType::u8);
  const sdk::TensorView grey(flat);
  DLTensor two = *grey.dl();
  two.ndim = 2;
  BOOST_TEST(error_of([&] { engine.detail(job_of("one"), {}, {&two}); }).status() == BURIN_E_IMAGE);
}

BOOST_AUTO_TEST_CASE(layers_and_previews_come_before_the_end) {
  sdk::Engine engine = sdk::Worker().engine();
  std::vector<std::int64_t> ids;
  int previews = 0, steps_after = 0;
  sdk::RunCallbacks callbacks;
  callbacks.layer_done = [&](const burin_layer& layer) { ids.push_back(layer.id); };
  callbacks.preview = [&](const burin_preview& preview) {
    ++previews;
    BOOST_TEST(preview.width == 4);
    BOOST_TEST(static_cast<const std::uint8_t*>(preview.pixels->data)[2] == 3);
  };
  callbacks.progress = [&](const sdk::Progress&) { steps_after += ids.size() == 2 ? 1 : 0; };
  const auto result = engine.detail(job_of("stream"), {}, image(), callbacks);
  BOOST_TEST((ids == std::vector<std::int64_t>{2, 1}));
  BOOST_TEST(previews == 1);
  BOOST_TEST(steps_after > 10);
  BOOST_REQUIRE(result.size() == 2u);
  BOOST_TEST(result.layer(0).id == 1);
  BOOST_TEST(result.layer(1).id == 2);
}

BOOST_AUTO_TEST_CASE(results_outlive_the_worker) {
  sdk::Engine engine = sdk::Worker().engine();
  const auto result = engine.detail(job_of("two"), {}, image());
  sdk::Worker().stop();
  result.flatten(*view.dl());
  BOOST_TEST((pixels.bytes[16 * 3 + 3] == std::byte{255}));
  auto small = noise(8, 8, 3, PixelType::u8);
  sdk::TensorView other(small);
  BOOST_TEST(error_of([&] { result.flatten(*other.dl()); }).status() == BURIN_E_IMAGE);
}

BOOST_AUTO_TEST_CASE(jobs_wait_in_the_order_they_came_and_say_so) {
  sdk::Worker worker;
  worker.connect();
  std::mutex mutex;
  std::vector<int> ended;
  std::set<std::string> said;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      sdk::RunCallbacks callbacks;
      callbacks.progress = [&](const sdk::Progress& progress) {
        const std::lock_guard lock(mutex);
        if (progress.stage == "queue") said.emplace(progress.text);
      };
      worker.engine().detail(job_of("steps 150"), {}, image(), callbacks);
      const std::lock_guard lock(mutex);
      ended.push_back(i);
    });
    BOOST_TEST(becomes([&] {
      const auto now = status();
      return now.jobs_running + now.jobs_waiting == static_cast<unsigned>(i + 1);
    }));
  }
  // What takes a moment does not wait for them.
  worker.engine().complete_job(job_of("quick"));
  BOOST_TEST(status().jobs_done < 4u);
  for (auto& client : clients) client.join();
  BOOST_TEST((ended == std::vector<int>{0, 1, 2, 3}));
  BOOST_TEST(said.contains("waiting for 1 other job"));
  BOOST_TEST(said.contains("waiting for 3 other jobs"));
  BOOST_TEST(status().jobs_done == 4u);
}

BOOST_AUTO_TEST_CASE(a_cancel_stops_the_job_and_keeps_the_worker) {
  sdk::Engine engine = sdk::Worker().engine();
  engine.detail(job_of("one"), {}, image());
  const pid_t before = pid();
  std::atomic<int> steps = 0;
  sdk::RunCallbacks callbacks;
  callbacks.progress = [&](const sdk::Progress&) { ++steps; };
  callbacks.cancelled = [&] { return steps > 3; };
  const auto error = error_of([&] { engine.detail(job_of("cancel"), {}, image(), callbacks); });
  BOOST_TEST(error.status() == BURIN_E_CANCELLED);
  BOOST_TEST(engine.detail(job_of("one"), {}, image()).size() == 1u);
  BOOST_TEST(pid() == before);
  BOOST_TEST(status().models == "built-in");
}

BOOST_AUTO_TEST_CASE(a_cancel_need_not_wait_for_a_job_that_does_not_heed_it) {
  sdk::Engine engine = sdk::Worker().engine();
  bool began = false;
  engine.complete_job(job_of("one"));  // starts the worker
  const auto error = error_of([&] {
    engine.detail(job_of("deaf 400"), {}, image(),
                  {[&] { return began; }, [&](const sdk::Progress&) { began = true; }});
  });
  BOOST_TEST(error.status() == BURIN_E_CANCELLED);
  BOOST_TEST(status().jobs_running == 1u);
  BOOST_TEST(engine.detail(job_of("one"), {}, image()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_waiting_job_is_cancelled_at_once) {
  sdk::Worker worker;
  std::thread first([&] { worker.engine().detail(job_of("steps 60"), {}, image()); });
  BOOST_TEST(becomes([&] {
    const auto now = worker.status();
    return now && now->jobs_running == 1;
  }));
  bool waiting = false;
  const auto error = error_of([&] {
    worker.engine().detail(
        job_of("one"), {}, image(),
        {[&] { return waiting; },
         [&](const sdk::Progress& progress) { waiting = progress.stage == "queue"; }});
  });
  BOOST_TEST(error.status() == BURIN_E_CANCELLED);
  BOOST_TEST(status().jobs_running == 1u);
  BOOST_TEST(status().jobs_waiting == 0u);
  first.join();
}

BOOST_AUTO_TEST_CASE(a_killed_client_cancels_its_job) {
  sdk::Worker().connect();
  const pid_t before = pid();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    RawClient raw(socket());
    raw.greet();
    wire::Message message(wire::Type::detail);
    message.text(wire::Id::job, job_of("cancel")).tensor(wire::Id::image, *view.dl());
    raw.send(std::move(message));
    raw.answer();
    _exit(0);
  }
  BOOST_TEST(becomes([&] { return status().jobs_running == 1; }));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  BOOST_TEST(becomes([&] { return status().jobs_running == 0; }, 1));
  BOOST_TEST(pid() == before);
  BOOST_TEST(status().clients == 1u);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_is_one_error_and_the_next_call_starts_another) {
  sdk::Engine engine = sdk::Worker().engine();
  engine.detail(job_of("one"), {}, image());
  const pid_t before = pid();
  const auto crash = error_of([&] { engine.detail(job_of("crash"), {}, image()); });
  BOOST_TEST(crash.status() == BURIN_E_INTERNAL);
  BOOST_TEST(std::string(crash.what()).starts_with("The worker ended before it was done"));
  BOOST_TEST(engine.detail(job_of("two"), {}, image()).size() == 2u);
  const pid_t after = pid();
  BOOST_TEST(after != before);
  // Between two calls nobody notices.
  kill(after, SIGKILL);
  BOOST_TEST(becomes([&] { return !sdk::Worker().status(); }));
  BOOST_TEST(engine.detail(job_of("two"), {}, image()).size() == 2u);
}

BOOST_AUTO_TEST_CASE(memory_that_runs_out_is_the_error_of_that_job) {
  sdk::Engine engine = sdk::Worker().engine();
  engine.detail(job_of("one"), {}, image());
  const pid_t before = pid();
  const auto error = error_of([&] { engine.detail(job_of("bad_alloc"), {}, image()); });
  BOOST_TEST(error.status() == BURIN_E_MEMORY);
  BOOST_TEST(engine.detail(job_of("one"), {}, image()).size() == 1u);
  BOOST_TEST(pid() == before);
}

BOOST_AUTO_TEST_CASE(models_leave_memory_and_an_idle_worker_ends) {
  sdk::WorkerOptions options;
  options.unload_after_s = 2;
  options.exit_after_s = 2;
  sdk::Worker worker(options);
  pid_t running = 0;
  {
    sdk::Engine engine = worker.engine();
    engine.detail(job_of("one"), {}, image());
    running = pid();
    BOOST_TEST(status().models == "built-in");
    BOOST_TEST(status().device == "auto");
    BOOST_TEST(becomes([] { return status().models.empty(); }));
    // As long as somebody is there, it stays.
    std::this_thread::sleep_for(2500ms);
    BOOST_TEST(pid() == running);
    BOOST_TEST(engine.detail(job_of("one"), {}, image()).size() == 1u);
    worker.release_memory();
    BOOST_TEST(becomes([] { return status().models.empty(); }));
  }
  BOOST_TEST(becomes([&] { return !is_running(running); }));
  BOOST_TEST(files_in(path / "burin") == 0u);
  BOOST_TEST(!worker.status().has_value());
}

BOOST_AUTO_TEST_CASE(a_signal_ends_it_and_tells_its_clients) {
  sdk::Engine engine = sdk::Worker().engine();
  engine.detail(job_of("one"), {}, image());
  const pid_t running = pid();
  bool sent = false;
  const auto error = error_of([&] {
    engine.detail(job_of("cancel"), {}, image(), {nullptr, [&](const sdk::Progress&) {
                                                    if (!sent) kill(running, SIGTERM);
                                                    sent = true;
                                                  }});
  });
  BOOST_TEST(error.status() == BURIN_E_INTERNAL);
  BOOST_TEST(std::string(error.what()) == "The worker was told to end before the job was done.");
  BOOST_TEST(becomes([&] { return !is_running(running); }));
  BOOST_TEST(files_in(path / "burin") == 0u);
}

BOOST_AUTO_TEST_CASE(many_that_start_one_at_once_share_it) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      sdk::Worker worker;
      good += worker.engine().detail(job_of("one"), {}, image()).size() == 1 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  BOOST_TEST(good == 6);
  BOOST_TEST(status().jobs_done == 6u);
}

BOOST_AUTO_TEST_CASE(what_a_killed_worker_left_is_taken_over) {
  sdk::Worker worker;
  worker.connect();
  kill(pid(), SIGKILL);
  BOOST_TEST(becomes([&] { return !worker.status(); }));
  BOOST_TEST(std::filesystem::exists(socket()));
  std::filesystem::create_directory(socket() + ".masks-abcdef");
  worker.connect();
  BOOST_TEST(!std::filesystem::exists(socket() + ".masks-abcdef"));
  worker.stop();
  BOOST_TEST(files_in(path / "burin") == 0u);
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_may_enter_is_refused) {
  std::filesystem::create_directory(path / "burin");
  chmod((path / "burin").c_str(), 0755);
  const auto open = error_of([] { sdk::Worker().connect(); });
  BOOST_TEST(open.status() == BURIN_E_INVALID);
  BOOST_TEST(std::string(open.what()).find("mode 0755") != std::string::npos, open.what());
  std::filesystem::remove(path / "burin");
  std::filesystem::create_directory(path / "real");
  std::filesystem::create_directory_symlink(path / "real", path / "burin");
  const auto link = error_of([] { sdk::Worker().connect(); });
  BOOST_TEST(std::string(link.what()).find("it is no folder") != std::string::npos, link.what());
  std::filesystem::remove(path / "burin");
  if (geteuid() != 0) return;
  std::filesystem::create_directory(path / "burin");
  chmod((path / "burin").c_str(), 0700);
  BOOST_REQUIRE(chown((path / "burin").c_str(), 65534, 65534) == 0);
  const auto other = error_of([] { sdk::Worker().connect(); });
  BOOST_TEST(std::string(other.what()).find("user 65534") != std::string::npos, other.what());
}

BOOST_AUTO_TEST_CASE(another_user_is_refused) {
  if (geteuid() != 0) {
    BOOST_TEST_MESSAGE("Only root can be somebody else.");
    return;
  }
  sdk::Worker().connect();
  BOOST_TEST(chmod(path.c_str(), 0755) == 0);
  BOOST_TEST(chmod((path / "burin").c_str(), 0755) == 0);
  BOOST_TEST(chmod(socket().c_str(), 0777) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(65534) != 0) _exit(2);
    RawClient raw(socket());
    const auto frame = raw.receive();
    const bool refused = frame && frame->type == wire::Type::error && !raw.receive();
    _exit(refused ? 0 : 1);
  }
  int state = 0;
  waitpid(child, &state, 0);
  BOOST_TEST(state == 0);
  chmod((path / "burin").c_str(), 0700);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_program_that_started_it_stays) {
  std::ofstream mine(path / "mine");
  {
    std::list<burin::test::ScopedVariable> of_host;
    for (const char* name : {"LD_LIBRARY_PATH", "PYTHONHOME", "QT_PLUGIN_PATH", "APPDIR"})
      of_host.emplace_back(name, "/nowhere");
    sdk::Worker().connect();
  }
  const std::string process = "/proc/" + std::to_string(pid());
  BOOST_TEST(text_of(process + "/environ").find("/nowhere") == std::string::npos);
  BOOST_TEST(std::filesystem::read_symlink(process + "/cwd") == "/");
  BOOST_TEST(getsid(pid()) != getsid(0));
  std::set<std::string> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    std::error_code gone;
    descriptors.insert(std::filesystem::read_symlink(entry, gone).string());
  }
  BOOST_TEST(!descriptors.contains((path / "mine").string()));
  BOOST_TEST(std::filesystem::read_symlink(process + "/fd/2") == socket() + ".log");
}

BOOST_AUTO_TEST_SUITE_END()
