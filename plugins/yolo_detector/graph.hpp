// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Runs a network's graph node by node.
#pragma once

#include <functional>
#include <map>
#include <opencv2/dnn.hpp>
#include <string>
#include <vector>

#include "onnx_file.hpp"

namespace burin::yolo {

/// Rationale: the dnn importer of OpenCV 4.6 stops at the heads of these networks (it adds two
/// constants only when their shapes are equal) and at their attention; its layers are fine. So the
/// graph is walked here, and OpenCV does the convolutions.
class Graph {
 public:
  /// Throws sdk::Error (UNSUPPORTED) for an operator that is not known.
  explicit Graph(OnnxFile file);

  const OnnxFile& file() const { return file_; }

  /// The outputs in the file's order. after_node: called with the share of the work that is done,
  /// 0..1; what it throws comes out. Throws sdk::Error: MODEL (shapes that do not fit),
  /// UNSUPPORTED.
  std::vector<Value> run(Value input, const std::function<void(double)>& after_node);

 private:
  Value convolve(size_t node, const std::vector<Value>& in);

  OnnxFile file_;
  std::map<std::string, size_t> last_use_;  // of each value, as an index of nodes
  std::vector<cv::dnn::Net> layers_;        // of each node; empty where it is no convolution
};

/// The operators but convolutions: op(node, inputs), an input that was left out is an empty Value.
/// Throws sdk::Error: MODEL, UNSUPPORTED.
using Operator = std::vector<Value> (*)(const Node& node, const std::vector<Value>& in,
                                        int64_t opset);

/// nullptr: not known.
Operator shape_operator(const std::string& op);
Operator math_operator(const std::string& op);

/// in[index] of a node. Throws sdk::Error (MODEL) when there is none.
const Value& input(const Node& node, const std::vector<Value>& in, size_t index);
bool has_input(const std::vector<Value>& in, size_t index);
/// All elements of a value that holds whole numbers. Throws sdk::Error (MODEL).
const std::vector<int64_t>& wholes(const Node& node, const Value& value);
const std::vector<float>& floats(const Node& node, const Value& value);
/// 0 <= axis < rank; negative ones count from the end. Throws sdk::Error (MODEL).
int checked_axis(const Node& node, int64_t axis, int rank);
[[noreturn]] void refuse_node(const Node& node, const std::string& what);
[[noreturn]] void unsupported(const Node& node, const std::string& what);

}  // namespace burin::yolo
