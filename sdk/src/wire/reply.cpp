// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Answers into frames and out of them.
#include "wire/reply.hpp"

#include <cstring>
#include <limits>
#include <utility>

namespace burin::wire {

namespace {

[[noreturn]] void refuse(const std::string& sentence) {
  throw sdk::Error(BURIN_E_INVALID, sentence);
}

std::int32_t int32_of(const Fields& fields, Id id) {
  const std::int64_t value = fields.need_integer(id);
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max())
    refuse("Field " + std::to_string(static_cast<unsigned>(id)) + " is " + std::to_string(value) +
           ", which is no 32-bit number.");
  return static_cast<std::int32_t>(value);
}

void expect_float(const TensorField& field, int ndim, const char* what) {
  if (field.dtype.code != kDLFloat || field.dtype.bits != 32 || field.ndim != ndim)
    refuse(std::string("A layer's ") + what + " is no float32 tensor of " + std::to_string(ndim) +
           " dimensions.");
}

}  // namespace

Message error_message(burin_status status, std::string_view sentence) {
  Message message(Type::error);
  message.integer(Id::status, status).text(Id::text, sentence);
  return message;
}

Message progress_message(double fraction, double seconds_left, std::string_view stage,
                         std::string_view text) {
  Message message(Type::progress);
  message.real(Id::fraction, fraction).real(Id::seconds_left, seconds_left);
  message.text(Id::stage, stage).text(Id::text, text);
  return message;
}

Message layer_message(const burin_layer& layer) {
  Message message(Type::layer);
  message.integer(Id::layer_status, layer.status).integer(Id::id, layer.id);
  message.integer(Id::x, layer.x).integer(Id::y, layer.y);
  message.text_if(Id::name, layer.name).text_if(Id::message, layer.message);
  message.text_if(Id::job, layer.job);
  message.real(Id::drift_before, layer.drift_before).real(Id::drift_after, layer.drift_after);
  if (layer.pixels) message.tensor(Id::pixels, *layer.pixels);
  if (layer.crop) message.tensor(Id::crop, *layer.crop);
  if (layer.mask) message.tensor(Id::mask, *layer.mask);
  if (BURIN_HAS(&layer, controls)) {
    for (size_t i = 0; i < layer.control_count; ++i)
      message.tensor(Id::control, *layer.controls[i]);
  }
  return message;
}

Message preview_message(const burin_preview& preview) {
  Message message(Type::preview);
  message.integer(Id::id, preview.id).integer(Id::x, preview.x).integer(Id::y, preview.y);
  message.integer(Id::width, preview.width).integer(Id::height, preview.height);
  if (preview.pixels) message.tensor(Id::pixels, *preview.pixels);
  return message;
}

sdk::Error read_error(const Frame& frame) {
  const Fields fields(frame.body.bytes());
  const std::int32_t status = int32_of(fields, Id::status);
  return {status == BURIN_OK ? BURIN_E_INTERNAL : status, std::string(fields.need_text(Id::text))};
}

const DLTensor* ReceivedLayer::keep(const TensorField& field) {
  fields_.push_back(std::make_unique<TensorField>(field));
  tensors_.push_back(std::make_unique<DLTensor>(fields_.back()->dl()));
  return tensors_.back().get();
}

ReceivedLayer::ReceivedLayer(Frame frame) : frame_(std::move(frame)) {
  const Fields fields(frame_.body.bytes());
  layer_.struct_size = sizeof(layer_);
  layer_.status = int32_of(fields, Id::layer_status);
  layer_.id = fields.need_integer(Id::id);
  layer_.x = int32_of(fields, Id::x);
  layer_.y = int32_of(fields, Id::y);
  name_ = fields.text(Id::name).value_or("");
  message_ = fields.text(Id::message).value_or("");
  job_ = fields.text(Id::job).value_or("");
  layer_.name = name_.c_str();
  layer_.message = message_.c_str();
  layer_.job = job_.c_str();
  layer_.drift_before = fields.real(Id::drift_before).value_or(-1);
  layer_.drift_after = fields.real(Id::drift_after).value_or(-1);
  if (const auto pixels = fields.tensor(Id::pixels)) {
    expect_float(*pixels, 3, "pixels");
    const TensorField mask = fields.need_tensor(Id::mask);
    expect_float(mask, 2, "mask");
    if (mask.shape[0] != pixels->shape[0] || mask.shape[1] != pixels->shape[1])
      refuse("A layer's mask is not as large as its pixels.");
    layer_.pixels = keep(*pixels);
    layer_.mask = keep(mask);
  }
  if (const auto crop = fields.tensor(Id::crop)) {
    expect_float(*crop, 3, "crop");
    layer_.crop = keep(*crop);
  }
  for (const TensorField& control : fields.tensors(Id::control)) {
    expect_float(control, 3, "control picture");
    controls_.push_back(keep(control));
  }
  layer_.control_count = controls_.size();
  layer_.controls = controls_.empty() ? nullptr : controls_.data();
}

ReceivedMask::ReceivedMask(Frame frame)
    : frame_(std::move(frame)), pixels_(Fields(frame_.body.bytes()).need_tensor(Id::mask)) {
  if (pixels_.dtype.code != kDLFloat || pixels_.dtype.bits != 32 || pixels_.ndim != 3 ||
      pixels_.shape[2] != 1)
    refuse("A mask is no float32 tensor [height, width, 1].");
}

Patch read_patch(Frame frame) {
  Patch patch;
  patch.frame = std::move(frame);
  const Fields fields(patch.frame.body.bytes());
  patch.x = int32_of(fields, Id::x);
  patch.y = int32_of(fields, Id::y);
  patch.pixels = fields.need_tensor(Id::pixels);
  if (patch.pixels.ndim != 3)
    refuse("A patch has " + std::to_string(patch.pixels.ndim) + " dimensions; expected 3.");
  return patch;
}

void apply_patch(const Patch& patch, DLTensor& picture) {
  const TensorField& from = patch.pixels;
  const bool same = picture.ndim == 3 && picture.dtype.code == from.dtype.code &&
                    picture.dtype.bits == from.dtype.bits && picture.shape[2] == from.shape[2];
  if (!same || patch.x < 0 || patch.y < 0 || patch.x + from.shape[1] > picture.shape[1] ||
      patch.y + from.shape[0] > picture.shape[0])
    throw sdk::Error(BURIN_E_IMAGE,
                     "The picture to flatten differs in size or type from the one that was "
                     "detailed; expected that very picture.");
  const std::int64_t element = from.dtype.bits / 8, channels = from.shape[2];
  const std::int64_t row_step = picture.strides ? picture.strides[0] : picture.shape[1] * channels;
  const std::int64_t step = picture.strides ? picture.strides[1] : channels;
  const std::int64_t inner = picture.strides ? picture.strides[2] : 1;
  auto* base = static_cast<std::byte*>(picture.data) + picture.byte_offset;
  const std::byte* source = from.data;
  const auto put = [&](std::int64_t at, std::int64_t elements) {
    std::memcpy(base + at * element, source, static_cast<std::size_t>(elements * element));
    source += elements * element;
  };
  const bool packed = inner == 1 && step == channels;
  for (std::int64_t v = 0; v < from.shape[0]; ++v) {
    const std::int64_t row = (patch.y + v) * row_step + patch.x * step;
    if (packed) {
      put(row, from.shape[1] * channels);
      continue;
    }
    for (std::int64_t u = 0; u < from.shape[1]; ++u)
      for (std::int64_t c = 0; c < channels; ++c) put(row + u * step + c * inner, 1);
  }
}

}  // namespace burin::wire
