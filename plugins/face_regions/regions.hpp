// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parts of a face from its five landmarks.
#pragma once

#include <vector>

#include "burin/cpp/detection.hpp"

namespace burin::regions {

/// The face itself (label "face"), then what can be seen of "left_eye", "right_eye" (as the person
/// has them) and "mouth", then "person": who stands, from the hair to the feet. Each has the face's
/// confidence. face: a box with the landmarks of burin_detection; with fewer than five, or with
/// landmarks that lie in one point, only the face. Of a face in profile the eye on the far side is
/// left out. The boxes scale with the landmarks and may reach out of the picture; those of eyes and
/// mouth turn with the landmarks, the person's by whole quarters.
std::vector<sdk::Detection> parts_of(const sdk::Detection& face);

}  // namespace burin::regions
