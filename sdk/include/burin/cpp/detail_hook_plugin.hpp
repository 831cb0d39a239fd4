// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A hook module in C++: derive from DetailHookPlugin, override the points that it takes, then
// BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/role/detail_hook.h"

namespace burin::sdk {

/// The segment a point is called for; valid during the call. Members: see burin_hook_segment.
/// [work-thread], on the thread that called the point.
class HookSegment {
 public:
  explicit HookSegment(const burin_hook_segment& segment) : segment_(segment) {}

  const burin_hook_segment* operator->() const { return &segment_; }
  PluginRun run() const { return PluginRun(segment_.run, "hook"); }
  bool has_original() const { return segment_.original != nullptr; }
  FloatView original() const { return float_view(segment_.original, 3, "segment's original"); }
  FloatView mask() const { return float_view(segment_.mask, 0, "segment's mask"); }

  /// As many values of noise as `like` holds, in its shape: what the engine draws for `seed`.
  std::vector<float> noise(uint64_t seed, const FloatPlanes& like) const {
    std::vector<float> drawn(static_cast<size_t>(like.size()));
    int64_t shape[] = {like.n, like.channels, like.height, like.width};
    DLTensor out = {};
    out.data = drawn.data();
    out.device = {kDLCPU, 0};
    out.ndim = 4;
    out.dtype = {kDLFloat, 32, 1};
    out.shape = shape;
    if (segment_.draw_noise(segment_.ctx, seed, &out) != BURIN_OK) {
      throw Error(BURIN_E_INTERNAL, "The host drew no noise for the hook.");
    }
    return drawn;
  }

 private:
  const burin_hook_segment& segment_;
};

template <typename Type>
struct DetailHookTable;

/// Base of a hook; see burin/role/detail_hook.h for the points. One that a class does not override
/// is not taken. Any exception is fine: it stops at the module's border and fails the segment.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class DetailHookPlugin {
 public:
  template <typename Type>
  using Table = DetailHookTable<Type>;
  using Detections = std::span<const burin_hook_detection* const>;

  virtual ~DetailHookPlugin() = default;
  /// Returns the indices of those to redraw, in the order of work.
  virtual std::vector<uint32_t> post_detection(int32_t /*width*/, int32_t /*height*/,
                                               Detections /*found*/) {
    return {};
  }
  virtual void post_crop_region(const HookSegment&, burin_region& /*crop*/) {}
  virtual void touch_scaled_size(const HookSegment&, uint32_t& /*width*/, uint32_t& /*height*/) {}
  virtual void post_encode(const HookSegment&, const FloatPlanes& /*latent*/) {}
  virtual void set_steps(const HookSegment&, uint32_t /*step*/, uint32_t /*cycle*/) {}
  virtual void cycle_latent(const HookSegment&, const FloatPlanes& /*latent*/) {}
  virtual bool get_skip_sampling(const HookSegment&) { return false; }
  virtual void pre_ksample(const HookSegment&, const DLTensor& /*latent*/,
                           burin_hook_sampling& /*sampling*/) {}
  virtual void get_custom_noise(const HookSegment&, uint64_t /*seed*/,
                                const FloatPlanes& /*noise*/) {}
  virtual void pre_decode(const HookSegment&, const FloatPlanes& /*latent*/) {}
  virtual void post_decode(const HookSegment&, const FloatPlanes& /*pixels*/) {}
  virtual bool should_retry_patch(const HookSegment&, const FloatView& /*pixels*/) { return false; }
  virtual void post_paste(const HookSegment&, const FloatPlanes& /*pixels*/) {}
};

/// The burin_detail_hook table of `Type`.
template <typename Type>
struct DetailHookTable : PluginCalls<Type> {
  using Base = DetailHookPlugin;
  using Hook = burin_detail_hook;
  using Segment = burin_hook_segment;

  // body(Type&, const HookSegment&) for a point; the segment is checked.
  template <typename Body>
  static burin_status at(void* self, const Segment* segment, Body&& body) {
    return PluginCalls<Type>::call(self, [&](Type& hook) {
      if (segment == nullptr || !BURIN_HAS(segment, draw_noise)) {
        throw Error(BURIN_E_INVALID, "The segment is missing or shorter than the first revision.");
      }
      body(hook, HookSegment(*segment));
    });
  }

  static burin_status post_detection(void* self, int32_t width, int32_t height,
                                     const burin_hook_detection* const* found, size_t count,
                                     uint32_t* order, size_t* kept) {
    return PluginCalls<Type>::call(self, [&](Type& hook) {
      if ((count != 0 && (found == nullptr || order == nullptr)) || kept == nullptr) {
        throw Error(BURIN_E_INVALID, "There are no detections or no place for their order.");
      }
      const std::vector<uint32_t> chosen = hook.post_detection(width, height, {found, count});
      std::vector<bool> seen(count);
      for (const uint32_t index : chosen) {
        if (index >= count || seen[index]) {
          throw Error(BURIN_E_INTERNAL, "The hook chose detection " + std::to_string(index) +
                                            " of " + std::to_string(count) + ", or twice.");
        }
        seen[index] = true;
      }
      for (size_t i = 0; i < chosen.size(); ++i) order[i] = chosen[i];
      *kept = chosen.size();
    });
  }
  static burin_status post_crop_region(void* self, const Segment* segment, burin_region* crop) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      require_place(crop);
      hook.post_crop_region(s, *crop);
    });
  }
  static burin_status touch_scaled_size(void* self, const Segment* segment, uint32_t* width,
                                        uint32_t* height) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      require_place(width);
      require_place(height);
      hook.touch_scaled_size(s, *width, *height);
    });
  }
  static burin_status post_encode(void* self, const Segment* segment, DLTensor* latent) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.post_encode(s, float_planes(latent, 4, "latent"));
    });
  }
  static burin_status set_steps(void* self, const Segment* segment, uint32_t step, uint32_t cycle) {
    return at(self, segment,
              [&](Type& hook, const HookSegment& s) { hook.set_steps(s, step, cycle); });
  }
  static burin_status cycle_latent(void* self, const Segment* segment, DLTensor* latent) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.cycle_latent(s, float_planes(latent, 4, "latent"));
    });
  }
  static burin_status get_skip_sampling(void* self, const Segment* segment, int32_t* skip) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      require_place(skip);
      if (hook.get_skip_sampling(s)) *skip = 1;
    });
  }
  static burin_status pre_ksample(void* self, const Segment* segment, const DLTensor* latent,
                                  burin_hook_sampling* sampling) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      require_floats(latent, 4, "latent");
      if (sampling == nullptr || !BURIN_HAS(sampling, negative_strength)) {
        throw Error(BURIN_E_INVALID,
                    "The settings are missing or shorter than the first revision.");
      }
      hook.pre_ksample(s, *latent, *sampling);
    });
  }
  static burin_status get_custom_noise(void* self, const Segment* segment, uint64_t seed,
                                       DLTensor* noise) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.get_custom_noise(s, seed, float_planes(noise, 4, "noise"));
    });
  }
  static burin_status pre_decode(void* self, const Segment* segment, DLTensor* latent) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.pre_decode(s, float_planes(latent, 4, "latent"));
    });
  }
  static burin_status post_decode(void* self, const Segment* segment, DLTensor* pixels) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.post_decode(s, float_planes(pixels, 3, "crop"));
    });
  }
  static burin_status should_retry_patch(void* self, const Segment* segment, const DLTensor* pixels,
                                         int32_t* retry) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      require_place(retry);
      if (hook.should_retry_patch(s, float_view(pixels, 3, "crop"))) *retry = 1;
    });
  }
  static burin_status post_paste(void* self, const Segment* segment, DLTensor* pixels) {
    return at(self, segment, [&](Type& hook, const HookSegment& s) {
      hook.post_paste(s, float_planes(pixels, 3, "crop"));
    });
  }

  // `function` where Type, or a class between it and the base, overrides the point.
  template <typename Mine, typename Bases, typename Function>
  static constexpr Function taken(Mine, Bases, Function function) {
    return std::is_same_v<Mine, Bases> ? nullptr : function;
  }

#define BURIN_HOOK_POINT(point) taken(&Type::point, &Base::point, point)
  static constexpr Hook table = {sizeof(Hook),
                                 PluginCalls<Type>::create,
                                 PluginCalls<Type>::destroy,
                                 BURIN_HOOK_POINT(post_detection),
                                 BURIN_HOOK_POINT(post_crop_region),
                                 BURIN_HOOK_POINT(touch_scaled_size),
                                 BURIN_HOOK_POINT(post_encode),
                                 BURIN_HOOK_POINT(set_steps),
                                 BURIN_HOOK_POINT(cycle_latent),
                                 BURIN_HOOK_POINT(get_skip_sampling),
                                 BURIN_HOOK_POINT(pre_ksample),
                                 BURIN_HOOK_POINT(get_custom_noise),
                                 BURIN_HOOK_POINT(pre_decode),
                                 BURIN_HOOK_POINT(post_decode),
                                 BURIN_HOOK_POINT(should_retry_patch),
                                 BURIN_HOOK_POINT(post_paste)};
#undef BURIN_HOOK_POINT
};

}  // namespace burin::sdk
