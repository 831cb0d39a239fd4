// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role detector.
#include "burin/role/detector.h"

#include <cmath>
#include <limits>

#include "burin/cpp/detections_fault.hpp"
#include "role.hpp"
#include "roles/all.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_detector& table(const void* api) { return *static_cast<const burin_detector*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), detect);
  return "";
}

std::string mask_fault(const DLTensor& mask, const DLTensor& rgb) {
  std::string fault = form_fault(mask, {rgb.shape[0], rgb.shape[1]});
  if (fault.empty() && share_memory(mask, rgb)) return "its mask lies in the picture's memory";
  if (fault.empty()) fault = range_fault(floats_of(mask), 0, 1);
  return fault.empty() ? "" : "its mask " + fault;
}

std::string item_fault(const burin_detection& d, const DLTensor& rgb, double threshold) {
  const std::int64_t height = rgb.shape[0], width = rgb.shape[1];
  const auto h = static_cast<double>(height), w = static_cast<double>(width);
  for (const double edge : {d.x1, d.y1, d.x2, d.y2}) {
    if (!std::isfinite(edge)) return text_of("a box edge is ", edge);
  }
  const std::string box = text_of("(", d.x1, ", ", d.y1, ")-(", d.x2, ", ", d.y2, ")");
  if (d.x1 < 0 || d.y1 < 0 || d.x2 > w || d.y2 > h) {
    return text_of("the box ", box, " leaves the picture of ", width, " x ", height);
  }
  if (d.x2 <= d.x1 || d.y2 <= d.y1) return "the box " + box + " is empty";
  if (!(d.confidence >= 0 && d.confidence <= 1)) {
    return text_of("the confidence is ", d.confidence, "; expected is 0 to 1");
  }
  if (d.confidence < threshold) {
    return text_of("the confidence ", d.confidence, " is below the threshold ", threshold);
  }
  if (d.label == nullptr || !is_utf8(d.label)) return "the label is NULL or no UTF-8";
  if (d.landmark_count > 0 && d.landmarks == nullptr) return "the landmarks are NULL";
  if (d.landmark_count > sdk::most_landmarks) {
    return text_of("there are ", d.landmark_count, " landmarks; expected are at most ",
                   sdk::most_landmarks);
  }
  for (std::uint32_t i = 0; i < 2 * d.landmark_count; ++i) {
    if (!std::isfinite(d.landmarks[i])) return text_of("a landmark is ", d.landmarks[i]);
  }
  if (BURIN_HAS(&d, mask) && d.mask != nullptr) return mask_fault(*d.mask, rgb);
  return "";
}

void append(std::string& values, double number) {
  values.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void read(const burin_detections& found, const DLTensor& rgb, double threshold, Answer& answer) {
  if (found.count > sdk::most_detections) {
    answer.fault = text_of("there are ", found.count, " detections; expected are at most ",
                           sdk::most_detections);
    return;
  }
  if (found.count > 0 && found.items == nullptr) {
    answer.fault = text_of("the ", found.count, " detections are at NULL");
    return;
  }
  const auto* at = reinterpret_cast<const char*>(found.items);
  double before = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < found.count; ++i) {
    const auto& item = *reinterpret_cast<const burin_detection*>(at);
    if (!sdk::is_item_size(item.struct_size, offsetof(burin_detection, mask))) {
      answer.size_fault = text_of("detection ", i, " has a struct_size of ", item.struct_size,
                                  "; expected is about ", sizeof item);
      return;
    }
    std::string fault = item_fault(item, rgb, threshold);
    if (fault.empty() && item.confidence > before)
      fault = "it is more confident than the one before";
    if (!fault.empty() && answer.fault.empty()) {
      answer.fault = text_of("detection ", i, ": ", fault);
    }
    before = item.confidence;
    for (const double number : {item.x1, item.y1, item.x2, item.y2, item.confidence}) {
      append(answer.values, number);
    }
    answer.values += item.label ? item.label : "";
    at += item.struct_size;
  }
}

Answer detect(const Call& call, const burin_detector_options& options) {
  return ask_for<burin_detections>(
      call,
      [&](burin_detections* out) {
        return table(call.api).detect(call.self, call.inputs[0], &options, call.run, out);
      },
      [&](const burin_detections& found, Answer& answer) {
        read(found, *call.inputs[0], options.threshold, answer);
      });
}

burin_detector_options with_threshold(double threshold) {
  return {sizeof(burin_detector_options), threshold, 0};
}

Answer work(const Call& call) { return detect(call, with_threshold(0.3)); }

BadCall bad(const char* what, double threshold, double min_size) {
  const burin_detector_options options = {sizeof options, threshold, min_size};
  return {what, [options](const Call& good) { return detect(good, options); }};
}

void look_at(Context& context, Paint what, const char* name) {
  Session session(context);
  const Instance instance(session);
  for (const auto& [height, width] : {std::pair{96, 128}, {240, 180}}) {
    for (const double threshold : {0.0, 0.5}) {
      auto inputs = inputs_of(session.role(), height, width, what);
      context.note(text_of("a picture of ", name, ", ", width, " x ", height));
      const Answer answer = detect(instance.call(inputs), with_threshold(threshold));
      need(answer);
      if (!answer.fault.empty()) {
        fail("in a picture of ", name, ", ", width, " x ", height, ": ", answer.fault);
      }
    }
  }
}

void boxes(Context& context) {
  look_at(context, Paint::scene, "a drawn face");
  look_at(context, Paint::noise, "noise");
  look_at(context, Paint::step, "two halves");
}

void blank(Context& context) {
  Session session(context);
  const Instance instance(session);
  auto inputs = inputs_of(session.role(), 160, 200, Paint::blank);
  const Answer answer = detect(instance.call(inputs), with_threshold(0.5));
  need(answer);
  if (!answer.values.empty()) {
    warn("it finds something in a picture of one grey; fine when it does not look at the picture");
  }
}

void threshold(Context& context) {
  Session session(context);
  const Instance instance(session);
  auto inputs = inputs_of(session.role(), 160, 200, Paint::scene);
  const Answer few = detect(instance.call(inputs), with_threshold(1));
  const Answer many = detect(instance.call(inputs), with_threshold(0));
  need(few);
  need(many);
  if (few.values.size() > many.values.size()) {
    fail("a threshold of 1 lets more through than a threshold of 0");
  }
}

}  // namespace

Role detector_role() {
  Role role = {};
  role.interface_id = BURIN_DETECTOR_ID;
  role.name = "detector";
  role.missing = missing;
  makes_instances<burin_detector>(role);
  role.inputs = {{"rgb", u8_type, {Input::height, Input::width, 3}}};
  role.work = work;
  role.bad_calls = {bad("a threshold of 1.5", 1.5, 0), bad("a threshold of -0.5", -0.5, 0),
                    bad("a threshold that is no number", std::nan(""), 0),
                    bad("a least size of -1", 0.5, -1)};
  role.cases = {
      {"detector.boxes", "gives boxes, masks and landmarks that keep to the contract", boxes,
       "lifecycle.work"},
      {"detector.threshold", "finds no more the higher the threshold", threshold, "lifecycle.work"},
      {"detector.blank", "finds nothing in a blank picture", blank, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
