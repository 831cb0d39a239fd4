// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The functions of each first revision that are not optional. These never change.
#include "role_tables.hpp"

#include <cstdint>
#include <cstring>
#include <sstream>

#include "burin/ext/cuda.h"
#include "burin/ext/params.h"
#include "burin/ext/state.h"
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
  const char* id;
  std::size_t bytes;
  std::size_t first;      // where the functions begin; they follow each other
  const char* functions;  // their names in this order
};

#define BURIN_UP_TO(type, last) (offsetof(type, last) + sizeof(type::last))
#define BURIN_FROM(type, first, last) BURIN_UP_TO(type, last), offsetof(type, first)

constexpr FirstRevision first_revisions[] = {
    {BURIN_ENGINE_ID, BURIN_FROM(burin_engine, create, release_text),
     "create destroy complete_job describe_model plan detect detail layer_count layer report "
     "flatten release_result text release_text"},
    {BURIN_DETECTOR_ID, BURIN_FROM(burin_detector, create, detect), "create destroy detect"},
    {BURIN_SEGMENTER_ID, BURIN_FROM(burin_segmenter, create, segment), "create destroy segment"},
    {BURIN_DETAIL_HOOK_ID, BURIN_FROM(burin_detail_hook, create, post_paste), "create destroy"},
    {BURIN_UPSCALER_ID, BURIN_FROM(burin_upscaler, create, upscale),
     "create destroy factor upscale"},
    {BURIN_SCHEDULER_ID, BURIN_FROM(burin_scheduler, create, sigmas), "create destroy sigmas"},
    {BURIN_SAMPLER_ID, BURIN_FROM(burin_sampler, create, sample), "create destroy sample"},
    {BURIN_PREPROCESSOR_ID, BURIN_FROM(burin_preprocessor, create, process),
     "create destroy process"},
    {BURIN_BLENDER_ID, BURIN_FROM(burin_blender, create, blend), "create destroy blend"},
    {BURIN_PARAMS_ID, BURIN_FROM(burin_params, set, get), "set get"},
    {BURIN_STATE_ID, BURIN_FROM(burin_state, save, load), "save load"},
    {BURIN_CUDA_ID, BURIN_FROM(burin_cuda, use_stream, use_stream), "use_stream"},
};

}  // namespace

std::string table_fault(const char* id, const void* table) {
  for (const FirstRevision& known : first_revisions) {
    if (std::strcmp(known.id, id) != 0) continue;
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, table, sizeof bytes);
    if (bytes < known.bytes) {
      return "has " + std::to_string(bytes) + " bytes; expected are at least " +
             std::to_string(known.bytes);
    }
    const auto* at = static_cast<const char*>(table) + known.first;
    std::istringstream names(known.functions);
    for (std::string name; names >> name; at += sizeof(void (*)())) {
      void (*function)() = nullptr;
      std::memcpy(&function, at, sizeof function);
      if (function == nullptr) return "lacks the function " + name;
    }
  }
  return "";
}

}  // namespace burin::sdk
