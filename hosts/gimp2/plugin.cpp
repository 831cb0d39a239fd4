// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The plug-in as GIMP 2.10 sees it: procedures, menu entries, parameters, return values.
#include <charconv>
#include <cstring>
#include <span>

#include "burin/cpp/error.hpp"
#include "gimp2/dialog.hpp"
#include "gimp2/work.hpp"
#include "shared/editor/engine_access.hpp"

namespace {

using namespace burin;
using namespace burin::gimp;
using nlohmann::json;

constexpr const char* kFaces = "plug-in-burin-detail-faces";
constexpr const char* kSelection = "plug-in-burin-detail-selection";
constexpr const char* kEdit = "plug-in-burin-edit-layer";
constexpr const char* kReroll = "plug-in-burin-reroll-layer";
constexpr const char* kRelease = "plug-in-burin-release-memory";

char* text(const char* literal) { return const_cast<char*>(literal); }

GimpParamDef parameter(GimpPDBArgType type, const char* name, const char* what) {
  return {type, text(name), text(what)};
}

const GimpParamDef on_image[] = {
    parameter(GIMP_PDB_INT32, "run-mode", "RUN-INTERACTIVE (0) or RUN-NONINTERACTIVE (1)"),
    parameter(GIMP_PDB_IMAGE, "image", "The image"),
    parameter(GIMP_PDB_DRAWABLE, "drawable", "The layer"),
    parameter(GIMP_PDB_STRING, "model", "A checkpoint; empty: the built-in face model"),
    parameter(GIMP_PDB_STRING, "prompt", "What to draw"),
    parameter(GIMP_PDB_FLOAT, "denoise",
              "How much is redrawn, up to 1; 0: as the model recommends"),
    parameter(GIMP_PDB_INT32, "size", "Pixels of the shorter side for the model; 0: its own"),
    parameter(GIMP_PDB_STRING, "seed", "A whole number; empty: another one each time"),
    parameter(GIMP_PDB_STRING, "options",
              "JSON with other settings, such as {\"source\": \"visible\", \"faces\": [1, 3], "
              "\"prompts\": {\"3\": \"an old man\"}, \"more\": {\"detailer\": {\"steps\": 12}}}; "
              "empty: none")};

const GimpParamDef made[] = {
    parameter(GIMP_PDB_LAYER, "group", "The new layer group, -1 where nothing was added"),
    parameter(GIMP_PDB_INT32, "layers", "How many layers are in it")};
const GimpParamDef redrawn[] = {
    parameter(GIMP_PDB_LAYER, "layer", "The layer that took the old one's place")};

void install(const char* name, const char* blurb, const char* menu, const char* types,
             std::span<const GimpParamDef> in, std::span<const GimpParamDef> out) {
  gimp_install_procedure(name, blurb,
                         "Burin redraws each face, or the selection, at the size that a diffusion "
                         "model works best at, and adds the results as layers with masks. The "
                         "source is never changed.",
                         "the Burin authors", "the Burin authors", "2026", menu, types, GIMP_PLUGIN,
                         static_cast<gint>(in.size()), static_cast<gint>(out.size()), in.data(),
                         out.data());
  gimp_plugin_menu_register(name, "<Image>/Filters/Enhance");
}

void query() {
  const std::span<const GimpParamDef> all(on_image);
  install(kFaces, "Finds faces and redraws them in detail", "_Detail Faces...", "RGB*, GRAY*", all,
          made);
  install(kSelection, "Redraws what is selected in detail", "Detail _Selection...", "RGB*, GRAY*",
          all, made);
  install(kEdit, "Redraws a layer that Burin made, with other settings", "_Edit Burin Layer...",
          "RGB*, GRAY*", all, redrawn);
  install(kReroll, "Redraws a layer that Burin made, with another seed", "_Re-roll Burin Layer",
          "RGB*, GRAY*", all.first(3), redrawn);
  install(kRelease, "Takes Burin's models out of memory", "Release _Memory", "", all.first(1), {});
}

json options_of(const GimpParam* in) {
  const char* given = in[8].data.d_string;
  if (!given || !*given) return json::object();
  json options = json::parse(given, nullptr, false);
  if (!options.is_object()) {
    throw sdk::Error(BURIN_E_INVALID,
                     std::string("The options are '") + given + "'; expected a JSON object.");
  }
  return options;
}

/// `start` is what the parameters go over.
host::Settings settings_of(const GimpParam* in, const json& options, const json& start) {
  json values = start;
  values.merge_patch(options);
  host::Settings settings = host::settings_from_json(values);
  const auto given = [&](int at) { return std::string(in[at].data.d_string ?: ""); };
  if (!given(3).empty()) settings.model = given(3);
  if (!given(4).empty()) settings.prompt = given(4);
  if (in[5].data.d_float > 0) settings.denoise = in[5].data.d_float;
  if (in[6].data.d_int32 > 0) settings.size = in[6].data.d_int32;
  const std::string seed = given(7);
  if (!seed.empty()) {
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(seed.data(), seed.data() + seed.size(), number);
    if (error != std::errc() || *rest != '\0') {
      throw sdk::Error(BURIN_E_INVALID, "The seed is '" + seed + "'; expected a whole number.");
    }
    settings.seed = number;
  }
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

Outcome detail(const std::string& name, const GimpParam* in) {
  const json options = options_of(in);
  const host::Settings settings = settings_of(in, options, json::object());
  Work work(in[1].data.d_image, in[2].data.d_drawable, settings);
  const Watcher watcher = gimp_progress();
  if (name == kSelection) return detail_selection(work, settings, watcher);
  const json found = work.find_faces(settings, watcher);
  return detail_faces(work, settings, found, choices_of(options, found), watcher);
}

gint32 edit(const GimpParam* in) {
  const Reopened opened = reopen(in[1].data.d_image, in[2].data.d_drawable);
  const host::Settings settings =
      settings_of(in, options_of(in), to_json(host::settings_of_job(opened.record.job)));
  return redraw(opened, settings, gimp_progress());
}

gint32 reroll(const GimpParam* in) {
  const Reopened opened = reopen(in[1].data.d_image, in[2].data.d_drawable);
  host::Settings settings = host::settings_of_job(opened.record.job);
  settings.seed.reset();
  return redraw(opened, settings, gimp_progress());
}

/// The values after the status.
std::vector<GimpParam> perform(const std::string& name, gint count, const GimpParam* in) {
  const bool interactive = count > 0 && in[0].data.d_int32 != GIMP_RUN_NONINTERACTIVE;
  if (name == kRelease) {
    const std::string said = host::release_memory("gimp 2.10");
    if (interactive) gimp_message(said.c_str());
    return {};
  }
  if (count < 3 || (!interactive && name != kReroll && count < 9)) {
    throw sdk::Error(BURIN_E_INVALID, "The procedure got " + std::to_string(count) +
                                          " arguments, which is too few.");
  }
  const gint32 image = in[1].data.d_image, drawable = in[2].data.d_drawable;
  GimpParam first = {}, second = {};
  first.type = GIMP_PDB_LAYER;
  first.data.d_layer = -1;
  second.type = GIMP_PDB_INT32;
  if (name == kReroll || (name == kEdit && !interactive)) {
    first.data.d_layer = name == kReroll ? reroll(in) : edit(in);
    return {first};
  }
  if (name == kEdit) {
    const Reopened opened = reopen(image, drawable);
    const bool changed = run_dialog(Purpose::edit, image, drawable, &opened);
    first.data.d_layer = changed ? gimp_image_get_active_layer(image) : opened.layer;
    return {first};
  }
  if (interactive) {
    const Purpose purpose = name == kFaces ? Purpose::faces : Purpose::selection;
    // What is wrong with the layer is said at once, not after settings were made.
    const host::Document document = describe(image, drawable);
    const host::Rect rect = picture_rect(document, host::Source::visible);
    if (purpose == Purpose::selection) needed_selection(document, rect);
    if (!run_dialog(purpose, image, drawable, nullptr)) {
      throw sdk::Error(BURIN_E_CANCELLED, "Cancelled.");
    }
    return {first, second};
  }
  const Outcome outcome = detail(name, in);
  if (!outcome.message.empty()) gimp_message(outcome.message.c_str());
  first.data.d_layer = outcome.group;
  second.data.d_int32 = outcome.layers;
  return {first, second};
}

void run(const gchar* name, gint count, const GimpParam* in, gint* out_count, GimpParam** out) {
  // GIMP reads them after the return.
  static std::vector<GimpParam> values;
  static std::string sentence;
  GimpParam status = {};
  status.type = GIMP_PDB_STATUS;
  status.data.d_status = GIMP_PDB_SUCCESS;
  const auto fail = [&](GimpPDBStatusType why, const char* said) {
    sentence = said;
    status.data.d_status = why;
    values = {status};
    if (why == GIMP_PDB_CANCEL) return;
    GimpParam message = {};
    message.type = GIMP_PDB_STRING;
    message.data.d_string = sentence.data();
    values.push_back(message);
  };
  try {
    gegl_init(nullptr, nullptr);
    values = perform(name, count, in);
    values.insert(values.begin(), status);
  } catch (const sdk::Error& error) {
    fail(error.status() == BURIN_E_CANCELLED ? GIMP_PDB_CANCEL : GIMP_PDB_EXECUTION_ERROR,
         error.what());
  } catch (const std::exception& error) {
    fail(GIMP_PDB_EXECUTION_ERROR, error.what());
  }
  if (count > 0 && in[0].data.d_int32 != GIMP_RUN_NONINTERACTIVE) gimp_displays_flush();
  *out_count = static_cast<gint>(values.size());
  *out = values.data();
}

}  // namespace

const GimpPlugInInfo PLUG_IN_INFO = {nullptr, nullptr, query, run};

MAIN()
