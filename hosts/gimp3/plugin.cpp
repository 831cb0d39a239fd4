// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The plug-in as GIMP 3 sees it: a GimpPlugIn with procedures, arguments, return values.
#include "burin/cpp/error.hpp"
#include "shared/gimp/commands.hpp"
#include "shared/gimp/gimp_ui.hpp"

namespace burin::gimp {

void start_windows() { gimp_ui_init("burin"); }

gint32 copy_with_filters(gint32 layer) {
  GimpDrawableFilter** filters = gimp_drawable_get_filters(as_drawable(layer));
  const bool any = filters && filters[0];
  g_free(filters);
  if (!any) return -1;
  GimpLayer* copy = gimp_layer_copy(as_layer(layer));
  if (!copy || !gimp_drawable_merge_filters(GIMP_DRAWABLE(copy))) {
    throw sdk::Error(BURIN_E_IO, "GIMP did not apply the filters of the layer to a copy of it.");
  }
  return id_of(copy);
}

namespace {

void add_setting(GimpProcedure* to, const Parameter& each) {
  switch (each.kind) {
    case Kind::number:
      gimp_procedure_add_double_argument(to, each.name, each.label, each.what, 0, each.most, 0,
                                         G_PARAM_READWRITE);
      break;
    case Kind::whole:
      gimp_procedure_add_int_argument(to, each.name, each.label, each.what, 0,
                                      static_cast<gint>(each.most), 0, G_PARAM_READWRITE);
      break;
    case Kind::text:
      gimp_procedure_add_string_argument(to, each.name, each.label, each.what, "",
                                         G_PARAM_READWRITE);
  }
}

void add_results(GimpProcedure* to, const Procedure& procedure) {
  if (!procedure.adds_layers()) {
    gimp_procedure_add_layer_return_value(to, "layer", "Layer", kLayerResult, TRUE,
                                          G_PARAM_READWRITE);
    return;
  }
  gimp_procedure_add_layer_return_value(to, "group", "Group", kGroupResult, TRUE,
                                        G_PARAM_READWRITE);
  gimp_procedure_add_int_return_value(to, "layers", "Layers", kCountResult, 0, G_MAXINT, 0,
                                      G_PARAM_READWRITE);
}

std::string text_of(GimpProcedureConfig* config, const char* name) {
  gchar* value = nullptr;
  g_object_get(config, name, &value, nullptr);
  const Text owned(value);
  return value ? value : "";
}

void read_settings(GimpProcedureConfig* config, Call& call) {
  call.model = text_of(config, "model");
  call.prompt = text_of(config, "prompt");
  call.seed = text_of(config, "seed");
  call.options = text_of(config, "options");
  g_object_get(config, "denoise", &call.denoise, "size", &call.size, nullptr);
}

GimpValueArray* answer(GimpProcedure* to, const Procedure& procedure, const Call& call) {
  GimpPDBStatusType why = GIMP_PDB_EXECUTION_ERROR;
  std::string sentence;
  GimpValueArray* values = nullptr;
  try {
    const Outcome outcome = perform(call);
    values = gimp_procedure_new_return_values(to, GIMP_PDB_SUCCESS, nullptr);
    if (procedure.has_image()) {
      g_value_set_object(gimp_value_array_index(values, 1), as_layer(outcome.item));
    }
    if (procedure.adds_layers()) GIMP_VALUES_SET_INT(values, 2, outcome.layers);
  } catch (const sdk::Error& error) {
    if (error.status() == BURIN_E_CANCELLED) why = GIMP_PDB_CANCEL;
    sentence = error.what();
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  if (call.mode != Mode::script) gimp_displays_flush();
  if (values) return values;
  GError* error = why == GIMP_PDB_CANCEL
                      ? nullptr
                      : g_error_new_literal(GIMP_PLUG_IN_ERROR, 0, sentence.c_str());
  return gimp_procedure_new_return_values(to, why, error);
}

const Procedure& procedure_of(GimpProcedure* asked) {
  return *procedure_called(gimp_procedure_get_name(asked));
}

GimpValueArray* run_on_image(GimpProcedure* asked, GimpRunMode run_mode, GimpImage* image,
                             GimpDrawable** drawables, GimpProcedureConfig* config, gpointer) {
  gegl_init(nullptr, nullptr);
  const Procedure& procedure = procedure_of(asked);
  Call call;
  call.command = procedure.command;
  call.mode = mode_of(run_mode);
  call.image = id_of(image);
  for (; drawables && *drawables; ++drawables) call.drawables.push_back(id_of(*drawables));
  if (procedure.has_settings()) read_settings(config, call);
  return answer(asked, procedure, call);
}

GimpValueArray* run_alone(GimpProcedure* asked, GimpProcedureConfig* config, gpointer) {
  const Procedure& procedure = procedure_of(asked);
  GimpRunMode run_mode = GIMP_RUN_INTERACTIVE;
  g_object_get(config, "run-mode", &run_mode, nullptr);
  Call call;
  call.command = procedure.command;
  call.mode = mode_of(run_mode);
  return answer(asked, procedure, call);
}

GimpProcedure* create_procedure(GimpPlugIn* plug_in, const gchar* name) {
  const Procedure* procedure = procedure_called(name);
  if (!procedure) return nullptr;
  GimpProcedure* made = nullptr;
  if (procedure->has_image()) {
    made = gimp_image_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run_on_image, nullptr,
                                    nullptr);
    gimp_procedure_set_image_types(made, kImageTypes);
    // Also where no layer or several are chosen: a sentence says more than a greyed entry.
    gimp_procedure_set_sensitivity_mask(made, GIMP_PROCEDURE_SENSITIVE_DRAWABLE |
                                                  GIMP_PROCEDURE_SENSITIVE_DRAWABLES |
                                                  GIMP_PROCEDURE_SENSITIVE_NO_DRAWABLES);
    if (procedure->has_settings()) {
      for (const Parameter& each : kSettings) add_setting(made, each);
    }
    add_results(made, *procedure);
  } else {
    made =
        gimp_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run_alone, nullptr, nullptr);
    gimp_procedure_add_enum_argument(made, "run-mode", "Run mode", "The run mode",
                                     GIMP_TYPE_RUN_MODE, GIMP_RUN_INTERACTIVE, G_PARAM_READWRITE);
    gimp_procedure_set_sensitivity_mask(made, GIMP_PROCEDURE_SENSITIVE_ALWAYS);
  }
  gimp_procedure_set_menu_label(made, procedure->menu);
  gimp_procedure_add_menu_path(made, kMenu);
  gimp_procedure_set_documentation(made, procedure->blurb, kHelp, nullptr);
  gimp_procedure_set_attribution(made, kAuthors, kAuthors, kYear);
  return made;
}

GList* query_procedures(GimpPlugIn*) {
  GList* names = nullptr;
  for (const Procedure& each : kProcedures) names = g_list_append(names, g_strdup(each.name));
  return names;
}

}  // namespace

}  // namespace burin::gimp

struct BurinPlugIn {
  GimpPlugIn parent;
};
struct BurinPlugInClass {
  GimpPlugInClass parent;
};
G_DEFINE_TYPE(BurinPlugIn, burin_plug_in, GIMP_TYPE_PLUG_IN)

static void burin_plug_in_class_init(BurinPlugInClass* type) {
  GimpPlugInClass* plug_in = GIMP_PLUG_IN_CLASS(type);
  plug_in->query_procedures = burin::gimp::query_procedures;
  plug_in->create_procedure = burin::gimp::create_procedure;
  plug_in->set_i18n = nullptr;  // no translations
}
static void burin_plug_in_init(BurinPlugIn*) {}

GIMP_MAIN(burin_plug_in_get_type())
