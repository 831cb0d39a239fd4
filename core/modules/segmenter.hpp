// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Masks that a segmenter module draws in place of a detector's.
#pragma once

#include "imaging/image.hpp"
#include "modules/segmenter_use.hpp"
#include "runtime/run.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// Asks the module for the outline of every SEG, all in one call, and takes it as the SEG's mask,
// grown by `dilation` pixels (negative: 0) and cut at the crop region. It is shown what it
// understands of: the bbox, the landmarks (or the middle of the bbox), the label; the mask only
// where it understands nothing else, as those are as large as the picture. What it does not find
// keeps its mask, with a warning. Throws as ModuleInstance, what the module says, and
// Error{BURIN_E_INTERNAL} for an answer that breaks burin/role/segmenter.h.
void segment_by_module(const burin_host* host, const SegmenterUse& use, const ImageView& image,
                       int dilation, Segs& segs, Run& run);

}  // namespace burin::core
