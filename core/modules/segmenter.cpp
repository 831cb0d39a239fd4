// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a segmenter is told of each SEG, and what is taken from its answers.
#include "modules/segmenter.hpp"

#include <algorithm>
#include <cmath>
#include <list>
#include <optional>
#include <vector>

#include "burin/cpp/detections_fault.hpp"
#include "burin/role/segmenter.h"
#include "modules/abi_image.hpp"
#include "modules/host_calls.hpp"
#include "segs/make_segs.hpp"

namespace burin::core {
namespace {

using Segmenter = ModuleInstance<burin_segmenter>;

// One prompt and the memory it points to.
struct Prompt {
  burin_segment_prompt abi{};
  std::vector<burin_segment_point> points;
  std::optional<MatTensor> mask;
};

// Landmarks may lie outside the picture, points may not.
std::vector<burin_segment_point> points_of(const Seg& seg, cv::Size picture) {
  std::vector<burin_segment_point> points;
  for (const auto& [x, y] : seg.landmarks)
    if (x >= 0 && y >= 0 && x < picture.width && y < picture.height) points.push_back({x, y, 1, 0});
  if (points.empty())
    points.push_back({(seg.bbox.x1 + seg.bbox.x2) / 2, (seg.bbox.y1 + seg.bbox.y2) / 2, 1, 0});
  return points;
}

cv::Mat mask_in_picture(const Seg& seg, cv::Size picture) {
  cv::Mat whole = cv::Mat::zeros(picture, CV_32F);
  seg.mask.copyTo(whole(cv::Rect(seg.crop.x1, seg.crop.y1, seg.crop.width(), seg.crop.height())));
  return whole;
}

void fill(Prompt& prompt, const Seg& seg, cv::Size picture, const Segmenter& segmenter) {
  constexpr std::uint32_t kinds = BURIN_SEGMENT_BY_BOX | BURIN_SEGMENT_BY_POINTS |
                                  BURIN_SEGMENT_BY_MASK | BURIN_SEGMENT_BY_TEXT;
  std::uint32_t given = segmenter.role()->understands & kinds;
  if (given == 0)
    segmenter.call().broke_contract("understands neither boxes, points, masks nor text.");
  if (given != BURIN_SEGMENT_BY_MASK) given &= ~std::uint32_t{BURIN_SEGMENT_BY_MASK};
  burin_segment_prompt& abi = prompt.abi;
  abi.struct_size = sizeof abi;
  abi.given = given;
  if (given & BURIN_SEGMENT_BY_BOX) {
    abi.x1 = seg.bbox.x1;
    abi.y1 = seg.bbox.y1;
    abi.x2 = seg.bbox.x2;
    abi.y2 = seg.bbox.y2;
  }
  if (given & BURIN_SEGMENT_BY_POINTS) {
    prompt.points = points_of(seg, picture);
    abi.point_count = prompt.points.size();
    abi.points = prompt.points.data();
  }
  if (given & BURIN_SEGMENT_BY_MASK) {
    prompt.mask.emplace(mask_in_picture(seg, picture));
    abi.mask = prompt.mask->tensor();
  }
  if (given & BURIN_SEGMENT_BY_TEXT) abi.text = seg.label.c_str();
}

// A view of the answer's mask, checked.
cv::Mat mask_of(const burin_segment& answer, cv::Size picture, const ModuleCall& call) {
  const DLTensor& dl = *answer.mask;
  const bool readable = dl.ndim == 2 && dl.data != nullptr && dl.shape != nullptr &&
                        dl.dtype.code == kDLFloat && dl.dtype.bits == 32 && dl.dtype.lanes == 1 &&
                        dl.device.device_type == kDLCPU && dl.shape[0] > 0 && dl.shape[1] > 0;
  if (!readable) call.broke_contract("gave a mask that is no float32 tensor of two dimensions.");
  if (answer.x < 0 || answer.y < 0 || dl.shape[1] > picture.width - answer.x ||
      dl.shape[0] > picture.height - answer.y)
    call.broke_contract("gave a mask that lies outside the picture.");
  const cv::Mat mask(static_cast<int>(dl.shape[0]), static_cast<int>(dl.shape[1]), CV_32F,
                     static_cast<char*>(dl.data) + dl.byte_offset);
  if (!cv::checkRange(mask, true, nullptr, 0, 1 + 1e-6))
    call.broke_contract("gave a mask with values outside 0..1.");
  return mask;
}

// The part of the answer's mask in the SEG's crop, grown.
cv::Mat in_crop(const burin_segment& answer, const cv::Mat& mask, const Seg& seg, int dilation) {
  const int margin = std::max(dilation, 0);
  const cv::Rect crop(seg.crop.x1, seg.crop.y1, seg.crop.width(), seg.crop.height());
  const cv::Rect around(crop.x - margin, crop.y - margin, crop.width + 2 * margin,
                        crop.height + 2 * margin);
  cv::Mat canvas = cv::Mat::zeros(around.size(), CV_32F);
  const cv::Rect place(answer.x, answer.y, mask.cols, mask.rows);
  const cv::Rect common = place & around;
  if (!common.empty()) mask(common - place.tl()).copyTo(canvas(common - around.tl()));
  return dilate_mask(canvas, margin)(crop - around.tl()).clone();
}

}  // namespace

void segment_by_module(const burin_host* host, const SegmenterUse& use, const ImageView& image,
                       int dilation, Segs& segs, Run& run) {
  if (segs.segs.empty()) return;
  const Segmenter segmenter(host, BURIN_SEGMENTER_ID, use.module,
                            "The segmenter '" + use.module.id + "'");
  const cv::Size picture(segs.width, segs.height);
  std::list<Prompt> prompts;
  std::vector<const burin_segment_prompt*> pointers;
  for (const Seg& seg : segs.segs) {
    fill(prompts.emplace_back(), seg, picture, segmenter);
    pointers.push_back(&prompts.back().abi);
  }
  burin_segmenter_options options{};
  options.struct_size = sizeof options;
  options.threshold = use.threshold.value_or(0);
  const RgbTensor rgb(image);
  const burin_run abi_run = to_abi(run);
  burin_segments found{};
  found.struct_size = sizeof found;
  segmenter.call().check(
      segmenter.role()->segment(segmenter.self(), &rgb.tensor(), pointers.data(), pointers.size(),
                                use.threshold ? &options : nullptr, &abi_run, &found));
  const Taken<burin_segments> owner(&found);
  if (found.count != pointers.size())
    segmenter.call().broke_contract("answered " + std::to_string(found.count) + " of " +
                                    std::to_string(pointers.size()) + " questions.");
  if (found.items == nullptr) segmenter.call().broke_contract("gave its answers at NULL.");
  const char* at = reinterpret_cast<const char*>(found.items);
  for (Seg& seg : segs.segs) {
    const auto& answer = *reinterpret_cast<const burin_segment*>(at);
    constexpr std::size_t least = offsetof(burin_segment, mask) + sizeof(burin_segment::mask);
    if (!sdk::is_item_size(answer.struct_size, least))
      segmenter.call().broke_contract("gave an answer of " + std::to_string(answer.struct_size) +
                                      " bytes; expected are at least " + std::to_string(least) +
                                      ".");
    at += answer.struct_size;
    if (answer.mask == nullptr)
      run.warn("Segment " + std::to_string(seg.id) + ": the segmenter '" + use.module.id +
               "' did not find it; the detector's mask stays.");
    else
      seg.mask = in_crop(answer, mask_of(answer, picture, segmenter.call()), seg, dilation);
  }
}

}  // namespace burin::core
