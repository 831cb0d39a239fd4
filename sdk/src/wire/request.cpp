// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Requests out of frames.
#include "wire/request.hpp"

#include <limits>
#include <utility>

#include "burin/cpp/error.hpp"

namespace burin::wire {

namespace {

std::optional<std::string> string_of(const Fields& fields, Id id) {
  const auto text = fields.text(id);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::uint32_t number_of(const Fields& fields, Id id) {
  const std::int64_t value = fields.need_integer(id);
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw sdk::Error(BURIN_E_INVALID,
                     "A version number of the protocol is " + std::to_string(value) + ".");
  return static_cast<std::uint32_t>(value);
}

EngineChoice read_engine(const Fields& fields) {
  EngineChoice engine;
  engine.device = string_of(fields, Id::device).value_or(engine.device);
  engine.dtype = string_of(fields, Id::dtype).value_or(engine.dtype);
  const std::int64_t memory = fields.integer(Id::memory).value_or(0);
  const std::int64_t threads = fields.integer(Id::threads).value_or(0);
  if (memory < 0 || threads < 0 || threads > 4096)
    throw sdk::Error(BURIN_E_INVALID, "The engine is asked for with " + std::to_string(memory) +
                                          " bytes and " + std::to_string(threads) +
                                          " threads; expected neither below 0 and at most 4096 "
                                          "threads.");
  engine.memory_bytes = static_cast<std::uint64_t>(memory);
  engine.threads = static_cast<std::int32_t>(threads);
  engine.data_dir = string_of(fields, Id::data_dir);
  return engine;
}

TensorField read_image(const Fields& fields) {
  const TensorField image = fields.need_tensor(Id::image);
  const auto& [code, bits, lanes] = image.dtype;
  const bool integer = code == kDLUInt && (bits == 8 || bits == 16);
  const bool real = code == kDLFloat && (bits == 16 || bits == 32);
  const bool shaped = image.ndim == 3 && image.shape[0] > 0 && image.shape[1] > 0 &&
                      image.shape[2] >= 1 && image.shape[2] <= 4;
  if ((!integer && !real) || !shaped)
    throw sdk::Error(BURIN_E_IMAGE,
                     "The picture's tensor has " + std::to_string(image.ndim) +
                         " dimensions, code " + std::to_string(code) + " and " +
                         std::to_string(bits) +
                         " bits; expected [height, width, 1 to 4] of uint8, uint16, float16 or "
                         "float32.");
  return image;
}

std::string read_masks_name(const Fields& fields) {
  std::string name = string_of(fields, Id::masks_name).value_or("");
  if (name.find('/') != std::string::npos || name == "." || name == "..")
    throw sdk::Error(BURIN_E_INVALID, "The masks are to go to '" + name +
                                          "'; expected the name of a file without a folder.");
  return name;
}

std::int32_t read_side(const Fields& fields, Id id) {
  const std::int64_t side = fields.integer(id).value_or(0);
  if (side < 0 || side > std::numeric_limits<std::int32_t>::max())
    throw sdk::Error(BURIN_E_INVALID, "A side of the picture is " + std::to_string(side) +
                                          "; expected pixels, or 0 where it is not known.");
  return static_cast<std::int32_t>(side);
}

}  // namespace

Hello read_hello(const Frame& frame) {
  if (frame.type != Type::hello)
    throw sdk::Error(BURIN_E_INVALID, "The first message has the type " +
                                          std::to_string(static_cast<unsigned>(frame.type)) +
                                          "; expected 1, the greeting.");
  const Fields fields(frame.body.bytes());
  return {number_of(fields, Id::major), number_of(fields, Id::minor),
          string_of(fields, Id::program).value_or(""), string_of(fields, Id::version).value_or("")};
}

Request read_request(Frame frame) {
  Request request;
  request.type = frame.type;
  request.frame = std::move(frame);
  const Fields fields(request.frame.body.bytes());
  switch (request.type) {
    case Type::status:
    case Type::release_memory:
    case Type::stop:
      return request;
    case Type::describe_model:
      request.path = string_of(fields, Id::path);
      break;
    case Type::plan:
    case Type::detect:
    case Type::detail:
      request.image = read_image(fields);
      request.icc = fields.bytes(Id::icc).value_or(std::span<const std::byte>());
      [[fallthrough]];
    case Type::complete_job:
    case Type::edit_segs:
    case Type::segs_mask:
      request.masks_name = read_masks_name(fields);
      request.width = read_side(fields, Id::width);
      request.height = read_side(fields, Id::height);
      request.job = fields.need_text(Id::job);
      request.base_dir = string_of(fields, Id::base_dir);
      break;
    default:
      throw sdk::Error(BURIN_E_INVALID, "A message has the type " +
                                            std::to_string(static_cast<unsigned>(request.type)) +
                                            ", which is no request.");
  }
  request.engine = read_engine(fields);
  request.wants = fields.integer(Id::wants).value_or(0);
  return request;
}

void write_engine(Message& message, const EngineChoice& engine) {
  message.text(Id::device, engine.device).text(Id::dtype, engine.dtype);
  message.integer(Id::memory, static_cast<std::int64_t>(engine.memory_bytes));
  message.integer(Id::threads, engine.threads);
  if (engine.data_dir) message.text(Id::data_dir, *engine.data_dir);
}

}  // namespace burin::wire
