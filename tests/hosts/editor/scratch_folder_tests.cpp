// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Folders of plug-ins that were ended in the middle of their work.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "shared/editor/mask_file.hpp"

namespace {

using burin::host::ScratchFolder;
namespace fs = std::filesystem;

// A runtime folder of this test's own.
struct Runtime {
  Runtime() {
    const char* given = std::getenv("XDG_RUNTIME_DIR");
    before = given ? given : "";
    std::string name = (fs::temp_directory_path() / "burin-runtime-XXXXXX").string();
    path = ::mkdtemp(name.data());
    ::setenv("XDG_RUNTIME_DIR", path.c_str(), 1);
  }
  ~Runtime() {
    if (before.empty())
      ::unsetenv("XDG_RUNTIME_DIR");
    else
      ::setenv("XDG_RUNTIME_DIR", before.c_str(), 1);
    fs::remove_all(path);
  }
  fs::path folder(const std::string& name) const {
    fs::create_directory(path / name);
    std::ofstream(path / name / "masks.safetensors") << "values";
    return path / name;
  }
  std::string before;
  fs::path path;
};

void grow_old(const fs::path& folder) {
  fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::minutes(2));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scratch_folders, Runtime)

BOOST_AUTO_TEST_CASE(is_private_and_goes_with_what_it_holds) {
  fs::path place;
  {
    const ScratchFolder scratch;
    place = scratch.path();
    BOOST_TEST(place.parent_path() == path);
    struct stat found = {};
    BOOST_REQUIRE(::stat(place.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 07777) == 0700u);
    std::ofstream(place / "masks.safetensors") << "values";
  }
  BOOST_TEST(!fs::exists(place));
}

BOOST_AUTO_TEST_CASE(the_next_one_removes_those_that_nobody_holds) {
  const fs::path abandoned = folder("burin-run-aaaaaa"), young = folder("burin-run-bbbbbb"),
                 other = folder("burin-elsewhere");
  grow_old(abandoned);
  grow_old(other);
  const ScratchFolder held;
  grow_old(held.path());
  const ScratchFolder next;
  BOOST_TEST(!fs::exists(abandoned));
  BOOST_TEST(fs::exists(young));
  BOOST_TEST(fs::exists(other));
  BOOST_TEST(fs::exists(held.path()));
  BOOST_TEST(fs::exists(next.path()));
}

BOOST_AUTO_TEST_CASE(links_are_not_followed) {
  const fs::path elsewhere = folder("pictures");
  fs::create_directory_symlink(elsewhere, path / "burin-run-cccccc");
  grow_old(elsewhere);
  const ScratchFolder scratch;
  BOOST_TEST(fs::exists(elsewhere / "masks.safetensors"));
}

BOOST_AUTO_TEST_SUITE_END()
