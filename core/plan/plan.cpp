// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From SEGS and settings to tasks, their seeds and their batches.
#include "plan/plan.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "plan/batches.hpp"
#include "plan/geometry.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr std::uint64_t kGoldenGamma = 0x9E3779B97F4A7C15;

void expect_positive(double value, const char* name) {
  if (std::isfinite(value) && value > 0) return;
  throw Error(BURIN_E_JOB, fmt::format("detailer.{} is {}, expected more than 0", name, value));
}

void expect_settings(const DetailerSettings& settings) {
  expect_positive(settings.guide_size, "guide_size");
  expect_positive(settings.max_size, "max_size");
  expect_positive(settings.batch_size, "batch_size");
  expect_positive(settings.cycle, "cycle");
}

void expect_model(const ModelGeometry& model, double memory_budget) {
  constexpr int kLargest = 4096;
  if (model.factor < 1 || model.factor > kLargest || model.size_multiple < 1 ||
      model.size_multiple > kLargest) {
    throw Error(BURIN_E_INVALID,
                fmt::format("the model's factor is {} and its size multiple {}, expected 1..{}",
                            model.factor, model.size_multiple, kLargest));
  }
  if (!(model.bytes_per_pixel >= 0) || !(memory_budget >= 0)) {
    throw Error(BURIN_E_INVALID,
                fmt::format("the memory budget is {} bytes at {} bytes a pixel, expected 0 or more",
                            memory_budget, model.bytes_per_pixel));
  }
}

void expect_seg(const Seg& seg, const Segs& segs) {
  const Region& crop = seg.crop;
  if (crop.x1 < 0 || crop.y1 < 0 || crop.x2 > segs.width || crop.y2 > segs.height ||
      crop.x1 >= crop.x2 || crop.y1 >= crop.y2) {
    throw Error(
        BURIN_E_JOB,
        fmt::format("{} has the crop region ({}, {}, {}, {}), expected one inside the "
                    "picture of {}x{} pixels",
                    seg_name(seg), crop.x1, crop.y1, crop.x2, crop.y2, segs.width, segs.height));
  }
  if (seg.mask.type() != CV_32FC1 || seg.mask.cols != crop.width() ||
      seg.mask.rows != crop.height()) {
    throw Error(
        BURIN_E_JOB,
        fmt::format("{} has a mask of {}x{} pixels of type {}, expected the crop's {}x{} "
                    "of {}",
                    seg_name(seg), seg.mask.cols, seg.mask.rows, cv::typeToString(seg.mask.type()),
                    crop.width(), crop.height(), cv::typeToString(CV_32FC1)));
  }
  const Box& box = seg.bbox;
  if (!std::isfinite(box.x1) || !std::isfinite(box.y1) || !std::isfinite(box.x2) ||
      !std::isfinite(box.y2) || box.width() < 0 || box.height() < 0) {
    throw Error(BURIN_E_JOB, fmt::format("{} has the bbox ({}, {}, {}, {}), expected finite sides "
                                         "with x1 <= x2 and y1 <= y2",
                                         seg_name(seg), box.x1, box.y1, box.x2, box.y2));
  }
}

std::uint64_t first_seed(const Segs& segs, std::size_t index, int repeat, Semantics semantics,
                         std::uint64_t seed) {
  const Seg& seg = segs.segs[index];
  const auto offset = static_cast<std::uint64_t>(repeat);
  if (semantics == Semantics::impact) return seg.seed.value_or(seed + 1 + offset);
  if (semantics == Semantics::foreach) return seg.seed.value_or(seed + index);
  const std::uint64_t own = seg.seed.value_or(own_seed(seg, seed));
  return repeat == 0 ? own : splitmix64(own + offset);
}

Box as_box(const Region& region) {
  return {static_cast<double>(region.x1), static_cast<double>(region.y1),
          static_cast<double>(region.x2), static_cast<double>(region.y2)};
}

// The scale is then the one at which all of the crop is still seen.
void resize(Sizing& sizing, cv::Size size, const Seg& seg, int multiple) {
  if (size == cv::Size(sizing.width, sizing.height)) return;
  const auto rounded = [multiple](int side) { return (side + multiple - 1) / multiple * multiple; };
  sizing.width = rounded(size.width);
  sizing.height = rounded(size.height);
  sizing.scale = std::min(static_cast<double>(sizing.width) / seg.crop.width(),
                          static_cast<double>(sizing.height) / seg.crop.height());
  sizing.carry_difference = sizing.scale < 1 && multiple > 1;
}

std::vector<Sizing> size_all(const Segs& segs, Semantics semantics,
                             const DetailerSettings& settings, const ModelGeometry& model,
                             const ChangeSize& change_size) {
  const int multiple = std::lcm(model.size_multiple, model.factor);
  std::vector<Sizing> sizings;
  for (const Seg& seg : segs.segs) {
    expect_seg(seg, segs);
    if (!seg.left_out.empty())
      sizings.emplace_back().reason = seg.left_out;
    else if (follows_reference(semantics))
      sizings.push_back(size_by_impact(seg, settings));
    else
      sizings.push_back(size_by_burin(seg, settings, multiple));
  }
  const int most_side = static_cast<int>(std::ceil(settings.max_size / multiple)) * multiple;
  if (semantics == Semantics::burin)
    for (Sizing& sizing : sizings)
      if (sizing.runs()) quantise_size(sizing, multiple, most_side);
  for (std::size_t i = 0; change_size && i < sizings.size(); ++i)
    if (sizings[i].runs())
      resize(sizings[i], change_size(i, {sizings[i].width, sizings[i].height}), segs.segs[i],
             follows_reference(semantics) ? 1 : multiple);
  return sizings;
}

Task make_task(const Segs& segs, std::size_t index, int repeat, const Sizing& sizing,
               Semantics semantics, const DetailerSettings& settings) {
  const Seg& seg = segs.segs[index];
  Task task;
  task.seg = index;
  task.repeat = repeat;
  task.source = as_box(seg.crop);
  task.run = sizing.runs();
  task.reason = sizing.reason;
  if (!task.run) return task;
  task.width = sizing.width;
  task.height = sizing.height;
  task.scale = sizing.scale;
  task.carry_difference = sizing.carry_difference;
  if (semantics == Semantics::burin) {
    task.source =
        grown_crop(seg.crop, sizing.scale, sizing.width, sizing.height, segs.width, segs.height);
  }
  task.seeds.resize(static_cast<std::size_t>(settings.cycle));
  std::iota(task.seeds.begin(), task.seeds.end(),
            first_seed(segs, index, repeat, semantics, settings.seed));
  return task;
}

}  // namespace

Plan make_plan(const Segs& segs, Semantics semantics, const DetailerSettings& settings,
               const ModelGeometry& model, double memory_budget, const ChangeSize& change_size) {
  expect_settings(settings);
  expect_model(model, memory_budget);
  const auto sizings = size_all(segs, semantics, settings, model, change_size);
  const std::size_t count = segs.segs.size();

  Plan plan;
  const auto add = [&](std::size_t seg, int repeat) {
    plan.tasks.push_back(make_task(segs, seg, repeat, sizings[seg], semantics, settings));
  };
  if (semantics == Semantics::impact) {
    for (int repeat = 0; repeat < settings.batch_size; ++repeat) {
      for (std::size_t seg = 0; seg < count; ++seg) add(seg, repeat);
    }
  } else {
    for (std::size_t seg = 0; seg < count; ++seg) {
      for (int repeat = 0; repeat < settings.batch_size; ++repeat) add(seg, repeat);
    }
  }
  const bool one_by_one = settings.sampler == "dpm_adaptive" || semantics == Semantics::foreach;
  plan.batches = make_batches(plan.tasks, model, memory_budget, one_by_one);
  plan.memory_bytes = largest_batch_bytes(plan, model);
  return plan;
}

std::uint64_t own_seed(const Seg& seg, std::uint64_t seed) {
  return splitmix64(seed + static_cast<std::uint64_t>(seg.id) * kGoldenGamma);
}

std::uint64_t splitmix64(std::uint64_t x) {
  x += kGoldenGamma;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace burin::core
