// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A segmenter module in C++: derive from SegmenterPlugin, then BURIN_PLUGIN(Type, descriptor).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "burin/cpp/picture.hpp"
#include "burin/cpp/plugin.hpp"
#include "burin/cpp/plugin_run.hpp"
#include "burin/cpp/rgb_view.hpp"
#include "burin/role/segmenter.h"

namespace burin::sdk {

/// See burin_segment.
struct Segment {
  int32_t x = 0, y = 0;
  double confidence = 0;
  FloatPicture mask;  ///< one channel, 0..1; without a pixel: the thing was not found
};

template <typename Type>
struct SegmenterTable;

/// Base of a segmenter. Any exception is fine: it stops at the module's border. A derived class has
/// a `static constexpr uint32_t understands` of BURIN_SEGMENT_BY_... bits.
/// The constructor and the destructor are [host-thread], all else is [work-thread].
class SegmenterPlugin {
 public:
  template <typename Type>
  using Table = SegmenterTable<Type>;
  using Prompts = std::span<const burin_segment_prompt* const>;

  virtual ~SegmenterPlugin() = default;
  /// One answer a prompt, in their order; each prompt has something that is understood.
  virtual std::vector<Segment> segment(const RgbView& rgb, Prompts prompts, double threshold,
                                       const PluginRun& run) = 0;
};

/// Segments with the memory their C form points to.
class SegmentList {
 public:
  explicit SegmentList(std::vector<Segment> found) : found_(std::move(found)) {
    for (Segment& s : found_) {
      burin_segment item = {sizeof(item), s.x, s.y, s.confidence, nullptr};
      if (!s.mask.values.empty()) item.mask = mask(s.mask);
      items_.push_back(item);
    }
  }
  SegmentList(const SegmentList&) = delete;
  SegmentList& operator=(const SegmentList&) = delete;

  /// Gives `list` to the receiver of `out`.
  static void hand_over(std::unique_ptr<SegmentList> list, burin_segments& out) {
    out.struct_size = sizeof(burin_segments);
    out.count = list->items_.size();
    out.items = list->items_.data();
    out.ctx = list.release();
    out.release = [](burin_segments* self) {
      if (self == nullptr || self->ctx == nullptr) return;
      delete static_cast<SegmentList*>(self->ctx);
      self->ctx = nullptr;
      self->count = 0;
      self->items = nullptr;
    };
  }

 private:
  struct Shaped {
    int64_t shape[2];
    DLTensor tensor;
  };
  const DLTensor* mask(FloatPicture& picture) {
    Shaped& shaped = masks_.emplace_back();
    shaped.shape[0] = picture.height;
    shaped.shape[1] = picture.width;
    shaped.tensor = {};
    shaped.tensor.data = picture.values.data();
    shaped.tensor.device = {kDLCPU, 0};
    shaped.tensor.ndim = 2;
    shaped.tensor.dtype = {kDLFloat, 32, 1};
    shaped.tensor.shape = shaped.shape;
    return &shaped.tensor;
  }

  std::vector<Segment> found_;
  std::deque<Shaped> masks_;
  std::vector<burin_segment> items_;
};

/// The burin_segmenter table of `Type`.
template <typename Type>
struct SegmenterTable : PluginCalls<Type> {
  static burin_status segment(void* self, const DLTensor* rgb,
                              const burin_segment_prompt* const* prompts, size_t prompt_count,
                              const burin_segmenter_options* options, const burin_run* run,
                              burin_segments* out) {
    return PluginCalls<Type>::call(self, [&](Type& segmenter) {
      require_place(out);
      const RgbView view = rgb_view(rgb);
      if (prompts == nullptr || prompt_count == 0) {
        throw Error(BURIN_E_INVALID, "There is no prompt; expected is at least one.");
      }
      const SegmenterPlugin::Prompts asked(prompts, prompt_count);
      for (const burin_segment_prompt* prompt : asked) require_understood(prompt);
      double threshold = 0;
      if (options && BURIN_HAS(options, threshold)) threshold = options->threshold;
      if (!(threshold >= 0 && threshold <= 1)) {
        throw Error(BURIN_E_INVALID, "The segmenter's threshold is " + std::to_string(threshold) +
                                         "; expected is 0 to 1.");
      }
      const PluginRun plugin_run(run, "segment");
      plugin_run.stop_if_cancelled();
      auto found = segmenter.segment(view, asked, threshold, plugin_run);
      check(found, prompt_count, view);
      SegmentList::hand_over(std::make_unique<SegmentList>(std::move(found)), *out);
    });
  }

  static void require_understood(const burin_segment_prompt* prompt) {
    if (prompt == nullptr || !BURIN_HAS(prompt, text)) {
      throw Error(BURIN_E_INVALID, "A prompt is missing or shorter than the first revision.");
    }
    if (prompt->given == 0) throw Error(BURIN_E_INVALID, "A prompt says nothing.");
    if ((prompt->given & Type::understands) == 0) {
      throw Error(BURIN_E_UNSUPPORTED, "A prompt gives " + std::to_string(prompt->given) +
                                           "; the segmenter understands " +
                                           std::to_string(Type::understands) + ".");
    }
  }

  static void check(const std::vector<Segment>& found, size_t prompts, const RgbView& view) {
    if (found.size() != prompts) {
      throw Error(BURIN_E_INTERNAL, "The segmenter gave " + std::to_string(found.size()) +
                                        " answers to " + std::to_string(prompts) + " prompts.");
    }
    for (const Segment& s : found) {
      if (s.mask.values.empty()) continue;
      require_size(s.mask, s.mask.height, s.mask.width, 1);
      if (s.x < 0 || s.y < 0 || s.x + s.mask.width > view.width ||
          s.y + s.mask.height > view.height ||
          s.mask.values.size() != static_cast<size_t>(s.mask.height * s.mask.width)) {
        throw Error(BURIN_E_INTERNAL, "A mask of the segmenter does not lie inside the picture.");
      }
    }
  }

  static constexpr burin_segmenter table = {sizeof(burin_segmenter), Type::understands,
                                            PluginCalls<Type>::create, PluginCalls<Type>::destroy,
                                            segment};
};

}  // namespace burin::sdk
