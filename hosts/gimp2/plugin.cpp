// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The plug-in as GIMP 2.10 sees it: procedures, parameters, return values.
#include "burin/cpp/error.hpp"
#include "shared/gimp/commands.hpp"
#include "shared/gimp/gimp_ui.hpp"

namespace burin::gimp {

void start_windows() { gimp_ui_init("burin", FALSE); }

namespace {

GimpParamDef parameter(GimpPDBArgType type, const char* name, const char* what) {
  return {type, const_cast<char*>(name), const_cast<char*>(what)};
}

GimpPDBArgType type_of(Kind kind) {
  switch (kind) {
    case Kind::number:
      return GIMP_PDB_FLOAT;
    case Kind::whole:
      return GIMP_PDB_INT32;
    default:
      return GIMP_PDB_STRING;
  }
}

std::vector<GimpParamDef> parameters_of(const Procedure& procedure) {
  std::vector<GimpParamDef> all = {parameter(
      GIMP_PDB_INT32, "run-mode", "RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1) or the last (2)")};
  if (procedure.has_image()) {
    all.push_back(parameter(GIMP_PDB_IMAGE, "image", "The image"));
    all.push_back(parameter(GIMP_PDB_DRAWABLE, "drawable", "The layer"));
  }
  if (procedure.has_settings()) {
    for (const Parameter& each : kSettings) {
      all.push_back(parameter(type_of(each.kind), each.name, each.what));
    }
  }
  return all;
}

std::vector<GimpParamDef> results_of(const Procedure& procedure) {
  if (!procedure.has_image()) return {};
  if (!procedure.adds_layers()) return {parameter(GIMP_PDB_LAYER, "layer", kLayerResult)};
  return {parameter(GIMP_PDB_LAYER, "group", kGroupResult),
          parameter(GIMP_PDB_INT32, "layers", kCountResult)};
}

void query() {
  for (const Procedure& each : kProcedures) {
    const auto in = parameters_of(each), out = results_of(each);
    gimp_install_procedure(each.name, each.blurb, kHelp, kAuthors, kAuthors, kYear, each.menu,
                           each.has_image() ? kImageTypes : "", GIMP_PLUGIN,
                           static_cast<gint>(in.size()), static_cast<gint>(out.size()), in.data(),
                           out.data());
    gimp_plugin_menu_register(each.name, kMenu);
  }
}

// From the menu only run mode, image and layer are given.
Call call_of(const Procedure& procedure, std::span<const GimpParam> in) {
  Call call;
  call.command = procedure.command;
  call.mode = in.empty() ? Mode::dialog : mode_of(in[0].data.d_int32);
  const size_t least = call.mode == Mode::script ? parameters_of(procedure).size()
                       : procedure.has_image()   ? 3
                                                 : 0;
  if (in.size() < least) {
    throw sdk::Error(BURIN_E_INVALID, "The procedure got " + std::to_string(in.size()) +
                                          " arguments; expected " + std::to_string(least) + ".");
  }
  if (!procedure.has_image()) return call;
  call.image = in[1].data.d_image;
  if (in[2].data.d_drawable != -1) call.drawables = {in[2].data.d_drawable};
  if (call.mode != Mode::script || !procedure.has_settings()) return call;
  const auto text = [&](size_t at) { return std::string(in[at].data.d_string ?: ""); };
  call.model = text(3);
  call.prompt = text(4);
  call.denoise = in[5].data.d_float;
  call.size = in[6].data.d_int32;
  call.seed = text(7);
  call.options = text(8);
  return call;
}

GimpParam value(GimpPDBArgType type) {
  GimpParam made = {};
  made.type = type;
  return made;
}

std::vector<GimpParam> values_of(const Procedure& procedure, const Outcome& outcome) {
  if (!procedure.has_image()) return {};
  GimpParam item = value(GIMP_PDB_LAYER), count = value(GIMP_PDB_INT32);
  item.data.d_layer = outcome.item;
  count.data.d_int32 = outcome.layers;
  return procedure.adds_layers() ? std::vector{item, count} : std::vector{item};
}

void run(const gchar* name, gint count, const GimpParam* in, gint* out_count, GimpParam** out) {
  // GIMP reads them after the return.
  static std::vector<GimpParam> values;
  static std::string sentence;
  GimpParam status = value(GIMP_PDB_STATUS);
  status.data.d_status = GIMP_PDB_SUCCESS;
  const auto fail = [&](GimpPDBStatusType why, const char* said) {
    sentence = said;
    status.data.d_status = why;
    values = {status};
    if (why == GIMP_PDB_CANCEL) return;
    GimpParam message = value(GIMP_PDB_STRING);
    message.data.d_string = sentence.data();
    values.push_back(message);
  };
  Mode mode = Mode::dialog;
  try {
    gegl_init(nullptr, nullptr);
    const Procedure* procedure = procedure_called(name);
    if (!procedure) {
      throw sdk::Error(BURIN_E_INVALID, std::string("Burin has no procedure ") + name + ".");
    }
    const Call call = call_of(*procedure, {in, static_cast<size_t>(count)});
    mode = call.mode;
    values = values_of(*procedure, perform(call));
    values.insert(values.begin(), status);
  } catch (const sdk::Error& error) {
    fail(error.status() == BURIN_E_CANCELLED ? GIMP_PDB_CANCEL : GIMP_PDB_EXECUTION_ERROR,
         error.what());
  } catch (const std::exception& error) {
    fail(GIMP_PDB_EXECUTION_ERROR, error.what());
  }
  if (mode != Mode::script) gimp_displays_flush();
  *out_count = static_cast<gint>(values.size());
  *out = values.data();
}

}  // namespace

}  // namespace burin::gimp

const GimpPlugInInfo PLUG_IN_INFO = {nullptr, nullptr, burin::gimp::query, burin::gimp::run};

MAIN()
