// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The procedures and menu entries of the plug-in, as both GIMPs are told of them.
#pragma once

#include <string_view>

namespace burin::gimp {

enum class Command { faces, selection, edit, reroll, release };

struct Procedure {
  Command command;
  const char* name;
  const char* menu;  ///< the entry's label
  const char* blurb;

  bool has_image() const { return command != Command::release; }
  bool has_settings() const { return has_image() && command != Command::reroll; }
  /// Whether it adds a group of layers; else it redraws one layer.
  bool adds_layers() const { return command == Command::faces || command == Command::selection; }
};

inline constexpr Procedure kProcedures[] = {
    {Command::faces, "plug-in-burin-detail-faces", "_Detail Faces...",
     "Finds faces and redraws them in detail"},
    {Command::selection, "plug-in-burin-detail-selection", "Detail _Selection...",
     "Redraws what is selected in detail"},
    {Command::edit, "plug-in-burin-edit-layer", "_Edit Burin Layer...",
     "Redraws a layer that Burin made, with other settings"},
    {Command::reroll, "plug-in-burin-reroll-layer", "_Re-roll Burin Layer",
     "Redraws a layer that Burin made, with another seed"},
    {Command::release, "plug-in-burin-release-memory", "Release _Memory",
     "Takes Burin's models out of memory"}};

/// nullptr: no such procedure.
constexpr const Procedure* procedure_called(std::string_view name) {
  for (const Procedure& each : kProcedures) {
    if (name == each.name) return &each;
  }
  return nullptr;
}

inline constexpr const char* kHelp =
    "Burin redraws each face, or the selection, at the size that a diffusion model works best at, "
    "and adds the results as layers with masks. The source is never changed.";
inline constexpr const char* kAuthors = "the Burin authors";
inline constexpr const char* kYear = "2026";
inline constexpr const char* kMenu = "<Image>/Filters/Enhance";
inline constexpr const char* kImageTypes = "RGB*, GRAY*";

enum class Kind { text, number, whole };
struct Parameter {
  Kind kind;
  const char* name;
  const char* label;
  const char* what;
  double most;  ///< of a number; the least is 0
};

/// After run mode, image and layer.
inline constexpr Parameter kSettings[] = {
    {Kind::text, "model", "Model", "A checkpoint; empty: the built-in face model", 0},
    {Kind::text, "prompt", "Prompt", "What to draw", 0},
    {Kind::number, "denoise", "Strength",
     "How much is redrawn, up to 1; 0: as the model recommends", 1},
    {Kind::whole, "size", "Size", "Pixels of the shorter side for the model; 0: its own", 8192},
    {Kind::text, "seed", "Seed", "A whole number; empty: another one each time", 0},
    {Kind::text, "options", "Options",
     "JSON with other settings, such as {\"source\": \"visible\", \"faces\": [1, 3], \"prompts\": "
     "{\"3\": \"an old man\"}, \"more\": {\"detailer\": {\"steps\": 12}}}; empty: none",
     0}};

inline constexpr const char* kGroupResult = "The new layer group, none where nothing was added";
inline constexpr const char* kCountResult = "How many layers are in it";
inline constexpr const char* kLayerResult = "The layer that took the old one's place";

}  // namespace burin::gimp
