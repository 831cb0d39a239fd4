// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Every recorded case of the reference, run by the engine and compared stage by stage. Tolerances:
// see README.md beside this file.
#include <ATen/ATen.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <opencv2/core.hpp>

#include "detail/tensor_mat.hpp"
#include "engine/engine.hpp"
#include "support/engine_host.hpp"
#include "support/golden_case.hpp"

namespace burin::test {
namespace {

using core::Safetensors;

const std::filesystem::path kFolder =
    std::filesystem::path(BURIN_SOURCE_DIR) / "tests" / "golden" / "data";

const std::filesystem::path& work_folder() {
  static const std::filesystem::path folder = [] {
    const std::filesystem::path path = std::filesystem::path(BURIN_BUILD_DIR) / "golden-work";
    std::filesystem::create_directories(path);
    return path;
  }();
  return folder;
}

core::ImageView view(cv::Mat& picture) {
  core::ImageView v;
  v.data = picture.data;
  v.width = picture.cols;
  v.height = picture.rows;
  v.channels = picture.channels();
  v.depth = picture.depth() == CV_8U ? core::Depth::u8 : core::Depth::f32;
  v.row_bytes = picture.step;
  return v;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  BOOST_REQUIRE_MESSAGE(a.sizes() == b.sizes(), "shapes " << a.sizes() << " and " << b.sizes());
  return a.numel() == 0 ? 0 : (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

void check_close(const Safetensors& ours, const Safetensors& theirs, const std::string& key,
                 double tolerance) {
  BOOST_REQUIRE_MESSAGE(ours.has(key), key << " is missing");
  const double difference = largest_difference(ours.tensor(key), theirs.tensor(key));
  BOOST_TEST(difference <= tolerance,
             key << " differs by " << difference << ", allowed " << tolerance);
}

// What must agree. A foreach run reads what earlier ones redrew, rounded to whole steps: one value
// that falls on the other side of a step is far above what networks alone differ by. An unsampler
// starts at a level of 1e-4, by which it divides what a network changed of float32 values near 1:
// what the next run starts from holds 3e-4 of that rounding.
struct Tolerance {
  double latent, samples, equal;
};
constexpr Tolerance kAlone{2e-5, 1e-3, 0.99}, kAfterOthers{5e-3, 1e-2, 0.98};
// dpm_adaptive's steps follow errors of 1e-8, which are rounding alone.
constexpr Tolerance kAdaptive{2e-5, 1e-3, 0.98};

void check_trace(const Safetensors& ours, const Safetensors& theirs, const Tolerance& later) {
  for (const auto& [key, entry] : theirs.entries()) {
    if (key.compare(0, 4, "run.") != 0) continue;
    const std::string kind = key.substr(key.rfind('.') + 1);
    const Tolerance& allowed = key.starts_with("run.0.") ? kAlone : later;
    if (kind == "samples")
      check_close(ours, theirs, key,
                  allowed.samples * theirs.tensor(key).abs().max().item<double>());
    else
      check_close(ours, theirs, key, kind == "latent" ? allowed.latent : 1e-6);
  }
}

// Crops in whole 8-bit steps: within 2 of them everywhere, and that share of the values equal.
void check_crop(const core::MatTensor& ours, const at::Tensor& recorded,
                double share = kAlone.equal) {
  const DLTensor& t = *ours.tensor();
  at::Tensor mine =
      at::from_blob(t.data, {1, t.shape[0], t.shape[1], t.shape[2]}, at::kFloat) * 255;
  at::Tensor theirs =
      recorded.scalar_type() == at::kByte ? recorded.to(at::kFloat) : recorded * 255;
  BOOST_REQUIRE_MESSAGE(mine.sizes() == theirs.sizes(),
                        "shapes " << mine.sizes() << " and " << theirs.sizes());
  const at::Tensor difference = (mine - theirs).abs();
  BOOST_TEST(difference.max().item<double>() <= 2.001);
  const double equal = (difference < 0.01).to(at::kDouble).mean().item<double>();
  BOOST_TEST(equal > share, "only " << equal * 100 << " % of the values are equal");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_DATA_TEST_CASE(matches_the_reference, boost::unit_test::data::make(golden_names(kFolder)),
                     name) {
  const c10::InferenceMode inference;
  const GoldenCase golden(kFolder, name, work_folder());
  cv::Mat picture = golden.picture().clone();
  const core::ImageView image = view(picture);
  burin_engine_options options{};
  options.struct_size = sizeof options;
  options.device = "cpu";
  core::Engine engine(engine_host(), &options);
  core::Run run;
  const auto result = engine.detail(golden.job().dump().c_str(), work_folder().c_str(), image, run);

  const bool reads_results =
      golden.job()["semantics"] == "foreach" || name.find("unsampler") != std::string::npos;
  const bool adaptive = golden.job()["detailer"]["sampler_name"] == "dpm_adaptive";
  const Tolerance& later = reads_results ? kAfterOthers : adaptive ? kAdaptive : kAlone;
  check_trace(Safetensors::open(golden.trace_path()), golden.recorded(), later);
  for (std::size_t i = 0; i < result->size(); ++i) {
    burin_layer layer{};
    layer.struct_size = sizeof layer;
    result->describe(i, layer);
    const std::string key = "seg." + std::to_string(i) + ".image";
    BOOST_REQUIRE_MESSAGE(golden.recorded().has(key), key << " is not recorded: too many layers");
    const cv::Mat crop(static_cast<int>(layer.crop->shape[0]),
                       static_cast<int>(layer.crop->shape[1]), CV_32FC3, layer.crop->data);
    check_crop(core::MatTensor(crop), golden.recorded().tensor(key), later.equal);
    for (std::size_t k = 0; k < layer.control_count && i == 0; ++k) {
      const std::string control = "control." + std::to_string(k) + ".image";
      BOOST_REQUIRE_MESSAGE(golden.recorded().has(control), control << " is not recorded");
      const DLTensor& shown = *layer.controls[k];
      check_crop(core::MatTensor(cv::Mat(static_cast<int>(shown.shape[0]),
                                         static_cast<int>(shown.shape[1]), CV_32FC3, shown.data)),
                 golden.recorded().tensor(control));
    }
  }
  BOOST_TEST(!golden.recorded().has("seg." + std::to_string(result->size()) + ".image"));

  if (golden.recorded().has("paste")) {
    cv::Mat pasted;
    golden.picture().convertTo(pasted, CV_32F, 1 / 255.);
    core::ImageView target = view(pasted);
    result->flatten(target);
    const at::Tensor ours = core::to_tensor(pasted).permute({0, 2, 3, 1});
    const double difference = largest_difference(ours, golden.recorded().tensor("paste"));
    BOOST_TEST(difference <= 2.001 / 255,
               "the pasted picture differs by " << difference * 255 << " steps");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
