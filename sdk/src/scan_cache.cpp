// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The cache file: a line with versions, records, a line with their number.
#include "scan_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "search_path.hpp"

namespace burin::sdk {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t most_bytes = 64 << 20;

// A record holds for one libburin only: another may refuse other modules.
std::string heading() {
  return std::string("burin modules 1 ") + BURIN_VERSION + " " + std::to_string(BURIN_ABI_MAJOR) +
         "." + std::to_string(BURIN_ABI_MINOR) + "\n";
}

std::string ending(size_t records) { return "records " + std::to_string(records) + "\n"; }

std::string read_file(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error || size > most_bytes) return {};
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write_file(const fs::path& file, const std::string& text) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool good = true;
  for (size_t at = 0; good && at < text.size();) {
    const ssize_t size = write(fd, text.data() + at, text.size() - at);
    if (size < 0 && errno == EINTR) continue;
    good = size > 0;
    if (good) at += static_cast<size_t>(size);
  }
  return close(fd) == 0 && good;
}

}  // namespace

ScanCache::ScanCache(bool forget) {
  const auto file = scan_cache_file();
  if (forget || !file) return;
  const std::string text = read_file(*file);
  const std::string first = heading();
  std::string_view rest = text;
  if (!rest.starts_with(first)) return;
  rest.remove_prefix(first.size());
  std::map<fs::path, ModuleRecord> records;
  while (auto record = take_record(rest)) {
    const fs::path path = record->stamp.path;
    records.insert_or_assign(path, std::move(*record));
  }
  if (rest == ending(records.size())) records_ = std::move(records);
}

const ModuleRecord* ScanCache::find(const FileStamp& stamp) const {
  const auto found = records_.find(stamp.path);
  return found != records_.end() && found->second.stamp == stamp ? &found->second : nullptr;
}

void ScanCache::put(const ModuleRecord& record) {
  if (record.lasting) {
    records_.insert_or_assign(record.stamp.path, record);
    changed_ = true;
  } else {
    forget(record.stamp);
  }
}

void ScanCache::forget(const FileStamp& stamp) {
  changed_ = records_.erase(stamp.path) > 0 || changed_;
}

void ScanCache::save() const {
  const auto file = scan_cache_file();
  if (!changed_ || !file) return;
  std::string text = heading();
  size_t count = 0;
  for (const auto& [path, record] : records_) {
    if (!stamp_of(path)) continue;  // gone since
    text += to_text(record);
    ++count;
  }
  text += ending(count);
  std::error_code error;
  fs::create_directories(file->parent_path(), error);
  const fs::path temporary = file->string() + "." + std::to_string(getpid());
  fs::remove(temporary, error);
  if (write_file(temporary, text)) fs::rename(temporary, *file, error);
  fs::remove(temporary, error);
}

}  // namespace burin::sdk
