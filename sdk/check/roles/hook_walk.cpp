// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The points in the order of a run, each followed by a look at what the hook left.
#include "roles/hook_walk.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "run_record.hpp"

namespace burin::check {
namespace {

constexpr std::int32_t picture_height = 480, picture_width = 640;
constexpr std::uint32_t cycles = 2, most_side = 16384;
constexpr std::int64_t latent_channels = 4, latent_factor = 8;

burin_status draw_noise(void*, std::uint64_t seed, DLTensor* out) {
  Random random(seed);
  std::int64_t size = 1;
  for (std::int32_t i = 0; i < out->ndim; ++i) size *= out->shape[i];
  auto* to = reinterpret_cast<float*>(static_cast<char*>(out->data) + out->byte_offset);
  for (std::int64_t i = 0; i < size; ++i) {
    to[i] = static_cast<float>(std::sqrt(-2 * std::log(1 - random.unit())) *
                               std::cos(6.283185307179586 * random.unit()));
  }
  return BURIN_OK;
}

class Walker {
 public:
  Walker(const Call& call, std::int64_t height, std::int64_t width, std::uint64_t seed)
      : call_(call),
        hook_(*static_cast<const burin_detail_hook*>(call.api)),
        original_(f32_type, {height, width, 3}),
        pixels_(f32_type, {height, width, 3}),
        mask_(f32_type, {height, width}),
        latent_(f32_type, {1, latent_channels, height / latent_factor, width / latent_factor}),
        noise_(f32_type, latent_.shape()) {
    paint(original_, Paint::scene, seed);
    paint(pixels_, Paint::noise, seed + 1);
    paint(mask_, Paint::step, seed + 2);
    paint(latent_, Paint::noise, seed + 3);
    draw_noise(nullptr, seed, noise_.dl());
    original_.watch();
    mask_.watch();
    if (run_ == nullptr) run_ = quiet_.run();
    segment_ = {};
    segment_.struct_size = sizeof segment_;
    segment_.count = 2;
    segment_.cycles = cycles;
    segment_.id = 7;
    segment_.label = "face";
    segment_.confidence = 0.9;
    segment_.seed = seed;
    segment_.box = {120, 100, 200, 190};
    segment_.crop = {80, 60, 240, 230};
    segment_.width = picture_width;
    segment_.height = picture_height;
    segment_.run = call.run ? call.run : run_;
    segment_.draw_noise = draw_noise;
  }

  Walk all() {
    detection() && plan() && encode() && sample() && decode();
    for (const auto& [tensor, name] : {std::pair{&original_, "'original'"}, {&mask_, "'mask'"}}) {
      const std::string change = tensor->change();
      if (!change.empty()) walk_.written.push_back(text_of(name, ": ", change));
    }
    return std::move(walk_);
  }

 private:
  /// Calls a point the hook has: false when it failed.
  template <typename Point>
  bool take(const char* name, const Point& point) {
    ++walk_.taken;
    const std::string values = std::move(walk_.answer.values);
    walk_.answer = ask(call_, point);
    walk_.answer.values = values;
    if (walk_.answer.status == BURIN_OK && walk_.answer.threw.empty()) return true;
    walk_.failed = name;
    return false;
  }

  void add(double value) {
    walk_.answer.values.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  /// A point that changes one tensor in place.
  template <typename Point>
  bool change(const char* name, Point point, TestTensor& tensor) {
    const DLTensor before = *tensor.dl();
    const auto shape = tensor.shape();
    if (!take(name, [&] { return point(call_.self, &segment_, tensor.dl()); })) return false;
    const DLTensor& now = *tensor.dl();
    if (now.data != before.data || now.shape != before.shape || now.ndim != before.ndim ||
        now.strides != before.strides || now.byte_offset != before.byte_offset ||
        tensor.shape() != shape) {
      walk_.forms.push_back(text_of(name, ": the DLTensor was changed, not what it points to"));
      *tensor.dl() = before;
      return true;
    }
    constexpr double most = std::numeric_limits<float>::max();
    const std::string fault = range_fault(floats_of(now), -most, most);
    if (!fault.empty()) walk_.numbers.push_back(text_of(name, ": a value ", fault));
    walk_.answer.values += bytes_of(now);
    return true;
  }

  bool detection() {
    if (!BURIN_HAS(&hook_, post_detection) || !hook_.post_detection) return true;
    constexpr std::size_t count = 5;
    std::vector<TestTensor> masks;
    std::vector<burin_hook_detection> found(count);
    std::vector<const burin_hook_detection*> pointers;
    masks.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::int32_t>(60 * i);
      found[i] = {};
      found[i].struct_size = sizeof found[i];
      found[i].id = static_cast<std::int64_t>(i) + 1;
      found[i].label = i % 2 ? "" : "face";
      found[i].confidence = 0.9 - 0.1 * static_cast<double>(i);
      found[i].box = {at + 10, 10, at + 40, 50};
      found[i].crop = {at, 0, at + 50, 60};
      masks.emplace_back(f32_type, std::vector<std::int64_t>{60, 50});
      paint(masks.back(), Paint::step, i);
      masks.back().watch();
      found[i].mask = masks.back().dl();
      pointers.push_back(&found[i]);
    }
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::size_t kept = count;
    if (!take("post_detection", [&] {
          return hook_.post_detection(call_.self, picture_width, picture_height, pointers.data(),
                                      count, order.data(), &kept);
        })) {
      return false;
    }
    if (kept > count) {
      walk_.orders.push_back(text_of("post_detection: it kept ", kept, " of ", count));
      kept = count;
    }
    std::set<std::uint32_t> seen;
    for (std::size_t i = 0; i < kept; ++i) {
      if (order[i] >= count || !seen.insert(order[i]).second) {
        walk_.orders.push_back(text_of("post_detection: order[", i, "] is ", order[i],
                                       ", which is no index or there twice"));
      }
      add(order[i]);
    }
    for (const TestTensor& mask : masks) {
      const std::string change = mask.change();
      if (!change.empty()) walk_.written.push_back("post_detection, a mask: " + change);
    }
    return true;
  }

  bool plan() {
    if (BURIN_HAS(&hook_, post_crop_region) && hook_.post_crop_region) {
      burin_region crop = segment_.crop;
      if (!take("post_crop_region",
                [&] { return hook_.post_crop_region(call_.self, &segment_, &crop); })) {
        return false;
      }
      if (crop.x1 < 0 || crop.y1 < 0 || crop.x2 > picture_width || crop.y2 > picture_height ||
          crop.x1 >= crop.x2 || crop.y1 >= crop.y2) {
        walk_.regions.push_back(
            text_of("post_crop_region: (", crop.x1, ", ", crop.y1, ")-(", crop.x2, ", ", crop.y2,
                    ") is empty or leaves the picture of ", picture_width, " x ", picture_height));
      }
      for (const std::int32_t edge : {crop.x1, crop.y1, crop.x2, crop.y2}) add(edge);
    }
    if (BURIN_HAS(&hook_, touch_scaled_size) && hook_.touch_scaled_size) {
      std::uint32_t width = 512, height = 544;
      if (!take("touch_scaled_size",
                [&] { return hook_.touch_scaled_size(call_.self, &segment_, &width, &height); })) {
        return false;
      }
      if (width < 1 || width > most_side || height < 1 || height > most_side) {
        walk_.regions.push_back(
            text_of("touch_scaled_size: ", width, " x ", height, "; expected is 1 to ", most_side));
      }
      add(width);
      add(height);
    }
    return true;
  }

  bool encode() {
    segment_.original = original_.dl();
    segment_.mask = mask_.dl();
    return !BURIN_HAS(&hook_, post_encode) || !hook_.post_encode ||
           change("post_encode", hook_.post_encode, latent_);
  }

  bool sample() {
    for (segment_.cycle = 0; segment_.cycle < cycles; ++segment_.cycle) {
      if (BURIN_HAS(&hook_, set_steps) && hook_.set_steps && !take("set_steps", [&] {
            return hook_.set_steps(call_.self, &segment_, segment_.cycle, cycles);
          })) {
        return false;
      }
      if (BURIN_HAS(&hook_, cycle_latent) && hook_.cycle_latent &&
          !change("cycle_latent", hook_.cycle_latent, latent_)) {
        return false;
      }
      if (BURIN_HAS(&hook_, get_skip_sampling) && hook_.get_skip_sampling) {
        std::int32_t skip = 0;
        if (!take("get_skip_sampling",
                  [&] { return hook_.get_skip_sampling(call_.self, &segment_, &skip); })) {
          return false;
        }
        add(skip);
      }
      if (!settings()) return false;
      if (BURIN_HAS(&hook_, get_custom_noise) && hook_.get_custom_noise &&
          !change(
              "get_custom_noise",
              [this](void* self, const burin_hook_segment* segment, DLTensor* noise) {
                return hook_.get_custom_noise(self, segment, segment_.seed, noise);
              },
              noise_)) {
        return false;
      }
    }
    return true;
  }

  bool settings() {
    if (!BURIN_HAS(&hook_, pre_ksample) || !hook_.pre_ksample) return true;
    burin_hook_sampling sampling = {
        sizeof sampling, 20, segment_.seed, 7, 0.5, "euler", "normal", 1, 1};
    latent_.watch();
    if (!take("pre_ksample",
              [&] { return hook_.pre_ksample(call_.self, &segment_, latent_.dl(), &sampling); })) {
      return false;
    }
    const auto wrong = [&](const char* what, double is, const char* expected) {
      walk_.settings.push_back(
          text_of("pre_ksample: ", what, " is ", is, "; expected is ", expected));
    };
    if (sampling.struct_size != sizeof sampling) {
      walk_.forms.push_back("pre_ksample: struct_size was changed");
    }
    if (sampling.steps < 1) wrong("steps", sampling.steps, "1 or more");
    if (!(sampling.cfg >= 0) || !std::isfinite(sampling.cfg))
      wrong("cfg", sampling.cfg, "0 or more");
    if (!(sampling.denoise > 0 && sampling.denoise <= 1)) {
      wrong("denoise", sampling.denoise, "above 0, at most 1");
    }
    for (const double strength : {sampling.positive_strength, sampling.negative_strength}) {
      if (!(strength >= 0 && strength <= 2)) wrong("a strength", strength, "0 to 2");
    }
    for (const char* name : {sampling.sampler, sampling.scheduler}) {
      if (name == nullptr || *name == '\0' || !is_utf8(name)) {
        walk_.settings.push_back(
            "pre_ksample: the sampler or scheduler is NULL, empty or no UTF-8");
      } else {
        walk_.answer.values += name;
      }
    }
    for (const double number :
         {double(sampling.steps), double(sampling.seed), sampling.cfg, sampling.denoise,
          sampling.positive_strength, sampling.negative_strength}) {
      add(number);
    }
    const std::string change = latent_.change();
    if (!change.empty()) walk_.written.push_back("pre_ksample, the latent: " + change);
    return true;
  }

  bool decode() {
    segment_.cycle = 0;
    if (BURIN_HAS(&hook_, pre_decode) && hook_.pre_decode &&
        !change("pre_decode", hook_.pre_decode, latent_)) {
      return false;
    }
    if (BURIN_HAS(&hook_, post_decode) && hook_.post_decode &&
        !change("post_decode", hook_.post_decode, pixels_)) {
      return false;
    }
    if (BURIN_HAS(&hook_, should_retry_patch) && hook_.should_retry_patch) {
      std::int32_t retry = 0;
      pixels_.watch();
      if (!take("should_retry_patch", [&] {
            return hook_.should_retry_patch(call_.self, &segment_, pixels_.dl(), &retry);
          })) {
        return false;
      }
      add(retry);
      const std::string change = pixels_.change();
      if (!change.empty()) walk_.written.push_back("should_retry_patch, the pixels: " + change);
    }
    return !BURIN_HAS(&hook_, post_paste) || !hook_.post_paste ||
           change("post_paste", hook_.post_paste, pixels_);
  }

  const Call& call_;
  const burin_detail_hook& hook_;
  TestTensor original_, pixels_, mask_, latent_, noise_;
  RunRecord quiet_;
  const burin_run* run_ = nullptr;
  burin_hook_segment segment_ = {};
  Walk walk_;
};

}  // namespace

Walk walk(const Call& call, std::int64_t height, std::int64_t width, std::uint64_t seed) {
  return Walker(call, height, width, seed).all();
}

}  // namespace burin::check
