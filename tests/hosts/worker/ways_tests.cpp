// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Ways to a worker: none, ssh, the command line; and what it holds over many jobs.
#include <sys/stat.h>

#include <fstream>

#include "hosts/worker/workplace.hpp"

using namespace burin;
using namespace burin::test;
using sdk::PixelType;

BOOST_FIXTURE_TEST_SUITE(ways_to_a_worker, Workplace)

BOOST_AUTO_TEST_CASE(where_none_is_to_be_started_there_is_none) {
  sdk::WorkerOptions options;
  options.start = false;
  sdk::Worker worker(options);
  BOOST_TEST(error_of([&] { worker.connect(); }).status() == BURIN_E_NOT_FOUND);
  BOOST_TEST(!worker.status().has_value());
  worker.release_memory();
  worker.stop();
  options.start = true;
  options.program = "/nonexistent/burin";
  const auto missing = error_of([&] { sdk::Worker(options).connect(); });
  BOOST_TEST(missing.status() == BURIN_E_NOT_FOUND);
  options.program = "/bin/false";
  const auto failing = error_of([&] { sdk::Worker(options).connect(); });
  BOOST_TEST(failing.status() == BURIN_E_IO);
  BOOST_TEST(std::string(failing.what()).ends_with("it ended at once."), failing.what());
  for (const std::string address :
       {"relative", "/folder/", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://a:b",
        "ssh:a", "http://a", "ssh://a/bin/burin;rm"}) {
    options.address = address;
    BOOST_TEST(error_of([&] { sdk::Worker worker(options); }).status() == BURIN_E_INVALID, address);
  }
  options.address = "/" + std::string(200, 'a');
  BOOST_TEST(error_of([&] { sdk::Worker worker(options); }).status() == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(ssh_speaks_the_same_protocol) {
  std::filesystem::create_directory(path / "bin");
  const auto fake = path / "bin/ssh";
  // Runs what it would run over there, and notes its arguments.
  std::ofstream(fake) << "#!/bin/sh\necho \"$@\" >> " << (path / "calls").string()
                      << "\nwhile [ \"$1\" != -- ]; do shift; done\nshift 3\nexec " << BURIN_PROGRAM
                      << " \"$@\"\n";
  chmod(fake.c_str(), 0755);
  {
    const burin::test::ScopedVariable search{"PATH",
                                             (path / "bin").string() + ":" + std::getenv("PATH")};
    sdk::WorkerOptions options;
    options.address = "ssh://me@far.example:2222/opt/burin";
    sdk::Worker worker(options);
    BOOST_TEST(!worker.status().has_value());
    sdk::Engine engine = worker.engine();
    const auto result = engine.detail(job_of("two"), "/there", image());
    BOOST_TEST(result.size() == 2u);
    BOOST_TEST(nlohmann::json::parse(engine.detect(job_of("one"), "/there", image()))["base_dir"] ==
               "/there");
    BOOST_TEST(worker.status()->jobs_done == 2u);
    bool began = false;
    const auto error = error_of([&] {
      engine.detail(job_of("cancel"), {}, image(),
                    {[&] { return began; }, [&](const sdk::Progress&) { began = true; }});
    });
    BOOST_TEST(error.status() == BURIN_E_CANCELLED);
    BOOST_TEST(error_of([&] { worker.dial(); }).status() == BURIN_E_UNSUPPORTED);
    BOOST_TEST(error_of([&] { engine.detail(job_of("crash"), {}, image()); }).status() ==
               BURIN_E_INTERNAL);
    BOOST_TEST(engine.detail(job_of("one"), {}, image()).size() == 1u);
    worker.stop();
    BOOST_TEST(!sdk::Worker().status().has_value());
    BOOST_TEST(nlohmann::json::parse(worker.list_modules()).is_array());
  }
  BOOST_TEST(
      text_of(path / "calls")
          .starts_with("-T -p 2222 -- me@far.example /opt/burin serve --stdio --no-start\n"));
  BOOST_TEST(text_of(path / "calls")
                 .ends_with("-T -p 2222 -- me@far.example /opt/burin plugins --json\n"));
}

BOOST_AUTO_TEST_CASE(modules_are_listed_without_a_worker) {
  sdk::Worker worker;
  BOOST_TEST(nlohmann::json::parse(worker.list_modules()).is_array());
  const auto unknown = error_of([&] { worker.list_modules("no.such.module"); });
  BOOST_TEST(unknown.status() == BURIN_E_NOT_FOUND);
  BOOST_TEST(std::string(unknown.what()).starts_with("There is no plug-in no.such.module;"),
             unknown.what());
  for (const std::string id : {"a;b", "a b", "--rescan", "$x", "a/b"}) {
    BOOST_TEST(error_of([&] { worker.list_modules(id); }).status() == BURIN_E_INVALID, id);
  }
  BOOST_TEST(!worker.status().has_value());
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_list_modules_is_told_of) {
  const auto said = [&](const std::string& script, burin_status status) {
    sdk::WorkerOptions options;
    options.program = (path / "program").string();
    std::ofstream(options.program) << "#!/bin/sh\n" << script << "\n";
    chmod(options.program.c_str(), 0755);
    const auto error = error_of([&] { sdk::Worker(options).list_modules("a.module"); });
    BOOST_TEST(error.status() == status, script);
    return std::string(error.what());
  };
  BOOST_TEST(said("echo warning >&2; echo 'burin: Something is wrong.' >&2; exit 1", BURIN_E_IO) ==
             "Something is wrong.");
  BOOST_TEST(said("kill -SEGV $$", BURIN_E_IO).ends_with("it crashed."));
  BOOST_TEST(said("exit 3", BURIN_E_IO).ends_with("it ended with the status 3."));
  BOOST_TEST(
      said("head -c 20000000 /dev/zero", BURIN_E_IO).find("gave no answer of at most 16 MiB") !=
      std::string::npos);
  sdk::WorkerOptions options;
  options.program = "/nonexistent/burin";
  BOOST_TEST(error_of([&] { sdk::Worker(options).list_modules(); }).status() == BURIN_E_NOT_FOUND);
}

// What the host holds open stays with it.
BOOST_AUTO_TEST_CASE(the_program_gets_nothing_of_the_host) {
  sdk::WorkerOptions options;
  options.program = (path / "program").string();
  std::ofstream(options.program) << "#!/bin/sh\nls /proc/self/fd | wc -l\ncat\n"
                                    "echo \"$LD_PRELOAD$PYTHONPATH\"\n";
  chmod(options.program.c_str(), 0755);
  int held[2] = {};
  BOOST_TEST_REQUIRE(pipe(held) == 0);
  const burin::test::ScopedVariable of_host{"PYTHONPATH", "/of/the/host"};
  // stdin, stdout, stderr and the folder that ls reads.
  BOOST_TEST(sdk::Worker(options).list_modules() == "4\n\n");
  close(held[0]);
  close(held[1]);
}

BOOST_AUTO_TEST_CASE(the_command_line_uses_it) {
  write_image(burin::test::picture(pixels, host::FileFormat::png), path / "in.png");
  const auto run = [&](const std::string& arguments) {
    const int state = std::system(
        ("cd " + path.string() + " && " BURIN_PROGRAM " " + arguments + " > out.txt 2> err.txt")
            .c_str());
    return WEXITSTATUS(state);
  };
  BOOST_TEST(run("serve --status") == 1);
  BOOST_TEST(run("detail in.png -o here.png -p two") == 0);
  BOOST_TEST(!std::filesystem::exists(socket()));
  BOOST_TEST(run("detail --worker in.png -o there.png -p two --layers l.ora") == 0);
  BOOST_TEST((bytes_of_file(path / "here.png") == bytes_of_file(path / "there.png")));
  BOOST_TEST(run("--worker detect in.png -o segs.json") == 0);
  BOOST_TEST(run("detail in.png -p 'status 10' --worker=" + socket()) == 3);
  BOOST_TEST(run("serve --background") == 0);
  BOOST_TEST(text_of(path / "out.txt") == socket() + "\n");
  BOOST_TEST(run("serve") == 1);
  BOOST_TEST(text_of(path / "err.txt").find("serves " + socket() + " already") !=
             std::string::npos);
  std::ofstream(path / "found.json") << "{}";
  BOOST_TEST(run("--worker segs found.json --size 8x6 -o wider.json --mask-output m.png") == 0);
  BOOST_TEST(std::filesystem::exists(path / "wider.json"));
  BOOST_TEST(std::filesystem::exists(path / "m.png"));
  BOOST_TEST(run("serve --release-memory") == 0);
  BOOST_TEST(run("serve --status --json") == 0);
  BOOST_TEST(nlohmann::json::parse(text_of(path / "out.txt"))["pid"].get<int>() > 0);
  BOOST_TEST(run("serve --stop --status") == 2);
  BOOST_TEST(run("serve --stop") == 0);
  BOOST_TEST(!sdk::Worker().status().has_value());
  {
    const burin::test::ScopedVariable always{"BURIN_WORKER", "1"};
    BOOST_TEST(run("info") == 0);
  }
  BOOST_TEST(sdk::Worker().status().has_value());
}

BOOST_AUTO_TEST_CASE(log_lines_of_a_job_come_to_its_client) {
  std::vector<std::string> lines;
  sdk::ModuleSetOptions listening;
  listening.log = [&](burin_log_severity, std::string_view line) { lines.emplace_back(line); };
  sdk::WorkerOptions options;
  options.log_to = sdk::ModuleSet(listening);
  sdk::Worker(options).engine().detail(job_of("log"), {}, image());
  BOOST_TEST((lines == std::vector<std::string>{"A line of log."}));
  BOOST_TEST(text_of(socket() + ".log").find("A line of log.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_jobs) {
  auto large = noise(1024, 1024, 4, PixelType::f32);
  const sdk::TensorView big(large);
  sdk::Engine engine = sdk::Worker().engine();
  const auto run = [&](int jobs) {
    for (int i = 0; i < jobs; ++i) {
      engine.detail(job_of("two"), {}, {big.dl()});
      engine.segs_mask(job_of("one"), {}, 1024, 1024);
    }
    return status();
  };
  const auto before = run(20), after = run(80);
  BOOST_TEST(after.jobs_done - before.jobs_done == 80u);
  // One picture more, kept by each job, would be 16 MB.
  BOOST_TEST(after.memory_bytes < before.memory_bytes + (8u << 20));
  BOOST_TEST(after.peak_memory_bytes < before.peak_memory_bytes + (24u << 20));
}

BOOST_AUTO_TEST_SUITE_END()
