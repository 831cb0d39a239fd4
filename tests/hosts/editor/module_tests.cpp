// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parameters that modules declare, from what `burin plugins` says to a job and back.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <iterator>

#include "burin/cpp/error.hpp"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "shared/editor/module_params.hpp"
#include "shared/editor/module_slots.hpp"
#include "shared/editor/settings.hpp"

namespace {

using namespace burin::host;
using nlohmann::json;

// As the command line prints it.
const json declared = json::parse(R"([
  {"id": "target", "name": "Target", "description": "What it ends at.", "type": "double", "unit": null,
   "default": 0.2, "minimum": 0.0001, "maximum": 1, "advanced": false, "seed": false},
  {"id": "radius", "name": "Radius", "description": null, "type": "int", "unit": "px",
   "default": 4, "minimum": 0, "maximum": 100, "advanced": true, "seed": false},
  {"id": "first_cycle", "name": "First cycle", "description": "From the first on.", "type": "bool",
   "unit": null, "default": false, "advanced": false, "seed": false},
  {"id": "mode", "name": "Mode", "description": "How.", "type": "choice", "unit": null,
   "default": "soft", "advanced": false, "seed": false,
   "choices": [{"id": "soft", "name": "Soft", "description": "Slowly."},
               {"id": "hard", "name": "Hard", "description": null}]},
  {"id": "label", "name": "Label", "description": "A name.", "type": "text", "unit": null,
   "default": "face", "advanced": false, "seed": false},
  {"id": "model", "name": "Model", "description": "A file.", "type": "path", "unit": null,
   "default": "", "advanced": false, "seed": false}
])");

Param param(const char* id) {
  for (const Param& each : params_from_json(declared)) {
    if (each.id == id) return each;
  }
  throw std::logic_error(id);
}

Param number(double least, double most, double standard) {
  Param made;
  made.id = made.name = "n";
  made.widget = ParamWidget::spin;
  made.minimum = least;
  made.maximum = most;
  made.standard = standard;
  return made;
}

ModuleSlot slot_of(const json& job, const std::string& role) {
  for (const ModuleSlot& each : module_slots(job, SlotsFor::search_and_redraw)) {
    if (each.role == role) return each;
  }
  throw std::logic_error(role);
}

constexpr const char* kDetector = "burin.detector/1";
constexpr const char* kUpscaler = "burin.upscaler/1";
constexpr const char* kHook = "burin.detail_hook/1";

}  // namespace

namespace burin::host {
std::ostream& operator<<(std::ostream& out, ParamWidget widget) {
  return out << static_cast<int>(widget);
}
}  // namespace burin::host

BOOST_AUTO_TEST_SUITE(declared_params)

BOOST_AUTO_TEST_CASE(each_type_has_its_widget) {
  const auto params = params_from_json(declared);
  BOOST_TEST_REQUIRE(params.size() == 6u);
  const ParamWidget expected[] = {ParamWidget::spin,   ParamWidget::spin,  ParamWidget::tick,
                                  ParamWidget::choice, ParamWidget::entry, ParamWidget::path};
  for (size_t i = 0; i < params.size(); ++i) BOOST_TEST(params[i].widget == expected[i]);
  BOOST_TEST(!params[0].whole);
  BOOST_TEST(params[1].whole);
  BOOST_TEST(label_of(params[1]) == "Radius (px)");
  BOOST_TEST(hint_of(params[0]) == "What it ends at.\nFrom 0.0001 to 1\nUsually: 0.2");
  BOOST_TEST(hint_of(params[1]) == "From 0 to 100 px\nUsually: 4");
  BOOST_TEST(hint_of(params[2]) == "From the first on.\nUsually: not ticked");
  BOOST_TEST(hint_of(params[3]) == "How.\nSoft: Slowly.\nUsually: Soft");
  BOOST_TEST(hint_of(params[5]) == "A file.");
}

BOOST_AUTO_TEST_CASE(what_is_not_declared_as_documented_is_left_out) {
  BOOST_TEST(params_from_json(json()).empty());
  BOOST_TEST(params_from_json({{"id", 3}}).empty());
  for (const char* key : {"id", "type", "default", "minimum", "maximum"}) {
    for (const json& wrong : {json(), json(json::array()), json("x")}) {
      if (wrong.is_string() && key == std::string("id")) continue;
      json broken = declared[0];
      broken[key] = wrong;
      BOOST_TEST(params_from_json(json::array({broken, declared[1]})).size() == 1u, key);
    }
  }
  json outside = declared[1], no_choice = declared[3];
  outside["default"] = 101;
  no_choice["choices"] = json::array({3, json::object()});
  BOOST_TEST(params_from_json(json::array({outside, no_choice, 7})).empty());
}

BOOST_AUTO_TEST_CASE(numbers_have_steps_and_digits_for_their_range) {
  const auto steps = [](const Param& p) {
    const SpinSteps s = spin_steps(p);
    return std::pair(s.digits, s.step);
  };
  BOOST_TEST((steps(param("radius")) == std::pair(0, 1.0)));
  BOOST_TEST(steps(param("target")).first == 4);
  BOOST_TEST(steps(number(0, 1, 0.5)).first == 3);
  BOOST_CHECK_CLOSE(steps(number(0, 1, 0.5)).second, 0.01, 1e-6);
  BOOST_TEST(steps(number(0, 255, 10)).first == 1);
  BOOST_CHECK_CLOSE(steps(number(0, 255, 10)).second, 2.0, 1e-6);
  BOOST_TEST(steps(number(0, 10, 0.12345)).first == 5);
  BOOST_TEST(steps(number(0, 10, 1.0 / 3)).first == 8);
  BOOST_TEST(steps(number(-1e15, 1e15, 0)).second == 2e13);
  BOOST_TEST(steps(number(2, 2, 2)).second > 0);
}

BOOST_AUTO_TEST_CASE(only_what_differs_from_the_default_is_kept) {
  json params = json::object();
  for (const Param& each : params_from_json(declared)) {
    keep_value(each, shown_value(each, params), params);
  }
  BOOST_TEST(params == json::object());
  keep_value(param("target"), 0.5, params);
  keep_value(param("radius"), 7.0, params);
  keep_value(param("first_cycle"), true, params);
  keep_value(param("mode"), "hard", params);
  keep_value(param("label"), "eye", params);
  keep_value(param("model"), "/m.onnx", params);
  BOOST_TEST(params == json({{"target", 0.5},
                             {"radius", 7},
                             {"first_cycle", true},
                             {"mode", "hard"},
                             {"label", "eye"},
                             {"model", "/m.onnx"}}));
  BOOST_TEST(params["radius"].is_number_integer());
  for (const Param& each : params_from_json(declared)) {
    BOOST_TEST(shown_value(each, params) == params[each.id]);
    keep_value(each, each.standard, params);
  }
  BOOST_TEST(params == json::object());
}

BOOST_AUTO_TEST_CASE(what_a_widget_cannot_show_stays_unless_it_is_changed) {
  json params = {{"target", 0.123456789}, {"newer", 3}};
  keep_value(param("target"), 0.1235, params);  // what the widget makes of it
  BOOST_TEST(params == json({{"target", 0.123456789}, {"newer", 3}}));
  keep_value(param("target"), 0.1236, params);
  BOOST_TEST(params == json({{"target", 0.1236}, {"newer", 3}}));
}

BOOST_AUTO_TEST_CASE(values_that_the_module_would_refuse_are_shown_as_the_default) {
  for (const json& wrong :
       {json("x"), json(true), json(2), json(0), json(), json(json::object())}) {
    json params = {{"target", wrong}};
    BOOST_TEST(shown_value(param("target"), params) == json(0.2));
    keep_value(param("target"), 0.2, params);
    BOOST_TEST(params == json::object());
  }
  BOOST_TEST(shown_value(param("radius"), {{"radius", 3.5}}) == json(4));
  BOOST_TEST(shown_value(param("mode"), {{"mode", "none"}}) == json("soft"));
  BOOST_TEST(shown_value(param("mode"), json(3)) == json("soft"));
}

BOOST_AUTO_TEST_CASE(typed_json_is_an_object_or_a_sentence) {
  BOOST_TEST(object_from_text(" ", "More") == json::object());
  BOOST_TEST(object_from_text("{\"a\": 1}", "More") == json({{"a", 1}}));
  for (const char* text : {"{", "3", "[]", "a"}) {
    BOOST_CHECK_EXCEPTION(object_from_text(text, "More"), burin::sdk::Error, [&](const auto& e) {
      return e.what() == "More is '" + std::string(text) + "'; expected a JSON object.";
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(modules_of_a_job)

BOOST_AUTO_TEST_CASE(a_job_without_modules_has_the_slots_that_all_have) {
  const auto searched = module_slots(json::object(), SlotsFor::search_and_redraw);
  BOOST_TEST(searched.size() == 6u);
  for (const ModuleSlot& slot : searched) {
    BOOST_TEST(module_at(json::object(), slot) == "");
    BOOST_TEST(params_at(json::object(), slot) == json::object());
    BOOST_TEST(!slot.usual.empty());
  }
  BOOST_TEST(module_slots(json::object(), SlotsFor::redraw).size() == 4u);
  BOOST_TEST(modules_part(json::object()) == json::object());
}

BOOST_AUTO_TEST_CASE(modules_are_named_set_and_taken_away_again) {
  json job = {{"detailer", {{"steps", 3}}}};
  const json before = job;
  for (const ModuleSlot& slot : module_slots(job, SlotsFor::search_and_redraw)) {
    put_module(job, slot, "a.module.one");
    BOOST_TEST(module_at(job, slot) == "a.module.one");
    put_params(job, slot, {{"amount", 2}});
    BOOST_TEST(params_at(job, slot) == json({{"amount", 2}}));
    put_module(job, slot, "a.module.one");
    BOOST_TEST(params_at(job, slot) == json({{"amount", 2}}), "the same module keeps them");
    put_module(job, slot, "a.module.two");
    BOOST_TEST(params_at(job, slot) == json::object(), "another one has others");
    put_params(job, slot, json::object());
    BOOST_TEST(!job.contains(slot.params));
  }
  BOOST_TEST(
      job ==
      json({{"detailer",
             {{"steps", 3}, {"sampler_name", "a.module.two"}, {"scheduler", "a.module.two"}}},
            {"detect", {{"detector", "a.module.two"}, {"segmenter", {{"id", "a.module.two"}}}}},
            {"upscaler", {{"id", "a.module.two"}}},
            {"paste", {{"blender", {{"id", "a.module.two"}}}}}}));
  for (const ModuleSlot& slot : module_slots(job, SlotsFor::search_and_redraw)) {
    put_module(job, slot, "");
  }
  BOOST_TEST(job == before);
}

BOOST_AUTO_TEST_CASE(hooks_keep_their_order_whatever_they_are) {
  json job = {{"hooks", {{{"type", "denoise_schedule"}, {"target", 0.3}}}}};
  add_hook(job, "burin.detail_hook.colour_match");
  add_hook(job, "burin.detail_hook.cfg_schedule");
  auto slots = module_slots(job, SlotsFor::redraw);
  BOOST_TEST_REQUIRE(slots.size() == 7u);
  BOOST_TEST((slots[4].kind == ModuleSlot::Kind::built_in_hook));
  BOOST_TEST(module_at(job, slots[4]) == "denoise_schedule");
  BOOST_TEST(params_at(job, slots[4]) == json({{"target", 0.3}}));
  put_params(job, slots[4], {{"target", 0.1}});
  put_params(job, slots[6], {{"target", 5}});
  BOOST_TEST(module_at(job, slots[5]) == "burin.detail_hook.colour_match");
  remove_hook(job, slots[5]);
  BOOST_TEST(job == json({{"hooks",
                           {{{"type", "denoise_schedule"}, {"target", 0.1}},
                            {{"type", "module"},
                             {"id", "burin.detail_hook.cfg_schedule"},
                             {"params", {{"target", 5}}}}}}}));
  remove_hook(job, slots[5]);
  remove_hook(job, slots[4]);
  BOOST_TEST(job == json::object());
}

BOOST_AUTO_TEST_CASE(preprocessors_that_are_modules_have_their_parameters) {
  json job = {{"controls",
               {{{"file", "a"}, {"preprocessor", "canny"}},
                {{"file", "b"}, {"preprocessor", "burin.preprocessor.canny"}}}}};
  const auto slots = module_slots(job, SlotsFor::redraw);
  BOOST_TEST_REQUIRE(slots.size() == 5u);
  BOOST_TEST(slots[4].label == "Control 2");
  put_params(job, slots[4], {{"low", 50}});
  BOOST_TEST(job["controls"][1]["preprocessor_params"] == json({{"low", 50}}));
  BOOST_TEST(modules_part(job) == job);
  job["controls"].erase(1);
  BOOST_TEST(modules_part(job) == json::object());
}

BOOST_AUTO_TEST_CASE(samplers_and_schedulers_are_modules_where_their_name_has_a_dot) {
  const json job = {{"detailer",
                     {{"steps", 3},
                      {"sampler_name", "euler"},
                      {"scheduler", "org.falling"},
                      {"scheduler_params", {{"rho", 7}}}}}};
  BOOST_TEST(module_at(job, slot_of(job, BURIN_SAMPLER_ID)) == "");
  BOOST_TEST(module_at(job, slot_of(job, BURIN_SCHEDULER_ID)) == "org.falling");
  const Settings s = settings_of_job(job);
  BOOST_TEST(s.sampler == "euler");
  BOOST_TEST(s.scheduler == "");
  BOOST_TEST(
      s.more ==
      json({{"detailer", {{"scheduler", "org.falling"}, {"scheduler_params", {{"rho", 7}}}}}}));
  Settings other = s;
  put_module(other.more, slot_of(other.more, BURIN_SCHEDULER_ID), "");
  BOOST_TEST(other.more == json::object());
  const json changed = changed_job(job, other, 7);
  BOOST_TEST(changed["detailer"] == json({{"steps", 3}, {"sampler_name", "euler"}, {"seed", 7}}));
}

BOOST_AUTO_TEST_CASE(a_job_is_taken_apart_and_put_together) {
  const json modules = {{"detect", {{"detector", "yolo"}, {"params", {{"iou", 0.5}}}}},
                        {"hooks", {{{"type", "module"}, {"id", "x"}}}},
                        {"upscaler", {{"id", "esrgan"}}}};
  json job = modules;
  job["detect"]["labels"] = "face";
  job["loras"] = json::array({{{"file", "skin"}}});
  job["paste"] = {{"feather", 3}};
  BOOST_TEST(modules_part(job) == modules);
  const json rest = without_modules(job);
  BOOST_TEST(rest == json({{"detect", {{"labels", "face"}}},
                           {"loras", {{{"file", "skin"}}}},
                           {"paste", {{"feather", 3}}}}));
  BOOST_TEST(with_modules(rest, modules) == job);
  BOOST_TEST(with_modules({{"hooks", {{{"type", "preview"}}}}}, modules)["hooks"] ==
             json({{{"type", "module"}, {"id", "x"}}, {{"type", "preview"}}}));
}

BOOST_AUTO_TEST_CASE(what_a_person_typed_wrong_is_no_module) {
  for (const json& odd :
       {json{{"detect", 5}}, json{{"detect", {{"detector", 3}, {"params", 4}}}},
        json{{"hooks", "x"}}, json{{"hooks", {1, json::object()}}},
        json{{"controls", {{{"a", 1}}}}},
        json{{"upscaler", nullptr}, {"hooks", json::array()}, {"paste", {{"blender", nullptr}}}}}) {
    for (const ModuleSlot& slot : module_slots(odd, SlotsFor::search_and_redraw)) {
      BOOST_TEST(module_at(odd, slot) == "");
      BOOST_TEST(params_at(odd, slot) == json::object());
    }
    json both = without_modules(odd);
    BOOST_CHECK_NO_THROW(with_modules(both, modules_part(odd)));
  }
}

BOOST_AUTO_TEST_CASE(a_job_may_name_a_module_by_the_end_of_its_id) {
  const auto modules = modules_from_json(json::parse(R"([
    {"id": "burin.detector.yolo", "role": "burin.detector/1", "name": "YOLO", "description": "d", "problem": null},
    {"id": "other.yolo", "role": "burin.upscaler/1", "name": "", "description": "", "problem": null},
    {"file": "/x.burin", "problem": "it crashed"}, 3])"));
  BOOST_TEST_REQUIRE(modules.size() == 2u);
  BOOST_TEST(module_called(modules, kDetector, "yolo") == &modules[0]);
  BOOST_TEST(module_called(modules, kDetector, "burin.detector.yolo") == &modules[0]);
  BOOST_TEST(module_called(modules, kUpscaler, "yolo") == &modules[1]);
  BOOST_TEST(modules[1].name == "other.yolo");
  BOOST_TEST(!module_called(modules, kDetector, "olo"));
  BOOST_TEST(!module_called(modules, kHook, "yolo"));
  BOOST_TEST(!module_called(modules, kDetector, ""));
}

BOOST_AUTO_TEST_CASE(modules_of_a_layer_are_shown_and_changed) {
  const json job = {{"hooks", {{{"type", "module"}, {"id", "x"}, {"params", {{"a", 1}}}}}},
                    {"upscaler", {{"id", "esrgan"}, {"params", json::object()}}},
                    {"paste", {{"feather", 3}, {"blender", nullptr}}},
                    {"loras", {{{"file", "skin"}}}},
                    {"segs", {{{"id", 1}}}}};
  Settings s = settings_of_job(job);
  BOOST_TEST(s.more == json({{"hooks", job["hooks"]}, {"upscaler", job["upscaler"]}}));
  BOOST_TEST(changed_job(job, s, 7)["hooks"] == job["hooks"]);
  put_module(s.more, slot_of(s.more, kUpscaler), "");
  put_params(s.more, slot_of(s.more, kHook), {{"a", 2}});
  const json changed = changed_job(job, s, 7);
  BOOST_TEST(!changed.contains("upscaler"));
  BOOST_TEST(changed["hooks"][0]["params"] == json({{"a", 2}}));
  BOOST_TEST(changed["loras"] == job["loras"]);
}

BOOST_AUTO_TEST_CASE(what_is_chosen_survives_as_a_preset) {
  Settings s;
  put_module(s.more, slot_of(s.more, kDetector), "yolo");
  put_params(s.more, slot_of(s.more, kDetector), {{"iou", 0.5}});
  const Settings read = settings_from_json(to_json(s));
  BOOST_TEST(module_at(read.more, slot_of(read.more, kDetector)) == "yolo");
  const json job = search_job(read);
  BOOST_TEST(job["detect"] ==
             json({{"detector", "yolo"}, {"params", {{"iou", 0.5}}}, {"threshold", 0.5}}));
}

BOOST_AUTO_TEST_CASE(other_keys_win_over_what_a_dialog_shows) {
  Settings s;
  s.threshold = 0.3;
  s.crop_factor = 2;
  BOOST_TEST(search_job(s)["detect"] == json({{"threshold", 0.3}, {"crop_factor", 2.0}}));
  s.more = {{"detect", {{"threshold", 0.9}}}, {"paste", {{"feather", 4}}}};
  BOOST_TEST(search_job(s)["detect"]["threshold"] == 0.9);
  BOOST_TEST(selection_job(s, 7)["paste"]["feather"] == 4);
  s.more = json::object();
  BOOST_TEST(selection_job(s, 7)["paste"]["feather"] == 0);
  s.feather = 6;
  BOOST_TEST(selection_job(s, 7)["paste"]["feather"] == 6.0);
  s.more = {{"detect", 5}, {"paste", 5}};
  BOOST_TEST(search_job(s)["detect"] == 5);
  BOOST_TEST(selection_job(s, 7)["paste"] == 5);
}

BOOST_AUTO_TEST_SUITE_END()
