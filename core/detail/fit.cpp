// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Stage fit: the redrawn picture back on the document's grid, in the document's colours.
#include "detail/stages.hpp"
#include "imaging/resample.hpp"

namespace burin::core {

Fitted fit(const DetailContext& context, const Crop& crop, const cv::Mat& redrawn) {
  const Region& region = crop.seg->crop;
  const Task& task = *crop.task;
  Fitted fitted;
  if (follows_reference(context.job.semantics)) {
    fitted.crop = resize_8bit(redrawn, region.width(), region.height());
  } else {
    const Box box = region_in_resampled(task.source, task.width, task.height, region);
    if (crop.carry_difference)
      fitted.crop = crop.srgb + resample(redrawn - crop.seen, box, region.width(), region.height());
    else
      fitted.crop = resample(redrawn, box, region.width(), region.height());
    if (context.job.colour_guard)
      fitted.drift = colour_guard(fitted.crop, crop.srgb, crop.blend, cv::Mat());
  }
  fitted.colours = context.colours.from_srgb(fitted.crop);
  return fitted;
}

}  // namespace burin::core
