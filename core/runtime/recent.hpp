// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A few values that were worked out lately.
#pragma once

#include <cstddef>
#include <list>
#include <utility>

namespace burin::core {

// The values of the latest keys, at most `most`; what was asked for longest ago goes first.
template <class Key, class Value>
class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}
  // Valid until the next call; null: not known.
  const Value* find(const Key& key) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != key) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return &entry->second;
    }
    return nullptr;
  }
  // `key` is not known yet.
  void add(Key key, Value value) {
    entries_.emplace_front(std::move(key), std::move(value));
    if (entries_.size() > most_) entries_.pop_back();
  }
  std::size_t size() const { return entries_.size(); }
  // Of at least one.
  const std::pair<Key, Value>& latest() const { return entries_.front(); }

 private:
  std::size_t most_;
  std::list<std::pair<Key, Value>> entries_;
};

}  // namespace burin::core
