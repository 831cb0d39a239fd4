// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Everything decided before the first tensor exists: scales, sizes, seeds, batches. Printable, and
// without side effects.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "job/job.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// What of a model family matters to geometry and memory.
struct ModelGeometry {
  int factor = 8;              // pixels a latent pixel
  int size_multiple = 64;      // model pixels; 64 for SD UNets, 32 for the embedded model
  double bytes_per_pixel = 0;  // activations of one item, per model pixel (estimate); 0: unknown
};

// One sampling of one SEG. Of a task that does not run only seg, repeat, reason and source mean
// anything; its source is the crop region.
struct Task {
  std::size_t seg = 0;  // index into Segs::segs
  int repeat = 0;       // 0..batch_size-1
  bool run = true;      // false: `reason` says why the original stays
  std::string reason;   // one sentence
  Box source;           // the picture's part the model sees, in picture pixels: the crop region
                        // (impact) or the grown, fractional crop (burin)
  int width = 0;        // model pixels before the autoencoder's own cropping
  int height = 0;
  double scale = 1;                  // model pixels a picture pixel, before rounding
  bool carry_difference = false;     // the crop was reduced: carry back only what changed
  std::vector<std::uint64_t> seeds;  // one a cycle
};

struct Batch {
  std::vector<std::size_t> tasks;  // indices; all of equal width x height, in task order
};

struct Plan {
  std::vector<Task> tasks;  // impact: repeat-major as the reference returns them; burin: SEG order
  std::vector<Batch> batches;  // of the tasks that run, ordered by their first task
  double memory_bytes = 0;     // estimate for the largest batch; 0: unknown
};

// Decides what happens to each SEG, settings.batch_size times. No SEGS give an empty plan.
//
// impact behaviour: SEGSDetailer's. The scale is guide_size / the shorter side of the bbox (or of
// the crop), reduced until both sides, truncated to integers, fit max_size. Unless forced, a SEG
// whose bbox is at least guide_size both ways, whose scale is not above 1, or whose size truncates
// to 0 is skipped; forced, the last two run at native size. Sizes are not rounded to any multiple.
// Seeds: seed + 1 + repeat, the same for all SEGS, + cycle index, wrapping at 2^64.
//
// burin: the same scale and skip rules without truncation. Forced, a crop longer than max_size is
// reduced to it and carries back only what changed; a smaller one runs at scale 1. The size is
// rounded up to the model's multiple (so it may pass max_size by less than that), the crop grown
// about its centre by as much / scale, shifted to stay in the picture, and centred on it where the
// picture is smaller. Sizes are raised to a coarser grid by at most 15 % of area, whichever other
// SEGS there are, so that more of them share a batch. Seeds: seed_i = splitmix64(seed + id *
// 0x9E3779B97F4A7C15); repeat r > 0: splitmix64(seed_i + r); + cycle index.
//
// foreach: DetailerForEach's. As impact, but for the seeds (seed + the SEG's place), and that each
// SEG is a batch of its own, in list order.
//
// All: a SEG's own seed stands for the job's seed of the first cycle (burin: before repeats are
// mixed in; impact: of every repeat). A mask that is 0 everywhere is skipped, and so
// is a SEG that is left out. Batches hold tasks of
// one size, split evenly so that items * width * height * bytes_per_pixel <= memory_budget (bytes;
// 0: no limit), one item at least; the adaptive sampler, whose steps depend on the whole batch,
// runs one by one.
//
// Throws Error{BURIN_E_JOB} for SEGS that contradict themselves (a crop outside the picture, a mask
// of another size, a bbox that is not finite), settings that are not positive where they must be
// and sizes above 32768 model pixels; Error{BURIN_E_INVALID} for a model geometry or budget that is
// not.
//
// change_size: what a SEG (by its index) is scaled to, given what was decided; burin rounds it up
// to the model's multiple and grows the crop by what is more than the crop's shape. Empty: nothing.
using ChangeSize = std::function<cv::Size(std::size_t seg, cv::Size size)>;
Plan make_plan(const Segs& segs, Semantics semantics, const DetailerSettings& settings,
               const ModelGeometry& model, double memory_budget,
               const ChangeSize& change_size = {});

// What burin semantics make of the job's seed for a SEG without one of its own.
std::uint64_t own_seed(const Seg& seg, std::uint64_t seed);

// The first output of the SplitMix64 generator (Steele, Lea, Flood 2014) in state x.
std::uint64_t splitmix64(std::uint64_t x);

// For `burin plan`: {"tasks": [...], "batches": [...], "memory_bytes": n}, one object a task (SEG
// id and label, source, size, scale, seeds, the prompts and LoRAs it has of its own, or why it does
// not run) and a batch. `segs` are those
// the plan was made for.
nlohmann::json plan_to_json(const Plan& plan, const Segs& segs);

}  // namespace burin::core
