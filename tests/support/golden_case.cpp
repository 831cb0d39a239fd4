// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From a recorded case to a job that can be run.
#include "support/golden_case.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "detail/tensor_mat.hpp"
#include "segs/make_segs.hpp"
#include "support/tiny_model.hpp"

namespace burin::test {

using nlohmann::json;

std::vector<std::string> golden_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

cv::Mat soft_ellipse(int height, int width) {
  cv::Mat mask(height, width, CV_32F);
  const double rx = .35 * width, ry = .35 * height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double r = std::hypot((x + .5 - width / 2.) / rx, (y + .5 - height / 2.) / ry);
      mask.at<float>(y, x) =
          static_cast<float>(std::clamp((1 - r) * std::min(rx, ry) / 2 + .5, 0., 1.));
    }
  return mask;
}

namespace {

// The name of a model's file in `work`, made there unless it is.
std::string checkpoint_of(const std::filesystem::path& folder, const std::filesystem::path& work,
                          const std::string& model) {
  const std::string file = model + ".safetensors";
  if (!std::filesystem::exists(work / file))
    write_tiny_model(folder / "models" / (model + ".manifest"), work / file);
  return file;
}

}  // namespace

GoldenCase::GoldenCase(const std::filesystem::path& folder, const std::string& name,
                       const std::filesystem::path& work)
    : recorded_(core::Safetensors::open(folder / (name + ".safetensors"))),
      work_(work),
      name_(name) {
  const json recorded = json::parse(recorded_.metadata().at("case"));
  cv::cvtColor(cv::imread((folder / "trio.png").string(), cv::IMREAD_COLOR), picture_,
               cv::COLOR_BGR2RGB);

  std::vector<std::pair<std::string, at::Tensor>> masks;
  json segs = json::array();
  for (const json& spec : recorded.at("segs")) {
    const std::vector<int> b = spec.at("bbox");
    core::Region region;
    if (spec.contains("crop_region")) {
      const std::vector<int> r = spec["crop_region"];
      region = {r[0], r[1], r[2], r[3]};
    } else {
      region = core::make_crop_region(picture_.cols, picture_.rows,
                                      {double(b[0]), double(b[1]), double(b[2]), double(b[3])},
                                      spec.at("crop_factor"));
    }
    cv::Mat mask = cv::Mat::zeros(region.height(), region.width(), CV_32F);
    if (!spec.value("empty", false))
      soft_ellipse(b[3] - b[1], b[2] - b[0])
          .copyTo(mask(cv::Rect(b[0] - region.x1, b[1] - region.y1, b[2] - b[0], b[3] - b[1])));
    const std::string key = "seg." + std::to_string(masks.size()) + ".mask";
    masks.emplace_back(key, core::to_tensor(mask)[0][0]);
    segs.push_back({{"bbox", b},
                    {"crop_region", {region.x1, region.y1, region.x2, region.y2}},
                    {"label", "face"},
                    {"mask", {{"tensor", name + ".masks.safetensors"}, {"key", key}}}});
  }
  core::write_safetensors(work / (name + ".masks.safetensors"), masks);

  json detailer = recorded.at("detailer");
  detailer["guide_size_for"] = detailer["guide_size_for"].get<bool>() ? "bbox" : "crop_region";
  job_ = {
      {"semantics", "impact"},
      {"model", {{"checkpoint", checkpoint_of(folder, work, recorded.at("model"))}}},
      {"prompt", {{"positive", recorded.at("positive")}, {"negative", recorded.at("negative")}}},
      {"segs", segs},
      {"detailer", detailer},
      {"output", {{"trace", trace_path().filename().string()}}}};
  if (recorded.contains("sampling") && !recorded["sampling"].is_null())
    job_["model"]["sampling"] = {{"prediction", recorded["sampling"].at("type")},
                                 {"zero_terminal_snr", recorded["sampling"].at("zsnr")}};
  if (recorded.value("foreach", false)) {
    job_["semantics"] = "foreach";
    job_["prompt"]["wildcard"] = recorded.at("wildcard");
  }
  if (recorded.contains("refiner") && !recorded["refiner"].is_null())
    job_["refiner"] = {{"checkpoint", checkpoint_of(folder, work, recorded["refiner"])}};
  if (recorded.contains("conditioning_mask"))
    job_["prompt"]["mask"] = {{"rect", recorded["conditioning_mask"]},
                              {"strength", recorded.value("conditioning_mask_strength", 1.0)}};
  if (recorded.contains("hooks")) job_["hooks"] = recorded["hooks"];
  if (recorded.contains("clip_skip") && !recorded["clip_skip"].is_null())
    job_["model"]["clip_skip"] = recorded["clip_skip"];
  if (recorded.contains("embeddings")) {
    for (const auto& [style, shape] : recorded["embeddings"].items()) {
      const std::filesystem::path file = work / "embeddings" / (style + ".safetensors");
      std::filesystem::create_directories(file.parent_path());
      const std::vector<std::int64_t> sizes = shape;
      core::write_safetensors(file, {{"emb_params", tiny_weight("embedding." + style, sizes)}});
    }
    job_["paths"] = {{"embeddings", {(work / "embeddings").string()}}};
  }
  if (recorded.contains("control_net")) {
    const json& spec = recorded["control_net"];
    for (json control : spec.is_array() ? spec : json::array({spec})) {
      const std::string kind = control.value("file", "sd1-controlnet"),
                        salt = control.value("salt", "");
      const std::filesystem::path file = work / (kind + salt + ".safetensors");
      if (!std::filesystem::exists(file))
        write_tiny_model(folder / "models" / (kind + ".manifest"), file, salt);
      control["file"] = file.filename().string();
      control.erase("salt");
      if (control.contains("image"))
        control["image"] = (folder / control["image"].get<std::string>()).string();
      job_["controls"].push_back(control);
    }
  }
  if (recorded.contains("lora") && !recorded["lora"].is_null()) {
    const std::string kind = recorded.value("lora_file", "sd1-lora");
    const std::filesystem::path file = work / (kind + ".safetensors");
    if (!std::filesystem::exists(file))
      write_tiny_lora(folder / "models" / (kind + ".manifest"), file);
    job_["loras"] = {{{"file", file.filename().string()},
                      {"model_strength", recorded["lora"]},
                      {"clip_strength", recorded["lora"]}}};
  }
}

std::filesystem::path GoldenCase::trace_path() const {
  return work_ / (name_ + ".trace.safetensors");
}

}  // namespace burin::test
