// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The hooks that come with Burin, each called as an engine calls it.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/ext/params.h"
#include "burin/role/detail_hook.h"

using namespace burin;
namespace tt = boost::test_tools;

namespace {

sdk::ModuleSet& modules() {
  static sdk::ModuleSet set;
  return set;
}

// float32 of up to four dimensions, in C order.
struct Floats {
  std::vector<float> values;
  std::vector<int64_t> shape;
  DLTensor dl = {};
  Floats(std::vector<int64_t> s, float value) : shape(std::move(s)) {
    int64_t count = 1;
    for (const int64_t length : shape) count *= length;
    values.assign(static_cast<size_t>(count), value);
    dl.data = values.data();
    dl.device = {kDLCPU, 0};
    dl.ndim = static_cast<int>(shape.size());
    dl.dtype = {kDLFloat, 32, 1};
    dl.shape = shape.data();
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
};

struct Segment {
  burin_run run = {};
  burin_hook_segment c = {};
  uint64_t drawn_seed = 0;
  Segment(uint32_t cycle, uint32_t cycles) {
    run.struct_size = sizeof(run);
    c.struct_size = sizeof(c);
    c.count = 1;
    c.cycle = cycle;
    c.cycles = cycles;
    c.id = 1;
    c.label = "face";
    c.confidence = 0.9;
    c.seed = 42;
    c.box = {10, 10, 20, 20};
    c.crop = {0, 0, 32, 32};
    c.width = c.height = 64;
    c.run = &run;
    c.ctx = this;
    // Noise that tells its seed: 1, 2, 3, ... from there.
    c.draw_noise = [](void* ctx, uint64_t seed, DLTensor* out) -> burin_status {
      static_cast<Segment*>(ctx)->drawn_seed = seed;
      int64_t count = 1;
      for (int i = 0; i < out->ndim; ++i) count *= out->shape[i];
      for (int64_t i = 0; i < count; ++i) static_cast<float*>(out->data)[i] = static_cast<float>(i);
      return BURIN_OK;
    };
  }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
};

class Hook {
 public:
  explicit Hook(const char* name)
      : api(modules().find<burin_detail_hook>(BURIN_DETAIL_HOOK_ID, name).api) {
    BOOST_REQUIRE(api->create(modules().host(), nullptr, &self) == BURIN_OK);
    const void* found = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_DETAIL_HOOK_ID, name,
                                         BURIN_PARAMS_ID, &found) == BURIN_OK);
    params_ = static_cast<const burin_params*>(found);
  }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  ~Hook() { api->destroy(self); }

  burin_status set(const char* id, double number, burin_param_type type = BURIN_PARAM_DOUBLE) {
    const burin_param_value value = {sizeof(value), type, number, nullptr};
    return params_->set(self, id, &value);
  }

  const burin_detail_hook* api;
  void* self = nullptr;

 private:
  const burin_params* params_ = nullptr;
};

burin_hook_sampling sampling() {
  burin_hook_sampling s = {};
  s.struct_size = sizeof(s);
  s.steps = 20;
  s.seed = 42;
  s.cfg = 8;
  s.denoise = 0.5;
  s.sampler = "euler";
  s.scheduler = "normal";
  s.positive_strength = s.negative_strength = 1;
  return s;
}

burin_hook_sampling sampled(Hook& hook, uint32_t cycle, uint32_t cycles) {
  Segment segment(cycle, cycles);
  Floats latent({1, 4, 8, 8}, 0);
  burin_hook_sampling s = sampling();
  BOOST_REQUIRE(hook.api->pre_ksample(hook.self, &segment.c, &latent.dl, &s) == BURIN_OK);
  return s;
}

// The mean of each channel where `from` <= x < `to`.
std::array<double, 3> means(const Floats& picture, int64_t from, int64_t to) {
  std::array<double, 3> sum = {};
  for (int64_t y = 0; y < 32; ++y) {
    for (int64_t x = from; x < to; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        sum[c] += picture.values[static_cast<size_t>((y * 32 + x) * 3) + c];
      }
    }
  }
  for (double& s : sum) s /= static_cast<double>(32 * (to - from));
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hooks)

BOOST_AUTO_TEST_CASE(schedules_go_from_the_jobs_value_to_the_target) {
  Hook denoise("denoise_schedule"), cfg("cfg_schedule");
  BOOST_REQUIRE(denoise.set("target", 0.2) == BURIN_OK);
  BOOST_REQUIRE(cfg.set("target", 2) == BURIN_OK);
  const double expected_denoise[] = {0.5, 0.4, 0.3, 0.2}, expected_cfg[] = {8, 6, 4, 2};
  for (uint32_t cycle = 0; cycle < 4; ++cycle) {
    const auto d = sampled(denoise, cycle, 4), c = sampled(cfg, cycle, 4);
    BOOST_TEST(d.denoise == expected_denoise[cycle], tt::tolerance(1e-12));
    BOOST_TEST(d.cfg == 8);
    BOOST_TEST(c.cfg == expected_cfg[cycle], tt::tolerance(1e-12));
    BOOST_TEST(c.denoise == 0.5);
  }
  BOOST_TEST(sampled(denoise, 0, 1).denoise == 0.5);
  BOOST_TEST(denoise.set("target", 0) == BURIN_E_INVALID);
  BOOST_TEST(denoise.set("target", std::numeric_limits<double>::quiet_NaN()) == BURIN_E_INVALID);
  BOOST_TEST(cfg.set("aim", 2) == BURIN_E_NOT_FOUND);
  // Points that a hook does not take cost nothing.
  BOOST_TEST((denoise.api->post_decode == nullptr));
}

BOOST_AUTO_TEST_CASE(a_schedule_refuses_what_is_no_call) {
  Hook hook("denoise_schedule");
  Floats latent({1, 4, 8, 8}, 0);
  burin_hook_sampling s = sampling();
  BOOST_TEST(hook.api->pre_ksample(hook.self, nullptr, &latent.dl, &s) == BURIN_E_INVALID);
  Segment segment(1, 2);
  BOOST_TEST(hook.api->pre_ksample(hook.self, &segment.c, &latent.dl, nullptr) == BURIN_E_INVALID);
  BOOST_TEST(hook.api->pre_ksample(hook.self, &segment.c, nullptr, &s) == BURIN_E_INVALID);
  BOOST_TEST(std::string(burin_last_error()).find("latent") != std::string::npos);
  BOOST_TEST(s.denoise == 0.5);
}

BOOST_AUTO_TEST_CASE(noise_is_added_from_the_second_cycle_on) {
  Hook hook("noise_injection");
  BOOST_REQUIRE(hook.set("start", 0.1) == BURIN_OK);
  BOOST_REQUIRE(hook.set("end", 0.3) == BURIN_OK);
  const auto added = [&](uint32_t cycle, uint32_t cycles, uint64_t* seed = nullptr) {
    Segment segment(cycle, cycles);
    Floats latent({1, 4, 8, 8}, 2);
    BOOST_REQUIRE(hook.api->cycle_latent(hook.self, &segment.c, &latent.dl) == BURIN_OK);
    if (seed) *seed = segment.drawn_seed;
    return (latent.values[100] - 2) / 100;
  };
  uint64_t first = 0, second = 0;
  BOOST_TEST(added(0, 3) == 0);
  BOOST_TEST(std::abs(added(1, 3, &first) - 0.2) < 1e-4);
  BOOST_TEST(std::abs(added(2, 3, &second) - 0.3) < 1e-4);
  // Never the seeds the engine itself draws from.
  BOOST_TEST(first != second);
  for (const uint64_t engine : {42U, 43U, 44U}) {
    BOOST_TEST(first != engine);
    BOOST_TEST(second != engine);
  }
  BOOST_REQUIRE(hook.set("first_cycle", 1, BURIN_PARAM_BOOL) == BURIN_OK);
  BOOST_TEST(std::abs(added(0, 3) - 0.1) < 1e-4);
  BOOST_TEST(std::abs(added(0, 1) - 0.1) < 1e-4);
}

BOOST_AUTO_TEST_CASE(black_crops_are_done_again) {
  Hook hook("black_patch_retry");
  const auto again = [&](Floats& pixels) {
    Segment segment(0, 1);
    int32_t retry = 0;
    BOOST_REQUIRE(hook.api->should_retry_patch(hook.self, &segment.c, &pixels.dl, &retry) ==
                  BURIN_OK);
    return retry != 0;
  };
  Floats black({32, 32, 3}, 0.01F);
  BOOST_TEST(again(black));
  Floats grey({32, 32, 3}, 0.1F);
  BOOST_TEST(!again(grey));
  Floats night({32, 32, 3}, 0);  // dark, with a light in it
  for (size_t i = 0; i < 60; ++i) night.values[i] = 1;
  BOOST_TEST(!again(night));
  black.values[5] = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(again(black));
  BOOST_REQUIRE(hook.set("mean", 0) == BURIN_OK);
  Floats zero({32, 32, 3}, 0);
  BOOST_TEST(!again(zero));
}

BOOST_AUTO_TEST_CASE(colours_outside_the_mask_become_the_originals) {
  Hook hook("colour_match");
  Segment segment(0, 1);
  Floats original({32, 32, 3}, 0), mask({32, 32}, 0), pixels({32, 32, 3}, 0);
  for (size_t i = 0; i < 32 * 32; ++i) {
    const double shade = 0.3 + 0.2 * static_cast<double>(i % 7) / 7;
    for (size_t c = 0; c < 3; ++c) {
      original.values[3 * i + c] = static_cast<float>(shade + 0.05 * static_cast<double>(c));
      // Darker and redder, as a model may leave it.
      pixels.values[3 * i + c] =
          static_cast<float>(0.8 * original.values[3 * i + c] + (c == 0 ? 0.06 : 0));
    }
    mask.values[i] = i % 32 >= 20 ? 1.0F : 0.0F;
  }
  segment.c.original = &original.dl;
  segment.c.mask = &mask.dl;
  const std::vector<float> before = pixels.values;
  const auto wanted = means(original, 0, 20), off = means(pixels, 0, 20);
  BOOST_REQUIRE(hook.api->post_decode(hook.self, &segment.c, &pixels.dl) == BURIN_OK);
  const auto got = means(pixels, 0, 20);
  for (size_t c = 0; c < 3; ++c) BOOST_TEST(std::abs(got[c] - wanted[c]) < 0.01);
  BOOST_TEST(std::abs(off[2] - wanted[2]) > 0.05);
  // What was redrawn moves with it.
  BOOST_TEST(std::abs(means(pixels, 20, 32)[2] - means(original, 20, 32)[2]) < 0.02);

  // With nothing outside of the mask, or no amount, nothing changes.
  pixels.values = before;
  pixels.dl.data = pixels.values.data();
  std::fill(mask.values.begin(), mask.values.end(), 1.0F);
  BOOST_REQUIRE(hook.api->post_decode(hook.self, &segment.c, &pixels.dl) == BURIN_OK);
  BOOST_TEST((pixels.values == before));
  std::fill(mask.values.begin(), mask.values.end(), 0.0F);
  BOOST_REQUIRE(hook.set("amount", 0) == BURIN_OK);
  BOOST_REQUIRE(hook.api->post_decode(hook.self, &segment.c, &pixels.dl) == BURIN_OK);
  BOOST_TEST((pixels.values == before));

  BOOST_REQUIRE(hook.set("amount", 1) == BURIN_OK);
  Floats small({8, 8}, 0);
  segment.c.mask = &small.dl;
  BOOST_TEST(hook.api->post_decode(hook.self, &segment.c, &pixels.dl) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_SUITE_END()
