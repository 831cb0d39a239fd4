// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role detail_hook.
#include "burin/role/detail_hook.h"

#include "roles/all.hpp"
#include "roles/hook_walk.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr std::int64_t height = 96, width = 128;
constexpr std::uint64_t usual_seed = 5;

const burin_detail_hook& table(const void* api) {
  return *static_cast<const burin_detail_hook*>(api);
}

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  return "";
}

Answer work(const Call& call) { return walk(call, height, width, usual_seed).answer; }

template <typename Look>
void for_each_walk(Context& context, const Look& look) {
  Session session(context);
  const Instance instance(session);
  std::vector<TestTensor> none;
  for (const auto& [h, w] : {std::pair{96, 128}, {64, 64}, {8, 24}}) {
    for (const std::uint64_t seed : {usual_seed, UINT64_MAX}) {
      context.note(text_of("a crop of ", w, " x ", h));
      const Walk found = walk(instance.call(none), h, w, seed);
      need(found.answer);
      look(found);
    }
  }
}

void expect_none(const std::vector<std::string>& list) {
  if (list.empty()) return;
  const std::string more = list.size() > 1 ? text_of(" (and ", list.size() - 1, " more)") : "";
  fail(list.front(), more);
}

void points(Context& context) {
  for_each_walk(context, [](const Walk& found) {
    if (found.taken == 0) warn("it has none of the points: it can change nothing");
  });
}

void order(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.orders); });
}

void region(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.regions); });
}

void sampling(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.settings); });
}

void finite(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.numbers); });
}

void in_place(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.forms); });
}

void read_only(Context& context) {
  for_each_walk(context, [](const Walk& found) { expect_none(found.written); });
}

Answer random_call(const Call& good, Random& random) {
  return walk(good, 8 * random.whole(1, 12), 8 * random.whole(1, 12), random.next()).answer;
}

}  // namespace

Role detail_hook_role() {
  Role role = {};
  role.interface_id = BURIN_DETAIL_HOOK_ID;
  role.name = "detail_hook";
  role.missing = missing;
  makes_instances<burin_detail_hook>(role);
  role.work = work;
  role.random_call = random_call;
  role.cases = {
      {"detail_hook.points", "takes part in something", points, "lifecycle.work"},
      {"detail_hook.order", "keeps segments that there are, each once", order, "lifecycle.work"},
      {"detail_hook.region", "leaves crops inside the picture, of a size", region,
       "lifecycle.work"},
      {"detail_hook.sampling", "leaves settings that can be sampled with", sampling,
       "lifecycle.work"},
      {"detail_hook.finite", "leaves numbers in latents and pixels", finite, "lifecycle.work"},
      {"detail_hook.in-place", "changes values, not the tensor around them", in_place,
       "lifecycle.work"},
      {"detail_hook.read-only", "leaves what is read only as it was", read_only, "lifecycle.work"},
      {"detail_hook.repeatable", "does the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
