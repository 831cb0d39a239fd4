// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The program from end to end, with an engine that needs no model.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/crc.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "hosts/shared/pictures.hpp"
#include "shared/image_file.hpp"
#include "support/scoped_variable.hpp"
#include "support/scratch_folder.hpp"

using namespace burin::host;
using namespace burin::test;
using burin::sdk::PixelType;
using nlohmann::json;
using namespace std::string_literals;

namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

struct Program : ScratchFolder {
  std::filesystem::path picture = path / "in.png";

  Program() {
    setenv("BURIN_CORE_PATH", BURIN_FAKE_ENGINE, 1);
    write_image(burin::test::picture(noise(16, 12, 3, PixelType::u8), FileFormat::png), picture);
  }

  pid_t start(std::vector<std::string> arguments) const {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    arguments.insert(arguments.begin(), "burin");
    std::vector<char*> raw;
    for (auto& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    if (chdir(path.c_str()) != 0 || !freopen("out.txt", "w", stdout) ||
        !freopen("err.txt", "w", stderr))
      _exit(99);
    execv(BURIN_PROGRAM, raw.data());
    _exit(98);
  }

  Outcome finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                    text_of(path / "out.txt"), text_of(path / "err.txt")};
    std::filesystem::remove(path / "out.txt");
    std::filesystem::remove(path / "err.txt");
    return outcome;
  }

  // LeakSanitizer itself may crash while threads of OpenImageIO's pool end: then without it.
  Outcome run(const std::vector<std::string>& arguments) const {
    const Outcome outcome = finish(start(arguments));
    if (outcome.err.find("LeakSanitizer has encountered a fatal error") == std::string::npos)
      return outcome;
    const char* set = std::getenv("ASAN_OPTIONS");
    const ScopedVariable options("ASAN_OPTIONS", std::string(set ? set : "") + ":detect_leaks=0");
    return finish(start(arguments));
  }
};

// One sentence after "burin: ", one line.
bool is_one_sentence(const std::string& err) {
  return err.starts_with("burin: ") && err.ends_with(".\n") &&
         std::count(err.begin(), err.end(), '\n') == 1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program, Program)

BOOST_AUTO_TEST_CASE(changes_the_masked_pixels_and_no_others) {
  const Outcome outcome = run({"detail", "in.png", "-o", "out.png"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(outcome.err.empty(), outcome.err);
  BOOST_TEST(outcome.out.find("1 segment redrawn") != std::string::npos);
  const ImageFile before = read_image(picture), after = read_image(path / "out.png");
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 16; ++x) {
      const bool masked = x < 4 && y >= 1 && y < 5 && !(x == 0 && y == 1);
      const auto at = static_cast<size_t>((y * 16 + x) * 3);
      BOOST_TEST((masked ? after.pixels.bytes[at] == std::byte{255}
                         : after.pixels.bytes[at] == before.pixels.bytes[at]));
    }
  }
}

BOOST_AUTO_TEST_CASE(names_the_output_itself_when_none_is_given) {
  BOOST_TEST(run({"detail", "in.png"}).code == 0);
  BOOST_TEST(std::filesystem::exists(path / "in-burin.png"));
  BOOST_TEST(files_in(path) == 2u);
}

BOOST_AUTO_TEST_CASE(copies_byte_for_byte_when_nothing_is_found) {
  const Outcome outcome = run({"detail", "in.png", "-o", "out.png", "-p", "none"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(outcome.out.find("no faces were found") != std::string::npos);
  BOOST_TEST((bytes_of_file(path / "out.png") == bytes_of_file(picture)));
  const Outcome masked = run({"detail", "in.png", "-o", "b.png", "-p", "none", "--mask", "in.png"});
  BOOST_TEST(masked.out.find("nothing is selected") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(writes_layers_crops_and_timings) {
  const Outcome outcome =
      run({"detail", "in.png", "-p", "two", "--layers", "a.ora", "--segs-dir", "segs", "--timing"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(std::filesystem::exists(path / "a.ora"));
  BOOST_TEST(!std::filesystem::exists(path / "in-burin.png"));
  BOOST_TEST(std::filesystem::exists(path / "segs" / "seg_001.tif"));
  BOOST_TEST(json::parse(text_of(path / "segs" / "segs.json"))["segs"].size() == 2u);
  for (const char* line :
       {"read ", "sample        1.250 s", "total         2.500 s", "write ", "memory "}) {
    BOOST_TEST(outcome.out.find(line) != std::string::npos, line << " in " << outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(quiet_says_nothing) {
  const Outcome outcome = run({"detail", "in.png", "-q"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(outcome.out.empty());
  BOOST_TEST(outcome.err.empty());
}

BOOST_AUTO_TEST_CASE(failed_segments_give_seven_and_the_others_are_written) {
  const Outcome outcome = run({"detail", "in.png", "-o", "out.png", "-p", "fail one"});
  BOOST_TEST(outcome.code == 7);
  BOOST_TEST(outcome.err.find("asked to fail here") != std::string::npos);
  BOOST_TEST(std::filesystem::exists(path / "out.png"));
}

BOOST_AUTO_TEST_CASE(skipped_segments_are_no_failure) {
  const Outcome outcome = run({"detail", "in.png", "-o", "out.png", "-p", "skip"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(outcome.out.find("1 left as they were") != std::string::npos);
  BOOST_TEST(outcome.out.find("It is large enough already.") != std::string::npos);
  BOOST_TEST((bytes_of_file(path / "out.png") == bytes_of_file(picture)));
}

BOOST_AUTO_TEST_CASE(every_status_has_its_exit_code_and_writes_nothing) {
  const std::array<std::pair<int, int>, 10> table = {
      {{1, 2}, {2, 2}, {3, 2}, {4, 5}, {5, 6}, {6, 130}, {7, 1}, {8, 2}, {9, 4}, {10, 3}}};
  for (const auto& [status, code] : table) {
    BOOST_TEST_CONTEXT("status " << status) {
      const Outcome outcome = run({"detail", "in.png", "-p", "status " + std::to_string(status)});
      BOOST_TEST(outcome.code == code);
      BOOST_TEST(is_one_sentence(outcome.err), outcome.err);
      BOOST_TEST(files_in(path) == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(wrong_inputs_and_outputs_are_told_before_any_work) {
  put_file(path / "text.png", {'h', 'i'});
  put_file(path / "job.json", {'{'});
  const std::vector<std::pair<std::vector<std::string>, int>> table = {
      {{"detail", "missing.png"}, 3},
      {{"detail", "text.png"}, 3},
      {{"detail", "in.png", "-o", "in.png"}, 2},
      {{"detail", "in.png", "-o", "./in.png"}, 2},
      {{"detail", "in.png", "-o", "out.bmp"}, 2},
      {{"detail", "in.png", "-o", "no/out.png"}, 5},
      {{"detail", "in.png", "--layers", "a.png"}, 2},
      {{"detail", "in.png", "--mask", "missing.png"}, 3},
      {{"detail", "in.png", "--model", "missing.safetensors"}, 4},
      {{"detail", "in.png", "--segs", "missing.json"}, 2},
      {{"detail", "in.png", "--job", "job.json"}, 2},
      {{"detail", "in.png", "--job", "missing.json"}, 2},
      {{"detail"}, 2},
      {{"detail", "in.png", "--device", "cuda:9"}, 2},
      {{"detect", "in.png", "--preview", "in.png"}, 2},
      {{"info", "missing.safetensors"}, 4}};
  for (const auto& [arguments, code] : table) {
    BOOST_TEST_CONTEXT(arguments.front() << " " << arguments.back()) {
      const Outcome outcome = run(arguments);
      BOOST_TEST(outcome.code == code);
      BOOST_TEST(outcome.err.starts_with("burin: "), outcome.err);
      BOOST_TEST(files_in(path) == 3u);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_read_is_not_replaced) {
  for (const char* name : {"m.png", "m.safetensors", "job.json"}) put_file(path / name, {'{', '}'});
  std::filesystem::create_symlink("m.png", path / "link.png");
  const std::vector<std::vector<std::string>> table = {
      {"detail", "in.png", "--mask", "m.png", "-o", "m.png"},
      {"detail", "in.png", "--mask", "m.png", "-o", "link.png"},
      {"detail", "in.png", "--model", "m.safetensors", "-o", "x.png", "--trace", "m.safetensors"},
      {"detail", "in.png", "--job", "job.json", "-o", "x.png", "--trace", "job.json"},
      {"detail", "in.png", "-o", "x.png", "--trace", "x.png"},
      {"detect", "in.png", "--mask", "m.png", "-o", "m.png"},
      {"segs", "m.png", "--mask-output", "m.png"}};
  for (const auto& arguments : table) {
    const Outcome outcome = run(arguments);
    BOOST_TEST(outcome.code == 2);
    BOOST_TEST(is_one_sentence(outcome.err), outcome.err);
    BOOST_TEST(files_in(path) == 5u);
    BOOST_TEST(text_of(path / "m.png") == "{}");
  }
  put_file(path / "found.json", {'{', '}'});
  BOOST_TEST(run({"detect", "in.png", "--segs", "found.json", "-o", "found.json"}).code == 0);
}

BOOST_AUTO_TEST_CASE(nothing_that_is_read_lies_in_the_way_of_a_folder_of_results) {
  std::filesystem::create_directory(path / "segs");
  const auto crop = path / "segs" / "seg_000.tif", found = path / "segs" / "segs.json";
  write_image(burin::test::picture(noise(16, 12, 3, PixelType::u8), FileFormat::tiff), crop);
  put_file(found, {'{', '}'});
  const std::vector<char> before = bytes_of_file(crop);
  const std::vector<std::vector<std::string>> table = {
      {"detail", "segs/seg_000.tif", "-o", "x.png", "--segs-dir", "segs"},
      {"detail", "segs/seg_000.tif", "--in-place", "--segs-dir", "segs"},
      {"detail", "in.png", "-o", "x.png", "--segs", "segs/segs.json", "--segs-dir", "segs"}};
  for (const auto& arguments : table) {
    const Outcome outcome = run(arguments);
    BOOST_TEST(outcome.code == 2);
    BOOST_TEST(is_one_sentence(outcome.err), outcome.err);
    BOOST_TEST((bytes_of_file(crop) == before));
    BOOST_TEST(text_of(found) == "{}");
    BOOST_TEST(!std::filesystem::exists(path / "x.png"));
  }
  BOOST_TEST(run({"detail", "in.png", "-p", "two", "--segs-dir", "segs"}).code == 0);
  BOOST_TEST((bytes_of_file(crop) != before));
}

BOOST_AUTO_TEST_CASE(a_pipe_is_not_waited_for) {
  BOOST_REQUIRE(mkfifo((path / "pipe.json").c_str(), 0600) == 0);
  const std::vector<std::pair<const char*, int>> table = {
      {"--job", 2}, {"--segs", 2}, {"--mask", 3}, {"--model", 4}, {"--vae", 4}};
  for (const auto& [flag, code] : table) {
    const Outcome outcome = run({"detail", "in.png", flag, "pipe.json"});
    BOOST_TEST(outcome.code == code);
    BOOST_TEST(outcome.err.ends_with("pipe.json is not a file.\n"), outcome.err);
  }
  BOOST_TEST(run({"detail", "pipe.json"}).code == 3);
}

BOOST_AUTO_TEST_CASE(names_may_be_any_bytes) {
  const std::string latin1 = "caf\xe9.png", odd = "a\nb\x1b[31m.png";
  for (const std::string& name : {latin1, odd}) {
    std::filesystem::copy_file(picture, path / name);
    const Outcome outcome = run({"detail", name});
    BOOST_TEST(outcome.code == 0, outcome.err);
    BOOST_TEST(std::filesystem::exists(path / (name.substr(0, name.size() - 4) + "-burin.png")));
    BOOST_TEST(run({"detect", name, "--json"}).code == 0);
    BOOST_TEST(run({"plan", name}).code == 0);
  }
  const Outcome masked = run({"detail", "in.png", "--mask", latin1});
  BOOST_TEST(masked.code == 2);
  BOOST_TEST(masked.err.find("is not UTF-8; rename the file or link to it.") != std::string::npos,
             masked.err);
  const Outcome missing = run({"detail", "no\n\x1b[31m.png"});
  BOOST_TEST(missing.code == 3);
  BOOST_TEST(is_one_sentence(missing.err), missing.err);
  BOOST_TEST(missing.err.find("no\\n\\x1b[31m.png") != std::string::npos, missing.err);
}

BOOST_AUTO_TEST_CASE(what_a_format_cannot_hold_is_told_before_any_work) {
  write_image(burin::test::picture(noise(17000, 2, 3, PixelType::u8), FileFormat::png),
              path / "wide.png");
  const Outcome outcome = run({"detail", "wide.png", "-o", "out.webp", "-p", "crash"});
  BOOST_TEST(outcome.code == 2);
  BOOST_TEST(outcome.err.find("WebP holds at most 16383 pixels a side") != std::string::npos,
             outcome.err);
}

BOOST_AUTO_TEST_CASE(output_that_is_not_taken_is_an_error) {
  const std::string program = BURIN_PROGRAM " ";
  for (const char* arguments : {"--help", "info", "info --json"}) {
    const int state =
        std::system((program + arguments + " > /dev/full 2> " + (path / "err").string()).c_str());
    BOOST_TEST(WEXITSTATUS(state) == 5);
    BOOST_TEST(is_one_sentence(text_of(path / "err")), text_of(path / "err"));
  }
}

BOOST_AUTO_TEST_CASE(in_place_replaces_the_picture) {
  const auto before = bytes_of_file(picture);
  BOOST_TEST(run({"detail", "in.png", "--in-place"}).code == 0);
  BOOST_TEST((bytes_of_file(picture) != before));
  BOOST_TEST(files_in(path) == 1u);
}

BOOST_AUTO_TEST_CASE(in_place_keeps_an_animation_whole) {
  auto bytes = bytes_of_file(picture);
  const std::string control = "acTL\0\0\0\2\0\0\0\0"s;
  boost::crc_32_type crc;
  crc.process_bytes(control.data(), control.size());
  std::string chunk = "\0\0\0\x08"s + control;
  for (int shift = 24; shift >= 0; shift -= 8)
    chunk += static_cast<char>(crc.checksum() >> shift & 0xff);
  constexpr std::ptrdiff_t signature_and_header = 33;
  bytes.insert(bytes.begin() + signature_and_header, chunk.begin(), chunk.end());
  put_file(picture, bytes);
  const Outcome outcome = run({"detail", "in.png", "--in-place"});
  BOOST_TEST(outcome.code == 3);
  BOOST_TEST(outcome.err.find("--in-place would lose them") != std::string::npos, outcome.err);
  BOOST_TEST((bytes_of_file(picture) == bytes));
  BOOST_TEST(run({"detail", "in.png", "-o", "out.png"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_job_file_names_paths_from_its_own_folder) {
  std::filesystem::create_directory(path / "jobs");
  const std::string job =
      "{ \"burin_job\": 1, // note\n \"image\": \"../in.png\", \"output\": {\"image\": "
      "\"out.png\"} }";
  put_file(path / "jobs" / "job.json", {job.begin(), job.end()});
  BOOST_TEST(run({"detail", "--job", "jobs/job.json"}).code == 0);
  BOOST_TEST(std::filesystem::exists(path / "jobs" / "out.png"));
}

BOOST_AUTO_TEST_CASE(an_interrupt_cancels_and_writes_nothing) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t child = start({"detail", "in.png", "-p", "cancel", "-vv"});
    for (int i = 0; i < 3000 && text_of(path / "err.txt").find("sample") == std::string::npos;
         ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill(child, signal);
    const Outcome outcome = finish(child);
    BOOST_TEST(outcome.code == 130);
    BOOST_TEST(outcome.err.ends_with("\nburin: Cancelled; nothing was written.\n"), outcome.err);
    BOOST_TEST(files_in(path) == 1u);
  }
}

BOOST_AUTO_TEST_CASE(detect_writes_segs_and_a_preview) {
  const Outcome outcome = run({"detect", "in.png", "-p", "two"});
  BOOST_TEST(outcome.code == 2);
  const Outcome found = run({"detect", "in.png", "-o", "segs.json", "--preview", "preview.jpg"});
  BOOST_TEST(found.code == 0);
  BOOST_TEST(found.out.find("  1  face     0.90  4 x 4 at 0, 1") != std::string::npos, found.out);
  BOOST_TEST(json::parse(text_of(path / "segs.json"))["segs"].size() == 1u);
  BOOST_TEST(read_image(path / "preview.jpg").pixels.width == 16);
  const Outcome as_json = run({"detect", "in.png", "--json"});
  BOOST_TEST(json::parse(as_json.out)["burin_segs"] == 1);
}

BOOST_AUTO_TEST_CASE(plan_prints_and_does_nothing) {
  const Outcome outcome = run({"detail", "in.png", "--plan"});
  BOOST_TEST(outcome.code == 0);
  BOOST_TEST(
      outcome.out.find("-> 64 x 64, scale 16.000, seed 18446744073709551615") != std::string::npos,
      outcome.out);
  BOOST_TEST(json::parse(run({"plan", "in.png", "--json"}).out)["tasks"].size() == 1u);
  BOOST_TEST(files_in(path) == 1u);
}

BOOST_AUTO_TEST_CASE(info_and_plugins_tell_what_there_is) {
  BOOST_TEST(run({"info"}).out.find("family: fake") != std::string::npos);
  BOOST_TEST(json::parse(run({"info", "--json"}).out)["path"] == "built-in");
  BOOST_TEST(run({"plugins"}).code == 0);

  const std::filesystem::path bad = path / "bad";
  std::filesystem::create_directory(bad);
  std::ofstream(bad / "words.burin") << "just words";
  Outcome listed, as_json;
  {
    const ScopedVariable search("BURIN_PLUGIN_PATH", bad.string());
    listed = run({"plugins", "--rescan"});
    as_json = run({"plugins", "--json"});
  }
  BOOST_TEST(listed.code == 0);
  BOOST_TEST(listed.out.find("not used: " + (bad / "words.burin").string()) != std::string::npos);
  BOOST_TEST(listed.out.find("cannot be loaded") != std::string::npos);
  bool told = false;
  for (const json& entry : json::parse(as_json.out)) {
    told = told || entry["file"] == (bad / "words.burin").string();
    if (entry["problem"].is_null()) BOOST_TEST((entry["cuda"] == "no" || entry["cuda"] == "yes"));
  }
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(plugins_tells_of_one) {
  const Outcome nowhere = run({"plugins", "org.example.nowhere"});
  BOOST_TEST(nowhere.code == 2);
  BOOST_TEST(nowhere.err.find("There is no plug-in org.example.nowhere") != std::string::npos);
  bool any = false;
  for (const json& entry : json::parse(run({"plugins", "--json"}).out)) {
    if (!entry["problem"].is_null()) continue;
    const std::string id = entry["id"];
    const json one = json::parse(run({"plugins", id, "--json"}).out);
    BOOST_TEST(one["file"] == entry["file"]);
    const Outcome text = run({"plugins", id});
    BOOST_TEST((text.out.find(one["params"].empty() ? "No parameters." : "Parameters:") !=
                std::string::npos));
    for (const json& param : one["params"]) {
      BOOST_TEST(text.out.find("    " + param["id"].get<std::string>() + " ") != std::string::npos);
      BOOST_TEST(param.contains("minimum") ==
                 (param["type"] == "int" || param["type"] == "double"));
      BOOST_TEST(param.contains("choices") == (param["type"] == "choice"));
    }
    any = true;
  }
  BOOST_TEST(any);
}

BOOST_AUTO_TEST_CASE(help_and_version_open_no_engine) {
  const ScopedVariable core("BURIN_CORE_PATH", "/nonexistent/core.so");
  for (const char* argument : {"--help", "--version"}) {
    const Outcome outcome = run({argument});
    BOOST_TEST(outcome.code == 0);
    BOOST_TEST(!outcome.out.empty());
  }
  BOOST_TEST(run({"detail", "in.png"}).code != 0);
}

BOOST_AUTO_TEST_SUITE_END()
