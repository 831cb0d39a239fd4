// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What an ONNX file says: nodes, weights, inputs, outputs and metadata.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "value.hpp"

namespace burin::yolo {

struct Attribute {
  std::string name, text;
  float number = 0;
  int64_t whole = 0;
  std::vector<int64_t> wholes;
  std::vector<float> numbers;
  Value tensor;
};

struct Node {
  std::string op, name;
  std::vector<std::string> inputs, outputs;  ///< "": left out
  std::vector<Attribute> attributes;

  const Attribute* find(const char* attribute) const;
  int64_t whole(const char* attribute, int64_t otherwise) const;
  std::vector<int64_t> wholes(const char* attribute, const std::vector<int64_t>& otherwise) const;
  std::string text(const char* attribute, const char* otherwise) const;
};

struct OnnxFile {
  int64_t opset = 0;
  std::vector<Node> nodes;  ///< in an order in which they can be run
  std::map<std::string, Value> weights;
  std::string input;  ///< the one input that is no weight
  Shape input_shape;  ///< -1 where the file leaves a length open
  std::vector<std::string> outputs;
  std::map<std::string, std::string> metadata;
};

/// Reads a serialised ModelProto. Every length is checked against the bytes that are there. Throws
/// sdk::Error (MODEL).
OnnxFile read_onnx(std::span<const std::byte> bytes);

}  // namespace burin::yolo
