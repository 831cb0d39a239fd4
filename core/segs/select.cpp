// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which SEGS of those found are worked on.
#include "segs/select.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "runtime/error.hpp"

namespace burin::core {

Segs keep_ids(Segs segs, const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return segs;
  const auto wanted = [&](const Seg& seg) {
    return std::find(ids.begin(), ids.end(), seg.id) != ids.end();
  };
  for (std::int64_t id : ids) {
    const auto has_id = [&](const Seg& seg) { return seg.id == id; };
    if (std::any_of(segs.segs.begin(), segs.segs.end(), has_id)) continue;
    std::string there;
    for (std::size_t i = 0; i < segs.segs.size() && i < 20; ++i)
      there += (i ? ", " : "") + std::to_string(segs.segs[i].id);
    if (segs.segs.size() > 20) there += ", ...";
    throw Error(BURIN_E_JOB,
                "job: only names the id " + std::to_string(id) + ", which no SEG has; " +
                    (there.empty() ? "there are no SEGS" : "expected some of " + there));
  }
  std::erase_if(segs.segs, [&](const Seg& seg) { return !wanted(seg); });
  return segs;
}

Segs keep_most_confident(Segs segs, int count) {
  const std::size_t most = static_cast<std::size_t>(std::max(count, 0));
  if (most == 0 || segs.segs.size() <= most) return segs;
  std::vector<std::size_t> order(segs.segs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return segs.segs[a].confidence > segs.segs[b].confidence;
  });
  order.resize(most);
  std::sort(order.begin(), order.end());
  std::vector<Seg> kept;
  for (std::size_t i : order) kept.push_back(std::move(segs.segs[i]));
  segs.segs = std::move(kept);
  return segs;
}

}  // namespace burin::core
