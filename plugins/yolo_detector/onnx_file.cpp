// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The fields of onnx.proto that a network needs, from the protobuf wire format.
#include "onnx_file.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace burin::yolo {
namespace {

using Bytes = std::span<const std::byte>;

[[noreturn]] void malformed(const std::string& what) {
  refuse_model("The file is no ONNX network: " + what + ".");
}

enum Wire : uint32_t { varint = 0, fixed64 = 1, lengths = 2, fixed32 = 5 };

// One message, field by field.
class Message {
 public:
  explicit Message(Bytes bytes) : left_(bytes) {}

  // False at the end.
  bool next() {
    if (left_.empty()) return false;
    const uint64_t key = take_varint();
    field = static_cast<uint32_t>(key >> 3);
    wire = static_cast<uint32_t>(key & 7);
    switch (wire) {
      case varint:
        number = take_varint();
        return true;
      case fixed64:
        bytes = take(8);
        return true;
      case lengths:
        bytes = take(take_varint());
        return true;
      case fixed32:
        bytes = take(4);
        return true;
      default:
        malformed("a field of wire type " + std::to_string(wire));
    }
  }

  uint32_t field = 0, wire = 0;
  uint64_t number = 0;  // of a varint
  Bytes bytes;          // of all others

  std::string text() const {
    need(lengths);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  Bytes message() const {
    need(lengths);
    return bytes;
  }
  int64_t whole() const {
    need(varint);
    return static_cast<int64_t>(number);
  }
  float real() const {
    need(fixed32);
    float value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  // A repeated number: one a field, or packed.
  void add_wholes(std::vector<int64_t>& to) const {
    if (wire == varint) {
      to.push_back(whole());
      return;
    }
    Message packed(message());
    while (!packed.left_.empty()) to.push_back(static_cast<int64_t>(packed.take_varint()));
  }
  void add_reals(std::vector<float>& to) const {
    if (wire == fixed32) {
      to.push_back(real());
      return;
    }
    need(lengths);
    if (bytes.size() % 4 != 0) malformed("a list of numbers ends within one");
    const size_t before = to.size();
    to.resize(before + bytes.size() / 4);
    if (!bytes.empty()) std::memcpy(to.data() + before, bytes.data(), bytes.size());
  }

 private:
  void need(uint32_t expected) const {
    if (wire != expected) {
      malformed("field " + std::to_string(field) + " has wire type " + std::to_string(wire));
    }
  }
  uint64_t take_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) malformed("it ends within a number");
      const auto byte = static_cast<uint64_t>(left_.front());
      left_ = left_.subspan(1);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    malformed("a number is longer than 64 bits");
  }
  Bytes take(uint64_t size) {
    if (size > left_.size()) {
      malformed("a field of " + std::to_string(size) + " bytes where " +
                std::to_string(left_.size()) + " are left");
    }
    const Bytes taken = left_.first(static_cast<size_t>(size));
    left_ = left_.subspan(static_cast<size_t>(size));
    return taken;
  }

  Bytes left_;
};

float from_half(uint16_t half) {
  const int exponent = (half >> 10) & 31, mantissa = half & 1023;
  const float sign = half & 0x8000 ? -1.0F : 1.0F;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  if (exponent == 31) return mantissa ? NAN : sign * INFINITY;
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

template <typename From, typename To, typename Convert>
void from_raw(Bytes raw, std::vector<To>& to, Convert convert) {
  if (raw.size() != to.size() * sizeof(From)) {
    malformed("a weight of " + std::to_string(to.size()) + " elements has " +
              std::to_string(raw.size()) + " bytes");
  }
  for (size_t i = 0; i < to.size(); ++i) {
    From value;
    std::memcpy(&value, raw.data() + i * sizeof(From), sizeof(From));
    to[i] = convert(value);
  }
}

// TensorProto's data types.
enum Type : int64_t {
  type_float = 1,
  type_uint8 = 2,
  type_int32 = 6,
  type_int64 = 7,
  type_bool = 9,
  type_half = 10,
  type_double = 11
};

Value read_raw(int64_t type, Shape shape, Bytes raw) {
  const auto same = [](auto v) { return v; };
  const auto whole = [](auto v) { return static_cast<int64_t>(v); };
  Value value = type == type_float || type == type_half || type == type_double
                    ? Value::of_floats(std::move(shape))
                    : Value::of_wholes(std::move(shape));
  switch (type) {
    case type_float:
      from_raw<float>(raw, *value.floats, same);
      return value;
    case type_half:
      from_raw<uint16_t>(raw, *value.floats, from_half);
      return value;
    case type_double:
      from_raw<double>(raw, *value.floats, [](double v) { return static_cast<float>(v); });
      return value;
    case type_int64:
      from_raw<int64_t>(raw, *value.wholes, same);
      return value;
    case type_int32:
      from_raw<int32_t>(raw, *value.wholes, whole);
      return value;
    default:
      from_raw<uint8_t>(raw, *value.wholes, whole);
      return value;
  }
}

Value read_tensor(Bytes bytes, std::string& name) {
  Shape shape;
  int64_t type = 0;
  std::vector<float> reals;
  std::vector<int64_t> wholes;
  Bytes raw;
  bool has_raw = false;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) m.add_wholes(shape);
    if (m.field == 2) type = m.whole();
    if (m.field == 4) m.add_reals(reals);
    if (m.field == 5 || m.field == 7) m.add_wholes(wholes);
    if (m.field == 8) name = m.text();
    if (m.field == 9) raw = m.message(), has_raw = true;
    if (m.field == 14 && m.whole() != 0) {
      refuse_model("The network keeps its weights in another file; expected is one file.");
    }
  }
  switch (type) {
    case type_float:
    case type_uint8:
    case type_int32:
    case type_int64:
    case type_bool:
    case type_half:
    case type_double:
      break;
    default:
      refuse_model("The weight '" + name + "' has ONNX data type " + std::to_string(type) +
                   "; expected are float, half, double, int32, int64, uint8 or bool.");
  }
  const auto count = static_cast<size_t>(count_of(shape));
  if (has_raw) return read_raw(type, std::move(shape), raw);
  if (type == type_float && reals.size() == count) {
    return {std::move(shape), std::make_shared<std::vector<float>>(std::move(reals)), nullptr};
  }
  if (type == type_half && wholes.size() == count) {
    Value value = Value::of_floats(std::move(shape));
    for (size_t i = 0; i < count; ++i) {
      (*value.floats)[i] = from_half(static_cast<uint16_t>(wholes[i]));
    }
    return value;
  }
  if (type != type_float && type != type_double && type != type_half && wholes.size() == count) {
    return {std::move(shape), nullptr, std::make_shared<std::vector<int64_t>>(std::move(wholes))};
  }
  malformed("the weight '" + name + "' of shape " + text_of(shape) +
            " has another number of elements");
}

Attribute read_attribute(Bytes bytes) {
  Attribute attribute;
  std::string unused;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) attribute.name = m.text();
    if (m.field == 2) attribute.number = m.real();
    if (m.field == 3) attribute.whole = m.whole();
    if (m.field == 4) attribute.text = m.text();
    if (m.field == 5) attribute.tensor = read_tensor(m.message(), unused);
    if (m.field == 7) m.add_reals(attribute.numbers);
    if (m.field == 8) m.add_wholes(attribute.wholes);
  }
  return attribute;
}

Node read_node(Bytes bytes) {
  Node node;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) node.inputs.push_back(m.text());
    if (m.field == 2) node.outputs.push_back(m.text());
    if (m.field == 3) node.name = m.text();
    if (m.field == 4) node.op = m.text();
    if (m.field == 5) node.attributes.push_back(read_attribute(m.message()));
  }
  return node;
}

// The bytes of `field` inside a message, or none.
Bytes part(Bytes message, uint32_t field) {
  Bytes found;
  for (Message m(message); m.next();) {
    if (m.field == field) found = m.message();
  }
  return found;
}

// ValueInfoProto: its name, and the shape in type.tensor_type.shape.
std::string read_value_info(Bytes bytes, Shape* shape) {
  std::string name;
  Bytes type;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) name = m.text();
    if (m.field == 2) type = m.message();
  }
  if (shape == nullptr) return name;
  for (Message dims(part(part(type, 1), 2)); dims.next();) {
    if (dims.field != 1) continue;
    int64_t length = -1;
    for (Message dim(dims.message()); dim.next();) {
      if (dim.field == 1) length = dim.whole();
    }
    shape->push_back(length);
  }
  return name;
}

void read_graph(Bytes bytes, OnnxFile& file) {
  std::vector<std::pair<std::string, Shape>> inputs;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) file.nodes.push_back(read_node(m.message()));
    if (m.field == 5) {
      std::string name;
      Value value = read_tensor(m.message(), name);
      file.weights[name] = std::move(value);
    }
    if (m.field == 11) {
      Shape shape;
      std::string name = read_value_info(m.message(), &shape);
      inputs.emplace_back(std::move(name), std::move(shape));
    }
    if (m.field == 12) file.outputs.push_back(read_value_info(m.message(), nullptr));
  }
  // Old files list the weights among the inputs.
  std::erase_if(inputs, [&](const auto& input) { return file.weights.count(input.first) != 0; });
  if (inputs.size() != 1) {
    refuse_model("The network has " + std::to_string(inputs.size()) +
                 " inputs; expected is one picture.");
  }
  file.input = inputs.front().first;
  file.input_shape = inputs.front().second;
}

}  // namespace

const Attribute* Node::find(const char* attribute) const {
  for (const Attribute& a : attributes) {
    if (a.name == attribute) return &a;
  }
  return nullptr;
}

int64_t Node::whole(const char* attribute, int64_t otherwise) const {
  const Attribute* found = find(attribute);
  return found ? found->whole : otherwise;
}

std::vector<int64_t> Node::wholes(const char* attribute,
                                  const std::vector<int64_t>& otherwise) const {
  const Attribute* found = find(attribute);
  return found ? found->wholes : otherwise;
}

std::string Node::text(const char* attribute, const char* otherwise) const {
  const Attribute* found = find(attribute);
  return found ? found->text : otherwise;
}

OnnxFile read_onnx(Bytes bytes) {
  static_assert(std::endian::native == std::endian::little);
  OnnxFile file;
  Bytes graph;
  for (Message m(bytes); m.next();) {
    if (m.field == 7) graph = m.message();
    if (m.field == 8) {
      std::string domain;
      int64_t version = 0;
      for (Message opset(m.message()); opset.next();) {
        if (opset.field == 1) domain = opset.text();
        if (opset.field == 2) version = opset.whole();
      }
      if (domain.empty() || domain == "ai.onnx") file.opset = version;
    }
    if (m.field == 14) {
      std::string key, value;
      for (Message entry(m.message()); entry.next();) {
        if (entry.field == 1) key = entry.text();
        if (entry.field == 2) value = entry.text();
      }
      file.metadata[key] = value;
    }
  }
  if (graph.empty()) malformed("there is no graph in it");
  read_graph(graph, file);
  if (file.nodes.empty() || file.outputs.empty()) malformed("its graph has no nodes or outputs");
  return file;
}

}  // namespace burin::yolo
