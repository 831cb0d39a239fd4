// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// libburin_core behind the C ABI: nothing else of the core is visible outside.
#include <new>
#include <string>

#include "burin/cpp/plugin.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/role/engine.h"
#include "device/device.hpp"
#include "engine/engine.hpp"
#include "modules/host_calls.hpp"
#include "runtime/error.hpp"

struct burin_text {
  std::string text;
};

struct burin_result {
  std::unique_ptr<burin::core::Result> result;
};

namespace {

using burin::core::Engine;
using burin::core::Error;

const burin_host* module_host = nullptr;

struct Handle {
  const burin_host* host;
  Engine engine;
};

// Runs `body`; no exception leaves the module. The sentence goes to the host.
template <class Body>
burin_status guarded(const burin_host* host, Body body) {
  const auto fail = [host](burin_status status, const char* sentence) {
    if (host != nullptr && host->set_error != nullptr) host->set_error(host, sentence);
    return status;
  };
  try {
    body();
    return BURIN_OK;
  } catch (const Error& error) {
    return fail(error.status(), error.what());
  } catch (const std::exception& error) {
    if (burin::core::is_out_of_memory(error))
      return fail(BURIN_E_MEMORY,
                  "Out of memory; a smaller picture, max_size or --memory needs less.");
    return fail(BURIN_E_INTERNAL, error.what());
  } catch (...) {
    return fail(BURIN_E_INTERNAL, "The engine failed for a reason it could not name.");
  }
}

template <class Body>
burin_status with_engine(void* self, Body body) {
  if (self == nullptr) return BURIN_E_INVALID;
  auto& handle = *static_cast<Handle*>(self);
  return guarded(handle.host, [&] { body(handle.engine, handle.host); });
}

void require(const void* pointer, const char* name) {
  if (pointer == nullptr)
    throw Error(BURIN_E_INVALID, std::string("The argument ") + name + " is NULL.");
}

burin_status create(const burin_host* host, const burin_engine_options* options, void** self) {
  return guarded(host, [&] {
    require(host, "host");
    require(self, "self");
    *self = new Handle{host, Engine(host, options)};
  });
}

void destroy(void* self) { delete static_cast<Handle*>(self); }

burin_status complete_job(void* self, const char* job, const char* base_dir, burin_text** out) {
  return with_engine(self, [&](Engine& engine, const burin_host*) {
    require(out, "out");
    *out = new burin_text{engine.complete_job(job, base_dir)};
  });
}

burin_status describe_model(void* self, const char* path, burin_text** out) {
  return with_engine(self, [&](Engine& engine, const burin_host*) {
    require(out, "out");
    *out = new burin_text{engine.describe_model(path)};
  });
}

burin_status plan(void* self, const char* job, const char* base_dir, const burin_image* image,
                  const burin_run* run, burin_text** out) {
  return with_engine(self, [&](Engine& engine, const burin_host* host) {
    require(image, "image");
    require(out, "out");
    burin::core::Run core_run = burin::core::from_abi(run, host);
    *out = new burin_text{engine.plan(job, base_dir, burin::core::view_of(*image), core_run)};
  });
}

burin_status detect(void* self, const char* job, const char* base_dir, const burin_image* image,
                    const char* masks_path, const burin_run* run, burin_text** out) {
  return with_engine(self, [&](Engine& engine, const burin_host* host) {
    require(image, "image");
    require(out, "out");
    burin::core::Run core_run = burin::core::from_abi(run, host);
    *out = new burin_text{
        engine.detect(job, base_dir, burin::core::view_of(*image), masks_path, core_run)};
  });
}

burin_status detail(void* self, const char* job, const char* base_dir, const burin_image* image,
                    const burin_run* run, burin_result** out) {
  return with_engine(self, [&](Engine& engine, const burin_host* host) {
    require(image, "image");
    require(out, "out");
    burin::core::Run core_run = burin::core::from_abi(run, host);
    *out = new burin_result{engine.detail(job, base_dir, burin::core::view_of(*image), core_run)};
  });
}

size_t layer_count(const burin_result* result) {
  return result != nullptr ? result->result->size() : 0;
}

burin_status layer(const burin_result* result, size_t index, burin_layer* out) {
  return guarded(module_host, [&] {
    require(result, "result");
    require(out, "out");
    if (index >= result->result->size())
      throw Error(BURIN_E_INVALID,
                  "Layer " + std::to_string(index) + " was asked for, but there are " +
                      std::to_string(result->result->size()) + ", counted from 0.");
    result->result->describe(index, *out);
  });
}

const char* report(const burin_result* result) {
  return result != nullptr ? result->result->report().c_str() : "";
}

burin_status flatten(const burin_result* result, DLTensor* pixels) {
  return guarded(module_host, [&] {
    require(result, "result");
    require(pixels, "pixels");
    burin::core::ImageView view = burin::core::view_of(*pixels);
    result->result->flatten(view);
  });
}

cv::Size picture_size(std::int32_t width, std::int32_t height) {
  if (width < 0 || height < 0 || (width == 0) != (height == 0))
    throw Error(BURIN_E_INVALID, "The picture's size is " + std::to_string(width) + " x " +
                                     std::to_string(height) +
                                     ", expected two positive numbers, or 0 x 0 for what the job "
                                     "says.");
  return {width, height};
}

burin_status edit_segs(void* self, const char* job, const char* base_dir, std::int32_t width,
                       std::int32_t height, const char* masks_path, const burin_run* run,
                       burin_text** out) {
  return with_engine(self, [&](Engine& engine, const burin_host* host) {
    require(out, "out");
    burin::core::Run core_run = burin::core::from_abi(run, host);
    *out = new burin_text{
        engine.edit_segs(job, base_dir, picture_size(width, height), masks_path, core_run)};
  });
}

burin_status segs_mask(void* self, const char* job, const char* base_dir, std::int32_t width,
                       std::int32_t height, const burin_run* run, burin_tensor* out) {
  return with_engine(self, [&](Engine& engine, const burin_host* host) {
    require(out, "out");
    burin::core::Run core_run = burin::core::from_abi(run, host);
    const cv::Mat mask = engine.segs_mask(job, base_dir, picture_size(width, height), core_run);
    burin::sdk::PixelBuffer pixels{{}, burin::sdk::PixelType::f32, mask.rows, mask.cols, 1};
    const auto* bytes = reinterpret_cast<const std::byte*>(mask.data);
    pixels.bytes.assign(bytes, bytes + mask.total() * mask.elemSize());
    burin::sdk::hand_over(std::move(pixels), *out);
  });
}

void release_result(burin_result* result) { delete result; }
const char* text(const burin_text* text) { return text != nullptr ? text->text.c_str() : ""; }
void release_text(burin_text* text) { delete text; }

constexpr burin_engine engine_role = {sizeof(burin_engine),
                                      create,
                                      destroy,
                                      complete_job,
                                      describe_model,
                                      plan,
                                      detect,
                                      detail,
                                      layer_count,
                                      layer,
                                      report,
                                      flatten,
                                      release_result,
                                      text,
                                      release_text,
                                      edit_segs,
                                      segs_mask};

constexpr burin_descriptor engine_descriptor = {
    sizeof(burin_descriptor),
    "burin.engine.core",
    BURIN_ENGINE_ID,
    "Burin",
    "0.1.0",
    "the Burin authors",
    "Apache-2.0",
    "Redraws segments of a picture with a diffusion model on libtorch, CPU or CUDA.",
    BURIN_CUDA_YES};

struct Entry : burin::sdk::SingleEntry<engine_descriptor, engine_role> {
  static burin_status init(const burin_host* host) {
    const burin_status status = SingleEntry::init(host);
    if (status == BURIN_OK) module_host = host;
    return status;
  }
  static constexpr burin_plugin_entry entry() {
    burin_plugin_entry with_init = SingleEntry::entry();
    with_init.init = init;
    return with_init;
  }
};

}  // namespace

BURIN_EXTERN_C BURIN_EXPORT const burin_plugin_entry burin_entry = Entry::entry();
