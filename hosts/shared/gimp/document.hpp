// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A GIMP image as the mapping and the engine see it. Everything here talks to GIMP, so it runs on
// the main thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "burin/cpp/tensor.hpp"
#include "shared/editor/layer_record.hpp"
#include "shared/editor/reading.hpp"
#include "shared/gimp/owned.hpp"

namespace burin::gimp {

/// mask_means_layer: a layer mask that is being edited stands for its layer.
host::Document describe(gint32 image, gint32 drawable, bool mask_means_layer = false);

/// The layer that `drawable` is or is the mask of, else `drawable`.
gint32 layer_of(gint32 drawable);

/// What was read: values as the image holds them, and the profile that says what they mean.
struct Picture {
  host::Rect rect;  ///< on the canvas
  sdk::PixelBuffer pixels;
  std::vector<std::uint8_t> icc;  ///< empty: sRGB
  host::Mask opacity;             ///< over `rect`; without values: opaque
};

/// Reads `rect` of the layer, or of everything visible.
Picture read_picture(gint32 image, gint32 layer, host::Source source, const host::Rect& rect);

/// As everything visible was before `hidden` (a layer or group) came.
Picture read_visible_without(gint32 image, gint32 hidden, const host::Rect& rect);

/// "sha256:..." of the pixels inside `part` of the canvas.
std::string hash_of(const Picture& picture, const host::Rect& part);
std::string hash_of(const host::Mask& mask);

/// A layer's rectangle on the canvas.
host::Rect rect_of(gint32 layer);
/// A layer's mask, else its alpha, over its rectangle.
host::Mask mask_of(gint32 layer);

/// Colours with alpha 1, in the image's encoding, and a mask: see with_alpha of the mapping.
void write_pixels(gint32 layer, const std::vector<float>& pixels);
void write_mask(gint32 layer, const host::Mask& mask);

}  // namespace burin::gimp
