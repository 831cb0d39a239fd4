// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A file that appears at its place complete or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace burin::host {

/// Writes to a temporary file in the target's folder and renames it on commit. Without commit the
/// target stays as it was and the temporary file goes, also when the program is killed where the
/// file system has files without names (O_TMPFILE); elsewhere it is a hidden one. A target that is
/// a symbolic link stays one: the file it points to is replaced. Codecs written in C call append
/// and write_at from their callbacks, so those two report failure by value and remember it.
class OutputFile {
 public:
  /// Throws sdk::Error (IO) when the folder cannot be written to.
  explicit OutputFile(const std::filesystem::path& target);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  bool append(const void* bytes, size_t count) noexcept;
  bool write_at(const void* bytes, size_t count, std::int64_t offset) noexcept;
  /// Bytes read, fewer at the end of what was written; for formats that go back to their headers.
  size_t read_at(void* bytes, size_t count, std::int64_t offset) const noexcept;
  std::int64_t size() const noexcept { return size_; }

  /// Throws sdk::Error (IO) when a write failed, naming the target and the reason.
  void check() const;
  /// Flushes to the disk and renames. Throws as check.
  void commit();

  /// Where the file can be opened by this program, until commit.
  std::filesystem::path temporary() const;

 private:
  int open_hidden();
  void give_name();

  std::filesystem::path named_, target_, hidden_;  // hidden_: empty while the file has no name
  int fd_ = -1;
  int failed_errno_ = 0;
  std::int64_t size_ = 0;
};

/// ".NAME.XXXXXX" in the target's folder, for mkstemp and the like; NAME is cut to what fits.
std::string hidden_beside(const std::filesystem::path& target);

/// Writes `text` as an OutputFile. Throws sdk::Error (IO).
void write_text_file(const std::filesystem::path& target, std::string_view text);

/// Throws sdk::Error (IO) unless the folder that `target` lies in exists and a file can be made
/// there, and `target` is no folder.
void check_can_write(const std::filesystem::path& target);

}  // namespace burin::host
