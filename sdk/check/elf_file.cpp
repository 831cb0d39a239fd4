// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// ELF by elf.h: PT_LOAD to find addresses in the file, DT_SYMTAB and DT_STRTAB for names, and the
// hash tables for the number of symbols. Every offset is checked: the file may be damaged.
#include "elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "case.hpp"

namespace burin::check {
namespace {

class Image {
 public:
  explicit Image(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    if (!in) fail("the file cannot be read");
    const auto header = at<Elf64_Ehdr>(0);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) fail("it is no ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_type != ET_DYN) {
      fail("it is no 64-bit little-endian shared object");
    }
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      const auto segment = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
      if (segment.p_type == PT_LOAD) loads_.push_back(segment);
      if (segment.p_type == PT_DYNAMIC) read_dynamic(segment);
    }
  }

  template <typename T>
  T at(std::size_t offset) const {
    T value;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) {
      fail("it is damaged: offset ", offset, " is beyond its ", bytes_.size(), " bytes");
    }
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string string_at(std::size_t offset) const {
    const auto end =
        std::find(bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, bytes_.size())),
                  bytes_.end(), '\0');
    if (end == bytes_.end()) fail("it is damaged: a name does not end");
    return {bytes_.begin() + static_cast<std::ptrdiff_t>(offset), end};
  }

  std::size_t offset_of(Elf64_Addr address) const {
    for (const Elf64_Phdr& load : loads_) {
      if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz) {
        return load.p_offset + (address - load.p_vaddr);
      }
    }
    fail("it is damaged: address ", address, " is in no segment");
  }

  /// Values of all entries with this tag.
  std::vector<Elf64_Xword> dynamic(Elf64_Sxword tag) const {
    std::vector<Elf64_Xword> values;
    for (const Elf64_Dyn& entry : dynamic_) {
      if (entry.d_tag == tag) values.push_back(entry.d_un.d_val);
    }
    return values;
  }

 private:
  void read_dynamic(const Elf64_Phdr& segment) {
    for (std::size_t i = 0; i < segment.p_filesz / sizeof(Elf64_Dyn); ++i) {
      const auto entry = at<Elf64_Dyn>(segment.p_offset + i * sizeof(Elf64_Dyn));
      if (entry.d_tag == DT_NULL) return;
      dynamic_.push_back(entry);
    }
  }

  std::vector<char> bytes_;
  std::vector<Elf64_Phdr> loads_;
  std::vector<Elf64_Dyn> dynamic_;
};

// DT_GNU_HASH does not say how many symbols there are: the end of the last chain does.
std::size_t count_by_gnu_hash(const Image& image, std::size_t table) {
  const auto buckets = image.at<std::uint32_t>(table);
  const auto first = image.at<std::uint32_t>(table + 4);
  const auto bloom_words = image.at<std::uint32_t>(table + 8);
  const std::size_t bucket_table = table + 16 + std::size_t{8} * bloom_words;
  const std::size_t chains = bucket_table + std::size_t{4} * buckets;
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    last = std::max(last, image.at<std::uint32_t>(bucket_table + 4 * i));
  }
  if (last < first) return first;
  while ((image.at<std::uint32_t>(chains + std::size_t{4} * (last - first)) & 1U) == 0) ++last;
  return std::size_t{last} + 1;
}

std::size_t symbol_count(const Image& image) {
  if (const auto hash = image.dynamic(DT_HASH); !hash.empty()) {
    return image.at<std::uint32_t>(image.offset_of(hash[0]) + 4);
  }
  const auto gnu_hash = image.dynamic(DT_GNU_HASH);
  return gnu_hash.empty() ? 0 : count_by_gnu_hash(image, image.offset_of(gnu_hash[0]));
}

}  // namespace

ElfFile read_elf(const std::filesystem::path& file) {
  const Image image(file);
  ElfFile elf;
  const auto strings = image.dynamic(DT_STRTAB), symbols = image.dynamic(DT_SYMTAB);
  if (strings.empty() || symbols.empty()) return elf;
  const std::size_t names = image.offset_of(strings[0]);
  for (const Elf64_Xword name : image.dynamic(DT_NEEDED)) {
    elf.needed.push_back(image.string_at(names + name));
  }
  const std::size_t table = image.offset_of(symbols[0]);
  for (std::size_t i = 1; i < symbol_count(image); ++i) {
    const auto symbol = image.at<Elf64_Sym>(table + i * sizeof(Elf64_Sym));
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    // a version's own name is absolute
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
    if (binding == STB_LOCAL || visibility == STV_HIDDEN || visibility == STV_INTERNAL) continue;
    elf.exported.push_back(image.string_at(names + symbol.st_name));
  }
  std::sort(elf.exported.begin(), elf.exported.end());
  return elf;
}

}  // namespace burin::check
