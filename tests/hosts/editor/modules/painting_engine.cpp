// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// An engine that needs no model: it finds two boxes at fixed places and turns colours to their
// opposite there, so that a test knows every value. An even seed gives the opposite, an odd one
// half of the value. The positive prompt asks: "none" finds nothing, "fail" fails, "wait" waits to
// be cancelled (10 s at most), "cancelled" is cancelled at once, "crash" ends the process, "skip"
// skips.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "burin/cpp/plugin.hpp"
#include "burin/role/engine.h"

using burin::sdk::Error;
using nlohmann::json;

struct burin_text {
  std::string text;
};

namespace {

struct Layer {
  std::vector<float> pixels, crop, mask;
  std::int64_t shape[3] = {}, crop_shape[3] = {};
  DLTensor pixels_dl = {}, crop_dl = {}, mask_dl = {};
  std::int64_t id = 0;
  int x = 0, y = 0;
  burin_layer_status status = BURIN_LAYER_DONE;
  std::string name, message, job;
};

}  // namespace

struct burin_result {
  std::vector<std::unique_ptr<Layer>> layers;
};

namespace {

const burin_host* the_host = nullptr;

json parse(const char* text) {
  json job = json::parse(text, nullptr, false);
  if (!job.is_object()) throw Error(BURIN_E_JOB, "The job is no object.");
  return job;
}

std::string request_of(const json& job) {
  const json prompt = job.value("prompt", json::object());
  return prompt.is_object() ? prompt.value("positive", std::string()) : std::string();
}

double value_at(const DLTensor& t, std::int64_t y, std::int64_t x, std::int64_t c) {
  const std::int64_t row = t.strides ? t.strides[0] : t.shape[1] * t.shape[2];
  const std::int64_t column = t.strides ? t.strides[1] : t.shape[2];
  const std::int64_t at = y * row + x * column + c;
  const char* data = static_cast<const char*>(t.data) + t.byte_offset;
  if (t.dtype.code == kDLFloat) return reinterpret_cast<const float*>(data)[at];
  if (t.dtype.bits == 8) return reinterpret_cast<const std::uint8_t*>(data)[at] / 255.0;
  return reinterpret_cast<const std::uint16_t*>(data)[at] / 65535.0;
}

void set_value(DLTensor& t, std::int64_t y, std::int64_t x, std::int64_t c, double value) {
  const std::int64_t row = t.strides ? t.strides[0] : t.shape[1] * t.shape[2];
  const std::int64_t column = t.strides ? t.strides[1] : t.shape[2];
  const std::int64_t at = y * row + x * column + c;
  char* data = static_cast<char*>(t.data) + t.byte_offset;
  if (t.dtype.code == kDLFloat) {
    reinterpret_cast<float*>(data)[at] = static_cast<float>(value);
  } else if (t.dtype.bits == 8) {
    reinterpret_cast<std::uint8_t*>(data)[at] =
        static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
  } else {
    reinterpret_cast<std::uint16_t*>(data)[at] =
        static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 1.0) * 65535));
  }
}

void paint(const Layer& layer, DLTensor& picture) {
  const std::int64_t height = layer.shape[0], width = layer.shape[1], colours = layer.shape[2];
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const auto at = static_cast<size_t>(y * width + x);
      const double share = layer.mask[at];
      if (share <= 0) continue;
      for (std::int64_t c = 0; c < colours; ++c) {
        const double below = value_at(picture, y + layer.y, x + layer.x, c);
        const double above =
            layer.pixels[at * static_cast<size_t>(colours) + static_cast<size_t>(c)];
        set_value(picture, y + layer.y, x + layer.x, c, below + (above - below) * share);
      }
    }
  }
}

json found_in(const json& job, const burin_image& image) {
  json segs = json::array();
  const auto width = image.pixels->shape[1], height = image.pixels->shape[0];
  if (request_of(job) != "none") {
    segs.push_back({{"id", 1},
                    {"label", "face"},
                    {"confidence", 0.97},
                    {"bbox", {width / 8, height / 4, 3 * width / 8, 5 * height / 8}}});
    segs.push_back({{"id", 2},
                    {"label", "face"},
                    {"confidence", 0.81},
                    {"bbox", {5 * width / 8, height / 4, 3 * width / 4, height / 2}}});
  }
  return {{"burin_segs", 1}, {"width", width}, {"height", height}, {"segs", segs}};
}

std::vector<float> read_mask(const json& mask, std::array<std::int64_t, 2> shape) {
  std::ifstream in(mask.at("tensor").get<std::string>(), std::ios::binary);
  std::uint64_t length = 0;
  in.read(reinterpret_cast<char*>(&length), sizeof length);
  std::string text(length, ' ');
  in.read(text.data(), static_cast<std::streamsize>(length));
  const json entry = json::parse(text).at(mask.at("key").get<std::string>());
  if (!in || entry.at("shape") != json({shape[0], shape[1]})) {
    throw Error(BURIN_E_JOB, "A mask has another size than its crop.");
  }
  std::vector<float> values(static_cast<size_t>(shape[0] * shape[1]));
  in.seekg(entry.at("data_offsets")[0].get<std::int64_t>(), std::ios::cur);
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!in) throw Error(BURIN_E_JOB, "A mask's file ends early.");
  return values;
}

DLTensor tensor(float* data, std::int64_t* shape, int dimensions) {
  return {data, {kDLCPU, 0}, dimensions, {kDLFloat, 32, 1}, shape, nullptr, 0};
}

std::unique_ptr<Layer> make_layer(const json& job, const json& seg, const DLTensor& picture) {
  const auto box = seg.at("bbox").get<std::array<double, 4>>();
  std::array<int, 4> crop = {};
  if (seg.contains("crop_region")) {
    crop = seg["crop_region"].get<std::array<int, 4>>();
  } else {
    const double across = (box[2] - box[0]) / 4, down = (box[3] - box[1]) / 4;
    crop = {std::max(0, static_cast<int>(box[0] - across)),
            std::max(0, static_cast<int>(box[1] - down)),
            std::min(static_cast<int>(picture.shape[1]), static_cast<int>(box[2] + across)),
            std::min(static_cast<int>(picture.shape[0]), static_cast<int>(box[3] + down))};
  }
  if (crop[0] < 0 || crop[1] < 0 || crop[2] > picture.shape[1] || crop[3] > picture.shape[0]) {
    throw Error(BURIN_E_JOB, "A crop leaves the picture.");
  }
  auto layer = std::make_unique<Layer>();
  const std::int64_t height = crop[3] - crop[1], width = crop[2] - crop[0];
  const std::int64_t colours = picture.shape[2] >= 3 ? 3 : 1;
  layer->id = seg.at("id");
  layer->x = crop[0];
  layer->y = crop[1];
  const json detailer = job.value("detailer", json::object());
  const auto seed = detailer.value("seed", std::uint64_t{0});
  const bool opposite = seed % 2 == 0;
  const json prompt = seg.value("prompt", json::object());
  const bool dark = prompt.is_object() && prompt.value("positive", "") == "black";
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < colours; ++c) {
        const double v = value_at(picture, y + crop[1], x + crop[0], c);
        layer->pixels.push_back(static_cast<float>(dark ? 0 : opposite ? 1 - v : v / 2));
      }
      const double u = x + crop[0] + 0.5, w = y + crop[1] + 0.5;
      layer->mask.push_back(u > box[0] && u < box[2] && w > box[1] && w < box[3] ? 1.0f : 0.0f);
    }
  }
  if (seg.contains("mask") && seg["mask"].is_object()) {
    layer->mask = read_mask(seg["mask"], {height, width});
  }
  layer->crop.assign(static_cast<size_t>(height * width * 3), 0.5f);
  layer->shape[0] = layer->crop_shape[0] = height;
  layer->shape[1] = layer->crop_shape[1] = width;
  layer->shape[2] = colours;
  layer->crop_shape[2] = 3;
  layer->pixels_dl = tensor(layer->pixels.data(), layer->shape, 3);
  layer->crop_dl = tensor(layer->crop.data(), layer->crop_shape, 3);
  layer->mask_dl = tensor(layer->mask.data(), layer->shape, 2);
  std::string label = seg.value("label", "segment");
  if (!label.empty()) label[0] = static_cast<char>(std::toupper(label[0]));
  char strength[16];
  std::snprintf(strength, sizeof strength, "%.2f", detailer.value("denoise", 0.0));
  layer->name = label + " " + std::to_string(layer->id) + " \u00b7 " + strength + " \u00b7 seed " +
                std::to_string(seed);
  layer->job = job.dump();
  if (request_of(job) == "skip") {
    layer->status = BURIN_LAYER_SKIPPED;
    layer->message = "It is large enough already.";
  }
  return layer;
}

void wait_for_cancel(const burin_run* run) {
  // Says that it waits, for a test that ends the process meanwhile.
  if (const char* file = std::getenv("BURIN_TEST_WAITING")) std::ofstream(file) << "waiting\n";
  for (int i = 0; i < 1000; ++i) {
    if (run && run->progress) {
      const burin_progress progress = {sizeof progress, i / 1000.0, 1.0, "sample", "waiting"};
      run->progress(run->ctx, &progress);
    }
    if (run && run->cancelled && run->cancelled(run->ctx)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw Error(BURIN_E_CANCELLED, "Cancelled.");
}

template <typename Body>
burin_status guarded(Body&& body) {
  return burin::sdk::guard(the_host, body);
}

burin_status create(const burin_host* host, const burin_engine_options*, void** self) {
  the_host = host;
  return guarded([&] { *self = new int(0); });
}
void destroy(void* self) { delete static_cast<int*>(self); }

burin_status complete_job(void*, const char* job, const char*, burin_text** out) {
  return guarded([&] {
    json complete = parse(job);
    json& detailer = complete["detailer"];
    if (!detailer.contains("denoise")) detailer["denoise"] = 0.4;
    complete["image"] = nullptr;
    complete["only"] = json::array();
    *out = new burin_text{complete.dump()};
  });
}
burin_status describe_model(void*, const char* path, burin_text** out) {
  return guarded([&] {
    *out = new burin_text{json{{"family", "fake"}, {"path", path ? path : "built-in"}}.dump()};
  });
}
burin_status plan(void*, const char*, const char*, const burin_image*, const burin_run*,
                  burin_text** out) {
  return guarded([&] { *out = new burin_text{"{}"}; });
}
burin_status detect(void*, const char* job, const char*, const burin_image* image, const char*,
                    const burin_run*, burin_text** out) {
  return guarded([&] { *out = new burin_text{found_in(parse(job), *image).dump()}; });
}
burin_status detail(void*, const char* text, const char*, const burin_image* image,
                    const burin_run* run, burin_result** out) {
  return guarded([&] {
    const json job = parse(text);
    const std::string request = request_of(job);
    if (request == "fail") throw Error(BURIN_E_MODEL, "The painting engine was asked to fail.");
    if (request == "cancelled") throw Error(BURIN_E_CANCELLED, "Cancelled.");
    if (request == "crash") std::abort();
    if (request == "wait") wait_for_cancel(run);
    // What the profile was, for a test that gave one.
    const char* file = std::getenv("BURIN_TEST_PROFILE");
    if (file && image->icc_size > 0) {
      std::ofstream(file, std::ios::binary)
          .write(static_cast<const char*>(image->icc),
                 static_cast<std::streamsize>(image->icc_size));
    }
    auto result = std::make_unique<burin_result>();
    const json segs = job.contains("segs") ? job["segs"] : found_in(job, *image)["segs"];
    for (const json& seg : segs) result->layers.push_back(make_layer(job, seg, *image->pixels));
    *out = result.release();
  });
}

size_t layer_count(const burin_result* result) { return result->layers.size(); }
burin_status layer(const burin_result* result, size_t index, burin_layer* out) {
  return guarded([&] {
    const Layer& from = *result->layers.at(index);
    *out = {sizeof(burin_layer),
            from.status,
            from.id,
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
  });
}
const char* report(const burin_result*) { return "{\"device\": \"none\"}"; }
burin_status flatten(const burin_result* result, DLTensor* pixels) {
  return guarded([&] {
    for (const auto& each : result->layers)
      if (each->status == BURIN_LAYER_DONE) paint(*each, *pixels);
  });
}
void release_result(burin_result* result) { delete result; }
const char* text(const burin_text* text) { return text->text.c_str(); }
void release_text(burin_text* text) { delete text; }

constexpr burin_engine engine = {
    sizeof(burin_engine), create, destroy, complete_job, describe_model, plan, detect,      detail,
    layer_count,          layer,  report,  flatten,      release_result, text, release_text};
constexpr burin_descriptor about = {sizeof(burin_descriptor),
                                    "burin.engine.painting",
                                    BURIN_ENGINE_ID,
                                    "Painting engine",
                                    "1.0.0",
                                    "the Burin authors",
                                    "Apache-2.0",
                                    "Turns colours to their opposite, for tests.",
                                    BURIN_CUDA_NO};

}  // namespace

extern "C" BURIN_EXPORT const burin_plugin_entry burin_entry;
const burin_plugin_entry burin_entry = burin::sdk::SingleEntry<about, engine>::entry();
