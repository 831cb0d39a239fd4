// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From the file that is named to detections in the picture.
#include "detector.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "answers.hpp"
#include "burin/cpp/plugin_files.hpp"
#include "layout.hpp"
#include "letterbox.hpp"

namespace burin::yolo {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t most_bytes = uintmax_t{1} << 31;
constexpr int64_t most_side = 8192;
// Every detection of a segmenting network has a mask of the whole picture: 4 GiB of float32
// together.
constexpr size_t most_mask_values = size_t{1} << 30;

std::vector<std::byte> read_file(const std::string& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, "The network " + file + " is not there.");
  }
  const uintmax_t size = fs::file_size(file, error);
  if (error || size > most_bytes) {
    throw sdk::Error(BURIN_E_MODEL,
                     "The network " + file +
                         " cannot be measured or is larger than 2 GiB, which no ONNX "
                         "file in one piece is.");
  }
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!stream) throw sdk::Error(BURIN_E_IO, "The network " + file + " cannot be read.");
  return bytes;
}

std::string metadata(const OnnxFile& file, const char* key) {
  const auto found = file.metadata.find(key);
  return found == file.metadata.end() ? "" : found->second;
}

// What the file's input leaves open is in "imgsz", as "[height, width]".
cv::Size input_size(const OnnxFile& file) {
  Shape shape = file.input_shape;
  if (shape.size() != 4 || (shape[0] != 1 && shape[0] != -1) || (shape[1] != 3 && shape[1] != -1)) {
    refuse_model("The network takes " + text_of(shape) +
                 "; expected is one picture [1, 3, height, width].");
  }
  std::vector<int64_t> sides;
  const std::string text = metadata(file, "imgsz");
  for (size_t i = 0; i < text.size() && sides.size() < 2;) {
    if (text[i] < '0' || text[i] > '9') {
      ++i;
      continue;
    }
    int64_t side = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && side <= most_side; ++i) {
      side = 10 * side + (text[i] - '0');
    }
    sides.push_back(side);
  }
  if (sides.size() == 1) sides.push_back(sides.front());
  for (size_t i = 0; i < 2; ++i) {
    int64_t& side = shape[2 + i];
    if (side == -1) side = sides.empty() ? 640 : sides[i];
    if (side < 32 || side > most_side) {
      refuse_model("The network looks at " + std::to_string(side) +
                   " pixels a side; expected are 32 to 8192.");
    }
  }
  return {static_cast<int>(shape[3]), static_cast<int>(shape[2])};
}

}  // namespace

struct YoloDetector::Network {
  Graph graph;
  std::vector<std::string> names;
  cv::Size input;

  explicit Network(const std::string& file)
      : graph(read_onnx(read_file(file))),
        names(parse_names(metadata(graph.file(), "names"))),
        input(input_size(graph.file())) {
    const std::string task = metadata(graph.file(), "task");
    if (!task.empty() && task != "detect" && task != "segment") {
      refuse_model("The network " + file + " was trained to " + task +
                   "; expected is one that was trained to detect or segment.");
    }
  }

  std::string name_of(int64_t label) const {
    return label < static_cast<int64_t>(names.size()) ? names[static_cast<size_t>(label)]
                                                      : std::to_string(label);
  }
};

YoloDetector::YoloDetector(sdk::PluginHost, std::string data_dir)
    : data_dir_(std::move(data_dir)) {}

sdk::ParamList<YoloDetector> YoloDetector::parameters() {
  return sdk::ParamList<YoloDetector>()
      .path("model", "Network", "An ONNX file; none: the one in the folder yolo of the models.",
            &YoloDetector::model_file_)
      .number("iou", "Overlap",
              "Of two boxes of one class that overlap by more than this only the better counts.",
              &YoloDetector::iou_, 0, 1, 0.7);
}

YoloDetector::Network& YoloDetector::network() {
  const std::string file =
      model_file_.empty() ? sdk::only_network(data_dir_, "yolo", ".onnx", "ONNX") : model_file_;
  if (file != opened_file_ || !network_) {
    network_.reset();
    network_ = std::make_shared<Network>(file);
    opened_file_ = file;
  }
  return *network_;
}

std::vector<sdk::Detection> YoloDetector::detect(const sdk::RgbView& rgb,
                                                 const sdk::DetectOptions& options,
                                                 const sdk::DetectRun& run) {
  constexpr double network_share = 0.9;
  Network& net = network();
  if (rgb.width > 65535 || rgb.height > 65535) {
    throw sdk::Error(BURIN_E_INVALID, "The picture is " + std::to_string(rgb.width) + " x " +
                                          std::to_string(rgb.height) +
                                          " pixels; expected are at most 65535 each way.");
  }
  const Letterbox letterbox =
      fit({static_cast<int>(rgb.width), static_cast<int>(rgb.height)}, net.input);
  const auto outputs = net.graph.run(letterboxed(rgb, letterbox), [&](double done) {
    run.stop_if_cancelled();
    run.report(network_share * done, "looking at the picture");
  });
  std::vector<Shape> shapes;
  for (const Value& output : outputs) {
    if (!output.is_float()) refuse_model("The network answers in whole numbers.");
    shapes.push_back(output.shape);
  }
  const Layout layout = layout_of(shapes, net.names.size());
  const auto answers = answers_of(outputs[layout.boxes_at], layout,
                                  static_cast<float>(options.threshold), static_cast<float>(iou_));
  std::vector<sdk::Detection> found;
  size_t mask_values = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    run.stop_if_cancelled();
    const Answer& answer = answers[i];
    const auto x = [&](double at) {
      return std::clamp<double>(letterbox.picture_x(at), 0, rgb.width);
    };
    const auto y = [&](double at) {
      return std::clamp<double>(letterbox.picture_y(at), 0, rgb.height);
    };
    sdk::Detection detection{x(answer.x1), y(answer.y1),
                             x(answer.x2), y(answer.y2),
                             answer.score, net.name_of(answer.label),
                             {},           {}};
    if (std::min(detection.x2 - detection.x1, detection.y2 - detection.y1) < options.min_size) {
      continue;
    }
    if (layout.prototypes_at >= 0) {
      const cv::Mat mask =
          mask_of(answer, outputs[static_cast<size_t>(layout.prototypes_at)], letterbox);
      if (mask.empty()) continue;
      mask_values += mask.total();
      if (mask_values > most_mask_values) {
        throw sdk::Error(BURIN_E_MEMORY, "The network found " + std::to_string(answers.size()) +
                                             " things; their masks do not fit into 4 GiB. A higher "
                                             "threshold finds fewer.");
      }
      detection.mask.assign(mask.begin<float>(), mask.end<float>());
    }
    found.push_back(std::move(detection));
    run.report(network_share + (1 - network_share) * static_cast<double>(i + 1) /
                                   static_cast<double>(answers.size()),
               "looking at the picture");
  }
  return found;
}

}  // namespace burin::yolo
