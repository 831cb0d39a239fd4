// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The commands without their dialogs.
#include "shared/gimp/work.hpp"

#include <algorithm>

#include "burin/cpp/error.hpp"
#include "shared/editor/engine_access.hpp"
#include "shared/gimp/result_layers.hpp"

namespace burin::gimp {

using nlohmann::json;

namespace {

/// The picture as the engine takes it; points into `picture`.
struct EngineImage {
  explicit EngineImage(const Picture& picture) : view(picture.pixels) {
    image.pixels = view.dl();
    image.icc = picture.icc.empty() ? nullptr : picture.icc.data();
    image.icc_size = picture.icc.size();
  }
  sdk::TensorView view;
  sdk::Image image;
};

// Runs the job; the layers live as long as the result.
std::optional<sdk::Result> run_job(json& job, const Picture& picture, const std::string& device,
                                   const host::Watcher& watcher) {
  std::optional<sdk::Result> result;
  host::run_beside(watcher, [&](const sdk::RunCallbacks& callbacks) {
    sdk::Engine engine = host::open_engine(kClient, device);
    const EngineImage image(picture);
    // With its defaults, so that what is stored with a layer means the same later.
    job = json::parse(engine.complete_job(job.dump()));
    result = engine.detail(job.dump(), {}, image.image, callbacks);
  });
  return result;
}

host::Rect rect_of(const burin_layer& layer, const host::Rect& picture) {
  return {layer.x + picture.x, layer.y + picture.y, static_cast<int>(layer.pixels->shape[1]),
          static_cast<int>(layer.pixels->shape[0])};
}

// Smaller ones above larger ones.
std::vector<burin_layer> done_layers(const sdk::Result& result, std::string& message) {
  std::vector<burin_layer> layers;
  for (const burin_layer& layer : result.layers()) {
    if (layer.status == BURIN_LAYER_DONE) {
      layers.push_back(layer);
    } else {
      if (!message.empty()) message += "\n";
      message += std::string(layer.name) +
                 (layer.status == BURIN_LAYER_SKIPPED ? " stays as it is: " : " failed: ") +
                 layer.message;
    }
  }
  std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    return a.pixels->shape[0] * a.pixels->shape[1] > b.pixels->shape[0] * b.pixels->shape[1];
  });
  return layers;
}

const host::Mask* if_any(const host::Mask& mask) { return mask.values.empty() ? nullptr : &mask; }

double crop_factor_of(const host::Settings& settings) { return settings.crop_factor.value_or(3.0); }

}  // namespace

Work::Work(gint32 image, gint32 drawable, const host::Settings& settings)
    : image_(image),
      layer_(drawable),
      document_(describe(image, drawable)),
      source_(settings.source),
      picture_(read_picture(image, drawable, settings.source,
                            picture_rect(document_, settings.source))) {}

json Work::find_faces(const host::Settings& settings, const host::Watcher& watcher) {
  const json job = host::search_job(settings);
  json found;
  host::run_beside(watcher, [&](const sdk::RunCallbacks& callbacks) {
    sdk::Engine engine = host::open_engine(kClient, settings.device);
    const EngineImage image(picture_);
    const auto masks = scratch_.path() / "faces.safetensors";
    found = json::parse(engine.detect(job.dump(), scratch_.path().string(), image.image,
                                      masks.string(), callbacks));
  });
  for (json& seg : found["segs"]) {  // the masks' file lies in the scratch folder
    if (seg.contains("mask") && seg["mask"].is_object() && seg["mask"].contains("tensor")) {
      seg["mask"]["tensor"] = (scratch_.path() / seg["mask"]["tensor"].get<std::string>()).string();
    }
  }
  return found;
}

struct Detail {
  static Outcome run(Work& work, const host::Settings& settings, json job, const host::Mask* limit,
                     const host::Watcher& watcher) {
    const auto result = run_job(job, work.picture_, settings.device, watcher);
    Outcome outcome;
    std::vector<NewLayer> layers;
    for (const burin_layer& layer : done_layers(*result, outcome.message)) {
      const host::Rect rect = rect_of(layer, work.picture_.rect);
      NewLayer made;
      made.name = layer.name;
      made.rect = rect;
      made.pixels = host::with_alpha(*layer.pixels, rect);
      made.mask = host::layer_mask(*layer.mask, rect, limit, if_any(work.picture_.opacity));
      host::LayerRecord record =
          host::make_record(job, layer.id, work.source_, work.picture_.rect, rect);
      record.crop = hash_of(work.picture_, rect);
      record.mask = hash_of(made.mask);
      if (work.source_ == host::Source::layer) {
        record.source_id = std::to_string(gimp_item_get_tattoo(as_item(work.layer_)));
      }
      made.record = host::to_text(record);
      layers.push_back(std::move(made));
    }
    outcome.layers = static_cast<int>(layers.size());
    if (layers.empty()) return outcome;
    outcome.item = insert_layers(
        work.image_, work.source_ == host::Source::visible ? -1 : work.layer_, work.layer_, layers);
    return outcome;
  }

  static Outcome faces(Work& work, const host::Settings& settings, const json& found,
                       const std::vector<host::FaceChoice>& choices, const host::Watcher& watcher) {
    const auto& selection = work.document_.selection;
    json job = host::job_of(settings, host::new_seed());
    host::Segments segments;
    segments.list =
        host::chosen_faces(found, choices, work.picture_.rect, selection ? &*selection : nullptr);
    if (segments.list.empty()) {
      Outcome nothing;
      nothing.message = found.at("segs").empty() ? "No faces were found, so nothing changed."
                                                 : "No face was chosen, so nothing changed.";
      return nothing;
    }
    host::put_segments(job, segments, work.scratch_.path());
    return run(work, settings, std::move(job), selection ? &*selection : nullptr, watcher);
  }

  static Outcome selection(Work& work, const host::Settings& settings,
                           const host::Watcher& watcher) {
    const host::Mask selection = needed_selection(work.document_, work.picture_.rect);
    json job = host::selection_job(settings, host::new_seed());
    host::put_segments(job,
                       host::selection_segments(selection, work.picture_.rect, settings.combined,
                                                crop_factor_of(settings)),
                       work.scratch_.path());
    return run(work, settings, std::move(job), &selection, watcher);
  }
};

Outcome detail_faces(Work& work, const host::Settings& settings, const json& found,
                     const std::vector<host::FaceChoice>& choices, const host::Watcher& watcher) {
  return Detail::faces(work, settings, found, choices, watcher);
}

Outcome detail_selection(Work& work, const host::Settings& settings, const host::Watcher& watcher) {
  return Detail::selection(work, settings, watcher);
}

Reopened reopen(gint32 image, gint32 drawable) {
  Reopened opened;
  opened.image = image;
  opened.layer = layer_of(drawable);
  const host::Document document = describe(image, drawable, true);
  picture_rect(document, host::Source::layer);
  const std::string text = record_of(opened.layer);
  if (text.empty()) {
    throw sdk::Error(BURIN_E_INVALID, "The layer '" + document.target.name +
                                          "' was not made by Burin; choose one that was.");
  }
  opened.record = host::read_record(text);
  opened.mask = mask_of(opened.layer);
  const host::Rect canvas = {0, 0, document.width, document.height};
  if (opened.record.source == host::Source::visible) {
    const gint32 parent = id_of(gimp_item_get_parent(as_item(opened.layer)));
    opened.picture = read_visible_without(image, parent == -1 ? opened.layer : parent, canvas);
  } else {
    const gint32 source = id_of(gimp_image_get_layer_by_tattoo(
        as_image(image),
        static_cast<guint>(std::strtoul(opened.record.source_id.c_str(), nullptr, 10))));
    if (source == -1) {
      throw sdk::Error(BURIN_E_INVALID, "The layer that '" + document.target.name +
                                            "' was made from is no longer in the image.");
    }
    host::Document below = document;
    below.target.rect = rect_of(source);
    opened.picture =
        read_picture(image, source, host::Source::layer, picture_rect(below, host::Source::layer));
  }
  opened.source_changed = hash_of(opened.picture, rect_of(opened.layer)) != opened.record.crop;
  opened.mask_changed = hash_of(opened.mask) != opened.record.mask;
  return opened;
}

host::Settings settings_of(const Reopened& opened) {
  host::Settings settings = host::settings_of_job(opened.record.job);
  settings.device = host::load_settings(host::settings_file()).last.device;
  return settings;
}

gint32 redraw(const Reopened& opened, json with, const std::string& device,
              const host::Watcher& watcher) {
  const host::ScratchFolder scratch;
  const host::Rect rect = rect_of(opened.layer);
  host::LayerRecord wanted = opened.record;
  wanted.job = std::move(with);
  json job = host::rerun_job(wanted, rect, opened.picture.rect, opened.mask, scratch.path());
  const auto result = run_job(job, opened.picture, device, watcher);
  std::string message;
  const std::vector<burin_layer> layers = done_layers(*result, message);
  if (layers.size() != 1) {
    throw sdk::Error(BURIN_E_INVALID,
                     message.empty() ? "The engine made no layer, so nothing changed." : message);
  }
  const burin_layer& layer = layers.front();
  NewLayer made;
  made.name = layer.name;
  made.rect = rect;
  made.pixels = host::with_alpha(*layer.pixels, rect);
  made.mask = opened.mask;
  host::LayerRecord record = host::rerun_record(job, opened.record, rect, opened.picture.rect);
  record.crop = hash_of(opened.picture, rect);
  record.mask = opened.mask_changed ? opened.record.mask : hash_of(made.mask);
  made.record = host::to_text(record);
  return replace_layer(opened.image, opened.layer, made);
}

}  // namespace burin::gimp
