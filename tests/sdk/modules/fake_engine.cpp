// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An engine that redraws nothing: its answers show what it was given. Counts what is alive.
#include <cstring>
#include <string>

#include "burin/cpp/plugin.hpp"
#include "burin/ext/image_reader.h"
#include "burin/role/engine.h"

using burin::sdk::Error;

struct burin_text {
  std::string text;
};
struct burin_result {
  std::string report;
};

namespace {

struct Fake {
  const burin_host* host;
  std::string options;
};

int alive = 0;

std::string or_none(const char* text) { return text ? text : "none"; }

Fake& fake(void* self) { return *static_cast<Fake*>(self); }

void give(burin_text** out, std::string text) {
  *out = new burin_text{std::move(text)};
  ++alive;
}

burin_status create(const burin_host* host, const burin_engine_options* options, void** self) {
  return burin::sdk::guard(host, [&] {
    if (std::strcmp(options->device, "abacus") == 0) {
      throw Error(BURIN_E_UNSUPPORTED, "There is no abacus.");
    }
    *self = new Fake{host, std::string(options->device) + " " + options->dtype + " " +
                               std::to_string(options->memory_bytes) + " " +
                               std::to_string(options->threads) + " " + or_none(options->data_dir)};
    ++alive;
  });
}
void destroy(void* self) {
  alive -= self != nullptr;
  delete static_cast<Fake*>(self);
}

burin_status complete_job(void* self, const char* job, const char* base_dir, burin_text** out) {
  return burin::sdk::guard(fake(self).host, [&] {
    if (*job == '\0') throw Error(BURIN_E_JOB, "The job is empty.");
    give(out, std::string(job) + " in " + or_none(base_dir));
  });
}

burin_status describe_model(void* self, const char* path, burin_text** out) {
  return burin::sdk::guard(fake(self).host, [&] {
    if (!path) return give(out, fake(self).options + ", alive " + std::to_string(alive));
    const auto* reader = burin::sdk::PluginHost(fake(self).host)
                             .extension<burin_image_reader>(BURIN_IMAGE_READER_ID);
    if (!reader) throw Error(BURIN_E_UNSUPPORTED, "The host reads no images.");
    burin_tensor image = {};
    if (const burin_status status = reader->read(fake(self).host, path, &image)) {
      throw Error(status, std::string("reading: ") + fake(self).host->last_error(fake(self).host));
    }
    const auto& dl = image.dl;
    give(out, std::to_string(dl.shape[0]) + "x" + std::to_string(dl.shape[1]) + "x" +
                  std::to_string(dl.shape[2]) + " of " + std::to_string(dl.dtype.bits) +
                  " bits, first " + std::to_string(*static_cast<const uint8_t*>(dl.data)));
    image.release(&image);
    image.release(&image);
  });
}

void work(const burin_run* run) {
  for (int step = 0; step < 4; ++step) {
    if (run->cancelled(run->ctx)) throw Error(BURIN_E_CANCELLED, "Stopped.");
    const burin_progress progress = {sizeof(progress), step / 4.0, 4.0 - step, "sample", "a step"};
    run->progress(run->ctx, &progress);
  }
}

burin_status plan(void* self, const char* job, const char* base_dir, const burin_image* image,
                  const burin_run* run, burin_text** out) {
  return burin::sdk::guard(fake(self).host, [&] {
    work(run);
    give(out, std::string(job) + " in " + or_none(base_dir) + " on " +
                  std::to_string(image->pixels->shape[1]) + " with profile of " +
                  std::to_string(image->icc_size));
  });
}

burin_status detect(void* self, const char* job, const char*, const burin_image*,
                    const char* masks_path, const burin_run* run, burin_text** out) {
  return burin::sdk::guard(fake(self).host, [&] {
    work(run);
    give(out, std::string(job) + " masks " + or_none(masks_path));
  });
}

burin_status detail(void* self, const char* job, const char*, const burin_image*,
                    const burin_run* run, burin_result** out) {
  return burin::sdk::guard(fake(self).host, [&] {
    work(run);
    *out = new burin_result{std::string("report of ") + job};
    ++alive;
  });
}

size_t layer_count(const burin_result*) { return 2; }
burin_status layer(const burin_result*, size_t index, burin_layer* out) {
  if (index >= 2) return BURIN_E_INVALID;
  *out = {};
  out->struct_size = sizeof(*out);
  out->status = index == 0 ? BURIN_LAYER_DONE : BURIN_LAYER_FAILED;
  out->id = static_cast<int64_t>(index) + 7;
  out->name = "Face";
  out->message = "";
  return BURIN_OK;
}
const char* report(const burin_result* result) { return result->report.c_str(); }
burin_status flatten(const burin_result*, DLTensor* pixels) {
  *static_cast<uint8_t*>(pixels->data) = 99;
  return BURIN_OK;
}
void release_result(burin_result* result) {
  alive -= result != nullptr;
  delete result;
}
const char* text(const burin_text* text) { return text->text.c_str(); }
void release_text(burin_text* text) {
  alive -= text != nullptr;
  delete text;
}

constexpr burin_engine api = [] {
  burin_engine e = {};
#ifdef FAKE_ENGINE_OLDER
  e.struct_size = offsetof(burin_engine, edit_segs);
#else
  e.struct_size = sizeof(e);
#endif
  e.create = create;
  e.destroy = destroy;
  e.complete_job = complete_job;
  e.describe_model = describe_model;
  e.plan = plan;
  e.detect = detect;
  e.detail = detail;
  e.layer_count = layer_count;
  e.layer = layer;
  e.report = report;
  e.flatten = flatten;
  e.release_result = release_result;
  e.text = text;
  e.release_text = release_text;
  return e;
}();

constexpr burin_descriptor about = {
    .struct_size = sizeof(burin_descriptor),
    .id = "burin.test.engine",
    .role = BURIN_ENGINE_ID,
    .name = "Fake engine",
    .version = "1.0.0",
    .vendor = "Burin",
    .licence = "Apache-2.0",
    .description = "Redraws nothing.",
    .cuda = BURIN_CUDA_NO,
};

}  // namespace

BURIN_EXTERN_C BURIN_EXPORT const burin_plugin_entry burin_entry =
    burin::sdk::SingleEntry<about, api>::entry();
