// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Every role and extension as a C++ module plays it, called as a host calls it.
#include <array>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <memory>

#include "burin/cpp/modules.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/ext/cuda.h"
#include "burin/ext/modules.h"
#include "burin/ext/params.h"
#include "burin/ext/state.h"
#include "burin/role/blender.h"
#include "burin/role/detail_hook.h"
#include "burin/role/preprocessor.h"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "burin/role/segmenter.h"
#include "burin/role/upscaler.h"
#include "workspace.hpp"

using namespace burin;
using namespace burin::test;

namespace {

// float32 in C order.
struct Floats {
  std::vector<float> values;
  std::vector<int64_t> shape;
  DLTensor tensor = {};
  Floats(std::vector<int64_t> s, std::vector<float> v) : values(std::move(v)), shape(std::move(s)) {
    tensor.data = values.data();
    tensor.device = {kDLCPU, 0};
    tensor.ndim = static_cast<int>(shape.size());
    tensor.dtype = {kDLFloat, 32, 1};
    tensor.shape = shape.data();
  }
};

// The modules, one of them and an instance of it.
template <typename Api>
struct Made {
  sdk::ModuleSet modules;
  const Api* api = nullptr;
  void* self = nullptr;
  explicit Made(const char* role) {
    modules.open(Workspace::module("roles"));
    api = modules.find<Api>(role, "").api;
    BOOST_REQUIRE(api->create(modules.host(), nullptr, &self) == BURIN_OK);
  }
  ~Made() { api->destroy(self); }
  template <typename Extension>
  const Extension* extension(const char* role, const char* id) const {
    const void* found = nullptr;
    const auto status = burin_loader_extension(modules.loader(), role, "", id, &found);
    return status == BURIN_OK ? static_cast<const Extension*>(found) : nullptr;
  }
};

const std::array<double, 3> table = {0.1, 1, 10};
const burin_noise_levels levels = {sizeof(levels), 0.1, 10, 3, table.data()};

burin_param_value number(burin_param_type type, double value) {
  return {sizeof(burin_param_value), type, value, nullptr};
}
burin_param_value text(burin_param_type type, const char* value) {
  return {sizeof(burin_param_value), type, 0, value};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(roles, Workspace)

BOOST_AUTO_TEST_CASE(a_scheduler_gives_levels_and_refuses_what_breaks_the_contract) {
  Made<burin_scheduler> line(BURIN_SCHEDULER_ID);
  std::array<double, 3> out = {-1, -1, -1};
  BOOST_TEST(line.api->sigmas(line.self, &levels, 2, out.data()) == BURIN_OK);
  BOOST_TEST(out == (std::array<double, 3>{10, 5.05, 0}), boost::test_tools::per_element());

  std::array<double, 3> untouched = {-1, -1, -1};
  BOOST_TEST(line.api->sigmas(line.self, &levels, 0, untouched.data()) == BURIN_E_INVALID);
  BOOST_TEST(line.api->sigmas(line.self, nullptr, 2, untouched.data()) == BURIN_E_INVALID);
  auto wrong = levels;
  wrong.most = std::numeric_limits<double>::infinity();
  BOOST_TEST(line.api->sigmas(line.self, &wrong, 2, untouched.data()) == BURIN_E_INVALID);
  BOOST_TEST(contains(burin_last_error(), "from 0.1"));
  BOOST_TEST(line.api->sigmas(nullptr, &levels, 2, untouched.data()) == BURIN_E_INVALID);

  const auto* params = line.extension<burin_params>(BURIN_SCHEDULER_ID, BURIN_PARAMS_ID);
  BOOST_REQUIRE(params);
  const auto rising = text(BURIN_PARAM_CHOICE, "rising");
  BOOST_REQUIRE(params->set(line.self, "shape", &rising) == BURIN_OK);
  BOOST_TEST(line.api->sigmas(line.self, &levels, 2, untouched.data()) == BURIN_E_INTERNAL);
  BOOST_TEST(contains(burin_last_error(), "2.0"));
  BOOST_TEST(untouched == (std::array<double, 3>{-1, -1, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parameters_are_declared_checked_set_and_read) {
  Made<burin_scheduler> line(BURIN_SCHEDULER_ID);
  const auto* params = line.extension<burin_params>(BURIN_SCHEDULER_ID, BURIN_PARAMS_ID);
  BOOST_REQUIRE(params);
  BOOST_REQUIRE(params->count == 6U);
  const burin_param& power = *params->params[0];
  BOOST_TEST(std::string(power.id) == "power");
  BOOST_TEST((power.type == BURIN_PARAM_DOUBLE && power.minimum == 0.5 && power.maximum == 4));
  BOOST_TEST(power.default_number == 1);
  const burin_param& shape = *params->params[1];
  BOOST_REQUIRE(shape.choice_count == 2U);
  BOOST_TEST(std::string(shape.choices[1]->id) == "rising");
  BOOST_TEST(params->params[2]->flags == BURIN_PARAM_ADVANCED);
  BOOST_TEST(std::string(params->params[2]->unit) == "px");

  const auto get = [&](const char* id) {
    burin_param_value value = {};
    BOOST_REQUIRE(params->get(line.self, id, &value) == BURIN_OK);
    return value;
  };
  BOOST_TEST(get("count").number == 2);
  BOOST_TEST(get("on").number == 1);
  BOOST_TEST(std::string(get("shape").text) == "falling");
  BOOST_TEST(std::string(get("note").text) == "plain");
  BOOST_TEST(std::string(get("file").text) == "");

  const auto set = [&](const char* id, const burin_param_value& value) {
    return params->set(line.self, id, &value);
  };
  BOOST_TEST(set("power", number(BURIN_PARAM_DOUBLE, 2)) == BURIN_OK);
  BOOST_TEST(get("power").number == 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {0.4, 4.1, nan, -1e308}) {
    BOOST_TEST(set("power", number(BURIN_PARAM_DOUBLE, wrong)) == BURIN_E_INVALID);
  }
  BOOST_TEST(contains(burin_last_error(), "'power'"));
  BOOST_TEST(set("power", number(BURIN_PARAM_INT, 2)) == BURIN_E_INVALID);
  BOOST_TEST(set("count", number(BURIN_PARAM_INT, 0.5)) == BURIN_E_INVALID);
  BOOST_TEST(set("count", number(BURIN_PARAM_INT, 4)) == BURIN_E_INVALID);
  BOOST_TEST(set("count", number(BURIN_PARAM_INT, -3)) == BURIN_OK);
  BOOST_TEST(set("on", number(BURIN_PARAM_BOOL, 2)) == BURIN_E_INVALID);
  BOOST_TEST(set("shape", text(BURIN_PARAM_CHOICE, "round")) == BURIN_E_INVALID);
  BOOST_TEST(contains(burin_last_error(), "falling, rising"));
  BOOST_TEST(set("note", text(BURIN_PARAM_TEXT, nullptr)) == BURIN_E_INVALID);
  BOOST_TEST(set("nothing", number(BURIN_PARAM_BOOL, 1)) == BURIN_E_NOT_FOUND);
  BOOST_TEST(params->set(line.self, nullptr, nullptr) == BURIN_E_NOT_FOUND);
  BOOST_TEST(params->set(line.self, "power", nullptr) == BURIN_E_INVALID);
  BOOST_TEST(params->get(line.self, "power", nullptr) == BURIN_E_INVALID);
  BOOST_TEST(get("power").number == 2);
  BOOST_TEST(set("note", text(BURIN_PARAM_TEXT, "refused")) == BURIN_E_INVALID);
  BOOST_TEST(std::string(get("note").text) == "plain");
}

BOOST_AUTO_TEST_CASE(a_state_comes_back_and_foreign_bytes_are_refused) {
  Made<burin_scheduler> line(BURIN_SCHEDULER_ID);
  const auto* state = line.extension<burin_state>(BURIN_SCHEDULER_ID, BURIN_STATE_ID);
  const auto* params = line.extension<burin_params>(BURIN_SCHEDULER_ID, BURIN_PARAMS_ID);
  BOOST_REQUIRE((state && params));
  BOOST_TEST(!line.extension<burin_cuda>(BURIN_SCHEDULER_ID, BURIN_CUDA_ID));
  const auto two = number(BURIN_PARAM_DOUBLE, 2);
  BOOST_REQUIRE(params->set(line.self, "power", &two) == BURIN_OK);
  burin_tensor saved = {};
  BOOST_REQUIRE(state->save(line.self, &saved) == BURIN_OK);
  BOOST_REQUIRE((saved.dl.ndim == 1 && saved.dl.shape[0] == 2));
  const auto one = number(BURIN_PARAM_DOUBLE, 1);
  BOOST_REQUIRE(params->set(line.self, "power", &one) == BURIN_OK);
  BOOST_TEST(state->load(line.self, "xy", 2) == BURIN_E_INVALID);
  BOOST_TEST(state->load(line.self, nullptr, 7) == BURIN_E_INVALID);
  burin_param_value now = {};
  params->get(line.self, "power", &now);
  BOOST_TEST(now.number == 1);
  BOOST_TEST(state->load(line.self, saved.dl.data, 2) == BURIN_OK);
  params->get(line.self, "power", &now);
  BOOST_TEST(now.number == 2);
  saved.release(&saved);
  saved.release(&saved);
}

BOOST_AUTO_TEST_CASE(a_sampler_asks_the_host_and_passes_its_status_on) {
  Made<burin_sampler> euler(BURIN_SAMPLER_ID);
  struct Host {
    uint32_t steps = 0, cancel_at = 99;
  } state;
  burin_sampler_host host = {};
  host.struct_size = sizeof(host);
  host.ctx = &state;
  host.denoise = [](void*, const DLTensor* x, double, DLTensor* out) {
    const auto* from = static_cast<const float*>(x->data);
    for (int i = 0; i < 2; ++i) static_cast<float*>(out->data)[i] = from[i] / 2;
    return burin_status(BURIN_OK);
  };
  host.noise = [](void*, double, double, DLTensor* out) {
    for (int i = 0; i < 2; ++i) static_cast<float*>(out->data)[i] = 1;
    return burin_status(BURIN_OK);
  };
  host.step_done = [](void* ctx, uint32_t step, const DLTensor*) {
    auto& s = *static_cast<Host*>(ctx);
    s.steps = step;
    if (step != s.cancel_at) return burin_status(BURIN_OK);
    burin_set_last_error("that is enough");
    return burin_status(BURIN_E_CANCELLED);
  };
  const std::array<double, 3> sigmas = {4, 2, 0};
  Floats x({1, 1, 1, 2}, {3, 7});
  BOOST_TEST(euler.api->sample(euler.self, &host, sigmas.data(), 2, &x.tensor) == BURIN_OK);
  BOOST_TEST(state.steps == 2U);
  // ((3 + 1) 3/4) 1/2
  BOOST_TEST(x.values == std::vector<float>({1.5F, 3.0F}), boost::test_tools::per_element());

  state.cancel_at = 1;
  BOOST_TEST(euler.api->sample(euler.self, &host, sigmas.data(), 2, &x.tensor) ==
             BURIN_E_CANCELLED);
  BOOST_TEST(state.steps == 1U);
  BOOST_TEST(std::string(burin_last_error()) == "that is enough");

  const std::array<double, 3> rising = {2, 4, 0}, early = {4, 0, 0};
  BOOST_TEST(euler.api->sample(euler.self, &host, rising.data(), 2, &x.tensor) == BURIN_E_INVALID);
  BOOST_TEST(euler.api->sample(euler.self, &host, early.data(), 2, &x.tensor) == BURIN_E_INVALID);
  BOOST_TEST(euler.api->sample(euler.self, &host, sigmas.data(), 0, &x.tensor) == BURIN_E_INVALID);
  host.noise = nullptr;
  BOOST_TEST(euler.api->sample(euler.self, &host, sigmas.data(), 2, &x.tensor) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(pictures_are_checked_worked_on_and_handed_over) {
  Made<burin_preprocessor> negative(BURIN_PREPROCESSOR_ID);
  Floats rgb({1, 2, 3}, {0, 0.25F, 1, 1, 1, 0.5F});
  burin_tensor out = {};
  double fraction = 0;
  burin_run run = {};
  run.struct_size = sizeof(run);
  run.ctx = &fraction;
  run.progress = [](void* ctx, const burin_progress* p) {
    *static_cast<double*>(ctx) = p->fraction;
  };
  BOOST_REQUIRE(negative.api->process(negative.self, &rgb.tensor, &run, &out) == BURIN_OK);
  BOOST_TEST(fraction == 1);
  const auto* made = static_cast<const float*>(out.dl.data);
  BOOST_TEST(std::vector<float>(made, made + 6) == std::vector<float>({1, 0.75F, 0, 0, 0, 0.5F}),
             boost::test_tools::per_element());
  out.release(&out);
  BOOST_TEST(out.dl.data == nullptr);

  run.cancelled = [](void*) { return int32_t(1); };
  const auto process = [&](const DLTensor* picture, const burin_run* r = nullptr) {
    burin_tensor untouched = {};
    const auto status = negative.api->process(negative.self, picture, r, &untouched);
    BOOST_TEST(untouched.release == nullptr);
    return status;
  };
  BOOST_TEST(process(&rgb.tensor, &run) == BURIN_E_CANCELLED);
  BOOST_TEST(process(nullptr) == BURIN_E_INVALID);
  DLTensor wrong = rgb.tensor;
  wrong.dtype = {kDLUInt, 8, 1};
  BOOST_TEST(process(&wrong) == BURIN_E_INVALID);
  wrong = rgb.tensor;
  wrong.device = {kDLCUDA, 0};
  BOOST_TEST(process(&wrong) == BURIN_E_INVALID);
  wrong = rgb.tensor;
  wrong.ndim = 2;
  BOOST_TEST(process(&wrong) == BURIN_E_INVALID);
  Floats grey({1, 2, 1}, {0, 1}), none({0, 2, 3}, {});
  BOOST_TEST(process(&grey.tensor) == BURIN_E_INVALID);
  BOOST_TEST(contains(burin_last_error(), "1 channels"));
  BOOST_TEST(process(&none.tensor) == BURIN_E_INVALID);
  BOOST_TEST(negative.api->process(negative.self, &rgb.tensor, nullptr, nullptr) ==
             BURIN_E_INVALID);

  // Columns from right to left, by strides.
  int64_t strides[] = {6, -3, 1};
  DLTensor mirrored = rgb.tensor;
  mirrored.strides = strides;
  mirrored.byte_offset = 3 * sizeof(float);
  BOOST_REQUIRE(negative.api->process(negative.self, &mirrored, nullptr, &out) == BURIN_OK);
  BOOST_TEST(static_cast<const float*>(out.dl.data)[4] == 0.75F);
  out.release(&out);
}

BOOST_AUTO_TEST_CASE(an_upscaler_of_another_size_than_its_factor_is_refused) {
  Made<burin_upscaler> repeat(BURIN_UPSCALER_ID);
  const auto* params = repeat.extension<burin_params>(BURIN_UPSCALER_ID, BURIN_PARAMS_ID);
  Floats rgb({1, 1, 3}, {0.1F, 0.2F, 0.3F});
  uint32_t factor = 0;
  BOOST_TEST(repeat.api->factor(repeat.self, &factor) == BURIN_OK);
  BOOST_TEST(factor == 2U);
  burin_tensor out = {};
  burin_upscaler_options options = {sizeof(options), 0, 0};
  BOOST_REQUIRE(repeat.api->upscale(repeat.self, &rgb.tensor, &options, nullptr, &out) == BURIN_OK);
  BOOST_TEST((out.dl.shape[0] == 2 && out.dl.shape[1] == 2 && out.dl.shape[2] == 3));
  out.release(&out);
  options.tile = 1;
  BOOST_TEST(repeat.api->upscale(repeat.self, &rgb.tensor, &options, nullptr, &out) ==
             BURIN_E_INTERNAL);
  BOOST_TEST(contains(burin_last_error(), "expected is 2 x 2"));
  options.struct_size = sizeof(uint32_t);  // older: knows no tile yet
  BOOST_REQUIRE(repeat.api->upscale(repeat.self, &rgb.tensor, &options, nullptr, &out) == BURIN_OK);
  out.release(&out);
  const auto zero = number(BURIN_PARAM_INT, 0);
  BOOST_REQUIRE(params->set(repeat.self, "factor", &zero) == BURIN_OK);
  BOOST_TEST(repeat.api->factor(repeat.self, &factor) == BURIN_E_INTERNAL);
  BOOST_TEST(factor == 2U);
}

BOOST_AUTO_TEST_CASE(a_blender_gets_crops_of_one_size) {
  Made<burin_blender> mix(BURIN_BLENDER_ID);
  Floats under({1, 2, 1}, {0, 0}), over({1, 2, 1}, {1, 1}), mask({1, 2}, {0.25F, 0});
  burin_tensor out = {};
  BOOST_REQUIRE(mix.api->blend(mix.self, &under.tensor, &over.tensor, &mask.tensor, nullptr,
                               &out) == BURIN_OK);
  BOOST_TEST(static_cast<const float*>(out.dl.data)[0] == 0.25F);
  BOOST_TEST(static_cast<const float*>(out.dl.data)[1] == 0.0F);
  out.release(&out);
  Floats tall({2, 1}, {0, 0}), colour({1, 2, 3}, std::vector<float>(6));
  BOOST_TEST(mix.api->blend(mix.self, &under.tensor, &over.tensor, &tall.tensor, nullptr, &out) ==
             BURIN_E_INVALID);
  BOOST_TEST(contains(burin_last_error(), "1 x 2"));
  BOOST_TEST(mix.api->blend(mix.self, &under.tensor, &colour.tensor, &mask.tensor, nullptr, &out) ==
             BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(a_segmenter_answers_each_prompt) {
  Made<burin_segmenter> boxes(BURIN_SEGMENTER_ID);
  std::vector<uint8_t> pixels(4 * 5 * 3);
  const sdk::TensorView rgb(pixels.data(), sdk::PixelType::u8, 4, 5, 3);
  burin_segment_prompt box = {}, words = {};
  box.struct_size = words.struct_size = sizeof(box);
  box.given = BURIN_SEGMENT_BY_BOX;
  box.x1 = 1;
  box.x2 = 4;
  box.y1 = 2;
  box.y2 = 4;
  words.given = BURIN_SEGMENT_BY_TEXT;
  words.text = "a unicorn";
  const burin_segment_prompt* both[] = {&box, &words};
  burin_segments found = {};
  BOOST_REQUIRE(boxes.api->segment(boxes.self, rgb.dl(), both, 2, nullptr, nullptr, &found) ==
                BURIN_OK);
  BOOST_REQUIRE(found.count == 2U);
  BOOST_TEST((found.items[0].x == 1 && found.items[0].y == 2));
  BOOST_TEST((found.items[0].mask->shape[0] == 2 && found.items[0].mask->shape[1] == 3));
  BOOST_TEST(found.items[1].mask == nullptr);
  found.release(&found);

  const auto ask = [&](const burin_segment_prompt* prompt) {
    return boxes.api->segment(boxes.self, rgb.dl(), &prompt, 1, nullptr, nullptr, &found);
  };
  words.text = "outside";
  BOOST_TEST(ask(&words) == BURIN_E_INTERNAL);
  words.given = BURIN_SEGMENT_BY_POINTS;
  BOOST_TEST(ask(&words) == BURIN_E_UNSUPPORTED);
  words.given = 0;
  BOOST_TEST(ask(&words) == BURIN_E_INVALID);
  BOOST_TEST(ask(nullptr) == BURIN_E_INVALID);
  BOOST_TEST(boxes.api->segment(boxes.self, rgb.dl(), both, 0, nullptr, nullptr, &found) ==
             BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(a_hook_takes_the_points_it_overrides_and_no_other) {
  Made<burin_detail_hook> points(BURIN_DETAIL_HOOK_ID);
  const burin_detail_hook& api = *points.api;
  BOOST_TEST((api.post_detection && api.post_crop_region && api.pre_ksample));
  BOOST_TEST((api.get_custom_noise && api.post_decode && api.should_retry_patch));
  BOOST_TEST((!api.touch_scaled_size && !api.post_encode && !api.set_steps && !api.cycle_latent));
  BOOST_TEST((!api.get_skip_sampling && !api.pre_decode && !api.post_paste));

  burin_hook_detection low = {}, middle = {}, high = {};
  middle.confidence = 0.6;
  high.confidence = 0.8;
  const burin_hook_detection* found[] = {&low, &middle, &high};
  uint32_t order[] = {0, 1, 2};
  size_t kept = 3;
  BOOST_TEST(api.post_detection(points.self, 9, 9, found, 3, order, &kept) == BURIN_OK);
  BOOST_TEST((kept == 2 && order[0] == 2 && order[1] == 1));
  high.confidence = 1;
  BOOST_TEST(api.post_detection(points.self, 9, 9, found, 3, order, &kept) == BURIN_E_INTERNAL);
  BOOST_TEST(kept == 2U);

  Floats original({1, 1, 3}, {0.5F, 0.5F, 0.5F}), mask({1, 1}, {1});
  burin_run run = {};
  run.struct_size = sizeof(run);
  burin_hook_segment segment = {};
  segment.struct_size = sizeof(segment);
  segment.cycle = 1;
  segment.cycles = 2;
  segment.original = &original.tensor;
  segment.mask = &mask.tensor;
  segment.run = &run;
  segment.draw_noise = [](void*, uint64_t seed, DLTensor* out) {
    for (int i = 0; i < 4; ++i) static_cast<float*>(out->data)[i] = static_cast<float>(seed);
    return burin_status(BURIN_OK);
  };
  burin_region crop = {0, 0, 8, 8};
  BOOST_TEST(api.post_crop_region(points.self, &segment, &crop) == BURIN_OK);
  BOOST_TEST(crop.x2 == 16);
  Floats latent({1, 4, 1, 1}, {0, 0, 0, 0});
  burin_hook_sampling sampling = {};
  sampling.struct_size = sizeof(sampling);
  sampling.denoise = 0.5;
  BOOST_TEST(api.pre_ksample(points.self, &segment, &latent.tensor, &sampling) == BURIN_OK);
  BOOST_TEST(sampling.denoise == 0.25);
  BOOST_TEST(std::string(sampling.sampler) == "euler");
  BOOST_TEST(api.get_custom_noise(points.self, &segment, 6, &latent.tensor) == BURIN_OK);
  BOOST_TEST(latent.values == std::vector<float>(4, 7), boost::test_tools::per_element());

  Floats pixels({1, 1, 3}, {0.2F, 1, 1});
  int32_t retry = 0;
  BOOST_TEST(api.should_retry_patch(points.self, &segment, &pixels.tensor, &retry) == BURIN_OK);
  BOOST_TEST(retry == 1);
  segment.attempt = 2;
  retry = 0;
  BOOST_TEST(api.should_retry_patch(points.self, &segment, &pixels.tensor, &retry) == BURIN_OK);
  BOOST_TEST(retry == 0);
  BOOST_TEST(api.post_decode(points.self, &segment, &pixels.tensor) == BURIN_OK);
  BOOST_TEST(pixels.values == std::vector<float>({0.1F, 0.5F, 0.5F}),
             boost::test_tools::per_element());
  run.cancelled = [](void*) { return int32_t(1); };
  BOOST_TEST(api.post_decode(points.self, &segment, &pixels.tensor) == BURIN_E_CANCELLED);
  int64_t strides[] = {3, 3, 2};
  pixels.tensor.strides = strides;
  BOOST_TEST(api.post_decode(points.self, &segment, &pixels.tensor) == BURIN_E_INVALID);
  BOOST_TEST(api.post_decode(points.self, nullptr, &latent.tensor) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(modules_are_counted_described_and_asked_for_extensions) {
  sdk::ModuleSet modules;
  modules.open(module("roles"));
  modules.open(module("good"));
  const burin_host* host = modules.host();
  const auto* api = static_cast<const burin_modules*>(host->get_interface(host, BURIN_MODULES_ID));
  BOOST_TEST(api->count(host, BURIN_SAMPLER_ID) == 1U);
  BOOST_TEST(std::string(api->descriptor(host, BURIN_SAMPLER_ID, 0)->id) == "org.example.euler");
  BOOST_TEST(api->descriptor(host, BURIN_SAMPLER_ID, 1) == nullptr);
  const char* id = nullptr;
  BOOST_TEST(api->extension(host, BURIN_SCHEDULER_ID, "line", BURIN_PARAMS_ID, &id) != nullptr);
  BOOST_TEST(std::string(id) == "org.example.line");
  BOOST_TEST(api->extension(host, BURIN_SAMPLER_ID, "euler", BURIN_PARAMS_ID, nullptr) == nullptr);
  BOOST_TEST(std::string(burin_last_error()) == "");
  BOOST_TEST(api->extension(host, BURIN_SAMPLER_ID, "nobody", BURIN_PARAMS_ID, &id) == nullptr);
  BOOST_TEST(contains(burin_last_error(), "'nobody'"));
  BOOST_TEST(api->extension(host, nullptr, "line", BURIN_PARAMS_ID, &id) == nullptr);
  // A module whose entry has no get_extension offers nothing.
  const void* found = nullptr;
  BOOST_TEST(burin_loader_extension(modules.loader(), "burin.test/1", "good", BURIN_PARAMS_ID,
                                    &found) == BURIN_E_UNSUPPORTED);
  BOOST_TEST(contains(burin_last_error(), "burin.test.good"));
}

BOOST_AUTO_TEST_CASE(modules_with_a_shorter_and_with_a_longer_entry_both_run) {
  sdk::ModuleSet modules;
  for (const char* name : {"older", "newer"}) {
    modules.open(module(name));
    BOOST_TEST(modules.find<void>("burin.test/1", name).api != nullptr);
    const void* found = nullptr;
    BOOST_TEST(burin_loader_extension(modules.loader(), "burin.test/1", name, BURIN_PARAMS_ID,
                                      &found) == BURIN_E_UNSUPPORTED);
    BOOST_TEST(found == nullptr);
  }
}

BOOST_AUTO_TEST_SUITE_END()
