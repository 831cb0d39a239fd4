// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Arguments become options and a job; wrong ones become one sentence.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/job_merge.hpp"
#include "cli/options.hpp"
#include "cli/progress_line.hpp"

using namespace burin::host;
using nlohmann::json;

namespace {

Options read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "burin");
  return read_command_line(static_cast<int>(arguments.size()), arguments.data());
}

bool is_usage(const Failure& failure) {
  return failure.code() == ExitCode::usage && std::string(failure.what()).back() == '.';
}

template <typename Call>
void check_refused(Call&& call) {
  BOOST_CHECK_EXCEPTION(call(), Failure, is_usage);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(every_flag_lands_at_its_key) {
  const Options options = read({"detail",
                                "in.png",
                                "-o",
                                "out.png",
                                "--steps",
                                "12",
                                "--denoise",
                                "0.4",
                                "--seed",
                                "18446744073709551615",
                                "--cfg",
                                "7.5",
                                "--sampler",
                                "dpmpp_2m",
                                "--scheduler",
                                "karras",
                                "--guide-size",
                                "512",
                                "--guide-size-for",
                                "crop_region",
                                "--max-size",
                                "1024",
                                "--crop-factor",
                                "2.5",
                                "--model",
                                "m.safetensors",
                                "--vae",
                                "v.safetensors",
                                "-p",
                                "a face",
                                "-n",
                                "blur",
                                "--semantics",
                                "impact",
                                "--feather",
                                "5",
                                "--noise-mask-feather",
                                "20",
                                "--force-inpaint",
                                "--batch-size",
                                "2",
                                "--cycle",
                                "3",
                                "--clip-skip",
                                "-2",
                                "--no-colour-guard",
                                "--no-noise-mask",
                                "--threshold",
                                "0.6",
                                "--dilation",
                                "-4",
                                "--drop-size",
                                "12",
                                "--detector",
                                "yunet",
                                "--max-faces",
                                "4",
                                "--only",
                                "1,3-5",
                                "--alpha",
                                "200"});
  const auto cwd = std::filesystem::current_path();
  const json expected = {{"output", {{"image", (cwd / "out.png").string()}}},
                         {"detailer",
                          {{"steps", 12},
                           {"denoise", 0.4},
                           {"seed", 18446744073709551615ull},
                           {"cfg", 7.5},
                           {"sampler_name", "dpmpp_2m"},
                           {"scheduler", "karras"},
                           {"guide_size", 512.0},
                           {"guide_size_for", "crop_region"},
                           {"max_size", 1024.0},
                           {"noise_mask_feather", 20},
                           {"force_inpaint", true},
                           {"batch_size", 2},
                           {"cycle", 3},
                           {"noise_mask", false}}},
                         {"detect",
                          {{"crop_factor", 2.5},
                           {"threshold", 0.6},
                           {"dilation", -4},
                           {"drop_size", 12},
                           {"detector", "yunet"},
                           {"max_count", 4}}},
                         {"model",
                          {{"checkpoint", (cwd / "m.safetensors").string()},
                           {"vae", (cwd / "v.safetensors").string()},
                           {"clip_skip", -2}}},
                         {"prompt", {{"positive", "a face"}, {"negative", "blur"}}},
                         {"semantics", "impact"},
                         {"paste", {{"feather", 5.0}, {"alpha", 200}, {"colour_guard", false}}},
                         {"only", {1, 3, 4, 5}}};
  BOOST_TEST((options.patch == expected), options.patch.dump());
  BOOST_TEST((options.command == Command::detail));
  BOOST_TEST(options.input.value() == cwd / "in.png");
}

BOOST_AUTO_TEST_CASE(loras_and_controls_are_lists_with_strengths_behind_colons) {
  const auto cwd = std::filesystem::current_path();
  const json patch = read({"detail", "in.png", "--lora", "nowhere-style:0.8:0.5", "--lora",
                           "other:-1", "--control", "net.safetensors:0.9", "--lora",
                           "plain.safetensors", "--control", "c:edges"})
                         .patch;
  const json expected = {
      {"loras",
       {{{"file", "nowhere-style"}, {"model_strength", 0.8}, {"clip_strength", 0.5}},
        {{"file", "other"}, {"model_strength", -1.0}, {"clip_strength", -1.0}},
        {{"file", "plain.safetensors"}}}},
      {"controls",
       {{{"file", (cwd / "net.safetensors").string()}, {"strength", 0.9}},
        {{"file", (cwd / "c:edges").string()}}}}};
  BOOST_TEST((patch == expected), patch.dump());
}

BOOST_AUTO_TEST_CASE(prompts_for_segments_and_filters_land_at_their_keys) {
  const Options options =
      read({"detect", "in.png", "--segs", "/a/in.json", "--filter", "label=face, hand",
            "--filter=order=target:width,take_count:2", "--filter", "nms=0.5", "--filter", "merge",
            "--filter", "pick=1,3-4", "--filter", "and=segs:/b/x.json", "--filter", "dilate=-3"});
  BOOST_TEST(options.patch["segs"] == "/a/in.json");
  BOOST_TEST(options.patch["filters"] ==
             json::parse(R"([{"label": "face, hand"}, {"order": {"target": "width",
               "take_count": 2}}, {"nms": 0.5}, {"merge": true}, {"pick": [1, 3, 4]},
               {"and": {"segs": "/b/x.json"}}, {"dilate": -3}])"));
  const Options detail = read({"detail", "in.png", "-w", "[ASC] a [SEP] b", "--negative-wildcard",
                               "{c|d}", "--wildcards", "/x", "--wildcards", "/y/../z"});
  BOOST_TEST(detail.patch["prompt"]["wildcard"] == "[ASC] a [SEP] b");
  BOOST_TEST(detail.patch["prompt"]["negative_wildcard"] == "{c|d}");
  BOOST_TEST(detail.patch["paths"]["wildcards"] == json::parse(R"(["/x", "/z"])"));
  for (const char* bad : {"=5", "pick=x", "range=min:1,max", "order=:"})
    check_refused([&] { read({"detail", "in.png", "--filter", bad}); });
}

BOOST_AUTO_TEST_CASE(machine_flags_do_not_enter_the_job) {
  const Options options = read({"plan", "in.png", "--device", "cpu", "--dtype", "f32", "--memory",
                                "1.5G", "--threads", "2", "-vv"});
  BOOST_TEST(options.patch.empty());
  BOOST_TEST(options.engine.device == "cpu");
  BOOST_TEST(options.engine.memory_bytes == 1610612736u);
  BOOST_TEST(options.engine.threads == 2);
  BOOST_TEST(options.verbosity == 2);
  BOOST_TEST((options.command == Command::plan));
  BOOST_TEST((read({"detail", "--plan", "in.png"}).command == Command::plan));
}

BOOST_AUTO_TEST_CASE(help_and_version_are_texts) {
  BOOST_TEST(read({"--help"}).text.find("detail") != std::string::npos);
  BOOST_TEST(read({"detail", "--help"}).text.find("--denoise") != std::string::npos);
  BOOST_TEST(read({"--version"}).text.starts_with("burin "));
}

BOOST_DATA_TEST_CASE(wrong_arguments_are_refused_with_a_sentence,
                     boost::unit_test::data::make(
                         {"--stepz=3", "--steps=x", "--steps=1.5", "--denoise=nan",
                          "--denoise=", "--seed=18446744073709551616", "--only=0", "--only=1,",
                          "--only=3-1", "--only=a", "--memory=4X", "--memory=0", "--threads=-1",
                          "--mask-mode=x", "--model=", "--job="}),
                     argument) {
  check_refused([&] { read({"detail", "in.png", argument}); });
}

BOOST_AUTO_TEST_CASE(missing_and_surplus_arguments_are_refused) {
  check_refused([] { read({}); });
  check_refused([] { read({"improve", "in.png"}); });
  check_refused([] { read({"detail", "a.png", "b.png"}); });
  check_refused([] { read({"detail", ""}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(job_merge)

BOOST_AUTO_TEST_CASE(flags_override_single_keys_of_the_job) {
  const json merged =
      merge_job({{"detailer", {{"steps", 20}, {"cfg", 8}}}}, {{"detailer", {{"steps", 5}}}});
  BOOST_TEST((merged == json({{"burin_job", 1}, {"detailer", {{"steps", 5}, {"cfg", 8}}}})));
}

BOOST_AUTO_TEST_CASE(a_source_on_the_command_line_replaces_the_jobs) {
  const json job = {{"detect", {{"threshold", 0.7}}}};
  const json by_mask = merge_job(job, {{"selection", {{"file", "m.png"}}}});
  BOOST_TEST(!by_mask.contains("detect"));
  const json by_segs = merge_job({{"selection", {{"file", "m.png"}}}}, {{"segs", "s.json"}});
  BOOST_TEST(!by_segs.contains("selection"));
}

BOOST_AUTO_TEST_CASE(crop_factor_goes_to_the_mask_where_there_is_one) {
  const json merged = merge_job(
      json::object(), {{"selection", {{"file", "m.png"}}}, {"detect", {{"crop_factor", 2.0}}}});
  BOOST_TEST((merged["selection"] == json({{"file", "m.png"}, {"crop_factor", 2.0}})));
  BOOST_TEST(!merged.contains("detect"));
}

BOOST_AUTO_TEST_CASE(a_result_named_ora_is_layers) {
  const json merged = merge_job(json::object(), {{"output", {{"image", "out.ora"}}}});
  BOOST_TEST((merged["output"] == json({{"layers", "out.ora"}})));
  check_refused([] {
    merge_job(json::object(), {{"output", {{"image", "a.ora"}, {"layers", "b.ora"}}}});
  });
}

BOOST_AUTO_TEST_CASE(contradictions_are_refused) {
  check_refused([] { merge_job(json::object(), {{"segs", "s"}, {"selection", {{"file", "m"}}}}); });
  check_refused([] { merge_job({{"segs", "s"}}, {{"detect", {{"threshold", 0.4}}}}); });
  check_refused([] {
    merge_job(json::object(), {{"selection", {{"file", "m"}}}, {"detect", {{"threshold", 0.4}}}});
  });
  check_refused([] { merge_job({{"detailer", 3}}, {{"detailer", {{"steps", 5}}}}); });
}

BOOST_AUTO_TEST_CASE(job_text_may_have_comments_but_no_key_twice) {
  BOOST_TEST((read_job_text("{ // note\n \"a\": {\"b\": 1}, \"c\": {\"b\": 2} }", "x") ==
              json({{"a", {{"b", 1}}}, {"c", {{"b", 2}}}})));
  check_refused([] { read_job_text("{\"a\": 1, \"a\": 2}", "x"); });
  check_refused([] { read_job_text("{\"a\": [{\"b\": 1, \"b\": 2}]}", "x"); });
}

BOOST_DATA_TEST_CASE(text_that_is_no_job_is_refused,
                     boost::unit_test::data::make({"", "{", "[1]", "3", "{\"a\": }", "\xff\xfe"}),
                     text) {
  BOOST_CHECK_EXCEPTION(read_job_text(text, "x"), Failure,
                        [](const Failure& failure) { return failure.code() == ExitCode::usage; });
}

BOOST_AUTO_TEST_CASE(text_that_nests_too_deeply_is_refused) {
  check_refused([] {
    read_job_text("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", "x");
  });
}

BOOST_AUTO_TEST_CASE(paths_of_a_job_start_at_its_folder) {
  const json job = {
      {"image", "a.png"}, {"output", {{"image", "/tmp/b.png"}}}, {"model", {{"vae", nullptr}}}};
  BOOST_TEST(path_in_job(job, "/image", "/home/x").value() == "/home/x/a.png");
  BOOST_TEST(path_in_job(job, "/output/image", "/home/x").value() == "/tmp/b.png");
  BOOST_TEST(!path_in_job(job, "/model/vae", "/home/x"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(progress_line)

BOOST_AUTO_TEST_CASE(shows_bar_stage_face_and_time_left) {
  BOOST_TEST(progress_text({0.25, 72.2, "sample", "face 2 of 6"}, 200) ==
             "[######------------------]  25 %  sample: face 2 of 6  1:13 left");
  BOOST_TEST(progress_text({2.0, -1, "load", ""}, 200) == "[########################] 100 %  load");
  BOOST_TEST(progress_text({0.5, 4000, "sample", "x"}, 40).size() == 39u);
}

BOOST_AUTO_TEST_CASE(parameters_of_a_detector_are_numbers_files_or_text) {
  const Options options =
      read({"detect", "in.png", "--detector", "yolo", "--detector-param", "iou=0.5",
            "--detector-param", "wide=true", "--detector-param", "label=face=2", "--detector-param",
            "model=" BURIN_SOURCE_DIR "/tests/../LICENSE"});
  BOOST_TEST(options.patch["detect"]["params"] == json({{"iou", 0.5},
                                                        {"wide", true},
                                                        {"label", "face=2"},
                                                        {"model", BURIN_SOURCE_DIR "/LICENSE"}}));
  for (const char* text : {"iou", "=0.5", ""})
    check_refused([&] { read({"detect", "in.png", "--detector-param", text}); });
}

BOOST_AUTO_TEST_CASE(segs_takes_what_needs_no_picture) {
  const Options options =
      read({"segs", "/a/in.json", "--filter", "dilate=4", "--only", "2", "--size", "640x480", "-o",
            "/b/out.json", "--mask-output", "/b/m.png", "--masks-dir", "/b/each"});
  BOOST_TEST((options.command == Command::segs));
  BOOST_TEST(options.input.value() == "/a/in.json");
  BOOST_TEST((options.picture_size == std::array<std::int32_t, 2>{640, 480}));
  BOOST_TEST(options.patch["only"] == json::parse("[2]"));
  BOOST_TEST(options.mask_output.value() == "/b/m.png");
  BOOST_TEST(options.masks_folder.value() == "/b/each");
  for (const char* size : {"640", "640x", "x480", "0x4", "-1x4", "640x480x2", "1e3x4", "9999999x1"})
    check_refused([&] { read({"segs", "/a/in.json", "--size", size}); });
  check_refused([] { read({"segs", "/a/in.json", "--detector", "yunet"}); });
}

BOOST_AUTO_TEST_SUITE_END()
