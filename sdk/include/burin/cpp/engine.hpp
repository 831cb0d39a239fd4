// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The engine role with RAII, exceptions and std::function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/cpp/run.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/role/engine.h"

namespace burin::sdk {

struct EngineOptions {
  std::string device = "auto";          ///< "auto", "cpu", "cuda", "cuda:1"
  std::string dtype = "auto";           ///< "auto", "f32", "bf16", "f16"
  uint64_t memory_bytes = 0;            ///< budget for activations; 0: half of what is free
  int32_t threads = 0;                  ///< 0: one a core
  std::optional<std::string> data_dir;  ///< of the embedded model; none: as the module set found it
  std::string module;                   ///< id of the engine module; "": the first

  /// For the C interface; points into *this and `folder`.
  burin_engine_options to_c(const std::optional<std::string>& folder) const {
    burin_engine_options c = {};
    c.struct_size = sizeof(c);
    c.device = device.c_str();
    c.dtype = dtype.c_str();
    c.memory_bytes = memory_bytes;
    c.threads = threads;
    c.data_dir = folder ? folder->c_str() : nullptr;
    return c;
  }
};

/// A picture, borrowed for a call; see burin_image.
struct Image {
  const DLTensor* pixels = nullptr;
  const void* icc = nullptr;
  size_t icc_size = 0;
};

/// What `detail` made. Its layers point into it. [work-thread]
class Result {
 public:
  size_t size() const { return api_->layer_count(result_.get()); }

  /// Throws Error (INVALID) beyond size().
  burin_layer layer(size_t index) const {
    burin_layer layer = {};
    layer.struct_size = sizeof(layer);
    checked([&] { return api_->layer(result_.get(), index, &layer); });
    return layer;
  }

  std::vector<burin_layer> layers() const {
    std::vector<burin_layer> all;
    for (size_t i = 0, n = size(); i < n; ++i) all.push_back(layer(i));
    return all;
  }

  /// JSON; see burin_engine.
  std::string report() const {
    const char* text = api_->report(result_.get());
    return text ? text : "";
  }

  /// Lays every layer that is done over `pixels` in place: the picture given to detail, same shape
  /// and dtype.
  void flatten(DLTensor& pixels) const {
    checked([&] { return api_->flatten(result_.get(), &pixels); });
  }

 private:
  friend class Engine;
  Result(std::shared_ptr<void> engine, const burin_engine* api, burin_result* result)
      : engine_(std::move(engine)), api_(api), result_(result, api->release_result) {}

  std::shared_ptr<void> engine_;
  const burin_engine* api_;
  std::unique_ptr<burin_result, void (*)(burin_result*)> result_;
};

/// One engine. Calls from one thread at a time. Every function throws Error. create and the end of
/// the last copy are [host-thread], all else is [work-thread].
class Engine {
 public:
  static Engine create(const ModuleSet& modules, const EngineOptions& options = {}) {
    const auto found = modules.find<burin_engine>(BURIN_ENGINE_ID, options.module);
    const auto& data_dir = options.data_dir ? options.data_dir : found.data_dir;
    const burin_engine_options c = options.to_c(data_dir);
    void* self = nullptr;
    checked([&] { return found.api->create(modules.host(), &c, &self); });
    return Engine(modules, found.api, self);
  }

  /// An engine made elsewhere. `self` destroys it when the last copy goes.
  static Engine adopt(const burin_engine* api, std::shared_ptr<void> self) {
    return Engine(api, std::move(self));
  }

  /// job: JSON. base_dir: where its relative paths start; "": the working folder.
  std::string complete_job(const std::string& job, const std::string& base_dir = {}) {
    return text([&](burin_text** out) {
      return api_->complete_job(self_.get(), job.c_str(), or_null(base_dir), out);
    });
  }

  /// path "": the embedded model.
  std::string describe_model(const std::string& path = {}) {
    return text(
        [&](burin_text** out) { return api_->describe_model(self_.get(), or_null(path), out); });
  }

  std::string plan(const std::string& job, const std::string& base_dir, const Image& image,
                   const RunCallbacks& callbacks = {}) {
    const burin_image c = to_c(image);
    return text(
        [&](const burin_run* run, burin_text** out) {
          return api_->plan(self_.get(), job.c_str(), or_null(base_dir), &c, run, out);
        },
        callbacks);
  }

  /// masks_path "": masks that a box does not say are left out.
  std::string detect(const std::string& job, const std::string& base_dir, const Image& image,
                     const std::string& masks_path = {}, const RunCallbacks& callbacks = {}) {
    const burin_image c = to_c(image);
    return text(
        [&](const burin_run* run, burin_text** out) {
          return api_->detect(self_.get(), job.c_str(), or_null(base_dir), &c, or_null(masks_path),
                              run, out);
        },
        callbacks);
  }

  /// The SEGS of a job that needs no picture, changed as it says. width, height 0: what the SEGS
  /// file or the selection says. masks_path as detect(). Throws UNSUPPORTED for an engine that is
  /// older than this.
  std::string edit_segs(const std::string& job, const std::string& base_dir, std::int32_t width = 0,
                        std::int32_t height = 0, const std::string& masks_path = {},
                        const RunCallbacks& callbacks = {}) {
    if (!BURIN_HAS(api_, edit_segs)) older("edit SEGS");
    return text(
        [&](const burin_run* run, burin_text** out) {
          return api_->edit_segs(self_.get(), job.c_str(), or_null(base_dir), width, height,
                                 or_null(masks_path), run, out);
        },
        callbacks);
  }

  /// The same SEGS as one mask: float32 [height, width, 1], 0..1.
  PixelBuffer segs_mask(const std::string& job, const std::string& base_dir, std::int32_t width = 0,
                        std::int32_t height = 0, const RunCallbacks& callbacks = {}) {
    if (!BURIN_HAS(api_, segs_mask)) older("make a mask of SEGS");
    burin_tensor mask{};
    mask.struct_size = sizeof mask;
    return with_run(
        callbacks,
        [&](const burin_run* run) {
          return api_->segs_mask(self_.get(), job.c_str(), or_null(base_dir), width, height, run,
                                 &mask);
        },
        [&] {
          const std::unique_ptr<burin_tensor, void (*)(burin_tensor*)> owned(
              &mask, [](burin_tensor* t) { t->release(t); });
          PixelBuffer copy{{}, PixelType::f32, mask.dl.shape[0], mask.dl.shape[1], 1};
          const auto* bytes = static_cast<const std::byte*>(mask.dl.data) + mask.dl.byte_offset;
          copy.bytes.assign(bytes, bytes + copy.height * copy.width * bytes_of(PixelType::f32));
          return copy;
        });
  }

  Result detail(const std::string& job, const std::string& base_dir, const Image& image,
                const RunCallbacks& callbacks = {}) {
    const burin_image c = to_c(image);
    burin_result* result = nullptr;
    return with_run(
        callbacks,
        [&](const burin_run* run) {
          return api_->detail(self_.get(), job.c_str(), or_null(base_dir), &c, run, &result);
        },
        [&] { return Result(self_, api_, result); });
  }

 private:
  Engine(const ModuleSet& modules, const burin_engine* api, void* self)
      : api_(api), self_(self, [modules, api](void* engine) { api->destroy(engine); }) {}
  Engine(const burin_engine* api, std::shared_ptr<void> self) : api_(api), self_(std::move(self)) {}

  [[noreturn]] static void older(const char* what) {
    throw Error(BURIN_E_UNSUPPORTED,
                std::string("This engine is older than the program and cannot ") + what +
                    "; expected one of the same version.");
  }
  static const char* or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  }
  static burin_image to_c(const Image& image) {
    return {sizeof(burin_image), image.pixels, image.icc, image.icc_size};
  }

  // An exception of a callback wins over the status it led to, and what came is owned before it is
  // thrown.
  template <typename Call, typename Own>
  static std::invoke_result_t<Own> with_run(const RunCallbacks& callbacks, Call&& call, Own&& own) {
    RunBridge bridge(callbacks);
    try {
      checked([&] { return call(bridge.run()); });
    } catch (const Error&) {
      bridge.rethrow();
      throw;
    }
    auto result = own();
    bridge.rethrow();
    return result;
  }

  std::string take(burin_text* text) const {
    const std::unique_ptr<burin_text, void (*)(burin_text*)> owned(text, api_->release_text);
    return api_->text(owned.get());
  }
  template <typename Call>
  std::string text(Call&& call) {
    burin_text* out = nullptr;
    checked([&] { return call(&out); });
    return take(out);
  }
  template <typename Call>
  std::string text(Call&& call, const RunCallbacks& callbacks) {
    burin_text* out = nullptr;
    return with_run(
        callbacks, [&](const burin_run* run) { return call(run, &out); },
        [&] { return take(out); });
  }

  const burin_engine* api_;
  std::shared_ptr<void> self_;
};

}  // namespace burin::sdk
