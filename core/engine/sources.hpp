// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Where the SEGS of a job come from: the job itself, a file, a selection or a detector.
#pragma once

#include <memory>
#include <string>

#include "burin/host.h"
#include "burin/role/detector.h"
#include "imaging/image.hpp"
#include "job/job.hpp"
#include "modules/module_instance.hpp"
#include "runtime/run.hpp"
#include "segs/make_segs.hpp"

namespace burin::core {

// Opens detectors through the host once and keeps them. Not thread-safe.
class Detectors {
 public:
  explicit Detectors(const burin_host* host);
  ~Detectors();
  // Gives back what the opened ones hold; the next detect() opens anew. False: none was open.
  bool close();
  // Throws as ModuleInstance, and Error with the detector's sentence where it fails.
  std::vector<Detection> detect(const ModuleUse& use, const ImageView& image,
                                const burin_detector_options& options, const Run& run);

 private:
  struct Opened;
  Opened& open(const ModuleUse& use);
  const burin_host* host_;
  std::vector<std::unique_ptr<Opened>> opened_;
};

// The job's SEGS, its filters applied. crop_factor: for detections that the job gives none.
Segs find_segs(const burin_host* host, Detectors& detectors, const Job& job, double crop_factor,
               const ImageView& image, Run& run);

// The same for a job that has SEGS or a selection, without its picture, and its `only` applied.
// size: the picture's; 0 x 0: what the SEGS file or the selection says. Throws as find_segs, and
// Error{BURIN_E_JOB} where the job would have to detect or nothing says the size.
Segs find_segs_without_picture(const burin_host* host, const Job& job, cv::Size size, Run& run);

// Drops the SEGS whose id is not in `only`; an empty list keeps all. Throws Error{BURIN_E_JOB} for
// an id that no SEG has.
void keep_only(Segs& segs, const std::vector<std::int64_t>& only);

// Rows from top to bottom, each from left to right: a face belongs to a row when its centre lies
// within the height of the row's first.
void sort_for_reading(std::vector<Detection>& detections);

// The pictures that the job's controls name, CV_32FC3 0..1 of any size, one for each control: empty
// where it names none. Throws Error{BURIN_E_IMAGE} and what the host's reader says.
std::vector<cv::Mat> read_control_images(const burin_host* host, const Job& job);

}  // namespace burin::core
