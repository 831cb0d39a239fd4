// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The last function of each first revision. These never change.
#include "role_tables.hpp"

#include <cstring>

#include "burin/role/blender.h"
#include "burin/role/detail_hook.h"
#include "burin/role/detector.h"
#include "burin/role/engine.h"
#include "burin/role/preprocessor.h"
#include "burin/role/sampler.h"
#include "burin/role/scheduler.h"
#include "burin/role/segmenter.h"
#include "burin/role/upscaler.h"

namespace burin::sdk {
namespace {

struct FirstRevision {
  const char* role;
  std::size_t bytes;
};

#define BURIN_UP_TO(type, last) (offsetof(type, last) + sizeof(type::last))

constexpr FirstRevision first_revisions[] = {
    {BURIN_ENGINE_ID, BURIN_UP_TO(burin_engine, release_text)},
    {BURIN_DETECTOR_ID, BURIN_UP_TO(burin_detector, detect)},
    {BURIN_SEGMENTER_ID, BURIN_UP_TO(burin_segmenter, segment)},
    {BURIN_DETAIL_HOOK_ID, BURIN_UP_TO(burin_detail_hook, post_paste)},
    {BURIN_UPSCALER_ID, BURIN_UP_TO(burin_upscaler, upscale)},
    {BURIN_SCHEDULER_ID, BURIN_UP_TO(burin_scheduler, sigmas)},
    {BURIN_SAMPLER_ID, BURIN_UP_TO(burin_sampler, sample)},
    {BURIN_PREPROCESSOR_ID, BURIN_UP_TO(burin_preprocessor, process)},
    {BURIN_BLENDER_ID, BURIN_UP_TO(burin_blender, blend)},
};

}  // namespace

std::size_t least_table_bytes(const char* role) {
  for (const FirstRevision& known : first_revisions) {
    if (std::strcmp(known.role, role) == 0) return known.bytes;
  }
  return 0;
}

}  // namespace burin::sdk
