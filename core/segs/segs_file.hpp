// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The SEGS file and the SEG objects of a job: JSON with masks beside it.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "segs/segs.hpp"

namespace burin::core {

// Reads what a SEG's mask names: a picture file, or a tensor of a safetensors file. Returns CV_32F
// 0..1.
struct MaskSource {
  std::function<cv::Mat(const std::filesystem::path& file)> file;
  std::function<cv::Mat(const std::filesystem::path& file, const std::string& key)> tensor;
};

inline constexpr std::size_t kMostSegs = 10000;

// Checks all of a SEG that needs neither the picture's size nor another file, and returns its id:
// `place` (from 1) where none is given. Throws Error{BURIN_E_JOB} naming the SEG by its place, and
// the key.
std::int64_t check_seg(const nlohmann::json& seg, std::int64_t place);

// check_seg for a whole list, and that it is no longer than kMostSegs and each id is there once.
void check_seg_list(const nlohmann::json& list);

// One SEG as in docs/job.md, fully checked against the picture's size. `place` counts from 1 and is
// the id where none is given. Throws Error{BURIN_E_JOB} naming the SEG and the key; errors of
// `masks` pass through with the SEG named.
Seg parse_seg(const nlohmann::json& seg, std::int64_t place, int width, int height,
              const std::filesystem::path& base_dir, const MaskSource& masks);

// A whole SEGS file's document, or the array of a job. width/height: the picture's (a file made for
// another size is refused, both sizes named). The crop regions together may hold 2^30 pixels: their
// masks are in memory at once.
Segs parse_segs(const nlohmann::json& document, int width, int height,
                const std::filesystem::path& base_dir, const MaskSource& masks);

// The SEGS file `file`; its relative paths start in its own folder. Throws as parse_segs, and
// Error{BURIN_E_NOT_FOUND, BURIN_E_IO}.
Segs read_segs_file(const std::filesystem::path& file, int width, int height,
                    const MaskSource& masks);

// What the SEGS file says of its picture's size. Throws as read_segs_file.
cv::Size segs_file_size(const std::filesystem::path& file);

// The mask of a SEG that names none: 1 in the bbox, its ends rounded to whole pixels (at least one
// pixel a side), 0 elsewhere. Crop size.
cv::Mat bbox_mask(const Box& bbox, const Region& crop);

// True where parse_seg without a "mask" would give this mask back (the whole bbox).
bool mask_is_bbox(const Seg& seg);

// JSON of a SEGS file. mask_of(index) gives the "mask" value of a SEG whose mask is not its bbox;
// empty function: masks are left out.
nlohmann::json segs_to_json(const Segs& segs,
                            const std::function<nlohmann::json(std::size_t)>& mask_of);

// JSON of one SEG, without "mask".
nlohmann::json seg_to_json(const Seg& seg);

}  // namespace burin::core
