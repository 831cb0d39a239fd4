// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Requests to calls of the engine, results to frames.
#include "worker/engine_calls.hpp"

#include <malloc.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <vector>

#include "wire/reply.hpp"

namespace burin::host {

namespace fs = std::filesystem;

namespace {

sdk::Image image_of(const wire::Request& request, const DLTensor& pixels) {
  return {&pixels, request.icc.empty() ? nullptr : request.icc.data(), request.icc.size()};
}

wire::Message text_message(std::string_view text) {
  wire::Message message(wire::Type::text);
  message.text(wire::Id::text, text);
  return message;
}

wire::Buffer text_frame(std::string_view text) { return text_message(text).pack(); }

// A folder that goes with everything in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& prefix) : path_(prefix + "XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr)
      throw sdk::Error(BURIN_E_IO, "There can be no folder " + path_ + " for masks.");
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<char> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Layers go out as the engine finishes them; the rest, and their order, after the call.
class LayerStream {
 public:
  explicit LayerStream(const JobVoice& voice) : voice_(voice) {}

  void send(const burin_layer& layer) {
    sent_.emplace(layer.id, sent_.size());
    voice_.say(wire::layer_message(layer));
  }
  std::size_t place_of(const burin_layer& layer) {
    if (!sent_.contains(layer.id)) send(layer);
    return sent_.at(layer.id);
  }

 private:
  const JobVoice& voice_;
  std::map<std::int64_t, std::size_t> sent_;
};

// The part of the flattened picture that the layer may have changed.
void send_patch(const burin_layer& layer, const DLTensor& picture, const JobVoice& voice) {
  if (layer.pixels == nullptr || layer.pixels->ndim < 2) return;
  const std::int64_t left = std::max<std::int64_t>(layer.x, 0);
  const std::int64_t top = std::max<std::int64_t>(layer.y, 0);
  const std::int64_t right = std::min(layer.x + layer.pixels->shape[1], picture.shape[1]);
  const std::int64_t bottom = std::min(layer.y + layer.pixels->shape[0], picture.shape[0]);
  if (left >= right || top >= bottom) return;
  const std::int64_t channels = picture.shape[2], row = picture.shape[1] * channels;
  std::int64_t shape[3] = {bottom - top, right - left, channels};
  std::int64_t strides[3] = {row, channels, 1};
  DLTensor part = picture;
  part.shape = shape;
  part.strides = strides;
  part.byte_offset =
      static_cast<std::uint64_t>((top * row + left * channels) * (picture.dtype.bits / 8));
  wire::Message message(wire::Type::patch);
  message.integer(wire::Id::x, left).integer(wire::Id::y, top).tensor(wire::Id::pixels, part);
  voice.say(std::move(message));
}

wire::Buffer detail(const wire::Request& request, sdk::Engine& engine, DLTensor& pixels,
                    sdk::RunCallbacks callbacks, const JobVoice& voice) {
  LayerStream stream(voice);
  callbacks.layer_done = [&](const burin_layer& layer) { stream.send(layer); };
  if (request.wants & wire::wants_previews) {
    callbacks.preview = [&](const burin_preview& preview) {
      voice.say_if_heard(wire::preview_message(preview));
    };
  }
  const sdk::Result result = engine.detail(request.job, request.base_dir.value_or("/"),
                                           image_of(request, pixels), callbacks);
  const std::vector<burin_layer> layers = result.layers();
  wire::Message answer(wire::Type::result);
  answer.text(wire::Id::report, result.report());
  for (const burin_layer& layer : layers)
    answer.integer(wire::Id::order, static_cast<std::int64_t>(stream.place_of(layer)));
  if (request.wants & wire::wants_patches) {
    result.flatten(pixels);
    for (const burin_layer& layer : layers)
      if (layer.status != BURIN_LAYER_FAILED) send_patch(layer, pixels, voice);
  }
  return answer.pack();
}

// find: SEGS as text, whose masks go to the file that it is given; "": nowhere.
template <typename Find>
wire::Buffer segs_frame(const wire::Request& request, const std::string& masks_prefix,
                        Find&& find) {
  if (request.masks_name.empty()) return text_frame(find(std::string()));
  const TemporaryFolder folder(masks_prefix);
  const fs::path file = fs::path(folder.path()) / request.masks_name;
  wire::Message answer = text_message(find(file.string()));
  const std::vector<char> masks = bytes_of(file);
  if (!masks.empty()) answer.bytes(wire::Id::masks, std::as_bytes(std::span(masks)));
  return answer.pack();
}

wire::Buffer mask_frame(const sdk::PixelBuffer& mask) {
  const sdk::TensorView view(mask);
  wire::Message answer(wire::Type::mask);
  answer.tensor(wire::Id::mask, *view.dl());
  return answer.pack();
}

wire::Buffer call(Job& job, EngineSlot& slot, const JobVoice& voice,
                  const std::string& masks_prefix) {
  const wire::Request& request = job.request;
  sdk::Engine& engine = slot.engine(request.engine);
  sdk::RunCallbacks callbacks;
  callbacks.cancelled = [&job] { return job.cancelled.load(); };
  callbacks.progress = [&voice](const sdk::Progress& progress) {
    voice.say_if_heard(wire::progress_message(progress.fraction, progress.seconds_left,
                                              progress.stage, progress.text));
  };
  const std::string base_dir = request.base_dir.value_or("/");
  DLTensor pixels = request.image ? request.image->dl() : DLTensor{};
  switch (request.type) {
    case wire::Type::complete_job:
      return text_frame(engine.complete_job(request.job, base_dir));
    case wire::Type::describe_model:
      return text_frame(engine.describe_model(request.path.value_or("")));
    case wire::Type::plan:
      return text_frame(engine.plan(request.job, base_dir, image_of(request, pixels), callbacks));
    case wire::Type::detect:
      return segs_frame(request, masks_prefix, [&](const std::string& masks) {
        return engine.detect(request.job, base_dir, image_of(request, pixels), masks, callbacks);
      });
    case wire::Type::edit_segs:
      return segs_frame(request, masks_prefix, [&](const std::string& masks) {
        return engine.edit_segs(request.job, base_dir, request.width, request.height, masks,
                                callbacks);
      });
    case wire::Type::segs_mask:
      return mask_frame(
          engine.segs_mask(request.job, base_dir, request.width, request.height, callbacks));
    default:
      return detail(request, engine, pixels, callbacks, voice);
  }
}

}  // namespace

sdk::Engine& EngineSlot::engine(const wire::EngineChoice& choice) {
  if (engine_ && choice == choice_) return *engine_;
  clear();
  sdk::EngineOptions options;
  options.device = choice.device;
  options.dtype = choice.dtype;
  options.memory_bytes = choice.memory_bytes;
  options.threads = choice.threads;
  options.data_dir = choice.data_dir;
  engine_.emplace(sdk::Engine::create(modules_, options));
  choice_ = choice;
  return *engine_;
}

void EngineSlot::clear() {
  engine_.reset();
  malloc_trim(0);
}

std::string model_of(const wire::Request& request) {
  const auto job = nlohmann::json::parse(request.job, nullptr, false, true);
  const nlohmann::json::json_pointer key("/model/checkpoint");
  if (!job.is_object() || !job.contains(key) || !job[key].is_string()) return "built-in";
  return (fs::path(request.base_dir.value_or("/")) / job[key].get<std::string>()).string();
}

wire::Buffer perform(Job& job, EngineSlot& slot, const JobVoice& voice,
                     const std::string& masks_prefix) {
  try {
    return call(job, slot, voice, masks_prefix);
  } catch (const sdk::Error& error) {
    return wire::error_message(error.status(), error.what()).pack();
  } catch (const std::bad_alloc&) {
    return wire::error_message(BURIN_E_MEMORY, "There is not enough memory.").pack();
  } catch (const std::exception& error) {
    return wire::error_message(BURIN_E_INTERNAL, error.what()).pack();
  }
}

}  // namespace burin::host
