// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Any bytes as a SEGS file for a small picture: an Error, or SEGS that keep every promise and come
// back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/json_text.hpp"
#include "runtime/text.hpp"
#include "segs/segs_file.hpp"

using namespace burin::core;

namespace {

constexpr int kWidth = 64, kHeight = 48;

cv::Mat any_mask() { return cv::Mat::ones(kHeight, kWidth, CV_32F) * 0.5; }

bool kept_promises(const Seg& seg) {
  const Region& crop = seg.crop;
  return seg.id > 0 && 0 <= seg.bbox.x1 && seg.bbox.x1 < seg.bbox.x2 && seg.bbox.x2 <= kWidth &&
         0 <= seg.bbox.y1 && seg.bbox.y1 < seg.bbox.y2 && seg.bbox.y2 <= kHeight && 0 <= crop.x1 &&
         crop.x1 < crop.x2 && crop.x2 <= kWidth && 0 <= crop.y1 && crop.y1 < crop.y2 &&
         crop.y2 <= kHeight && seg.mask.size() == cv::Size(crop.width(), crop.height()) &&
         seg.mask.type() == CV_32F;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MaskSource masks{
      [](const std::filesystem::path&) { return any_mask(); },
      [](const std::filesystem::path&, const std::string&) { return any_mask(); }};
  Segs segs;
  try {
    const auto document = parse_json({reinterpret_cast<const char*>(data), size}, {});
    segs = parse_segs(document, kWidth, kHeight, "/jobs", masks);
  } catch (const Error& error) {
    if (invalid_utf8_at(error.what())) std::abort();
    return 0;
  }
  for (const Seg& seg : segs.segs)
    if (!kept_promises(seg)) std::abort();
  const nlohmann::json written = segs_to_json(segs, {});
  const Segs again = parse_segs(parse_json(written.dump(), {}), kWidth, kHeight, "/", masks);
  if (segs_to_json(again, {}) != written) std::abort();
  return 0;
}
