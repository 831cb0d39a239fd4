// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What __name__ in a prompt stands for: the lines of text files and the lists of YAML files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace burin::core {

// "Hair Colour\\warm" -> "hair-colour/warm": how names of wildcards are compared. ASCII letters.
std::string wildcard_name(std::string_view written);

// impact behaviour: a text file is named by its path below the folder, without ".txt", and each of
// its lines is an option, empty ones included, but for those whose first letter is '#'. A YAML file
// (".yaml"; ".yml" too) gives its keys as names and those of nested mappings joined by '/'; a list
// or a single text are the options. Names are as wildcard_name makes them.
//
// Differences: text that is UTF-8 is read as that (Latin-1 where it is not), a folder is read in
// the order of its sorted paths, and where a name comes twice the first folder, and in it the text
// file, wins.
//
// Files are read when they are first asked for; links to folders are followed once. Functions throw
// Error{BURIN_E_NOT_FOUND} for a folder that is not there, Error{BURIN_E_IO} for a file that cannot
// be read, and Error{BURIN_E_JOB} for more than 100,000 files, a file of more than 64 MiB, or YAML
// that is malformed, has aliases, or nests deeper than 32 levels. One thread at a time.
class WildcardFiles {
 public:
  using Options = std::vector<std::string>;

  explicit WildcardFiles(std::vector<std::filesystem::path> folders = {});

  // The options of a name, in normal form; null where there is none.
  const Options* find(const std::string& name);
  // All options of the names that the pattern begins: '*' stands for any text, '.' for any one
  // character. A name also counts with a '/' after it. In order of the names.
  Options matching(std::string_view pattern);
  // The known name that is most like this one; empty: none is near.
  std::string nearest_name(const std::string& name);

 private:
  struct Entry {
    std::filesystem::path file;  // a text file that is still to be read; empty: `options` is there
    Options options;
  };
  void index();
  void index_folder(const std::filesystem::path& folder);
  const Options& options_of(Entry& entry);

  std::vector<std::filesystem::path> folders_;
  bool indexed_ = false;
  std::map<std::string, Entry> entries_;
};

// The lists of a YAML document by their joined, normal names. `what` begins the sentences of
// errors; throws as WildcardFiles.
std::map<std::string, std::vector<std::string>> read_wildcard_yaml(const std::string& text,
                                                                   const std::string& what);

}  // namespace burin::core
