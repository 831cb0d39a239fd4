// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The faces that were found, as numbered thumbnails to tick, with a prompt each.
#pragma once

#include "shared/gimp/gimp_ui.hpp"

#include "shared/gimp/work.hpp"

namespace burin::gimp {

class FacesList {
 public:
  FacesList();
  GtkWidget* widget() const { return scroll_; }

  /// found: a SEGS file. Ticks and prompts stay with faces that were shown before.
  void show(const nlohmann::json& found, const Picture& picture);
  std::vector<host::FaceChoice> choices() const;

 private:
  struct Row {
    std::int64_t id;
    host::Rect box;
    GtkWidget *tick, *prompt;
  };
  GtkWidget *scroll_, *list_;
  std::vector<Row> rows_;
};

}  // namespace burin::gimp
