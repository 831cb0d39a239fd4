// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Selection, layer and canvas to a job, and layers back; no editor.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "burin/cpp/error.hpp"
#include "shared/editor/layer_record.hpp"
#include "shared/editor/mask_file.hpp"
#include "shared/editor/scratch_folder.hpp"
#include "shared/editor/segments.hpp"
#include "shared/editor/settings.hpp"

namespace {

using namespace burin::host;
using nlohmann::json;

Document document_with(const Rect& layer) {
  Document document{100, 80, ColourModel::rgb, "RGB", {TargetKind::layer, "Photo", layer}, {}};
  return document;
}

Mask selection_of(std::initializer_list<Rect> rects, float value = 1.0f) {
  Mask mask = full_mask({0, 0, 100, 80});
  for (float& v : mask.values) v = 0;
  for (const Rect& r : rects) {
    for (int y = r.y; y < r.bottom(); ++y)
      for (int x = r.x; x < r.right(); ++x) mask.values[static_cast<size_t>(y * 100 + x)] = value;
  }
  return mask;
}

template <typename Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const burin::sdk::Error& error) {
    return error.what();
  }
  return "";
}

json face(int id, json box) { return {{"id", id}, {"label", "face"}, {"bbox", box}}; }

}  // namespace

namespace burin::host {
std::ostream& operator<<(std::ostream& out, const Rect& r) {
  return out << r.width << " x " << r.height << " at " << r.x << ", " << r.y;
}
}  // namespace burin::host

BOOST_AUTO_TEST_SUITE(reading)

BOOST_AUTO_TEST_CASE(a_layer_is_read_where_it_lies_on_the_canvas) {
  BOOST_TEST(picture_rect(document_with({0, 0, 100, 80}), Source::layer) == Rect({0, 0, 100, 80}));
  BOOST_TEST(picture_rect(document_with({20, 10, 30, 40}), Source::layer) ==
             Rect({20, 10, 30, 40}));
  BOOST_TEST(picture_rect(document_with({-50, -50, 300, 300}), Source::layer) ==
             Rect({0, 0, 100, 80}));
  BOOST_TEST(picture_rect(document_with({-10, 70, 20, 30}), Source::layer) ==
             Rect({0, 70, 10, 10}));
  BOOST_TEST(picture_rect(document_with({20, 10, 30, 40}), Source::visible) ==
             Rect({0, 0, 100, 80}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_in_one_sentence) {
  const auto said = [](auto&& change) {
    Document document = document_with({0, 0, 100, 80});
    change(document);
    const std::string text = refusal([&] { picture_rect(document, Source::layer); });
    BOOST_TEST(!text.empty());
    BOOST_TEST(text.back() == '.');
    return text;
  };
  BOOST_TEST(said([](Document& d) {
               d.colour = ColourModel::indexed;
               d.colour_name = "indexed";
             }) ==
             "The image is in indexed colours; Burin needs RGB or greyscale, so convert it first.");
  BOOST_TEST(said([](Document& d) { d.target.locked = true; }) ==
             "The layer 'Photo' is locked; unlock it first.");
  BOOST_TEST(said([](Document& d) { d.target.rect.width = 0; }) ==
             "The layer 'Photo' has no pixels.");
  BOOST_TEST(said([](Document& d) {
               d.target.rect = {200, 0, 10, 10};
             }) == "The layer 'Photo' (10 x 10 at 200, 0) lies outside the canvas of 100 x 80.");
  BOOST_TEST(said([](Document& d) { d.target.kind = TargetKind::channel; }).find("channel") !=
             std::string::npos);
  BOOST_TEST(said([](Document& d) { d.target.kind = TargetKind::layer_mask; }).find("mask") !=
             std::string::npos);
  BOOST_TEST(said([](Document& d) {
               d.target.kind = TargetKind::floating_selection;
             }).find("floating") != std::string::npos);
  BOOST_TEST(said([](Document& d) { d.target.kind = TargetKind::several; }).find("Several") == 0u);
  BOOST_TEST(said([](Document& d) { d.target.kind = TargetKind::none; }).find("No layer") == 0u);
  BOOST_TEST(said([](Document& d) { d.width = 0; }) == "The image has no pixels.");
}

BOOST_AUTO_TEST_CASE(a_selection_is_needed_and_must_touch_the_layer) {
  Document document = document_with({0, 0, 40, 40});
  const Rect picture = picture_rect(document, Source::layer);
  BOOST_TEST(refusal([&] { needed_selection(document, picture); }).find("Nothing is selected") ==
             0u);
  document.selection = selection_of({{60, 60, 10, 10}});
  BOOST_TEST(refusal([&] { needed_selection(document, picture); }).find("does not touch") !=
             std::string::npos);
  document.selection = selection_of({{30, 30, 20, 20}});
  BOOST_TEST(extent(needed_selection(document, picture), 0.5f) == Rect({30, 30, 10, 10}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(selection_to_segments)

BOOST_AUTO_TEST_CASE(a_rectangle_in_an_offset_layer_becomes_one_segment) {
  const Rect picture = {20, 10, 60, 60};
  const Segments made =
      selection_segments(cut(selection_of({{40, 30, 10, 20}}), picture), picture, false, 2.0);
  BOOST_TEST(made.list.size() == 1u);
  BOOST_TEST(made.list[0]["bbox"] == json({20, 20, 30, 40}));
  BOOST_TEST(made.list[0]["crop_region"] == json({15, 10, 35, 50}));
  const Mask& mask = made.masks.at(mask_key(1));
  BOOST_TEST(mask.rect == Rect({35, 20, 20, 40}));
  BOOST_TEST(mask.at(40, 30) == 1.0f);
  BOOST_TEST(mask.at(39, 30) == 0.0f);
  BOOST_TEST(mask.at(49, 49) == 1.0f);
  BOOST_TEST(mask.at(50, 49) == 0.0f);
}

BOOST_AUTO_TEST_CASE(a_feathered_edge_keeps_its_values_and_lies_in_the_crop) {
  Mask selection = selection_of({{30, 30, 20, 20}}, 0.25f);
  limit_by(selection, selection);
  for (int y = 35; y < 45; ++y)
    for (int x = 35; x < 45; ++x) selection.values[static_cast<size_t>(y * 100 + x)] = 1.0f;
  const Rect picture = {0, 0, 100, 80};
  const Segments made = selection_segments(selection, picture, false, 1.0);
  BOOST_TEST(made.list[0]["bbox"] == json({35, 35, 45, 45}));
  BOOST_TEST(made.list[0]["crop_region"] == json({30, 30, 50, 50}));
  BOOST_TEST(made.masks.at(mask_key(1)).at(30, 30) == 0.25f);
  BOOST_TEST(made.masks.at(mask_key(1)).at(40, 40) == 1.0f);
}

BOOST_AUTO_TEST_CASE(pieces_are_apart_unless_they_are_to_be_one) {
  const Mask selection = selection_of({{10, 10, 10, 10}, {60, 40, 20, 10}});
  const Rect picture = {0, 0, 100, 80};
  const Segments apart = selection_segments(selection, picture, false, 1.5);
  BOOST_TEST(apart.list.size() == 2u);
  BOOST_TEST(apart.list[1]["bbox"] == json({60, 40, 80, 50}));
  // The other piece does not reach into a piece's crop.
  BOOST_TEST(extent(apart.masks.at(mask_key(1)), 0.5f) == Rect({10, 10, 10, 10}));
  const Segments one = selection_segments(selection, picture, true, 1.5);
  BOOST_TEST(one.list.size() == 1u);
  BOOST_TEST(one.list[0]["bbox"] == json({10, 10, 80, 50}));
}

BOOST_AUTO_TEST_CASE(corners_that_touch_are_one_piece) {
  BOOST_TEST(blobs(selection_of({{10, 10, 2, 2}, {12, 12, 2, 2}})).size() == 1u);
  BOOST_TEST(blobs(selection_of({})).empty());
}

BOOST_AUTO_TEST_CASE(surroundings_move_inside_and_never_lose_the_box) {
  const Rect limit = {5, 5, 50, 40};
  BOOST_TEST(surroundings({5, 5, 10, 10}, 2, limit) == Rect({5, 5, 20, 20}));
  BOOST_TEST(surroundings({45, 35, 10, 10}, 3, limit) == Rect({25, 15, 30, 30}));
  BOOST_TEST(surroundings({10, 10, 30, 30}, 100, limit) == limit);
}

BOOST_AUTO_TEST_CASE(masks_reach_the_job_as_a_tensor_file) {
  const ScratchFolder scratch;
  const Rect picture = {0, 0, 100, 80};
  json job = {{"detect", {{"threshold", 0.5}}}, {"only", {1}}};
  put_segments(job, selection_segments(selection_of({{10, 20, 3, 2}}), picture, false, 1.0),
               scratch.path());
  BOOST_TEST(!job.contains("detect"));
  BOOST_TEST(!job.contains("only"));
  const json mask = job["segs"][0]["mask"];
  BOOST_TEST(mask["key"] == "seg.1.mask");
  std::ifstream in(mask["tensor"].get<std::string>(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  BOOST_TEST(length % 8 == 0u);
  const json header = json::parse(bytes.substr(8, length));
  BOOST_TEST(header["seg.1.mask"]["shape"] == json({2, 3}));
  BOOST_TEST(bytes.size() == 8 + length + 6 * sizeof(float));
  BOOST_TEST(refusal([&] {
               write_masks("/nowhere/masks", {});
             }).find("Cannot write the masks to /nowhere/masks") == 0u);
}

BOOST_AUTO_TEST_CASE(faces_follow_the_ticks_and_the_selection) {
  const json found = {{"segs", {face(1, {10, 10, 20, 20}), face(2, {60.5, 10, 70, 20})}}};
  const Rect picture = {20, 10, 80, 70};
  BOOST_TEST(chosen_faces(found, {}, picture, nullptr).size() == 2u);
  const json second =
      chosen_faces(found, {{1, false, ""}, {2, true, "an old man"}}, picture, nullptr);
  BOOST_TEST(second.size() == 1u);
  BOOST_TEST(second[0]["prompt"]["positive"] == "an old man");
  const Mask left = selection_of({{30, 20, 5, 5}});
  const json selected = chosen_faces(found, {}, picture, &left);
  BOOST_TEST(selected.size() == 1u);
  BOOST_TEST(selected[0]["id"] == 1);
  BOOST_TEST(box_on_canvas(found["segs"][1], picture) == Rect({80, 20, 10, 10}));
  BOOST_TEST(!refusal([&] { box_on_canvas(json::object(), picture); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(a_mask_stays_below_the_selection_and_the_opacity) {
  std::vector<float> values = {1.0f, 0.5f, 1.5f, 1.0f};
  int64_t shape[2] = {2, 2};
  DLTensor engine = {values.data(), {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, nullptr, 0};
  const Rect rect = {10, 10, 2, 2};
  const Mask selection{rect, {0.25f, 1.0f, 1.0f, 0.0f}};
  const Mask opacity{rect, {1.0f, 1.0f, 0.5f, 1.0f}};
  const Mask mask = layer_mask(engine, rect, &selection, &opacity);
  const std::vector<float> expected = {0.25f, 0.5f, 0.5f, 0.0f};
  BOOST_TEST(mask.values == expected, boost::test_tools::per_element());
  BOOST_TEST(!refusal([&] { layer_mask(engine, {0, 0, 3, 2}, nullptr, nullptr); }).empty());
}

BOOST_AUTO_TEST_CASE(colours_get_an_alpha_of_one) {
  std::vector<float> grey = {0.1f, 0.2f};
  int64_t shape[3] = {1, 2, 1};
  const DLTensor pixels = {grey.data(), {kDLCPU, 0}, 3, {kDLFloat, 32, 1}, shape, nullptr, 0};
  const std::vector<float> expected = {0.1f, 1.0f, 0.2f, 1.0f};
  BOOST_TEST(with_alpha(pixels, {5, 5, 2, 1}) == expected, boost::test_tools::per_element());
  DLTensor bytes = pixels;
  bytes.dtype = {kDLUInt, 8, 1};
  BOOST_TEST(!refusal([&] { with_alpha(bytes, {5, 5, 2, 1}); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(record)

LayerRecord example() {
  json job = {{"burin_job", 1},
              {"detailer", {{"seed", 18446744073709551615ull}}},
              {"output", {{"image", "x"}}},
              {"segs",
               {face(1, {0, 0, 5, 5}),
                {{"id", 2},
                 {"bbox", {20.0, 10.0, 30.0, 30.0}},
                 {"landmarks", {{25.0, 20.0}}},
                 {"mask", {{"tensor", "/gone"}, {"key", "k"}}}}}}};
  LayerRecord made = make_record(job, 2, Source::layer, {10, 10, 80, 60}, {25, 15, 20, 30});
  made.crop = "sha256:ab";
  return made;
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_read_back) {
  const LayerRecord read = read_record(to_text(example()));
  BOOST_TEST(read.job["segs"].size() == 1u);
  BOOST_TEST(!read.job["segs"][0].contains("mask"));
  BOOST_TEST(!read.job.contains("output"));
  BOOST_TEST(read.job["detailer"]["seed"].get<std::uint64_t>() == 18446744073709551615ull);
  BOOST_TEST(read.picture == Rect({10, 10, 80, 60}));
  BOOST_TEST(read.layer == Rect({25, 15, 20, 30}));
  BOOST_TEST(read.crop == "sha256:ab");
  BOOST_TEST(!refusal([] { make_record(json::object(), 1, Source::layer, {}, {}); }).empty());
}

const char* const broken[] = {
    "",
    "[]",
    "{\"burin_layer\":2}",
    "{\"burin_layer\":1}",
    "{\"burin_layer\":1,\"job\":{\"segs\":[]}}",
    "{\"burin_layer\":1,\"job\":{\"segs\":[{}]},\"picture\":[0,0,9,9],\"layer\":[0,0,9,9]}",
    "{\"burin_layer\":1,\"job\":{\"segs\":[{\"bbox\":[0,0,1,1]}]},\"picture\":[0,0,0,9],"
    "\"layer\":[0,0,9,9]}",
    "{\"burin_layer\":1,\"job\":{\"segs\":[{\"bbox\":[0,0,1,1]}]},\"picture\":[0,0,9,9],"
    "\"layer\":[0,0,1e9,9]}",
};
BOOST_DATA_TEST_CASE(what_is_no_record_is_refused, boost::unit_test::data::make(broken), text) {
  const std::string said = refusal([&] { read_record(text); });
  BOOST_TEST(!said.empty());
  BOOST_TEST(said.back() == '.');
}

BOOST_AUTO_TEST_CASE(a_layer_is_redrawn_where_it_was_moved_to) {
  const ScratchFolder scratch;
  const Rect layer = {35, 20, 20, 30}, picture = {0, 0, 100, 80};
  const json job = rerun_job(example(), layer, picture, full_mask(layer), scratch.path());
  const json seg = job["segs"][0];
  BOOST_TEST(seg["crop_region"] == json({35, 20, 55, 50}));
  // 20, 10 in the picture at 10, 10 was 5, 5 in the layer at 25, 15.
  BOOST_TEST(seg["bbox"] == json({40.0, 25.0, 50.0, 45.0}));
  BOOST_TEST(seg["landmarks"][0] == json({45.0, 35.0}));
  BOOST_TEST(seg["mask"].contains("tensor"));
  const LayerRecord after = rerun_record(job, example(), layer, picture);
  BOOST_TEST(after.layer == layer);
  BOOST_TEST(after.picture == picture);
}

BOOST_AUTO_TEST_CASE(a_layer_that_was_scaled_takes_its_box_along) {
  const ScratchFolder scratch;
  const Rect layer = {0, 0, 40, 60}, picture = {0, 0, 100, 80};
  const json job = rerun_job(example(), layer, picture, full_mask(layer), scratch.path());
  BOOST_TEST(job["segs"][0]["bbox"] == json({10.0, 10.0, 30.0, 50.0}));
}

BOOST_AUTO_TEST_CASE(a_layer_off_its_picture_or_with_a_black_mask_is_not_redrawn) {
  const ScratchFolder scratch;
  const Rect layer = {90, 20, 20, 30};
  const auto run = [&](const Rect& at, const Mask& mask) {
    return refusal([&] { rerun_job(example(), at, {0, 0, 100, 80}, mask, scratch.path()); });
  };
  BOOST_TEST(run(layer, full_mask(layer)).find("no longer covers") != std::string::npos);
  BOOST_TEST(run({0, 0, 20, 30}, Mask{}).find("black everywhere") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(faces_found_again)

BOOST_AUTO_TEST_CASE(ticks_and_prompts_stay_with_a_face_whatever_its_number) {
  const std::vector<PlacedChoice> before = {{{0, 0, 10, 10}, {1, false, "left"}},
                                            {{50, 0, 10, 10}, {2, true, "right"}}};
  const FaceChoice right = choice_for(1, {51, 1, 10, 10}, before);
  BOOST_TEST(right.id == 1);
  BOOST_TEST(right.include);
  BOOST_TEST(right.prompt == "right");
  BOOST_TEST(!choice_for(2, {0, 0, 9, 10}, before).include);
  const FaceChoice other = choice_for(3, {5, 5, 10, 10}, before);
  BOOST_TEST(other.include);
  BOOST_TEST(other.prompt.empty());
  BOOST_TEST(choice_for(4, {}, {}).include);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(settings_become_a_job_and_come_back) {
  Settings s;
  s.model = "/m.safetensors";
  s.prompt = "an \u00e9lan";
  s.denoise = 0.4;
  s.size = 512;
  s.more = {{"detailer", {{"cycle", 2}}}, {"prompt", {{"negative", "blurry"}}}};
  const json job = job_of(s, 77);
  BOOST_TEST(job["detailer"]["seed"] == 77);
  BOOST_TEST(job["detailer"]["cycle"] == 2);
  BOOST_TEST(job["detailer"]["guide_size"] == 512);
  BOOST_TEST(!job["detailer"].contains("steps"));
  const Settings back = settings_of_job(job);
  BOOST_TEST(back.prompt == s.prompt);
  BOOST_TEST(back.negative == "blurry");
  BOOST_TEST(*back.seed == 77u);
  BOOST_TEST(to_json(settings_from_json(to_json(s))) == to_json(s));
}

BOOST_AUTO_TEST_CASE(what_is_left_out_of_a_layers_settings_is_left_out_of_its_job) {
  const json job = {
      {"prompt", {{"positive", "a face"}, {"negative", "blurry"}}},
      {"detailer", {{"seed", 5u}, {"denoise", 0.4}, {"cycle", 2}}},
      {"paste", {{"feather", 12}}},
      {"segs", {{{"id", 3}, {"prompt", {{"positive", "an old man"}}}, {"seed", 9u}}}}};
  Settings s = settings_of_job(job);
  BOOST_TEST(s.prompt == "an old man");
  BOOST_TEST(s.negative == "blurry");
  BOOST_TEST(*s.seed == 9u);
  BOOST_TEST(settings_of_job(changed_job(job, s, 1)).prompt == "an old man");
  s.prompt.clear();
  s.denoise.reset();
  s.feather.reset();
  s.seed.reset();
  const json changed = changed_job(job, s, 77);
  BOOST_TEST(changed["prompt"] == json({{"negative", "blurry"}}));
  BOOST_TEST(changed["detailer"] == json({{"seed", 77}, {"cycle", 2}}));
  BOOST_TEST(changed["segs"][0] == json({{"id", 3}, {"prompt", json::object()}}));
  BOOST_TEST(!changed["paste"].contains("feather"));
}

BOOST_AUTO_TEST_CASE(a_typed_seed_is_a_whole_number_or_a_sentence) {
  BOOST_TEST(!seed_from_text(""));
  BOOST_TEST(*seed_from_text("18446744073709551615") == 18446744073709551615ull);
  for (const char* text : {"x", "-1", "1.5", " 1", "18446744073709551616"}) {
    const std::string said = refusal([&] { seed_from_text(text); });
    BOOST_TEST(said.find(std::string("The seed is '") + text + "'; expected") == 0u, said);
  }
}

BOOST_AUTO_TEST_CASE(another_roll_changes_the_seed_alone) {
  json job = {{"prompt", {{"positive", "a face"}}},
              {"detailer", {{"seed", 5}, {"denoise", 0.4}}},
              {"segs", {{{"id", 3}, {"prompt", {{"positive", "an old man"}}}}}}};
  json rolled = rerolled_job(job, 6);
  BOOST_TEST(rolled["detailer"]["seed"] == 6);
  rolled["detailer"]["seed"] = 5;
  BOOST_TEST(rolled == job);
  job["segs"][0]["seed"] = 9;
  BOOST_TEST(rerolled_job(job, 6)["segs"][0]["seed"] == 6);
}

BOOST_AUTO_TEST_CASE(last_values_and_presets_survive_a_restart) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "config" / "editor.json";
  SavedSettings saved;
  saved.last.prompt = "last";
  saved.last.source = Source::visible;
  saved.presets["Gentle"].denoise = 0.25;
  save_settings(saved, file);
  const SavedSettings read = load_settings(file);
  BOOST_TEST(read.last.prompt == "last");
  BOOST_TEST((read.last.source == Source::visible));
  BOOST_TEST(*read.presets.at("Gentle").denoise == 0.25);
  std::ofstream(file) << "{ \"last\": 3, \"presets\": [";
  BOOST_TEST(load_settings(file).last.prompt.empty());
  BOOST_TEST(load_settings(scratch.path() / "none").presets.empty());
  BOOST_TEST(!refusal([&] { save_settings(saved, "/proc/none/editor.json"); }).empty());
}

BOOST_AUTO_TEST_CASE(settings_of_wrong_types_are_left_out) {
  const Settings s =
      settings_from_json({{"denoise", "x"}, {"seed", -1}, {"more", 3}, {"model", 1}});
  BOOST_TEST(!s.denoise);
  BOOST_TEST(!s.seed);
  BOOST_TEST(s.model.empty());
}

BOOST_AUTO_TEST_SUITE_END()
