// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Finding, refusing and serving modules.
#include "burin/loader.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "burin/cpp/modules.hpp"
#include "burin/ext/image_reader.h"
#include "burin/ext/modules.h"
#include "burin/role/detector.h"
#include "burin/role/engine.h"
#include "modules/variant.h"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;
namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

struct Broken {
  const char* module;
  burin_status status;
  const char* reason;
};
std::ostream& operator<<(std::ostream& out, const Broken& broken) { return out << broken.module; }

const std::vector<Broken> broken_modules = {
    {"other_symbol", BURIN_E_INVALID, "no symbol burin_entry"},
    {"tiny_entry", BURIN_E_INVALID, "too short to name an ABI"},
    {"short_entry", BURIN_E_INVALID, "24 bytes"},
    {"no_deinit", BURIN_E_INVALID, "lacks a function"},
    {"no_descriptors", BURIN_E_INVALID, "0 descriptors"},
    {"many_descriptors", BURIN_E_INVALID, "4000000000 descriptors"},
    {"null_descriptor", BURIN_E_INVALID, "descriptor 0 is NULL"},
    {"bad_id", BURIN_E_INVALID, "'no dots here'"},
    {"repeated_id", BURIN_E_INVALID, "repeats the id 'burin.test.good'"},
    {"no_licence", BURIN_E_INVALID, "lacks a role, name, version or licence"}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(loader, Workspace)

BOOST_AUTO_TEST_CASE(refuses_another_abi_and_names_both_numbers) {
  sdk::ModuleSet modules;
  const auto [status, text] = refusal([&] { modules.open(module("wrong_major")); });
  BOOST_TEST(status == BURIN_E_UNSUPPORTED);
  BOOST_TEST(contains(text, "wrong_major.burin"));
  BOOST_TEST(contains(text, "ABI 2.5"));
  BOOST_TEST(contains(text, "this program 1.0"));
  BOOST_TEST(modules.list(TEST_ROLE_ID).empty());
}

BOOST_DATA_TEST_CASE(refuses_a_broken_module_and_says_why, data::make(broken_modules), broken) {
  sdk::ModuleSet modules;
  const auto [status, text] = refusal([&] { modules.open(module(broken.module)); });
  BOOST_TEST(status == broken.status);
  BOOST_TEST(contains(text, broken.reason), text);
  BOOST_TEST(contains(text, std::string(broken.module) + ".burin"), text);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_library) {
  sdk::ModuleSet modules;
  std::ofstream(folder / "text.burin") << "just words";
  std::ofstream(folder / "empty.burin").flush();
  fs::create_directory(folder / "folder.burin");
  for (const char* name : {"text.burin", "empty.burin"}) {
    const auto [status, text] = refusal([&] { modules.open(folder / name); });
    BOOST_TEST(status == BURIN_E_INVALID);
    BOOST_TEST(contains(text, "cannot be loaded"), text);
  }
  for (const char* name : {"folder.burin", "missing.burin"}) {
    const auto [status, text] = refusal([&] { modules.open(folder / name); });
    BOOST_TEST(status == BURIN_E_NOT_FOUND);
    BOOST_TEST(contains(text, name), text);
  }
}

BOOST_AUTO_TEST_CASE(takes_a_module_of_a_later_minor_revision) {
  sdk::ModuleSet modules;
  modules.open(module("newer"));
  BOOST_TEST(modules.find<test_role>(TEST_ROLE_ID, "newer").api != nullptr);
}

BOOST_AUTO_TEST_CASE(finds_by_whole_id_by_last_part_or_the_first) {
  sdk::ModuleSet modules;
  modules.open(module("good"));
  const auto id = [&](const std::string& name) {
    return std::string(modules.find<test_role>(TEST_ROLE_ID, name).api->id);
  };
  BOOST_TEST(id("burin.test.good") == "burin.test.good");
  BOOST_TEST(id("good") == "burin.test.good");
  BOOST_TEST(id("test.good") == "burin.test.good");
  BOOST_TEST(id("") == "burin.test.good");
  for (const char* wrong : {"ood", "goo", "burin", ".good", "burin.test.good.x", "GOOD"}) {
    const auto [status, text] = refusal([&] { id(wrong); });
    BOOST_TEST(status == BURIN_E_NOT_FOUND);
    BOOST_TEST(contains(text, std::string("'") + wrong + "'"), text);
    BOOST_TEST(contains(text, "burin.test.good, org.example.second"), text);
  }
}

BOOST_AUTO_TEST_CASE(says_where_it_looked_when_nothing_plays_a_role) {
  sdk::ModuleSet modules;
  const auto [status, text] = refusal([&] { modules.find<test_role>("burin.unheard-of/1"); });
  BOOST_TEST(status == BURIN_E_NOT_FOUND);
  BOOST_TEST(contains(text, "burin.unheard-of/1"));
  BOOST_TEST(contains(text, (folder / ".local/lib/burin/plugins").string()), text);
}

BOOST_AUTO_TEST_CASE(of_two_modules_with_one_id_the_first_wins_and_a_warning_names_both) {
  const fs::path first = place("good", "a/one.burin"), second = place("twin", "b/two.burin");
  LogLines log;
  auto options = log.options();
  options.plugin_dirs = {folder / "a"};
  const ScopedVariable path("BURIN_PLUGIN_PATH", (folder / "b").c_str());
  sdk::ModuleSet modules(options);
  const auto found = modules.list(TEST_ROLE_ID);
  BOOST_REQUIRE(found.size() == 3U);
  BOOST_TEST(found[0].id == "burin.test.good");
  BOOST_TEST(found[0].file == first);
  BOOST_TEST(found[2].id == "org.example.third");
  BOOST_TEST(found[2].file == second);
  BOOST_REQUIRE(log.lines.size() == 1U);
  BOOST_TEST(log.lines[0].first == BURIN_LOG_WARNING);
  for (const std::string& part :
       {std::string("burin.test.good"), first.string() + " is used", second.string()}) {
    BOOST_TEST(contains(log.lines[0].second, part), log.lines[0].second);
  }
}

BOOST_AUTO_TEST_CASE(searches_its_own_folders_then_the_path_then_the_home) {
  place("good", "given/good.burin");
  place("newer", "path1/newer.burin");
  place("serves_nothing", "path2/x.burin");
  place("stripes", ".local/lib/burin/plugins/stripes.burin");
  place("twin", "path2/not_a_module_name.so");
  sdk::ModuleSetOptions options;
  options.plugin_dirs = {folder / "nowhere", folder / "given"};
  const std::string path =
      (folder / "path1").string() + "::" + (folder / "path2").string() + ":/nowhere";
  const ScopedVariable variable("BURIN_PLUGIN_PATH", path.c_str());
  std::vector<std::string> ids;
  for (const auto& found : sdk::ModuleSet(options).list()) ids.push_back(found.id);
  const std::vector<std::string> expected = {"burin.test.good",  "org.example.second",
                                             "burin.test.newer", "org.example.newer",
                                             "burin.test.empty", "org.example.stripes"};
  BOOST_REQUIRE(ids.size() >= expected.size());
  ids.resize(expected.size());
  BOOST_TEST(ids == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_broken_module_in_a_searched_folder_is_a_warning_only) {
  place("wrong_major", "plugins/a.burin");
  place("good", "plugins/b.burin");
  std::ofstream(folder / "plugins/c.burin") << "words";
  LogLines log;
  auto options = log.options();
  options.plugin_dirs = {folder / "plugins"};
  sdk::ModuleSet modules(options);
  BOOST_TEST(modules.find<test_role>(TEST_ROLE_ID, "good").api != nullptr);
  BOOST_REQUIRE(log.lines.size() == 2U);
  BOOST_TEST(contains(log.lines[0].second, "a.burin"));
  BOOST_TEST(contains(log.lines[1].second, "c.burin"));
  // Whoever misses a module is told why one was left out.
  const auto [status, text] =
      refusal([&] { modules.find<test_role>(TEST_ROLE_ID, "wrong_major"); });
  BOOST_TEST(contains(text, "ABI 2.5"), text);
}

BOOST_AUTO_TEST_CASE(opens_one_file_once_whatever_it_is_called) {
  const fs::path file = place("good", "plugins/good.burin");
  fs::create_symlink(file, folder / "plugins/link.burin");
  LogLines log;
  sdk::ModuleSet modules(log.options());
  modules.open(file);
  modules.open(folder / "plugins/link.burin");
  modules.open(folder / "plugins/../plugins/good.burin");
  BOOST_TEST(modules.list(TEST_ROLE_ID).size() == 2U);
  BOOST_TEST(log.lines.empty());
}

BOOST_AUTO_TEST_CASE(initialises_once_on_first_use_and_deinitialises_at_the_end) {
  const test_role* role = nullptr;
  {
    sdk::ModuleSet modules;
    modules.open(module("good"));
    role = modules.find<test_role>(TEST_ROLE_ID, "good").api;
    BOOST_TEST(role->inits() == 1);
    modules.find<test_role>(TEST_ROLE_ID, "second");
    BOOST_TEST(role->inits() == 1);
    sdk::ModuleSet other;
    other.open(module("good"));
    BOOST_TEST(role->inits() == 1);
    other.find<test_role>(TEST_ROLE_ID, "good");
    BOOST_TEST(role->inits() == 2);
  }
  // The code is still there.
  BOOST_TEST(role->inits() == 0);
}

BOOST_AUTO_TEST_CASE(passes_on_why_a_module_did_not_start) {
  sdk::ModuleSet modules;
  for (const char* name : {"init_fails", "init_silent", "serves_nothing"}) {
    modules.open(module(name));
  }
  const auto [status, text] = refusal([&] { modules.find<test_role>(TEST_ROLE_ID, "fails"); });
  BOOST_TEST(status == BURIN_E_UNSUPPORTED);
  BOOST_TEST(contains(text, "this machine has no abacus"), text);
  BOOST_TEST(contains(text, "init_fails.burin"), text);
  const auto silent = refusal([&] { modules.find<test_role>(TEST_ROLE_ID, "silent"); });
  BOOST_TEST(silent.first == BURIN_E_INTERNAL);
  BOOST_TEST(contains(silent.second, "internal error"), silent.second);
  const auto empty = refusal([&] { modules.find<test_role>(TEST_ROLE_ID, "empty"); });
  BOOST_TEST(empty.first == BURIN_E_INTERNAL);
  BOOST_TEST(contains(empty.second, "serves no interface"), empty.second);
}

BOOST_AUTO_TEST_CASE(finds_the_data_beside_above_or_where_the_environment_says) {
  place("good", "prefix/lib/x86_64-linux-gnu/burin/plugins/good.burin");
  place("newer", "alone/newer.burin");
  fs::create_directories(folder / "prefix/share/burin/models");
  fs::create_directories(folder / "alone/models");
  sdk::ModuleSetOptions options;
  options.plugin_dirs = {folder / "prefix/lib/x86_64-linux-gnu/burin/plugins", folder / "alone"};
  const auto data_dir = [&](const char* name) {
    sdk::ModuleSet modules(options);
    return modules.find<test_role>(TEST_ROLE_ID, name).data_dir.value_or("none");
  };
  BOOST_TEST(data_dir("good") == (folder / "prefix/share/burin/models").string());
  BOOST_TEST(data_dir("burin.test.newer") == (folder / "alone/models").string());
  const ScopedVariable variable("BURIN_DATA_DIR", "/data");
  BOOST_TEST(data_dir("good") == "/data/models");
}

BOOST_AUTO_TEST_CASE(takes_the_core_from_the_environment_and_only_when_an_engine_is_asked_for) {
  const fs::path core_file = place("fake_engine", "core/libburin_core.so");
  const ScopedVariable variable("BURIN_CORE_PATH", (folder / "core").c_str());
  sdk::ModuleSet modules;
  for (const auto& found : modules.list()) BOOST_TEST(found.role != BURIN_ENGINE_ID);
  BOOST_TEST(modules.find<burin_engine>(BURIN_ENGINE_ID).api != nullptr);
  BOOST_TEST(modules.list(BURIN_ENGINE_ID).front().file == core_file);
  const ScopedVariable by_file("BURIN_CORE_PATH", core_file.c_str());
  BOOST_TEST(sdk::ModuleSet().list(BURIN_ENGINE_ID).front().file == core_file);
}

BOOST_AUTO_TEST_CASE(says_why_the_core_cannot_be_loaded) {
  fs::create_directories(folder / "core");
  std::ofstream(folder / "core/libburin_core.so") << "words";
  const ScopedVariable variable("BURIN_CORE_PATH", (folder / "core").c_str());
  sdk::ModuleSet modules;
  const auto [status, text] = refusal([&] { modules.find<burin_engine>(BURIN_ENGINE_ID, "x"); });
  BOOST_TEST(status == BURIN_E_NOT_FOUND);
  BOOST_TEST(contains(text, "cannot be loaded"), text);
}

BOOST_AUTO_TEST_CASE(gives_modules_a_log_and_each_other) {
  LogLines log;
  sdk::ModuleSet modules(log.options());
  modules.open(module("good"));
  modules.open(module("stripes"));
  const test_role& role = *modules.find<test_role>(TEST_ROLE_ID, "good").api;
  role.say("hello", BURIN_LOG_WARNING);
  role.say("too quiet", BURIN_LOG_DEBUG);
  BOOST_REQUIRE(log.lines.size() == 1U);
  BOOST_TEST(log.lines[0].second == "hello");

  BOOST_TEST(role.look_for(BURIN_DETECTOR_ID, "stripes") != nullptr);
  BOOST_TEST(role.look_for(TEST_ROLE_ID, nullptr) == &role);
  BOOST_TEST(role.look_for(BURIN_DETECTOR_ID, "nobody") == nullptr);
  BOOST_TEST(contains(burin_last_error(), "'nobody'"));
  BOOST_TEST(contains(burin_last_error(), "org.example.stripes"));
  BOOST_TEST(role.look_for(nullptr, "x") == nullptr);

  BOOST_TEST(role.host_has(BURIN_LOG_ID));
  BOOST_TEST(role.host_has(BURIN_MODULES_ID));
  for (const char* id : {BURIN_IMAGE_READER_ID, "burin.log/2", "burin.log/1x", "burin.log", ""}) {
    BOOST_TEST(!role.host_has(id));
  }
  BOOST_TEST(!role.host_has(nullptr));
}

BOOST_AUTO_TEST_CASE(a_log_callback_that_throws_stops_nothing) {
  sdk::ModuleSetOptions options;
  options.log = [](burin_log_severity, std::string_view) { throw std::runtime_error("disk full"); };
  sdk::ModuleSet modules(options);
  modules.open(module("good"));
  modules.find<test_role>(TEST_ROLE_ID).api->say("hello", BURIN_LOG_ERROR);
  BOOST_TEST(modules.list(TEST_ROLE_ID).size() == 2U);
}

BOOST_AUTO_TEST_CASE(keeps_one_error_a_thread) {
  burin_set_last_error("mine");
  std::string theirs = "unset";
  std::thread([&] {
    theirs = burin_last_error();
    burin_set_last_error("theirs");
  }).join();
  BOOST_TEST(theirs == "");
  BOOST_TEST(std::string(burin_last_error()) == "mine");
  burin_set_last_error(burin_last_error());
  BOOST_TEST(std::string(burin_last_error()) == "mine");
  burin_set_last_error(nullptr);
  BOOST_TEST(std::string(burin_last_error()) == "");
}

BOOST_AUTO_TEST_CASE(serves_many_threads_at_once) {
  place("good", "plugins/good.burin");
  place("stripes", "plugins/stripes.burin");
  sdk::ModuleSetOptions options;
  options.plugin_dirs = {folder / "plugins"};
  sdk::ModuleSet modules(options);
  std::vector<std::thread> threads;
  std::vector<const test_role*> found(8);
  for (auto& slot : found) {
    threads.emplace_back([&] { slot = modules.find<test_role>(TEST_ROLE_ID, "good").api; });
  }
  for (auto& thread : threads) thread.join();
  for (const auto* role : found) BOOST_TEST(role == found.front());
  BOOST_TEST(found.front()->inits() == 1);
}

BOOST_AUTO_TEST_CASE(takes_shorter_and_longer_options_and_refuses_nulls) {
  burin_loader* made = nullptr;
  BOOST_REQUIRE(burin_loader_create(nullptr, &made) == BURIN_OK);
  BOOST_TEST(std::string(burin_loader_host(made)->name) == "burin");
  BOOST_TEST(std::string(burin_loader_host(made)->version) == burin_version());

  const void* api = &made;
  const char* untouched = "untouched";
  const char* data_dir = untouched;
  BOOST_TEST(burin_loader_find(made, nullptr, nullptr, &api, &data_dir) == BURIN_E_INVALID);
  BOOST_TEST(contains(burin_last_error(), "burin_loader_find"));
  BOOST_TEST(burin_loader_find(made, "no.role/1", nullptr, &api, &data_dir) == BURIN_E_NOT_FOUND);
  BOOST_TEST(api == &made);
  BOOST_TEST(data_dir == untouched);
  BOOST_TEST(burin_loader_find(nullptr, "r", nullptr, &api, nullptr) == BURIN_E_INVALID);
  BOOST_TEST(burin_loader_open(made, nullptr) == BURIN_E_INVALID);
  burin_module_info info = {};
  BOOST_TEST(burin_loader_module(made, "no.role/1", 0, &info) == BURIN_E_INVALID);
  BOOST_TEST(info.descriptor == nullptr);
  BOOST_TEST(burin_loader_count(nullptr, nullptr) == 0U);
  BOOST_TEST(burin_loader_host(nullptr) == nullptr);
  burin_loader_destroy(made);
  burin_loader_destroy(nullptr);
  BOOST_TEST(burin_loader_create(nullptr, nullptr) == BURIN_E_INVALID);

  burin_loader_options options = {};
  options.name = "painter";
  options.version = "2.1.0";
  options.struct_size = offsetof(burin_loader_options, version);  // older: knows no version yet
  BOOST_REQUIRE(burin_loader_create(&options, &made) == BURIN_OK);
  BOOST_TEST(std::string(burin_loader_host(made)->name) == "painter");
  BOOST_TEST(std::string(burin_loader_host(made)->version) == burin_version());
  burin_loader_destroy(made);
  options.struct_size = 4096;  // newer
  BOOST_REQUIRE(burin_loader_create(&options, &made) == BURIN_OK);
  BOOST_TEST(std::string(burin_loader_host(made)->version) == "2.1.0");
  burin_loader_destroy(made);
}

BOOST_AUTO_TEST_SUITE_END()
