// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Blobs are connected by edges and corners.
#include "detector.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "burin/ext/image_reader.h"

namespace burin::selection {
namespace {

// Every detection has a mask of the whole picture: 2 GiB of float32 together.
constexpr uint64_t most_values = uint64_t{1} << 29;

std::string last_error(const burin_host* host) {
  const char* text =
      BURIN_HAS(host, last_error) && host->last_error ? host->last_error(host) : nullptr;
  return text ? text : "";
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw sdk::Error(BURIN_E_IMAGE, "The mask " + file + " " + what + ".");
}

// OpenCV's type of the elements, and what the brightest value of that type is.
struct Elements {
  int depth;
  double white;
};

Elements elements_of(const DLTensor& pixels, const std::string& file) {
  const auto [code, bits, lanes] = pixels.dtype;
  if (lanes == 1 && code == kDLUInt && bits == 8) return {CV_8U, 255};
  if (lanes == 1 && code == kDLUInt && bits == 16) return {CV_16U, 65535};
  if (lanes == 1 && code == kDLFloat && bits == 16) return {CV_16F, 1};
  if (lanes == 1 && code == kDLFloat && bits == 32) return {CV_32F, 1};
  refuse(file, "has values of " + std::to_string(bits) +
                   " bits; expected are 8 or 16 bits or floating point");
}

// Luma times alpha, 0..1.
cv::Mat grey_of(const DLTensor& pixels, const std::string& file) {
  const Elements elements = elements_of(pixels, file);
  if (pixels.ndim != 3 || pixels.shape[2] < 1 || pixels.shape[2] > 4 || pixels.strides != nullptr) {
    // The reader's contract is C order: strides, where there are any, must say the same.
    const bool packed = pixels.ndim == 3 && pixels.strides != nullptr && pixels.strides[2] == 1 &&
                        pixels.strides[1] == pixels.shape[2] &&
                        pixels.strides[0] == pixels.shape[1] * pixels.shape[2];
    if (!packed || pixels.shape[2] < 1 || pixels.shape[2] > 4)
      refuse(file, "is not a picture of 1 to 4 channels in C order");
  }
  const auto channels = static_cast<int>(pixels.shape[2]);
  const cv::Mat raw(static_cast<int>(pixels.shape[0]), static_cast<int>(pixels.shape[1]),
                    CV_MAKETYPE(elements.depth, channels),
                    static_cast<char*>(pixels.data) + pixels.byte_offset);
  cv::Mat values;
  raw.convertTo(values, CV_32F, 1 / elements.white);
  std::vector<cv::Mat> planes;
  cv::split(values, planes);
  cv::Mat mask = planes[0];
  if (channels >= 3) mask = 0.2126 * planes[0] + 0.7152 * planes[1] + 0.0722 * planes[2];
  if (channels == 2 || channels == 4) mask = mask.mul(planes.back());
  if (!cv::checkRange(mask)) refuse(file, "holds values that are not numbers; expected is 0..1");
  return cv::min(cv::max(mask, 0), 1);
}

cv::Mat read_mask(const sdk::PluginHost& host, const std::string& file) {
  const auto* reader = host.extension<burin_image_reader>(BURIN_IMAGE_READER_ID);
  if (reader == nullptr) {
    throw sdk::Error(BURIN_E_UNSUPPORTED, std::string("The host has no ") + BURIN_IMAGE_READER_ID +
                                              ", so it cannot read the mask " + file + ".");
  }
  burin_tensor tensor = {};
  tensor.struct_size = sizeof(tensor);
  const burin_status status = reader->read(host.get(), file.c_str(), &tensor);
  if (status != BURIN_OK) {
    const std::string reason = last_error(host.get());
    throw sdk::Error(status, reason.empty() ? "The mask " + file + " cannot be read." : reason);
  }
  const std::unique_ptr<burin_tensor, void (*)(burin_tensor*)> owner(&tensor, [](burin_tensor* t) {
    if (t->release) t->release(t);
  });
  return grey_of(tensor.dl, file);
}

sdk::Detection detection(const cv::Mat& mask, const cv::Rect& box, const std::string& label) {
  sdk::Detection found{static_cast<double>(box.x),
                       static_cast<double>(box.y),
                       static_cast<double>(box.x + box.width),
                       static_cast<double>(box.y + box.height),
                       1,
                       label,
                       {},
                       {}};
  found.mask.assign(mask.begin<float>(), mask.end<float>());
  return found;
}

}  // namespace

MaskDetector::MaskDetector(sdk::PluginHost host, const std::string&) : host_(host) {}

sdk::ParamList<MaskDetector> MaskDetector::parameters() {
  return sdk::ParamList<MaskDetector>()
      .path("mask", "Mask", "A greyscale picture of the picture's size, white where selected.",
            &MaskDetector::mask_file_)
      .toggle("combined", "One segment", "All that is selected is one segment.",
              &MaskDetector::combined_, false)
      .text("label", "Label", "As segments are labelled.", &MaskDetector::label_, "selection");
}

std::vector<sdk::Detection> MaskDetector::detect(const sdk::RgbView& rgb,
                                                 const sdk::DetectOptions& options,
                                                 const sdk::DetectRun& run) {
  if (mask_file_.empty()) {
    throw sdk::Error(BURIN_E_INVALID,
                     "The selection was given no mask; expected is a picture's path in the "
                     "parameter mask.");
  }
  const cv::Mat mask = read_mask(host_, mask_file_);
  if (mask.cols != rgb.width || mask.rows != rgb.height) {
    refuse(mask_file_, "is " + std::to_string(mask.cols) + " x " + std::to_string(mask.rows) +
                           " pixels; expected are the picture's " + std::to_string(rgb.width) +
                           " x " + std::to_string(rgb.height));
  }
  run.stop_if_cancelled();
  const cv::Mat selected = mask > 0;
  std::vector<sdk::Detection> found;
  if (combined_) {
    const cv::Rect box = cv::boundingRect(selected);
    if (!box.empty() && std::min(box.width, box.height) >= options.min_size) {
      found.push_back(detection(mask, box, label_));
    }
    return found;
  }
  cv::Mat labels, stats, centres;
  const int count = cv::connectedComponentsWithStats(selected, labels, stats, centres, 8, CV_32S);
  std::vector<int> kept;
  for (int i = 1; i < count; ++i) {
    if (std::min(stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT)) >=
        options.min_size) {
      kept.push_back(i);
    }
  }
  const uint64_t room = std::max<uint64_t>(1, most_values / mask.total());
  if (kept.size() > room) {
    throw sdk::Error(BURIN_E_MEMORY,
                     "The mask " + mask_file_ + " has " + std::to_string(kept.size()) +
                         " separate parts; expected are at most " + std::to_string(room) +
                         " at this size, or the parameter combined.");
  }
  std::stable_sort(kept.begin(), kept.end(), [&](int a, int b) {
    return stats.at<int>(a, cv::CC_STAT_AREA) > stats.at<int>(b, cv::CC_STAT_AREA);
  });
  for (size_t i = 0; i < kept.size(); ++i) {
    run.stop_if_cancelled();
    const cv::Rect box(
        stats.at<int>(kept[i], cv::CC_STAT_LEFT), stats.at<int>(kept[i], cv::CC_STAT_TOP),
        stats.at<int>(kept[i], cv::CC_STAT_WIDTH), stats.at<int>(kept[i], cv::CC_STAT_HEIGHT));
    cv::Mat own(mask.size(), CV_32F, cv::Scalar(0));
    mask(box).copyTo(own(box), labels(box) == kept[i]);
    found.push_back(detection(own, box, label_));
    run.report(static_cast<double>(i + 1) / static_cast<double>(kept.size()), "reading the mask");
  }
  return found;
}

}  // namespace burin::selection
