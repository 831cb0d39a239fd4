// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Reading fields that another process wrote.
#include <cstring>

#include "burin/cpp/error.hpp"
#include "wire/message.hpp"

namespace burin::wire {

namespace {

[[noreturn]] void refuse(const std::string& sentence) {
  throw sdk::Error(BURIN_E_INVALID, sentence);
}

template <typename Value>
Value read(std::span<const std::byte> from, std::size_t at) {
  Value value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

std::string name_of(Id id) { return "Field " + std::to_string(static_cast<unsigned>(id)); }

void check(Id id, Kind kind, std::span<const std::byte> value) {
  switch (kind) {
    case Kind::integer:
    case Kind::real:
      if (value.size() != 8)
        refuse(name_of(id) + " is a number of " + std::to_string(value.size()) +
               " bytes; expected 8.");
      return;
    case Kind::text:
      if (!value.empty() && std::memchr(value.data(), 0, value.size()) != nullptr)
        refuse(name_of(id) + " is a text with a zero byte in it.");
      return;
    case Kind::bytes:
    case Kind::tensor:
      return;
  }
}

TensorField tensor_in(Id id, std::span<const std::byte> value) {
  const auto broken = [&](const std::string& what) {
    refuse(name_of(id) + " is no tensor: " + what);
  };
  if (value.size() < 8) broken("it ends in its header.");
  TensorField tensor;
  tensor.dtype = {read<std::uint8_t>(value, 0), read<std::uint8_t>(value, 1), 1};
  tensor.ndim = read<std::uint8_t>(value, 2);
  const unsigned bits = tensor.dtype.bits;
  if (tensor.dtype.code > kDLFloat || (bits != 8 && bits != 16 && bits != 32 && bits != 64))
    broken("its elements have the code " + std::to_string(tensor.dtype.code) + " and " +
           std::to_string(bits) + " bits.");
  if (tensor.ndim > most_dimensions)
    broken("it has " + std::to_string(tensor.ndim) + " dimensions; expected at most 4.");
  const std::size_t head = 8 + 8 * static_cast<std::size_t>(tensor.ndim);
  if (value.size() < head) broken("it ends in its shape.");
  std::uint64_t bytes = bits / 8;
  for (int d = 0; d < tensor.ndim; ++d) {
    tensor.shape[d] = read<std::int64_t>(value, 8 + 8 * static_cast<std::size_t>(d));
    // Each factor is below 2^33 where the product before is at most 2^33: no overflow.
    if (tensor.shape[d] < 0 || static_cast<std::uint64_t>(tensor.shape[d]) > body_limit)
      broken("dimension " + std::to_string(d) + " is " + std::to_string(tensor.shape[d]) + ".");
    if (tensor.shape[d] > 0 && bytes > body_limit / static_cast<std::uint64_t>(tensor.shape[d]))
      broken("its shape holds more than a message may.");
    bytes *= static_cast<std::uint64_t>(tensor.shape[d]);
  }
  if (bytes != value.size() - head)
    broken("its shape says " + std::to_string(bytes) + " bytes and " +
           std::to_string(value.size() - head) + " came.");
  tensor.data = value.data() + head;
  tensor.bytes = static_cast<std::size_t>(bytes);
  return tensor;
}

}  // namespace

DLTensor TensorField::dl() const {
  DLTensor dl = {};
  dl.data = const_cast<std::byte*>(data);
  dl.device = {kDLCPU, 0};
  dl.ndim = ndim;
  dl.dtype = dtype;
  dl.shape = const_cast<std::int64_t*>(shape);
  return dl;
}

Fields::Fields(std::span<const std::byte> body) {
  while (!body.empty()) {
    if (body.size() < 16)
      refuse("A message ends within a field: " + std::to_string(body.size()) +
             " bytes are left; a field's header has 16.");
    const auto id = static_cast<Id>(read<std::uint16_t>(body, 0));
    const auto kind = static_cast<Kind>(read<std::uint8_t>(body, 2));
    const auto length = read<std::uint64_t>(body, 8);
    body = body.subspan(16);
    if (length > body.size())
      refuse(name_of(id) + " has " + std::to_string(length) + " bytes by its header; " +
             std::to_string(body.size()) + " are left.");
    if (fields_.size() == most_fields)
      refuse("A message has more than " + std::to_string(most_fields) + " fields.");
    const auto value = body.first(static_cast<std::size_t>(length));
    check(id, kind, value);
    if (kind == Kind::tensor) tensor_in(id, value);
    fields_.push_back({id, kind, value});
    const std::size_t padded = static_cast<std::size_t>((length + 7) & ~std::uint64_t{7});
    if (padded > body.size())
      refuse(name_of(id) + " lacks the zero bytes that fill it to a multiple of 8.");
    body = body.subspan(padded);
  }
}

const Fields::Field* Fields::find(Id id, Kind kind) const {
  for (const Field& field : fields_) {
    if (field.id != id) continue;
    if (field.kind != kind)
      refuse(name_of(id) + " has the kind " + std::to_string(static_cast<unsigned>(field.kind)) +
             "; expected " + std::to_string(static_cast<unsigned>(kind)) + ".");
    return &field;
  }
  return nullptr;
}

std::optional<std::int64_t> Fields::integer(Id id) const {
  const Field* field = find(id, Kind::integer);
  return field ? std::optional(read<std::int64_t>(field->value, 0)) : std::nullopt;
}

std::optional<double> Fields::real(Id id) const {
  const Field* field = find(id, Kind::real);
  return field ? std::optional(read<double>(field->value, 0)) : std::nullopt;
}

std::optional<std::string_view> Fields::text(Id id) const {
  const Field* field = find(id, Kind::text);
  if (field == nullptr) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(field->value.data()), field->value.size());
}

std::optional<std::span<const std::byte>> Fields::bytes(Id id) const {
  const Field* field = find(id, Kind::bytes);
  return field ? std::optional(field->value) : std::nullopt;
}

std::optional<TensorField> Fields::tensor(Id id) const {
  const Field* field = find(id, Kind::tensor);
  return field ? std::optional(tensor_in(id, field->value)) : std::nullopt;
}

std::vector<TensorField> Fields::tensors(Id id) const {
  std::vector<TensorField> all;
  for (const Field& field : fields_)
    if (field.id == id && field.kind == Kind::tensor) all.push_back(tensor_in(id, field.value));
  return all;
}

std::vector<std::int64_t> Fields::integers(Id id) const {
  std::vector<std::int64_t> all;
  for (const Field& field : fields_)
    if (field.id == id && field.kind == Kind::integer)
      all.push_back(read<std::int64_t>(field.value, 0));
  return all;
}

std::int64_t Fields::need_integer(Id id) const {
  if (const auto value = integer(id)) return *value;
  refuse(name_of(id) + ", a whole number, is missing from a message.");
}

std::string_view Fields::need_text(Id id) const {
  if (const auto value = text(id)) return *value;
  refuse(name_of(id) + ", a text, is missing from a message.");
}

TensorField Fields::need_tensor(Id id) const {
  if (const auto value = tensor(id)) return *value;
  refuse(name_of(id) + ", a tensor, is missing from a message.");
}

}  // namespace burin::wire
