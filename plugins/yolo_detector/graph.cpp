// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The walk over the graph, and convolutions by OpenCV's layers.
#include "graph.hpp"

#include <algorithm>
#include <utility>

namespace burin::yolo {
namespace {

bool is_convolution(const std::string& op) { return op == "Conv" || op == "ConvTranspose"; }

std::string who(const Node& node) {
  return "The network's node '" + node.name + "' (" + node.op + ") ";
}

int side(const Node& node, int64_t value, int64_t least) {
  if (value < least || value > 65536) {
    refuse_node(node, "has a kernel, stride, padding or dilation of " + std::to_string(value));
  }
  return static_cast<int>(value);
}

cv::Mat blob_of(const Value& value) {
  std::vector<int> sizes(value.shape.begin(), value.shape.end());
  return cv::Mat(static_cast<int>(sizes.size()), sizes.data(), CV_32F, value.floats->data());
}

// A net of one convolution over OpenCV's layer of that kind.
cv::dnn::Net make_layer(const Node& node, const Value& weight, const Value* bias) {
  const bool transposed = node.op == "ConvTranspose";
  if (weight.rank() != 4 || !weight.is_float()) {
    unsupported(
        node, "has a weight of shape " + text_of(weight.shape) + "; expected are four dimensions");
  }
  if (node.text("auto_pad", "NOTSET") != "NOTSET") {
    unsupported(node, "leaves its padding to the runtime; expected are numbers");
  }
  const auto kernel = node.wholes("kernel_shape", {weight.shape[2], weight.shape[3]});
  const auto strides = node.wholes("strides", {1, 1});
  const auto dilations = node.wholes("dilations", {1, 1});
  const auto pads = node.wholes("pads", {0, 0, 0, 0});
  const auto more = node.wholes("output_padding", {0, 0});
  if (kernel != std::vector<int64_t>{weight.shape[2], weight.shape[3]} || strides.size() != 2 ||
      dilations.size() != 2 || pads.size() != 4 || more.size() != 2 ||
      !node.wholes("output_shape", {}).empty()) {
    refuse_node(node, "has attributes that do not fit its weight " + text_of(weight.shape));
  }
  if (pads[0] != pads[2] || pads[1] != pads[3]) {
    unsupported(node, "pads one side by more than the other: " + text_of(pads));
  }
  const int64_t group = node.whole("group", 1);
  const int64_t outputs = transposed ? weight.shape[1] * group : weight.shape[0];
  if (group < 1 || weight.count() == 0 || weight.shape[0] % group != 0) {
    refuse_node(node, "splits the weight " + text_of(weight.shape) + " into " +
                          std::to_string(group) + " groups");
  }
  if (bias != nullptr && (!bias->is_float() || bias->shape != Shape{outputs})) {
    refuse_node(node, "has a bias of shape " + text_of(bias->shape));
  }
  cv::dnn::LayerParams params;
  const auto pair = [&](const char* name, const std::vector<int64_t>& from, int64_t least) {
    std::vector<int> values;
    for (const int64_t value : from) values.push_back(side(node, value, least));
    params.set(name, cv::dnn::DictValue::arrayInt(values.data(), static_cast<int>(values.size())));
  };
  pair("kernel_size", kernel, 1);
  pair("stride", strides, 1);
  pair("dilation", dilations, 1);
  pair("pad", pads, 0);
  if (transposed) pair("adj", more, 0);
  params.set("num_output", static_cast<int>(outputs));
  params.set("group", static_cast<int>(group));
  params.set("bias_term", bias != nullptr);
  params.blobs.push_back(blob_of(weight).clone());
  if (bias != nullptr) params.blobs.push_back(blob_of(*bias).clone());
  params.name = "layer";
  params.type = transposed ? "Deconvolution" : "Convolution";
  cv::dnn::Net net;
  net.addLayerToPrev(params.name, params.type, params);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  return net;
}

}  // namespace

void refuse_node(const Node& node, const std::string& what) {
  refuse_model(who(node) + what + ".");
}

void unsupported(const Node& node, const std::string& what) {
  throw sdk::Error(BURIN_E_UNSUPPORTED, who(node) + what + ".");
}

bool has_input(const std::vector<Value>& in, size_t index) {
  return index < in.size() && (in[index].floats || in[index].wholes);
}

const Value& input(const Node& node, const std::vector<Value>& in, size_t index) {
  if (!has_input(in, index)) {
    refuse_node(node, "has no input " + std::to_string(index) + " of " + std::to_string(in.size()));
  }
  return in[index];
}

const std::vector<int64_t>& wholes(const Node& node, const Value& value) {
  if (!value.wholes) refuse_node(node, "was given fractions where it takes whole numbers");
  return *value.wholes;
}

const std::vector<float>& floats(const Node& node, const Value& value) {
  if (!value.floats) refuse_node(node, "was given whole numbers where it takes fractions");
  return *value.floats;
}

int checked_axis(const Node& node, int64_t axis, int rank) {
  const int64_t at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) {
    refuse_node(node, "works on axis " + std::to_string(axis) + " of " + std::to_string(rank));
  }
  return static_cast<int>(at);
}

Graph::Graph(OnnxFile file) : file_(std::move(file)), layers_(file_.nodes.size()) {
  for (size_t i = 0; i < file_.nodes.size(); ++i) {
    const Node& node = file_.nodes[i];
    if (!is_convolution(node.op) && !shape_operator(node.op) && !math_operator(node.op)) {
      unsupported(node,
                  "is of a kind that is not known here; expected is a network without it "
                  "(exported without nms or dynamic shapes)");
    }
    for (const std::string& name : node.inputs) last_use_[name] = i;
  }
  for (const std::string& name : file_.outputs) last_use_[name] = file_.nodes.size();
}

Value Graph::convolve(size_t index, const std::vector<Value>& in) {
  const Node& node = file_.nodes[index];
  const Value& picture = input(node, in, 0);
  const Value& weight = input(node, in, 1);
  const bool has_bias = has_input(in, 2);
  const int64_t channels = node.op == "Conv" && weight.rank() == 4
                               ? weight.shape[1] * node.whole("group", 1)
                           : weight.rank() == 4 ? weight.shape[0]
                                                : -1;
  if (!picture.is_float() || picture.rank() != 4 || picture.shape[0] != 1 || picture.count() == 0 ||
      picture.shape[1] != channels) {
    refuse_node(node, "was given a tensor of shape " + text_of(picture.shape) +
                          "; expected is [1, " + std::to_string(channels) + ", height, width]");
  }
  cv::dnn::Net& net = layers_[index];
  if (net.empty()) net = make_layer(node, weight, has_bias ? &in[2] : nullptr);
  try {
    net.setInput(blob_of(picture));
    const cv::Mat out = net.forward();
    Value result = Value::of_floats(Shape(out.size.p, out.size.p + out.dims));
    std::copy_n(out.ptr<float>(), result.floats->size(), result.floats->begin());
    return result;
  } catch (const cv::Exception& failure) {
    if (failure.code == cv::Error::StsNoMem) throw std::bad_alloc();
    refuse_node(node, "cannot be computed (" + failure.err + ")");
  }
}

std::vector<Value> Graph::run(Value picture, const std::function<void(double)>& after_node) {
  std::map<std::string, Value> values;
  values[file_.input] = std::move(picture);
  const auto value_of = [&](const std::string& name) -> Value {
    if (name.empty()) return {};
    if (const auto found = values.find(name); found != values.end()) return found->second;
    if (const auto found = file_.weights.find(name); found != file_.weights.end()) {
      return found->second;
    }
    refuse_model("The network uses '" + name + "' before it is made.");
  };
  for (size_t i = 0; i < file_.nodes.size(); ++i) {
    const Node& node = file_.nodes[i];
    std::vector<Value> in;
    for (const std::string& name : node.inputs) in.push_back(value_of(name));
    std::vector<Value> out;
    if (is_convolution(node.op)) {
      out.push_back(convolve(i, in));
    } else {
      const Operator shape = shape_operator(node.op);
      out = (shape ? shape : math_operator(node.op))(node, in, file_.opset);
    }
    for (size_t k = 0; k < std::min(out.size(), node.outputs.size()); ++k) {
      if (last_use_.count(node.outputs[k])) values[node.outputs[k]] = std::move(out[k]);
    }
    for (const std::string& name : node.inputs) {
      if (last_use_[name] == i) values.erase(name);
    }
    after_node(static_cast<double>(i + 1) / static_cast<double>(file_.nodes.size()));
  }
  std::vector<Value> outputs;
  for (const std::string& name : file_.outputs) outputs.push_back(value_of(name));
  return outputs;
}

}  // namespace burin::yolo
