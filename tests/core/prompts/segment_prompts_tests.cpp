// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Which segment gets which prompt and seed, in which order.
#include "prompts/segment_prompts.hpp"

#include <boost/test/unit_test.hpp>

#include "plan/plan.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using burin::test::holds;
using burin::test::sentence_of;
using Texts = std::vector<std::string>;

namespace {

Seg seg_at(std::int64_t id, double x, double y, double size, const char* label = "face") {
  Seg seg;
  seg.id = id;
  seg.bbox = {x, y, x + size, y + size};
  seg.crop = {0, 0, 4, 4};
  seg.mask = cv::Mat::ones(4, 4, CV_32F);
  seg.label = label;
  return seg;
}

// By x: 2, 1, 3; by area: 3, 1, 2.
Segs three() {
  return {100, 100, {seg_at(1, 20, 0, 10), seg_at(2, 10, 0, 20, "hand"), seg_at(3, 30, 0, 5)}};
}

Job job_with(const std::string& wildcard, Semantics semantics = Semantics::burin) {
  Job job;
  job.semantics = semantics;
  job.positive = "all";
  job.wildcard = wildcard;
  return job;
}

Segs assigned(const Job& job, Segs segs = three(), std::uint64_t seed = 5) {
  WildcardFiles files({BURIN_TEST_DATA "/wildcards"});
  assign_prompts(segs, job, seed, files);
  return segs;
}

Texts positives(const Segs& segs) {
  Texts texts;
  for (const Seg& seg : segs.segs)
    texts.push_back(!seg.left_out.empty() ? "-" : seg.positive.value_or("(job)"));
  return texts;
}

Texts positives(const std::string& wildcard, Semantics semantics = Semantics::burin) {
  return positives(assigned(job_with(wildcard, semantics)));
}

std::string refusal(const Job& job) {
  return sentence_of(BURIN_E_JOB, [&] { assigned(job); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(segment_prompts)

BOOST_AUTO_TEST_CASE(without_a_mode_all_get_the_one_text) {
  BOOST_TEST(positives("a face [SEP] b") == Texts(3, "a face [SEP] b"));
  BOOST_TEST(positives(" \n") == Texts(3, "(job)"));
  BOOST_TEST(positives("") == Texts(3, "(job)"));
}

BOOST_AUTO_TEST_CASE(items_go_to_places_and_sizes) {
  BOOST_TEST(positives("[ASC]a[SEP]b[SEP]c") == (Texts{"b", "a", "c"}));
  BOOST_TEST(positives("[DSC]a[SEP]b[SEP]c") == (Texts{"b", "c", "a"}));
  BOOST_TEST(positives("[ASC-SIZE]a[SEP]b[SEP]c") == (Texts{"b", "c", "a"}));
  BOOST_TEST(positives("[DSC-SIZE] a [SEP] b") == (Texts{"b", "a", "a"}));
}

BOOST_AUTO_TEST_CASE(equal_places_keep_their_order_both_ways) {
  const Segs segs{100, 100, {seg_at(1, 5, 5, 10), seg_at(2, 5, 5, 10), seg_at(3, 5, 4, 10)}};
  BOOST_TEST(positives(assigned(job_with("[ASC]a[SEP]b[SEP]c"), segs)) == (Texts{"b", "c", "a"}));
  BOOST_TEST(positives(assigned(job_with("[DSC]a[SEP]b[SEP]c"), segs)) == (Texts{"a", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(labels_pick_their_text_after_that_of_all) {
  BOOST_TEST(positives("[LAB] [ALL] sharp, [face] a face [hand]a hand") ==
             (Texts{"sharp,a face", "sharp,a hand", "sharp,a face"}));
  BOOST_TEST(positives("[LAB][hand] a hand") == (Texts{"(job)", "a hand", "(job)"}));
}

BOOST_AUTO_TEST_CASE(random_items_are_pythons_shuffle_of_the_seed_and_shuffled_again) {
  Segs many{100, 100, {}};
  for (int i = 0; i < 6; ++i) many.segs.push_back(seg_at(i + 1, i, 0, 5));
  const Job job = job_with("[RND]a[SEP]b[SEP]c[SEP]d[SEP]e[SEP]f");
  BOOST_TEST(positives(assigned(job, many, 7)) == (Texts{"e", "a", "f", "d", "b", "c"}));
  const Texts again = positives(assigned(job_with("[RND]a[SEP]b"), many, 3));
  BOOST_TEST((again[0] != again[1] && again[2] != again[3] && again[4] != again[5]));
}

BOOST_AUTO_TEST_CASE(seeds_stand_before_their_item) {
  const Segs segs = assigned(job_with("[DSC-SIZE]a[SEP:7]b[SEP:x]c[SEP:R]d"));
  BOOST_TEST(!segs.segs[1].seed);
  BOOST_TEST(segs.segs[0].seed.value() == 7U);
  BOOST_TEST(!segs.segs[2].seed);
  const Segs random = assigned(job_with("[ASC]a[SEP:R]b"), three(), 7);
  BOOST_TEST(random.segs[0].seed.value() < (std::uint64_t{1} << 50) + 1);
  BOOST_TEST(holds(refusal(job_with("[ASC]a[SEP:99999999999999999999]b")), "is no seed"));
}

BOOST_AUTO_TEST_CASE(foreach_runs_in_order_and_counts_every_segment) {
  Segs segs = three();
  segs.segs[0].mask = 0.0F;  // second by x: uses up no item but a seed
  segs = assigned(job_with("[ASC]a[SEP:77]b", Semantics::foreach), segs, 5);
  BOOST_TEST(positives(segs) == (Texts{"a", "(job)", "b"}));
  BOOST_TEST(segs.segs[0].id == 2);
  BOOST_TEST(segs.segs[0].seed.value() == 5U);
  BOOST_TEST(segs.segs[1].seed.value() == 6U);
  BOOST_TEST(segs.segs[2].seed.value() == 77U);
}

BOOST_AUTO_TEST_CASE(skip_leaves_one_out_and_stop_all_that_follow) {
  BOOST_TEST(positives("[ASC] [SKIP] [SEP] a [SEP] b") == (Texts{"a", "-", "b"}));
  const Segs stopped = assigned(job_with("[ASC] a [SEP] [STOP] [SEP] b"));
  BOOST_TEST(positives(stopped) == (Texts{"-", "a", "-"}));
  BOOST_TEST(holds(stopped.segs[0].left_out, "SEG 1 (face): its prompt is [STOP]"));
  BOOST_TEST(holds(stopped.segs[2].left_out, "comes after a [STOP]"));
}

BOOST_AUTO_TEST_CASE(concat_puts_the_jobs_prompt_before) {
  BOOST_TEST(positives("[CONCAT]a BREAK b") == Texts(3, "all BREAK a BREAK b"));
  BOOST_TEST(positives("[CONCAT][ASC]a[SEP][SEP]b") ==
             (Texts{"(job)", "all BREAK a", "all BREAK b"}));
}

BOOST_AUTO_TEST_CASE(breaks_are_words_but_letters_for_foreach) {
  BOOST_TEST(positives(" x BREAK  BREAK BREAKFAST ") == Texts(3, "x BREAK BREAKFAST"));
  BOOST_TEST(positives("x BREAKFAST", Semantics::foreach) == Texts(3, "x BREAK FAST"));
  BOOST_TEST(positives(" ", Semantics::foreach) == Texts(3, ""));
  BOOST_TEST(positives(" [ASC] a", Semantics::foreach) == Texts(3, "[ASC] a"));
}

BOOST_AUTO_TEST_CASE(what_a_segment_has_of_its_own_stays) {
  Segs segs = three();
  segs.segs[1].positive = "mine";
  segs.segs[1].seed = 9;
  const Segs after = assigned(job_with("[ASC]a[SEP:3]b"), segs);
  BOOST_TEST(positives(after) == (Texts{"b", "mine", "a"}));
  BOOST_TEST(after.segs[1].seed.value() == 9U);
}

BOOST_AUTO_TEST_CASE(negatives_have_items_of_their_own) {
  Job job = job_with("");
  job.negative = "blurry";
  job.negative_wildcard = "[CONCAT][ASC]a[SEP]b";
  const Segs segs = assigned(job);
  BOOST_TEST(segs.segs[0].negative.value() == "blurry BREAK b");
  BOOST_TEST(segs.segs[1].negative.value() == "blurry BREAK a");
  BOOST_TEST(positives(segs) == Texts(3, "(job)"));
  job.negative_wildcard = "[ASC]a[SEP:4]b";
  BOOST_TEST(holds(refusal(job), "negative_wildcard holds a seed"));
  job.negative_wildcard = "[STOP]";
  BOOST_TEST(holds(refusal(job), "holds [STOP]"));
}

BOOST_AUTO_TEST_CASE(choices_follow_the_segments_seed_and_not_its_neighbours) {
  const Job job = job_with("{a|b|c|d|e|f|g|h} {1|2|3|4|5|6|7|8}");
  const Texts all = positives(assigned(job));
  Segs last{100, 100, {three().segs[2]}};
  BOOST_TEST(positives(assigned(job, last)) == Texts{all[2]});
  BOOST_TEST((all[0] != all[1] || all[1] != all[2]));
  WildcardFiles none;
  const Segs in_order = assigned(job_with("__hair__", Semantics::foreach), three(), 0);
  BOOST_TEST(in_order.segs[0].positive.value() == "curly hair, green eyes");
  BOOST_TEST(in_order.segs[1].positive.value() == "long black hair");
}

BOOST_AUTO_TEST_CASE(loras_are_taken_out_of_prompts) {
  const Segs segs = assigned(job_with("a <lora:x:0.5> b"));
  BOOST_TEST(segs.segs[0].positive.value() == "a  b");
  BOOST_REQUIRE(segs.segs[2].loras.size() == 1U);
  BOOST_TEST(segs.segs[2].loras[0].file == "x.safetensors");
  BOOST_TEST(segs.segs[2].loras[0].required);
  BOOST_TEST(!assigned(job_with("<lora:x>", Semantics::foreach)).segs[0].loras[0].required);
}

BOOST_AUTO_TEST_CASE(unknown_names_are_told_and_bad_choices_name_the_segment) {
  Segs segs = three();
  WildcardFiles files({BURIN_TEST_DATA "/wildcards"});
  const Texts notes = assign_prompts(segs, job_with("[ASC]__hairs__[SEP]x[SEP]y"), 0, files);
  BOOST_REQUIRE(notes.size() == 1U);
  BOOST_TEST(holds(notes[0], "SEG 2 (hand): no wildcard file gives __hairs__"));
  BOOST_TEST(holds(notes[0], "__hair__ is there"));
  BOOST_TEST(holds(refusal(job_with("{0::a}")), "SEG 1 (face): the prompt's choice"));
}

BOOST_AUTO_TEST_SUITE_END()
