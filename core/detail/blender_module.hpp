// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Layers that a blender module lays over the document.
#pragma once

#include <memory>

#include "detail/crop.hpp"

namespace burin::core {

// A blender module, kept for a run.
class Blender {
 public:
  // Throws as ModuleInstance.
  Blender(const burin_host* host, const ModuleUse& use);
  ~Blender();
  // Asks the module for the picture of `crop` under the layer's colours and mask. Wherever the mask
  // is not 0 the layer then holds that picture and covers it whole, so that it shows what was
  // blended and outside nothing changes. Throws ModuleError for what the module says, another size
  // or type, or values that are not numbers; Error{BURIN_E_CANCELLED}.
  void blend(const DetailContext& context, const Crop& crop, Layer& layer) const;

 private:
  struct Opened;
  std::unique_ptr<Opened> opened_;
};

}  // namespace burin::core
