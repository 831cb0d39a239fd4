// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A result file is there whole or not at all.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>

#include "burin/cpp/error.hpp"
#include "hosts/shared/pictures.hpp"
#include "shared/image_file.hpp"
#include "shared/output_file.hpp"
#include "support/scratch_folder.hpp"

using namespace burin::host;
using namespace burin::test;

namespace {

// Files cannot grow beyond `bytes` while it lives, as on a disk that is nearly full.
struct NearlyFullDisk {
  rlimit before = {};
  explicit NearlyFullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small = {bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~NearlyFullDisk() { setrlimit(RLIMIT_FSIZE, &before); }
};

bool is_io(const burin::sdk::Error& error) { return error.status() == BURIN_E_IO; }

}  // namespace

BOOST_AUTO_TEST_SUITE(output_file)

BOOST_AUTO_TEST_CASE(appears_on_commit_and_not_before) {
  const ScratchFolder folder;
  {
    OutputFile out(folder / "a.txt");
    BOOST_TEST(out.append("hello", 5));
    BOOST_TEST(!std::filesystem::exists(folder / "a.txt"));
    out.commit();
  }
  BOOST_TEST(bytes_of_file(folder / "a.txt").size() == 5u);
  BOOST_TEST(files_in(folder.path) == 1u);
}

BOOST_AUTO_TEST_CASE(leaves_the_old_file_without_commit) {
  const ScratchFolder folder;
  put_file(folder / "a.txt", {'o', 'l', 'd'});
  {
    OutputFile out(folder / "a.txt");
    out.append("newer", 5);
  }
  BOOST_TEST(bytes_of_file(folder / "a.txt").size() == 3u);
  BOOST_TEST(files_in(folder.path) == 1u);
}

// Whatever ends the program: nothing of the file is left then.
BOOST_AUTO_TEST_CASE(nothing_is_seen_of_a_file_that_is_being_written) {
  const ScratchFolder folder;
  const int unnamed = ::open(folder.path.c_str(), O_TMPFILE | O_RDWR, 0600);
  if (unnamed < 0) {
    BOOST_TEST_MESSAGE("skipped: this file system has no files without names");
    return;
  }
  ::close(unnamed);
  for (const char* name : {"a.png", "a.tif"}) {
    OutputFile out(folder / name);
    BOOST_TEST(out.append("hello", 5));
    BOOST_TEST(files_in(folder.path) == 0u);
    BOOST_TEST(bytes_of_file(out.temporary()).size() == 5u);
  }
  BOOST_TEST(files_in(folder.path) == 0u);
}

BOOST_AUTO_TEST_CASE(keeps_permissions_and_links) {
  const ScratchFolder folder;
  put_file(folder / "real.txt", {'o'});
  ::chmod((folder / "real.txt").c_str(), 0640);
  std::filesystem::create_symlink(folder / "real.txt", folder / "link.txt");
  write_text_file(folder / "link.txt", "new");
  struct stat info = {};
  BOOST_REQUIRE(::stat((folder / "real.txt").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0640u);
  BOOST_TEST(std::filesystem::is_symlink(folder / "link.txt"));
  BOOST_TEST(bytes_of_file(folder / "real.txt").size() == 3u);
}

BOOST_AUTO_TEST_CASE(new_files_follow_the_umask) {
  const ScratchFolder folder;
  const mode_t before = ::umask(027);
  write_text_file(folder / "a.txt", "x");
  ::umask(before);
  struct stat info = {};
  BOOST_REQUIRE(::stat((folder / "a.txt").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0640u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_and_no_scrap) {
  const ScratchFolder folder;
  const NearlyFullDisk disk(2000);
  for (const char* name : {"a.png", "a.jpg", "a.tif", "a.webp", "a.exr"}) {
    BOOST_TEST_CONTEXT(name) {
      put_file(folder / name, {'o', 'l', 'd'});
      const auto format = *format_of_name(folder / name);
      const auto type =
          format == FileFormat::exr ? burin::sdk::PixelType::f32 : burin::sdk::PixelType::u8;
      BOOST_CHECK_EXCEPTION(write_image(picture(noise(90, 90, 3, type), format), folder / name),
                            burin::sdk::Error, is_io);
      BOOST_TEST(bytes_of_file(folder / name).size() == 3u);
      std::filesystem::remove(folder / name);
      BOOST_TEST(files_in(folder.path) == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(says_when_the_folder_is_missing_or_the_target_is_one) {
  const ScratchFolder folder;
  BOOST_CHECK_EXCEPTION(check_can_write(folder / "no" / "a.png"), burin::sdk::Error, is_io);
  BOOST_CHECK_EXCEPTION(check_can_write(folder.path), burin::sdk::Error, is_io);
  BOOST_CHECK_EXCEPTION(OutputFile(folder / "no" / "a.png"), burin::sdk::Error, is_io);
  check_can_write(folder / "a.png");
  BOOST_TEST(files_in(folder.path) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
