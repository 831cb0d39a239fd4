// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One module that plays every role but engine and detector, as its C++ base classes make it.
#include <algorithm>
#include <cmath>

#include "burin/cpp/blender_plugin.hpp"
#include "burin/cpp/detail_hook_plugin.hpp"
#include "burin/cpp/preprocessor_plugin.hpp"
#include "burin/cpp/sampler_plugin.hpp"
#include "burin/cpp/scheduler_plugin.hpp"
#include "burin/cpp/segmenter_plugin.hpp"
#include "burin/cpp/upscaler_plugin.hpp"

namespace sdk = burin::sdk;

namespace {

constexpr burin_descriptor describe(const char* id, const char* role) {
  return {sizeof(burin_descriptor),
          id,
          role,
          id,
          "1.0.0",
          "Example",
          "MIT",
          "For tests.",
          BURIN_CUDA_NO};
}

// Levels fall in a straight line, or by powers.
class Line : public sdk::SchedulerPlugin {
 public:
  std::vector<double> sigmas(const sdk::NoiseLevels& levels, uint32_t steps) override {
    if (shape_ == "rising") return {1, 2, 0};
    std::vector<double> made;
    for (uint32_t i = 0; i < steps; ++i) {
      const double way = std::pow(double(i) / double(steps), power_);
      made.push_back(levels.most + (levels.least - levels.most) * way);
    }
    made.push_back(0);
    return made;
  }
  static sdk::ParamList<Line> parameters() {
    return sdk::ParamList<Line>()
        .number("power", "Power", "How fast levels fall at first.", &Line::power_, 0.5, 4, 1)
        .choice("shape", "Shape", "The curve.", &Line::shape_,
                {{"falling", "Falling"}, {"rising", "Rising"}}, "falling")
        .whole("count", "Count", "Not used.", &Line::count_, -3, 3, 2, "px")
        .advanced()
        .toggle("on", "On", "Not used.", &Line::on_, true)
        .text("note", "Note", "Not used.", &Line::note_, "plain")
        .path("file", "File", "Not used.", &Line::file_);
  }
  void parameters_changed() {
    if (note_ == "refused") throw sdk::Error(BURIN_E_INVALID, "no such note");
  }
  std::vector<std::byte> save() const {
    return {std::byte{1}, std::byte(static_cast<unsigned char>(power_ * 10))};
  }
  void load(std::span<const std::byte> bytes) {
    if (bytes.size() != 2 || bytes[0] != std::byte{1}) {
      throw sdk::Error(BURIN_E_INVALID, "The state is not this scheduler's.");
    }
    power_ = std::to_integer<int>(bytes[1]) / 10.0;
  }

 private:
  double power_ = 0;
  int64_t count_ = 0;
  bool on_ = false;
  std::string shape_, note_, file_;
};

// Euler's method, with one unit of noise at the first step.
class Euler : public sdk::SamplerPlugin {
 public:
  void sample(const sdk::SamplerRun& run, std::span<const double> sigmas,
              std::span<float> x) override {
    std::vector<float> denoised(x.size()), noise(x.size());
    run.noise(sigmas.front(), sigmas[1], noise.data());
    for (size_t k = 0; k < x.size(); ++k) x[k] += noise[k];
    for (size_t i = 0; i + 1 < sigmas.size(); ++i) {
      run.denoise(x.data(), sigmas[i], denoised.data());
      const auto part = static_cast<float>(sigmas[i + 1] / sigmas[i]);
      for (size_t k = 0; k < x.size(); ++k) x[k] = denoised[k] + (x[k] - denoised[k]) * part;
      run.step_done(static_cast<uint32_t>(i) + 1, denoised.data());
    }
  }
};

class Negative : public sdk::PreprocessorPlugin {
 public:
  sdk::FloatPicture process(const sdk::FloatView& rgb, const sdk::PluginRun& run) override {
    sdk::FloatPicture made(rgb.height, rgb.width, 3);
    for (int64_t y = 0; y < rgb.height; ++y) {
      run.stop_if_cancelled();
      for (int64_t x = 0; x < rgb.width; ++x) {
        for (int64_t c = 0; c < 3; ++c) made.at(y, x, c) = 1 - rgb.at(y, x, c);
      }
      run.report(double(y + 1) / double(rgb.height), "row");
    }
    return made;
  }
};

class Repeat : public sdk::UpscalerPlugin {
 public:
  uint32_t factor() override { return static_cast<uint32_t>(factor_); }
  sdk::FloatPicture upscale(const sdk::FloatView& rgb, const sdk::UpscaleOptions& options,
                            const sdk::PluginRun&) override {
    const int64_t times = options.tile == 1 ? 1 : factor_;  // tile 1: the wrong size
    sdk::FloatPicture made(rgb.height * times, rgb.width * times, 3);
    for (int64_t y = 0; y < made.height; ++y) {
      for (int64_t x = 0; x < made.width; ++x) {
        for (int64_t c = 0; c < 3; ++c) made.at(y, x, c) = rgb.at(y / times, x / times, c);
      }
    }
    return made;
  }
  static sdk::ParamList<Repeat> parameters() {
    return sdk::ParamList<Repeat>().whole("factor", "Factor", "Times.", &Repeat::factor_, 0, 99, 2);
  }

 private:
  int64_t factor_ = 0;
};

class Mix : public sdk::BlenderPlugin {
 public:
  sdk::FloatPicture blend(const sdk::FloatView& under, const sdk::FloatView& over,
                          const sdk::FloatView& mask, const sdk::PluginRun&) override {
    sdk::FloatPicture made(under.height, under.width, under.channels);
    for (int64_t y = 0; y < under.height; ++y) {
      for (int64_t x = 0; x < under.width; ++x) {
        for (int64_t c = 0; c < under.channels; ++c) {
          made.at(y, x, c) = std::lerp(under.at(y, x, c), over.at(y, x, c), mask.at(y, x));
        }
      }
    }
    return made;
  }
};

// The box itself; text "outside": a mask that leaves the picture.
class Boxes : public sdk::SegmenterPlugin {
 public:
  static constexpr uint32_t understands = BURIN_SEGMENT_BY_BOX | BURIN_SEGMENT_BY_TEXT;
  std::vector<sdk::Segment> segment(const sdk::RgbView& rgb, Prompts prompts, double,
                                    const sdk::PluginRun&) override {
    std::vector<sdk::Segment> found;
    for (const burin_segment_prompt* prompt : prompts) {
      sdk::Segment s;
      if (prompt->given & BURIN_SEGMENT_BY_BOX) {
        s = {static_cast<int32_t>(prompt->x1), static_cast<int32_t>(prompt->y1), 0.75, {}};
        s.mask = sdk::FloatPicture(static_cast<int64_t>(prompt->y2 - prompt->y1),
                                   static_cast<int64_t>(prompt->x2 - prompt->x1), 1);
        std::fill(s.mask.values.begin(), s.mask.values.end(), 1.0F);
      } else if (std::string(prompt->text) == "outside") {
        s.mask = sdk::FloatPicture(rgb.height + 1, 1, 1);
      }
      found.push_back(std::move(s));
    }
    return found;
  }
};

// Takes some points by itself, some by way of a class between.
class Between : public sdk::DetailHookPlugin {
 public:
  void post_crop_region(const sdk::HookSegment&, burin_region& crop) override { crop.x2 += 8; }
};
class Points : public Between {
 public:
  std::vector<uint32_t> post_detection(int32_t, int32_t, Detections found) override {
    std::vector<uint32_t> kept;
    for (uint32_t i = 0; i < found.size(); ++i) {
      if (found[i]->confidence > 0.9) return {i, i};
      if (found[i]->confidence > 0.5) kept.insert(kept.begin(), i);
    }
    return kept;
  }
  void pre_ksample(const sdk::HookSegment& segment, const DLTensor&,
                   burin_hook_sampling& sampling) override {
    sampling.denoise /= double(segment->cycle + 1);
    sampling.sampler = "euler";
  }
  void get_custom_noise(const sdk::HookSegment& segment, uint64_t seed,
                        const sdk::FloatPlanes& noise) override {
    const std::vector<float> other = segment.noise(seed + 1, noise);
    std::copy(other.begin(), other.end(), noise.begin());
  }
  bool should_retry_patch(const sdk::HookSegment& segment, const sdk::FloatView& pixels) override {
    return segment->attempt < 2 && pixels.at(0, 0) < segment.original().at(0, 0);
  }
  void post_decode(const sdk::HookSegment& segment, const sdk::FloatPlanes& pixels) override {
    segment.run().stop_if_cancelled();
    for (float& value : pixels) value *= 0.5F;
  }
};

constexpr auto line = describe("org.example.line", BURIN_SCHEDULER_ID);
constexpr auto euler = describe("org.example.euler", BURIN_SAMPLER_ID);
constexpr auto negative = describe("org.example.negative", BURIN_PREPROCESSOR_ID);
constexpr auto repeat = describe("org.example.repeat", BURIN_UPSCALER_ID);
constexpr auto mix = describe("org.example.mix", BURIN_BLENDER_ID);
constexpr auto boxes = describe("org.example.boxes", BURIN_SEGMENTER_ID);
constexpr auto points = describe("org.example.points", BURIN_DETAIL_HOOK_ID);

}  // namespace

BURIN_PLUGINS(sdk::Offers<Line, line>, sdk::Offers<Euler, euler>, sdk::Offers<Negative, negative>,
              sdk::Offers<Repeat, repeat>, sdk::Offers<Mix, mix>, sdk::Offers<Boxes, boxes>,
              sdk::Offers<Points, points>)
