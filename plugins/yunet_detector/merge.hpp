// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// One face for each place, out of all that the windows saw.
#pragma once

#include <vector>

#include "face.hpp"

namespace burin::yunet {

/// Whether two boxes overlap by more than 0.4 of their union.
bool same_box(const Face& a, const Face& b);

/// Whether two boxes are one face: they are the same box, or most of one lies in the other.
bool same_face(const Face& a, const Face& b);

/// The best-scored of each group of same faces, best first: for what one window saw.
std::vector<Face> merge_by_score(std::vector<Face> faces);

/// The best of each group of same faces, best first: for what several windows saw, all of it above
/// the threshold. "Best" prefers faces that the network saw at a size it scores reliably, then the
/// score. Both break ties by place, so that the result does not depend on the input's order.
std::vector<Face> merge(std::vector<Face> faces);

}  // namespace burin::yunet
