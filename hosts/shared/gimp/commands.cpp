// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A call of one of the procedures.
#include "shared/gimp/commands.hpp"

#include <algorithm>

#include "burin/cpp/error.hpp"
#include "shared/editor/engine_access.hpp"
#include "shared/gimp/dialog.hpp"

namespace burin::gimp {

using nlohmann::json;

namespace {

json options_of(const Call& call) {
  if (call.options.empty()) return json::object();
  json options = json::parse(call.options, nullptr, false);
  if (!options.is_object()) {
    throw sdk::Error(BURIN_E_INVALID,
                     "The options are '" + call.options + "'; expected a JSON object.");
  }
  return options;
}

/// `start` is what the parameters go over.
host::Settings settings_of(const Call& call, const json& options, const json& start) {
  json values = start;
  values.merge_patch(options);
  host::Settings settings = host::settings_from_json(values);
  if (!call.model.empty()) settings.model = call.model;
  if (!call.prompt.empty()) settings.prompt = call.prompt;
  if (call.denoise > 0) settings.denoise = call.denoise;
  if (call.size > 0) settings.size = call.size;
  if (const auto seed = host::seed_from_text(call.seed)) settings.seed = seed;
  return settings;
}

std::vector<host::FaceChoice> choices_of(const json& options, const json& found) {
  std::vector<host::FaceChoice> choices;
  const json wanted = options.value("faces", json());
  const json prompts = options.value("prompts", json::object());
  for (const json& seg : found.at("segs")) {
    host::FaceChoice choice;
    choice.id = seg.at("id").get<std::int64_t>();
    if (wanted.is_array()) {
      choice.include = std::find(wanted.begin(), wanted.end(), choice.id) != wanted.end();
    }
    const std::string key = std::to_string(choice.id);
    if (prompts.is_object() && prompts.contains(key) && prompts[key].is_string()) {
      choice.prompt = prompts[key].get<std::string>();
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

gint32 one_drawable(const Call& call) {
  if (call.drawables.size() == 1) return call.drawables.front();
  host::Document document = describe(call.image, -1);
  if (!call.drawables.empty()) document.target.kind = host::TargetKind::several;
  picture_rect(document, host::Source::visible);
  throw sdk::Error(BURIN_E_INTERNAL, "A document without one layer was not refused.");
}

Outcome detail(const Call& call, gint32 drawable, const host::Settings& settings,
               const json& options) {
  Work work(call.image, drawable, settings);
  const host::Watcher watcher = gimp_progress();
  Outcome outcome;
  if (call.command == Command::selection) {
    outcome = detail_selection(work, settings, watcher);
  } else {
    const json found = work.find_faces(settings, watcher);
    outcome = detail_faces(work, settings, found, choices_of(options, found), watcher);
  }
  if (!outcome.message.empty()) gimp_message(outcome.message.c_str());
  return outcome;
}

Outcome detail_in_dialog(const Call& call, gint32 drawable) {
  const bool selection = call.command == Command::selection;
  // What is wrong with the layer is said at once, not after settings were made.
  const host::Document document = describe(call.image, drawable);
  const host::Rect rect = picture_rect(document, host::Source::visible);
  if (selection) needed_selection(document, rect);
  return run_dialog(selection ? Purpose::selection : Purpose::faces, call.image, drawable, nullptr);
}

Outcome change_layer(const Call& call, gint32 drawable) {
  const Reopened opened = reopen(call.image, drawable);
  if (call.command == Command::edit && call.mode == Mode::dialog) {
    return run_dialog(Purpose::edit, call.image, drawable, &opened);
  }
  host::Settings settings = settings_of(opened);
  json job;
  if (call.command == Command::reroll) {
    job = host::rerolled_job(opened.record.job, host::new_seed());
  } else {
    if (call.mode == Mode::script) {
      settings = settings_of(call, options_of(call), to_json(settings));
    }
    job = host::changed_job(opened.record.job, settings, host::new_seed());
  }
  Outcome outcome;
  outcome.item = redraw(opened, std::move(job), settings.device, gimp_progress());
  outcome.layers = 1;
  return outcome;
}

}  // namespace

Mode mode_of(int run_mode) {
  switch (run_mode) {
    case GIMP_RUN_NONINTERACTIVE:
      return Mode::script;
    case GIMP_RUN_WITH_LAST_VALS:
      return Mode::last_values;
    default:
      return Mode::dialog;
  }
}

Outcome perform(const Call& call) {
  if (call.command == Command::release) {
    const std::string said = host::release_memory(kClient);
    if (call.mode != Mode::script) gimp_message(said.c_str());
    return {};
  }
  const gint32 drawable = one_drawable(call);
  if (call.command == Command::edit || call.command == Command::reroll) {
    return change_layer(call, drawable);
  }
  if (call.mode == Mode::dialog) return detail_in_dialog(call, drawable);
  if (call.mode == Mode::last_values) {
    return detail(call, drawable, host::load_settings(host::settings_file()).last, json::object());
  }
  const json options = options_of(call);
  return detail(call, drawable, settings_of(call, options, json::object()), options);
}

}  // namespace burin::gimp
