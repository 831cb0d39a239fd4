// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Folders of plug-ins that were ended in the middle of their work.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>

#include "shared/editor/scratch_folder.hpp"
#include "support/scoped_variable.hpp"
#include "support/scratch_folder.hpp"

namespace {

namespace fs = std::filesystem;

// A runtime folder of this test's own.
struct Runtime : burin::test::ScratchFolder {
  fs::path folder(const std::string& name) const {
    fs::create_directory(path / name);
    std::ofstream(path / name / "masks.safetensors") << "values";
    return path / name;
  }
  burin::test::ScopedVariable variable{"XDG_RUNTIME_DIR", path.string()};
};

void grow_old(const fs::path& folder) {
  fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::minutes(2));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scratch_folders, Runtime)

BOOST_AUTO_TEST_CASE(is_private_and_goes_with_what_it_holds) {
  fs::path place;
  {
    const burin::host::ScratchFolder scratch;
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
  const burin::host::ScratchFolder held;
  grow_old(held.path());
  const burin::host::ScratchFolder next;
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
  const burin::host::ScratchFolder scratch;
  BOOST_TEST(fs::exists(elsewhere / "masks.safetensors"));
}

BOOST_AUTO_TEST_SUITE_END()
