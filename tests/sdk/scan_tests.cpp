// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Modules are looked at in a process of their own, and what was found is kept.
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <iterator>

#include "burin/cpp/modules.hpp"
#include "burin/ext/memory.h"
#include "modules/variant.h"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;
namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

struct Scanning : Workspace {
  ScopedVariable seconds{"BURIN_SCAN_SECONDS", std::nullopt};

  fs::path cache() const { return folder / ".cache/burin/modules"; }

  sdk::ModuleSetOptions options() const {
    sdk::ModuleSetOptions o;
    o.plugin_dirs = {folder / "plugins"};
    return o;
  }
  /// The one problem of the folder "plugins" as a new process sees it.
  std::string problem() const {
    for (const auto& found : sdk::ModuleSet(options()).problems()) {
      if (found.file.parent_path() == folder / "plugins") return found.sentence;
    }
    return "";
  }
  bool finds(const char* id) const {
    for (const auto& found : sdk::ModuleSet(options()).list()) {
      if (found.id == id) return true;
    }
    return false;
  }
  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
};

struct Bad {
  const char* module;
  const char* reason;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.module; }

const std::vector<Bad> bad_modules = {
    {"scan_crash", "it crashed while it was looked at (signal 11"},
    {"scan_crash_counting", "(signal 11"},
    {"scan_abort", "(signal 6"},
    {"scan_exit", "exit status 42"},
    {"scan_hang", "did not answer within 1 s"},
    {"scan_overflow", "(signal 11"},
    {"scan_print", "wrote over the answer"},
    {"scan_silence", "wrote over the answer of the process that looked at it, or closed it"},
    {"wrong_major", "ABI 2.5 and this program 1.0"},
    {"null_descriptor", "descriptor 0 is NULL"}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scan, Scanning)

BOOST_DATA_TEST_CASE(a_bad_module_is_a_problem_and_the_others_are_used, data::make(bad_modules),
                     bad) {
  const ScopedVariable limit("BURIN_SCAN_SECONDS", "1");
  const fs::path file = place(bad.module, "plugins/a.burin");
  place("good", "plugins/b.burin");
  sdk::ModuleSet modules(options());
  BOOST_TEST(modules.find<test_role>(TEST_ROLE_ID, "good").api != nullptr);
  BOOST_TEST(contains(problem(), bad.reason), problem());
  BOOST_TEST(contains(problem(), file.string()), problem());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_library_or_half_of_one_is_a_problem) {
  write(folder / "plugins/words.burin", "just words");
  BOOST_TEST(contains(problem(), "cannot be loaded"), problem());
  fs::remove(folder / "plugins/words.burin");
  // Whatever the linker put behind the code, this ends before it.
  const std::string whole = read(module("good"));
  write(folder / "plugins/half.burin", whole.substr(0, 4096));
  BOOST_TEST(contains(problem(), "half.burin was refused"), problem());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_under_a_modules_name_is_a_problem) {
  const fs::path plugins = folder / "plugins";
  fs::create_directories(plugins / "folder.burin");
  fs::create_symlink("nowhere", plugins / "link.burin");
  fs::create_symlink("loop.burin", plugins / "loop.burin");
  BOOST_REQUIRE(mkfifo((plugins / "pipe.burin").c_str(), 0600) == 0);
  place("good", "plugins/z.burin");
  fs::create_symlink("z.burin", plugins / "y.burin");
  write(folder / "words", "no folder");
  const ScopedVariable path("BURIN_PLUGIN_PATH", (folder / "words").c_str());
  std::string all;
  for (const auto& found : sdk::ModuleSet(options()).problems()) all += found.sentence + "\n";
  for (const char* sentence :
       {"folder.burin was refused: it is a folder",
        "link.burin was refused: it is a link to nothing",
        "loop.burin was refused: it cannot be looked at", "pipe.burin was refused: it is a pipe",
        "words is not searched: Not a directory"}) {
    BOOST_TEST(contains(all, sentence), all);
  }
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 5, all);
  BOOST_TEST(finds("burin.test.good"));
}

BOOST_AUTO_TEST_CASE(a_library_for_another_machine_is_a_problem) {
  std::string other = read(module("good"));
  other[18] = '\x28';  // e_machine: 32-bit ARM
  write(folder / "plugins/arm.burin", other);
  BOOST_TEST(contains(problem(), "arm.burin was refused: it is made for another machine"),
             problem());
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_kept_waiting_by_what_a_module_started) {
  place("scan_lag", "plugins/a.burin");
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(contains(problem(), "0 descriptors"), problem());
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(4)));
}

BOOST_AUTO_TEST_CASE(a_scan_opens_no_module_in_this_process) {
  place("good", "plugins/good.burin");
  sdk::ModuleSet modules(options());
  const auto found = modules.list(TEST_ROLE_ID);
  BOOST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].name == "Good");
  BOOST_TEST(!contains(read("/proc/self/maps"), (folder / "plugins").string()));
  modules.find<test_role>(TEST_ROLE_ID, "good");
  BOOST_TEST(contains(read("/proc/self/maps"), (folder / "plugins").string()));
}

BOOST_AUTO_TEST_CASE(what_was_found_is_kept_until_the_file_changes) {
  const fs::path file = place("good", "plugins/a.burin");
  BOOST_TEST(finds("burin.test.good"));
  // What the cache says is believed as long as size and time are those of the file.
  std::string kept = read(cache());
  BOOST_TEST(contains(kept, "burin.test.good"));
  const auto mode = fs::status(cache()).permissions() & fs::perms::all;
  const bool ours_alone = mode == (fs::perms::owner_read | fs::perms::owner_write);
  BOOST_TEST(ours_alone);
  const std::string other = "burin.test.kept";
  kept.replace(kept.find("burin.test.good"), other.size(), other);
  write(cache(), kept);
  BOOST_TEST(finds("burin.test.kept"));
  // Its use is refused with a sentence: the module is not what was kept.
  sdk::ModuleSet modules(options());
  try {
    modules.find<test_role>(TEST_ROLE_ID, "kept");
    BOOST_ERROR("a module was used that is not there");
  } catch (const sdk::Error& error) {
    BOOST_TEST(contains(error.what(), "no longer offers 'burin.test.kept'"), error.what());
  }
  // Asked for by the program, or with another time, it is looked at again.
  auto again = options();
  again.rescan = true;
  BOOST_TEST(sdk::ModuleSet(again).list(TEST_ROLE_ID)[0].id == "burin.test.good");
  write(cache(), kept);
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
  BOOST_TEST(finds("burin.test.good"));
  // Another module under the same name.
  fs::remove(file);
  place("newer", "plugins/a.burin");
  BOOST_TEST(finds("burin.test.newer"));
  BOOST_TEST(!finds("burin.test.good"));
}

BOOST_AUTO_TEST_CASE(a_damaged_cache_is_ignored_and_written_anew) {
  place("good", "plugins/a.burin");
  BOOST_REQUIRE(finds("burin.test.good"));
  const std::string whole = read(cache());
  std::vector<std::string> damaged = {"", "nonsense\n", whole + "more\n", std::string(999, '\0')};
  for (size_t size : {size_t(5), whole.size() / 2, whole.size() - 1}) {
    damaged.push_back(whole.substr(0, size));
  }
  for (const char* part : {"burin modules 1", "descriptor\t1", "\tburin.test.good"}) {
    std::string wrong = whole;
    wrong.replace(wrong.find(part), std::string(part).size(), "\\x");
    damaged.push_back(wrong);
  }
  for (const std::string& text : damaged) {
    write(cache(), text);
    BOOST_TEST(finds("burin.test.good"));
    BOOST_TEST(read(cache()) == whole);
  }
  // A folder in its place: nothing is kept, everything works.
  fs::remove(cache());
  fs::create_directories(cache() / "in the way");
  BOOST_TEST(finds("burin.test.good"));
  BOOST_TEST(fs::is_directory(cache()));
}

BOOST_AUTO_TEST_CASE(a_crash_is_remembered_and_a_missing_library_is_not) {
  const fs::path file = place("scan_crash", "plugins/a.burin");
  BOOST_TEST(contains(problem(), "crashed"));
  BOOST_TEST(contains(read(cache()), "crashed"));
  BOOST_TEST(contains(problem(), "crashed"));
  fs::remove(file);
  write(file, "words");
  BOOST_TEST(contains(problem(), "cannot be loaded"));
  BOOST_TEST(!contains(read(cache()), "a.burin"));
}

BOOST_AUTO_TEST_CASE(two_modules_with_one_id_are_one_module_and_one_problem) {
  const fs::path first = place("good", "plugins/a.burin"),
                 second = place("twin", "plugins/b.burin");
  BOOST_TEST(contains(problem(), first.string() + " is used and " + second.string() + " is not"),
             problem());
  BOOST_TEST(finds("org.example.third"));
}

BOOST_AUTO_TEST_CASE(fifty_modules_take_less_than_a_tenth_of_a_second_from_the_cache) {
  const std::string good = read(module("good"));
  for (int i = 0; i < 50; ++i) {
    std::string copy = good;
    for (const std::string id : {"burin.test.good", "org.example.second"}) {
      const std::string number = std::to_string(100 + i);
      for (size_t at = copy.find(id); at != std::string::npos; at = copy.find(id, at + 1)) {
        copy.replace(at + id.size() - number.size(), number.size(), number);
      }
    }
    write(folder / "plugins" / (std::to_string(i) + ".burin"), copy);
  }
  const auto milliseconds = [&] {
    const auto start = std::chrono::steady_clock::now();
    const size_t found = sdk::ModuleSet(options()).list(TEST_ROLE_ID).size();
    BOOST_TEST(found == 100U);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
  };
  const double first = milliseconds();
  double kept = milliseconds();
  for (int i = 0; i < 4; ++i) kept = std::min(kept, milliseconds());
  BOOST_TEST_MESSAGE("50 modules: " << first << " ms, from the cache " << kept << " ms");
  BOOST_TEST(kept < 100);
}

BOOST_AUTO_TEST_CASE(the_host_gives_memory_and_tensors) {
  sdk::ModuleSet modules;
  const burin_host* host = modules.host();
  const auto* memory = static_cast<const burin_memory*>(host->get_interface(host, BURIN_MEMORY_ID));
  BOOST_REQUIRE(memory);
  void* got = nullptr;
  BOOST_REQUIRE(memory->allocate(host, {kDLCPU, 0}, 100, nullptr, &got) == BURIN_OK);
  BOOST_TEST(reinterpret_cast<uintptr_t>(got) % 64 == 0U);
  memory->release(host, {kDLCPU, 0}, got, nullptr);
  memory->release(host, {kDLCPU, 0}, nullptr, nullptr);
  void* const before = got = &got;
  BOOST_TEST(memory->allocate(host, {kDLCPU, 0}, 0, nullptr, &got) == BURIN_E_INVALID);
  BOOST_TEST(memory->allocate(host, {kDLCPU, 0}, SIZE_MAX, nullptr, &got) == BURIN_E_MEMORY);
  BOOST_TEST(memory->allocate(host, {kDLCUDA, 0}, 1, nullptr, &got) == BURIN_E_UNSUPPORTED);
  BOOST_TEST(got == before);

  burin_tensor made = {};
  const int64_t shape[] = {2, 3}, negative[] = {2, -1}, huge[] = {INT64_MAX, 3};
  const DLDataType f32 = {kDLFloat, 32, 1};
  BOOST_REQUIRE(memory->tensor(host, f32, 2, shape, &made) == BURIN_OK);
  BOOST_TEST((made.dl.shape[1] == 3 && made.dl.strides[0] == 3 && made.dl.strides[1] == 1));
  BOOST_TEST(static_cast<const float*>(made.dl.data)[5] == 0);
  made.release(&made);
  made.release(&made);
  BOOST_TEST(memory->tensor(host, f32, 2, negative, &made) == BURIN_E_INVALID);
  BOOST_TEST(memory->tensor(host, f32, 2, huge, &made) == BURIN_E_MEMORY);
  BOOST_TEST(memory->tensor(host, f32, 9, shape, &made) == BURIN_E_INVALID);
  BOOST_TEST(memory->tensor(host, {kDLUInt, 1, 1}, 2, shape, &made) == BURIN_E_INVALID);
  uint64_t bytes = 0;
  BOOST_TEST(memory->available(host, {kDLCPU, 0}, &bytes) == BURIN_OK);
  BOOST_TEST(bytes > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
