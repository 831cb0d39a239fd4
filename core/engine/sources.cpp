// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// SEGS from files, selections and detectors.
#include "engine/sources.hpp"

#include <algorithm>
#include <memory>

#include "burin/ext/image_reader.h"
#include "burin/role/detector.h"
#include "detail/tensor_mat.hpp"
#include "modules/abi_image.hpp"
#include "modules/detections.hpp"
#include "modules/host_calls.hpp"
#include "modules/module_instance.hpp"
#include "modules/segmenter.hpp"
#include "runtime/error.hpp"
#include "segs/operations.hpp"
#include "segs/segs_file.hpp"
#include "weights/safetensors.hpp"

namespace burin::core {

struct Detectors::Opened {
  ModuleUse use;
  ModuleInstance<burin_detector> module;
  Opened(const burin_host* host, const ModuleUse& named)
      : use(named), module(host, BURIN_DETECTOR_ID, named, "The detector '" + named.id + "'") {}
};

Detectors::Detectors(const burin_host* host) : host_(host) {}
Detectors::~Detectors() = default;

bool Detectors::close() {
  const bool any = !opened_.empty();
  opened_.clear();
  return any;
}

Detectors::Opened& Detectors::open(const ModuleUse& use) {
  for (const auto& detector : opened_)
    if (detector->use == use) return *detector;
  return *opened_.emplace_back(std::make_unique<Opened>(host_, use));
}

std::vector<Detection> Detectors::detect(const ModuleUse& use, const ImageView& image,
                                         const burin_detector_options& options, const Run& run) {
  const ModuleInstance<burin_detector>& detector = open(use).module;
  const RgbTensor rgb(image);
  burin_run abi_run = to_abi(run);
  burin_detections found{};
  found.struct_size = sizeof found;
  detector.call().check(
      detector.role()->detect(detector.self(), &rgb.tensor(), &options, &abi_run, &found));
  const Taken<burin_detections> owner(&found);
  return detections_of(found, {image.width, image.height}, detector.call());
}

void sort_for_reading(std::vector<Detection>& detections) {
  const auto middle = [](const Detection& d) { return (d.box.y1 + d.box.y2) / 2; };
  std::stable_sort(detections.begin(), detections.end(),
                   [&](const Detection& a, const Detection& b) { return middle(a) < middle(b); });
  for (auto first = detections.begin(); first != detections.end();) {
    const double bottom = first->box.y2;
    const auto end = std::find_if(first, detections.end(),
                                  [&](const Detection& d) { return middle(d) > bottom; });
    std::stable_sort(first, end,
                     [](const Detection& a, const Detection& b) { return a.box.x1 < b.box.x1; });
    first = end;
  }
}

namespace {

// What `use` makes of a picture file's pixels, which live until it returns. what: "mask".
template <class Use>
cv::Mat read_file(const burin_host* host, const std::filesystem::path& path, const char* what,
                  Use use) {
  const auto* reader =
      host_interface<burin_image_reader>(host, BURIN_IMAGE_READER_ID, "reads image files");
  burin_tensor tensor{};
  tensor.struct_size = sizeof tensor;
  const HostCall call(host);
  call.check(reader->read(call.host(), path.c_str(), &tensor),
             "The " + std::string(what) + " '" + path.string() + "' could not be read.");
  const Taken<burin_tensor> owner(&tensor);
  return use(tensor.dl);
}

cv::Mat read_mask(const burin_host* host, const std::filesystem::path& path) {
  return read_file(host, path, "mask", mask_of);
}

cv::Mat read_picture(const burin_host* host, const std::filesystem::path& path) {
  return read_file(host, path, "control picture", [&](const DLTensor& pixels) {
    const ImageView view = view_of(pixels);
    cv::Mat picture = read_colours(view, {0, 0, view.width, view.height}).clone();
    if (picture.channels() == 1) cv::merge(std::vector<cv::Mat>(3, picture), picture);
    if (!cv::checkRange(picture))
      throw Error(BURIN_E_IMAGE, "The control picture '" + path.string() +
                                     "' holds values that are not numbers, expected 0..1.");
    return picture;
  });
}

MaskSource mask_source(const burin_host* host) {
  return {[host](const std::filesystem::path& file) { return read_mask(host, file); },
          [](const std::filesystem::path& file, const std::string& key) {
            const at::Tensor mask = Safetensors::open(file).tensor(key);
            if (mask.dim() != 2)
              throw Error(BURIN_E_JOB, "The mask '" + key + "' of '" + file.string() + "' has " +
                                           std::to_string(mask.dim()) +
                                           " dimensions, expected [height, width].");
            return to_mat(mask);
          }};
}

Segs from_job(const burin_host* host, const Job& job, const ImageView& image) {
  if (job.segs->is_string())
    return read_segs_file(job.base_dir / job.segs->get<std::string>(), image.width, image.height,
                          mask_source(host));
  return parse_segs(*job.segs, image.width, image.height, job.base_dir, mask_source(host));
}

Segs from_selection(const burin_host* host, const Job& job, const ImageView& image) {
  const std::filesystem::path file = job.base_dir / job.selection->file;
  const cv::Mat mask = read_mask(host, file);
  if (mask.cols != image.width || mask.rows != image.height)
    throw Error(BURIN_E_IMAGE,
                "The mask '" + file.string() + "' is " + std::to_string(mask.cols) + " x " +
                    std::to_string(mask.rows) + " pixels, expected the picture's " +
                    std::to_string(image.width) + " x " + std::to_string(image.height) + ".");
  MaskOptions options;
  options.combined = job.selection->combined;
  options.bbox_fill = job.selection->bbox_fill;
  options.contour_fill = job.selection->contour_fill;
  options.crop_factor = job.selection->crop_factor;
  options.drop_size = job.selection->drop_size;
  options.label = "selection";
  return mask_to_segs(mask, options);
}

Segs from_detector(const burin_host* host, Detectors& detectors, const Job& job, double crop_factor,
                   const ImageView& image, Run& run) {
  burin_detector_options wanted{};
  wanted.struct_size = sizeof wanted;
  wanted.threshold = job.detect.threshold;
  wanted.min_size = job.detect.drop_size;
  std::vector<Detection> found =
      detectors.detect({job.detect.detector, job.detect.params, job.base_dir}, image, wanted, run);
  sort_for_reading(found);
  BoxOptions options;
  options.dilation = job.detect.dilation;
  options.crop_factor = job.detect.crop_factor.value_or(crop_factor);
  options.drop_size = job.detect.drop_size;
  options.labels = job.detect.labels;
  options.threshold = job.detect.threshold;
  options.shape = job.detect.ellipse ? MaskShape::ellipse : MaskShape::box;
  Segs segs = boxes_to_segs(image.width, image.height, found, options);
  if (job.detect.segmenter)
    segment_by_module(host, *job.detect.segmenter, image, options.dilation, segs, run);
  return segs;
}

// The largest ones by their boxes, in the order they have.
void keep_largest(Segs& segs, std::size_t most) {
  if (segs.segs.size() <= most) return;
  std::vector<double> areas;
  for (const Seg& seg : segs.segs) areas.push_back(seg.bbox.width() * seg.bbox.height());
  std::nth_element(areas.begin(), areas.begin() + static_cast<std::ptrdiff_t>(most - 1),
                   areas.end(), std::greater<>());
  const double least = areas[most - 1];
  std::erase_if(segs.segs,
                [&](const Seg& seg) { return seg.bbox.width() * seg.bbox.height() < least; });
  segs.segs.resize(std::min(segs.segs.size(), most));
}

Segs from_source(const burin_host* host, Detectors& detectors, const Job& job, double crop_factor,
                 const ImageView& image, Run& run) {
  if (job.segs) return from_job(host, job, image);
  if (job.selection) return from_selection(host, job, image);
  return from_detector(host, detectors, job, crop_factor, image, run);
}

}  // namespace

Segs find_segs(const burin_host* host, Detectors& detectors, const Job& job, double crop_factor,
               const ImageView& image, Run& run) {
  Segs segs = from_source(host, detectors, job, crop_factor, image, run);
  const OperationFiles files{
      [&](const std::string& file) {
        return read_segs_file(job.base_dir / file, image.width, image.height, mask_source(host));
      },
      [&](const std::string& file) { return read_mask(host, job.base_dir / file); }};
  segs = apply_operations(std::move(segs), job.detect.filters, files);
  if (!job.segs && !job.selection && job.detect.max_count > 0)
    keep_largest(segs, static_cast<std::size_t>(job.detect.max_count));
  return segs;
}

Segs find_segs_without_picture(const burin_host* host, const Job& job, cv::Size size, Run& run) {
  if (!job.segs && !job.selection)
    throw Error(BURIN_E_JOB,
                "job: neither segs nor selection is given, and without the picture nothing can be "
                "detected; expected one of them");
  if (size.empty()) {
    if (job.selection)
      size = read_mask(host, job.base_dir / job.selection->file).size();
    else if (job.segs->is_string())
      size = segs_file_size(job.base_dir / job.segs->get<std::string>());
    else
      throw Error(BURIN_E_JOB,
                  "job: segs is a list, which does not say how large the picture is; expected the "
                  "picture's size beside it, or a SEGS file");
  }
  ImageView nothing_but_size;
  nothing_but_size.width = size.width;
  nothing_but_size.height = size.height;
  Detectors none(host);
  Segs segs = find_segs(host, none, job, 1, nothing_but_size, run);
  keep_only(segs, job.only);
  return segs;
}

void keep_only(Segs& segs, const std::vector<std::int64_t>& only) {
  for (const std::int64_t id : only) {
    if (std::any_of(segs.segs.begin(), segs.segs.end(),
                    [&](const Seg& seg) { return seg.id == id; }))
      continue;
    std::string known;
    for (const Seg& seg : segs.segs) known += (known.empty() ? "" : ", ") + std::to_string(seg.id);
    throw Error(BURIN_E_JOB, "The job asks for segment " + std::to_string(id) + ", but there " +
                                 (known.empty() ? "are none." : "are only " + known + "."));
  }
  if (!only.empty())
    std::erase_if(segs.segs, [&](const Seg& seg) {
      return std::find(only.begin(), only.end(), seg.id) == only.end();
    });
}

std::vector<cv::Mat> read_control_images(const burin_host* host, const Job& job) {
  std::vector<cv::Mat> pictures;
  for (const ControlUse& use : job.controls)
    pictures.push_back(use.image ? read_picture(host, resolve_path(job, *use.image)) : cv::Mat());
  return pictures;
}

}  // namespace burin::core
