// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An engine that needs no model: it finds a fixed box or two and paints them, and fails on request.
// The job's positive prompt asks: "none" finds nothing, "two" two segments, "fail one" fails the
// second, "skip" skips, "cancel" waits to be cancelled, "status N" returns that status, "steps N"
// takes N steps of 10 ms, "deaf N" as many without asking whether to stop, "stream" hands out two
// layers and a preview before the end, "log" writes a line, "bad_alloc" runs out of memory, "crash"
// ends the process.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "burin/cpp/plugin.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/role/engine.h"

using nlohmann::json;

struct burin_text {
  std::string text;
};

namespace {

constexpr int side = 4;

struct Layer {
  std::vector<float> pixels, crop, mask;
  std::array<std::int64_t, 3> pixel_shape = {side, side, 3}, crop_shape = {side, side, 3};
  std::array<std::int64_t, 2> mask_shape = {side, side};
  DLTensor pixels_dl = {}, crop_dl = {}, mask_dl = {};
  int x = 0, y = 0;
  burin_layer_status status = BURIN_LAYER_DONE;
  std::string name, message, job;

  void link() {
    const auto set = [](DLTensor& dl, float* data, std::int64_t* shape, int dimensions) {
      dl.data = data;
      dl.device = {kDLCPU, 0};
      dl.ndim = dimensions;
      dl.dtype = {kDLFloat, 32, 1};
      dl.shape = shape;
    };
    set(pixels_dl, pixels.data(), pixel_shape.data(), 3);
    set(crop_dl, crop.data(), crop_shape.data(), 3);
    set(mask_dl, mask.data(), mask_shape.data(), 2);
  }
};

std::string request_of(const json& job) {
  return job.value(json::json_pointer("/prompt/positive"), std::string());
}

}  // namespace

struct burin_result {
  std::vector<Layer> layers;
  std::string report;
};

namespace {

const burin_host* the_host = nullptr;

json parse(const char* text) {
  json job = json::parse(text, nullptr, false);
  if (!job.is_object()) throw burin::sdk::Error(BURIN_E_JOB, "The job is no object.");
  const std::string request = request_of(job);
  if (request.starts_with("status ")) {
    throw burin::sdk::Error(std::stoi(request.substr(7)), "The fake engine was asked to fail.");
  }
  return job;
}

size_t found_in(const json& job) {
  const std::string request = request_of(job);
  if (request == "none") return 0;
  return request == "two" || request == "fail one" || request == "stream" ? 2 : 1;
}

json segs_of(const json& job, const burin_image& image) {
  json segs = json::array();
  for (size_t i = 0; i < found_in(job); ++i) {
    const int x = static_cast<int>(i) * 6;
    segs.push_back({{"id", i + 1},
                    {"label", "face"},
                    {"confidence", 0.9},
                    {"bbox", {x, 1, x + side, 1 + side}},
                    {"crop_region", {x, 1, x + side, 1 + side}}});
  }
  return {{"burin_segs", 1},
          {"width", image.pixels->shape[1]},
          {"height", image.pixels->shape[0]},
          {"segs", segs}};
}

void take_steps(const burin_run* run, int count, bool deaf = false) {
  for (int i = 0; i < count; ++i) {
    if (run && run->progress) {
      const burin_progress progress = {sizeof(burin_progress), i / static_cast<double>(count), 1.0,
                                       "sample", "waiting"};
      run->progress(run->ctx, &progress);
    }
    if (!deaf && run && run->cancelled && run->cancelled(run->ctx)) {
      throw burin::sdk::Error(BURIN_E_CANCELLED, "Cancelled.");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void obey(const std::string& request, const burin_run* run) {
  if (request == "cancel") take_steps(run, 1000);
  if (request.starts_with("steps ")) take_steps(run, std::stoi(request.substr(6)));
  if (request.starts_with("deaf ")) take_steps(run, std::stoi(request.substr(5)), true);
  if (request == "bad_alloc") throw std::bad_alloc();
  if (request == "crash") std::raise(SIGKILL);
  if (request == "log") burin::sdk::PluginHost(the_host).log(BURIN_LOG_WARNING, "A line of log.");
}

Layer make_layer(const json& job, size_t index, int channels) {
  Layer layer;
  const float value = index == 0 ? 1.0f : 0.25f;
  layer.pixel_shape[2] = channels >= 3 ? 3 : 1;
  layer.pixels.assign(static_cast<size_t>(side * side * layer.pixel_shape[2]), value);
  layer.crop.assign(side * side * 3, 1.5f);
  layer.mask.assign(side * side, 1.0f);
  layer.mask[0] = 0.0f;
  layer.x = static_cast<int>(index) * 6;
  layer.y = 1;
  layer.name = "Face " + std::to_string(index + 1) + " <&\">";
  layer.job = job.dump();
  const std::string request = request_of(job);
  if (request == "skip") {
    layer.status = BURIN_LAYER_SKIPPED;
    layer.message = "It is large enough already.";
  } else if (request == "fail one" && index == 1) {
    layer.status = BURIN_LAYER_FAILED;
    layer.message = "The fake engine was asked to fail here.";
  }
  layer.link();
  return layer;
}

// Done layers, rounded to the picture's depth; the float mask is 0 or 1 here.
void paint(const Layer& layer, DLTensor& picture) {
  const std::int64_t channels = picture.shape[2], colours = channels >= 3 ? 3 : 1;
  const std::int64_t row = picture.strides ? picture.strides[0] : picture.shape[1] * channels;
  for (int v = 0; v < side; ++v) {
    for (int u = 0; u < side; ++u) {
      if (layer.mask[static_cast<size_t>(v * side + u)] == 0.0f) continue;
      for (std::int64_t c = 0; c < colours; ++c) {
        const float value = layer.pixels[0];
        const auto at = (layer.y + v) * row + (layer.x + u) * channels + c;
        if (layer.y + v >= picture.shape[0] || layer.x + u >= picture.shape[1]) continue;
        if (picture.dtype.code == kDLFloat && picture.dtype.bits == 32) {
          static_cast<float*>(picture.data)[at] = value;
        } else if (picture.dtype.bits == 8) {
          static_cast<std::uint8_t*>(picture.data)[at] =
              static_cast<std::uint8_t>(value * 255 + 0.5f);
        } else if (picture.dtype.code == kDLUInt) {
          static_cast<std::uint16_t*>(picture.data)[at] =
              static_cast<std::uint16_t>(value * 65535 + 0.5f);
        } else {
          static_cast<std::uint16_t*>(picture.data)[at] = value == 1.0f ? 0x3c00 : 0x3400;
        }
      }
    }
  }
}

template <typename Body>
burin_status guarded(Body&& body) {
  return burin::sdk::guard(the_host, body);
}

burin_status create(const burin_host* host, const burin_engine_options* options, void** self) {
  the_host = host;
  return guarded([&] {
    if (options && options->device && std::strcmp(options->device, "cuda:9") == 0) {
      throw burin::sdk::Error(BURIN_E_UNSUPPORTED, "There is no device cuda:9.");
    }
    *self = new int(0);
  });
}
void destroy(void* self) { delete static_cast<int*>(self); }

burin_status complete_job(void*, const char* job, const char*, burin_text** out) {
  return guarded([&] { *out = new burin_text{parse(job).dump()}; });
}
burin_status describe_model(void*, const char* path, burin_text** out) {
  return guarded([&] {
    *out = new burin_text{json{{"family", "fake"}, {"path", path ? path : "built-in"}}.dump()};
  });
}
burin_status plan(void*, const char* job, const char*, const burin_image* image, const burin_run*,
                  burin_text** out) {
  return guarded([&] {
    const json parsed = parse(job);
    json tasks = json::array();
    const json segs = segs_of(parsed, *image);
    for (const json& seg : segs["segs"]) {
      tasks.push_back({{"id", seg["id"]},
                       {"label", "face"},
                       {"run", true},
                       {"source", seg["bbox"]},
                       {"width", 64},
                       {"height", 64},
                       {"scale", 16.0},
                       {"seeds", {18446744073709551615ull}}});
    }
    *out = new burin_text{json{{"tasks", tasks}, {"batches", json::array()}}.dump()};
  });
}
burin_status detect(void*, const char* job, const char* base_dir, const burin_image* image,
                    const char* masks_path, const burin_run*, burin_text** out) {
  return guarded([&] {
    json segs = segs_of(parse(job), *image);
    segs["base_dir"] = base_dir ? base_dir : "";
    if (masks_path && request_of(parse(job)) == "two") std::ofstream(masks_path) << "masks";
    *out = new burin_text{segs.dump()};
  });
}

// Out before the end, as an engine that finishes segments one by one does.
void stream(const std::vector<Layer>& layers, const burin_run* run);
burin_status detail(void*, const char* job, const char*, const burin_image* image,
                    const burin_run* run, burin_result** out) {
  return guarded([&] {
    const json parsed = parse(job);
    obey(request_of(parsed), run);
    auto result = std::make_unique<burin_result>();
    json layers = json::array();
    for (size_t i = 0; i < found_in(parsed); ++i) {
      result->layers.push_back(make_layer(parsed, i, static_cast<int>(image->pixels->shape[2])));
      layers.push_back({{"id", i + 1}});
    }
    for (auto& layer : result->layers) layer.link();
    if (request_of(parsed) == "stream") stream(result->layers, run);
    result->report = json{{"seconds", {{"sample", 1.25}, {"total", 2.5}}},
                          {"device", "fake"},
                          {"dtype", "f32"},
                          {"icc_bytes", image->icc_size},
                          {"layers", layers},
                          {"segs", segs_of(parsed, *image)}}
                         .dump();
    *out = result.release();
  });
}

burin_layer describe(const Layer& from, size_t index) {
  return {sizeof(burin_layer),
          from.status,
          static_cast<std::int64_t>(index + 1),
          from.x,
          from.y,
          &from.pixels_dl,
          &from.crop_dl,
          &from.mask_dl,
          from.name.c_str(),
          from.message.c_str(),
          from.job.c_str(),
          -1,
          -1,
          0,
          nullptr};
}

void stream(const std::vector<Layer>& layers, const burin_run* run) {
  if (run == nullptr || !BURIN_HAS(run, preview)) return;
  std::uint8_t pixels[2 * 2 * 3] = {1, 2, 3};
  std::int64_t shape[3] = {2, 2, 3};
  DLTensor dl = {};
  dl.data = pixels;
  dl.device = {kDLCPU, 0};
  dl.ndim = 3;
  dl.dtype = {kDLUInt, 8, 1};
  dl.shape = shape;
  const burin_preview preview = {sizeof(burin_preview), 1, 0, 1, side, side, &dl};
  if (run->preview) run->preview(run->ctx, &preview);
  for (size_t i = layers.size(); run->layer_done && i-- > 0;) {
    const burin_layer layer = describe(layers[i], i);
    run->layer_done(run->ctx, &layer);
  }
  take_steps(run, 30);
}

size_t layer_count(const burin_result* result) { return result->layers.size(); }
burin_status layer(const burin_result* result, size_t index, burin_layer* out) {
  return guarded([&] { *out = describe(result->layers.at(index), index); });
}
const char* report(const burin_result* result) { return result->report.c_str(); }
burin_status flatten(const burin_result* result, DLTensor* pixels) {
  return guarded([&] {
    for (const Layer& each : result->layers) {
      if (each.status == BURIN_LAYER_DONE) paint(each, *pixels);
    }
  });
}
void release_result(burin_result* result) { delete result; }
const char* text(const burin_text* text) { return text->text.c_str(); }
void release_text(burin_text* text) { delete text; }

burin_status edit_segs(void*, const char* job, const char* base_dir, int32_t width, int32_t height,
                       const char* masks_path, const burin_run* run, burin_text** out) {
  return guarded([&] {
    const json parsed = parse(job);
    obey(request_of(parsed), run);
    std::int64_t shape[3] = {height, width, 3};
    DLTensor pixels = {};
    pixels.shape = shape;
    json segs = segs_of(parsed, {sizeof(burin_image), &pixels, nullptr, 0});
    segs["base_dir"] = base_dir ? base_dir : "";
    if (masks_path && request_of(parsed) == "two") std::ofstream(masks_path) << "masks";
    *out = new burin_text{segs.dump()};
  });
}
// A ramp, so that no value is taken for another.
burin_status segs_mask(void*, const char* job, const char*, int32_t width, int32_t height,
                       const burin_run* run, burin_tensor* out) {
  return guarded([&] {
    obey(request_of(parse(job)), run);
    burin::sdk::PixelBuffer mask{{}, burin::sdk::PixelType::f32, height, width, 1};
    std::vector<float> values(static_cast<size_t>(height) * static_cast<size_t>(width));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 1024;
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    mask.bytes.assign(bytes, bytes + values.size() * sizeof(float));
    burin::sdk::hand_over(std::move(mask), *out);
  });
}

constexpr burin_engine engine = {sizeof(burin_engine),
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
constexpr burin_descriptor about = {sizeof(burin_descriptor),
                                    "burin.engine.fake",
                                    BURIN_ENGINE_ID,
                                    "Fake engine",
                                    "1.0.0",
                                    "the Burin authors",
                                    "Apache-2.0",
                                    "Paints boxes, for tests.",
                                    BURIN_CUDA_NO};

}  // namespace

extern "C" BURIN_EXPORT const burin_plugin_entry burin_entry;
const burin_plugin_entry burin_entry = burin::sdk::SingleEntry<about, engine>::entry();
