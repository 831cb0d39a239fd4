// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Control networks in the detailer: what each is shown of a crop, and the chains that guidance
// asks.
#pragma once

#include "detail/crop.hpp"
#include "diffusion/guidance.hpp"

namespace burin::core {

// What each control of the job is shown: its preprocessor's picture of the crop as the model sees
// it, or the named picture's part. CV_32FC3. impact behaviour: a named picture is resized to the
// document's size in 8 bits, and the crop region is shown at the document's scale. burin: it is
// resampled straight onto the model's grid.
std::vector<cv::Mat> control_pictures(const DetailContext& context, const Crop& crop);

// Loads the job's controls, shows them the crops' pictures and puts the chains into the
// conditionings. impact behaviour: a control of the whole range is put on the positive side alone
// and shared with the negative one where that has none; one with a range of its own on both.
// Throws what ControlCache::get and show_pictures throw.
void attach_controls(const DetailContext& context, const std::vector<Crop>& crops,
                     GuidedModel& guided);

}  // namespace burin::core
