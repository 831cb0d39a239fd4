// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Control networks: every file layout, union types, T2I adapters, chains and ranges.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <boost/test/unit_test.hpp>

#include "adapters/control_source.hpp"
#include "adapters/controls.hpp"
#include "adapters/lora_names.hpp"
#include "support/anchors.hpp"
#include "support/expect_error.hpp"
#include "support/formula.hpp"
#include "support/unet_layouts.hpp"

namespace burin::test {
namespace {

using namespace burin::core;
using Shape = std::vector<std::int64_t>;
using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

std::filesystem::path folder() {
  const std::filesystem::path path = std::filesystem::path(BURIN_BUILD_DIR) / "control-tests";
  std::filesystem::create_directories(path);
  return path;
}

at::Tensor in_unit_range(const at::Tensor& t) { return (t + 1) / 2; }

// Formula weights, each made once and remembered with its key.
TensorSource remembering(std::vector<std::pair<std::string, Shape>> shapes, Tensors& made) {
  TensorSource source = formula_source(std::move(shapes));
  source.get = [get = source.get, &made](const std::string& key, at::IntArrayRef shape) {
    const at::Tensor tensor = get(key, shape);
    made.emplace_back(key, tensor);
    return tensor;
  };
  return source;
}

const UNetConfig kUnionBase = [] {
  UNetConfig config;
  config.in_channels = config.out_channels = 4;
  config.model_channels = 320;
  config.context_dim = 16;
  config.vector_dim = 24;
  config.linear_projection = true;
  config.input = {{320, true, 0, false}, {320, false, 0, true}, {320, true, 1, false}};
  config.mid_depth = 1;
  return config;
}();

const std::vector<std::pair<std::string, Shape>> kHintShapes{
    {"input_hint_block.0.weight", {16, 3, 3, 3}},   {"input_hint_block.2.weight", {16, 16, 3, 3}},
    {"input_hint_block.4.weight", {32, 16, 3, 3}},  {"input_hint_block.6.weight", {32, 32, 3, 3}},
    {"input_hint_block.8.weight", {96, 32, 3, 3}},  {"input_hint_block.10.weight", {96, 96, 3, 3}},
    {"input_hint_block.12.weight", {256, 96, 3, 3}}};

std::vector<std::pair<std::string, Shape>> shapes_of(const UNetConfig& config) {
  auto shapes = kHintShapes;
  for (std::size_t i = 0; i < config.input.size(); ++i)
    for (int k = 0; k < config.input[i].depth; ++k)
      shapes.push_back({"input_blocks." + std::to_string(i + 1) + ".1.transformer_blocks." +
                            std::to_string(k) + ".norm1.weight",
                        {config.input[i].channels}});
  shapes.push_back({"middle_block.1.transformer_blocks.0.norm1.weight", {1}});
  shapes.push_back({"middle_block.0.in_layers.2.weight", {1}});
  shapes.push_back({"middle_block.2.in_layers.2.weight", {1}});
  if (config.vector_dim > 0) shapes.push_back({"label_emb.0.0.weight", {1}});
  return shapes;
}

// A UNet of two levels, 32 and 64 channels wide, and a model of it alone.
UNetConfig small_config() {
  UNetConfig config;
  config.in_channels = config.out_channels = 4;
  config.model_channels = 32;
  config.context_dim = 16;
  config.input = {{32, true, 1, false}, {32, false, 0, true}, {64, true, 1, false}};
  config.mid_depth = 1;
  config.output = {
      {64, true, 1, false}, {64, true, 1, true}, {32, true, 1, false}, {32, true, 1, false}};
  return config;
}

struct SmallModel {
  Model model;
  Tensors weights;
};

const SmallModel& small_model() {
  static const SmallModel made = [] {
    SmallModel small;
    TensorSource source = remembering({}, small.weights);
    source.packed = std::make_shared<PackedTensors>();
    small.model.unet = load_unet(source, small_config(), 4, 0, at::kFloat, at::kCPU);
    small.model.family.name = "Stable Diffusion 1.x";
    KeyedWeights keyed;
    keyed.network = "unet";
    keyed.source.packed = source.packed;
    keyed.source.get = [packed = source.packed](const std::string& key, at::IntArrayRef) {
      return packed->at(key);
    };
    keyed.source.shape = [packed = source.packed](const std::string& key) -> std::optional<Shape> {
      const auto found = packed->find(key);
      return found == packed->end() ? std::optional<Shape>() : found->second.sizes().vec();
    };
    small.model.keyed = {keyed};
    return small;
  }();
  return made;
}

// The weights of a ControlNet for the small model, by the checkpoint layout's keys.
Tensors control_weights() {
  Tensors made;
  load_control_net(remembering(shapes_of(small_config()), made), small_config(), 4, 0, at::kFloat,
                   at::kCPU);
  for (auto& [key, tensor] : made) tensor = formula_weight("control." + key, tensor.sizes());
  return made;
}

std::filesystem::path written(const std::string& name, const Tensors& tensors) {
  write_safetensors(folder() / name, tensors);
  return folder() / name;
}

Tensors with_prefix(const std::string& prefix, Tensors tensors) {
  for (auto& [key, tensor] : tensors) key = prefix + key;
  return tensors;
}

ControlNetOutput run(const ControlModel& control) {
  const auto& net = std::get<ControlNetWeights>(control.net);
  const at::Tensor hint = in_unit_range(formula_input("hint", {1, 3, 32, 32}));
  return control_net(net, formula_input("x", {1, 4, 4, 4}), control_features(net, hint, -1),
                     at::full({1}, 300.0), formula_input("context", {1, 3, 16}), {}, -1);
}

bool equal(const ControlNetOutput& a, const ControlNetOutput& b, double tolerance) {
  bool same = (a.middle - b.middle).abs().max().item<double>() <= tolerance;
  for (std::size_t i = 0; i < a.output.size(); ++i)
    same = same && (a.output[i] - b.output[i]).abs().max().item<double>() <= tolerance;
  return same && a.output.size() == b.output.size();
}

std::string diffusers_key(const std::string& key) {
  static const auto names = [] {
    std::vector<std::string> keys;
    for (const auto& [name, tensor] : small_model().weights) keys.push_back(name);
    auto names = diffusers_names(keys);
    for (int i = 0; i < 4; ++i)
      names["zero_convs." + std::to_string(i) + ".0"] =
          "controlnet_down_blocks." + std::to_string(i);
    names["middle_block_out.0"] = "controlnet_mid_block";
    names["input_hint_block.0"] = "controlnet_cond_embedding.conv_in";
    for (int i = 0; i < 6; ++i)
      names["input_hint_block." + std::to_string(2 * i + 2)] =
          "controlnet_cond_embedding.blocks." + std::to_string(i);
    names["input_hint_block.14"] = "controlnet_cond_embedding.conv_out";
    return names;
  }();
  const std::size_t dot = key.rfind('.');
  return names.at(key.substr(0, dot)) + key.substr(dot);
}

T2iAdapterWeights adapter(std::vector<std::pair<std::string, Shape>> shapes) {
  return load_t2i_adapter(formula_source(std::move(shapes)), at::kFloat, at::kCPU);
}

std::vector<std::pair<std::string, Shape>> full_adapter(std::int64_t in, std::int64_t kernel,
                                                        bool convolutions, bool xl) {
  const std::vector<std::int64_t> widths{16, 32, 64, 64};
  std::vector<std::pair<std::string, Shape>> shapes{{"conv_in.weight", {16, in, 3, 3}}};
  for (int i = 0; i < 8; ++i) {
    const std::string p = "body." + std::to_string(i) + ".";
    const std::int64_t out = widths[static_cast<std::size_t>(i / 2)],
                       before = widths[static_cast<std::size_t>(std::max(0, i - 1) / 2)];
    shapes.push_back({p + "block1.weight", {out, out, 3, 3}});
    shapes.push_back({p + "block2.weight", {out, out, kernel, kernel}});
    if (before != out) shapes.push_back({p + "in_conv.weight", {out, before, kernel, kernel}});
    if (convolutions && i % 2 == 0 && i > 0 && !xl)
      shapes.push_back({p + "down_opt.op.weight", {before, before, 3, 3}});
  }
  return shapes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control)

BOOST_AUTO_TEST_CASE(a_union_network_follows_its_type_as_the_reference) {
  const c10::InferenceMode guard;
  auto shapes = shapes_of(kUnionBase);
  shapes.push_back({"task_embedding", {6, 320}});
  shapes.push_back({"spatial_ch_projs.weight", {320, 320}});
  shapes.push_back({"control_add_embedding.linear_1.weight", {1280, 1536}});
  const ControlNetWeights net =
      load_control_net(formula_source(shapes), kUnionBase, 0, 64, at::kFloat, at::kCPU);
  const at::Tensor hint = in_unit_range(formula_input("hint", {2, 3, 32, 48}));
  const auto output = [&](int type) {
    return control_net(net, formula_input("x", {2, 4, 4, 6}), control_features(net, hint, type),
                       at::tensor({500.0F, 20.0F}), formula_input("context", {2, 5, 16}),
                       formula_input("y", {2, 24}), type);
  };
  const ControlNetOutput typed = output(3), plain = output(-1);
  BOOST_REQUIRE(typed.output.size() == 4u);
  check_anchor(typed.output[0],
               {{0.0887430981, 0.1850366, 0.139033496, 0.0849306956}, 0.177171315, 92.8409659});
  check_anchor(typed.output[3],
               {{-0.0958740711, 0.4221057, 0.459621221, 0.197192147}, 0.237120225, -44.4863924});
  check_anchor(typed.middle,
               {{0.321688145, 0.603900433, 0.413296133, 0.201790437}, 0.332511642, 26.664956});
  check_anchor(plain.output[1],
               {{0.0331541598, 0.0423676819, -0.0483951122, 0.130719855}, 0.197980179, 49.2661616});
  check_anchor(plain.middle,
               {{0.307834595, 0.589657307, 0.609362483, 0.675134838}, 0.329042697, 59.0130004});
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { control_features(net, hint, 6); }), "has 6"));
}

BOOST_AUTO_TEST_CASE(a_network_and_the_unet_it_steers_are_the_references) {
  const c10::InferenceMode guard;
  const ControlNetWeights net = load_control_net(formula_source(shapes_of(small_config())),
                                                 small_config(), 4, 0, at::kFloat, at::kCPU);
  const at::Tensor hint = in_unit_range(formula_input("in.hint", {2, 3, 80, 56}));
  const at::Tensor x = formula_input("in.x", {2, 4, 10, 7}), t = at::tensor({999.0F, 37.0F});
  const at::Tensor context = formula_input("in.context", {2, 5, 16});
  const ControlNetOutput residuals =
      control_net(net, x, control_features(net, hint, -1), t, context, {}, -1);
  BOOST_REQUIRE(residuals.output.size() == 4u);
  check_anchor(residuals.output[0],
               {{-0.258673, -0.048531, -0.112030, -0.338196, -0.041404}, 0.1541810, -74.736536});
  check_anchor(residuals.output[1], {{}, 0.2695108, -19.047218});
  check_anchor(residuals.output[2], {{}, 0.1482725, -15.343015});
  check_anchor(residuals.output[3], {{}, 0.2296510, -30.449899});
  check_anchor(residuals.middle,
               {{-0.391386, 0.920511, -0.036599, -0.233791, 0.292109}, 0.3566486, -50.204541});
  UNetExtras extras;
  extras.control_output = residuals.output;
  extras.control_middle = {residuals.middle};
  const UNetLayout layout{4, 4, 32, {1, 2}, 1, {1, 1}, 16};
  const UNetWeights steered =
      load_unet(formula_source(unet_inference_keys(layout)), 4, 0, at::kFloat, at::kCPU);
  check_anchor(unet(steered, x, t, context, extras),
               {{-0.203841, -0.243882, -0.175132, 0.005149, 0.087942}, 0.2589961, -13.682799});
}

BOOST_AUTO_TEST_CASE(t2i_adapters_give_the_features_of_the_reference) {
  const c10::InferenceMode guard;
  const auto features = [](const T2iAdapterWeights& weights, at::IntArrayRef shape) {
    return t2i_features(weights, in_unit_range(formula_input("picture", shape)));
  };
  const T2iFeatures full = features(adapter(full_adapter(192, 1, false, false)), {1, 3, 40, 56});
  BOOST_REQUIRE(full.input.size() == 12u);
  BOOST_TEST(!full.input[11].defined());
  check_anchor(
      full.input[0],
      {{-0.247054458, -0.0387840495, -0.24028787, 0.0847782344}, 0.116884922, -0.47688891});
  check_anchor(full.input[9],
               {{0.244321704, -0.0313226879, -0.0208666101, 0.44527629}, 0.24729609, 9.04494405});
  const T2iFeatures grey = features(adapter(full_adapter(64, 3, true, false)), {1, 1, 40, 56});
  check_anchor(grey.input[6],
               {{0.274291039, 0.432346016, 0.373164654, 0.30674991}, 0.113269553, -6.35417723});
  check_anchor(grey.input[0],
               {{0.111781292, 0.130471364, -0.0425068811, 0.190326616}, 0.0887747408, 1.81750973});
  const T2iFeatures xl = features(adapter(full_adapter(768, 1, false, true)), {1, 3, 48, 80});
  BOOST_REQUIRE(xl.input.size() == 10u);
  check_anchor(
      xl.input[1],
      {{-0.251750916, -0.245489404, -0.229608506, -0.254274279}, 0.0933254054, -1.58075329});
  check_anchor(xl.input[6],
               {{0.2252803, -0.0673744231, 0.184215516, -0.0509206802}, 0.182742061, 5.0281666});
  check_anchor(xl.middle.at(0),
               {{-0.262533307, -0.25184077, -0.248448983, -0.273637146}, 0.128318864, 1.83373983});
}

BOOST_AUTO_TEST_CASE(light_t2i_adapters_give_the_features_of_the_reference) {
  const c10::InferenceMode guard;
  std::vector<std::pair<std::string, Shape>> shapes;
  std::int64_t before = 192;
  const std::vector<std::int64_t> widths{16, 32, 64, 64};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string p = "body." + std::to_string(i) + ".";
    const std::int64_t inner = widths[i] / 4;
    shapes.push_back({p + "in_conv.weight", {inner, before, 1, 1}});
    shapes.push_back({p + "out_conv.weight", {widths[i], inner, 1, 1}});
    for (int j = 0; j < 4; ++j)
      shapes.push_back({p + "body." + std::to_string(j) + ".block1.weight", {inner, inner, 3, 3}});
    before = widths[i];
  }
  const T2iFeatures light =
      t2i_features(adapter(shapes), in_unit_range(formula_input("picture", {1, 3, 40, 56})));
  BOOST_REQUIRE(light.input.size() == 12u);
  check_anchor(
      light.input[3],
      {{-0.108819105, -0.119370721, -0.128636718, -0.110705271}, 0.083710067, -3.90509597});
  check_anchor(light.input[9],
               {{-0.112727128, 0.025018651, 0.126400217, -0.158818796}, 0.141369481, 9.54531926});
}

BOOST_AUTO_TEST_CASE(every_layout_of_one_network_gives_one_answer) {
  const c10::InferenceMode guard;
  const Model& model = small_model().model;
  const Tensors weights = control_weights();
  const ControlNetOutput plain = run(load_control(written("plain.safetensors", weights), model));
  BOOST_TEST(plain.output.size() == 4u);
  BOOST_TEST(plain.output[3].size(1) == 64);

  BOOST_TEST(
      equal(run(load_control(
                written("prefixed.safetensors", with_prefix("control_model.", weights)), model)),
            plain, 0));
  Tensors renamed;
  for (const auto& [key, tensor] : weights) renamed.emplace_back(diffusers_key(key), tensor);
  BOOST_TEST(equal(run(load_control(written("diffusers.safetensors", renamed), model)), plain, 0));

  Tensors difference{{"difference", at::ones({1})}};
  for (const auto& [key, tensor] : weights) {
    const auto base = model.keyed[0].source.packed->find(key);
    difference.emplace_back("control_model." + key, base == model.keyed[0].source.packed->end()
                                                        ? tensor
                                                        : tensor - base->second.contiguous());
  }
  BOOST_TEST(
      equal(run(load_control(written("difference.safetensors", difference), model)), plain, 1e-5));
}

BOOST_AUTO_TEST_CASE(a_control_lora_changes_the_weights_of_the_model) {
  const c10::InferenceMode guard;
  const Model& model = small_model().model;
  const PackedTensors& base = *model.keyed[0].source.packed;
  const std::string changed = "input_blocks.1.0.in_layers.2";
  const at::Tensor up = formula_input("up", {32, 2, 1, 1}),
                   down = formula_input("down", {2, 32, 3, 3});
  Tensors low_rank{
      {"lora_controlnet", at::zeros({1})}, {changed + ".up", up}, {changed + ".down", down}},
      whole;
  for (const auto& [key, tensor] : control_weights()) {
    const auto found = base.find(key);
    if (found == base.end()) {
      low_rank.emplace_back(key, tensor);
      whole.emplace_back(key, tensor);
    } else if (key == changed + ".weight") {
      whole.emplace_back(key, found->second.contiguous() +
                                  at::mm(up.flatten(1), down.flatten(1)).reshape({32, 32, 3, 3}));
    } else {
      whole.emplace_back(key, found->second.contiguous());
    }
  }
  const ControlNetOutput lora = run(load_control(written("lora.safetensors", low_rank), model));
  BOOST_TEST(equal(lora, run(load_control(written("whole.safetensors", whole), model)), 1e-5));
  BOOST_TEST(!equal(
      lora, run(load_control(written("plain2.safetensors", control_weights()), model)), 1e-3));
}

BOOST_AUTO_TEST_CASE(networks_of_another_family_are_refused_with_a_sentence) {
  const Model& model = small_model().model;
  const auto sentence = [&](const std::string& name, const Tensors& tensors) {
    const auto path = written(name, tensors);
    return sentence_of(BURIN_E_MODEL, [&] { load_control(path, model); });
  };
  Tensors wide = control_weights();
  for (auto& [key, tensor] : wide)
    if (key.ends_with("attn2.to_k.weight") || key.ends_with("attn2.to_v.weight"))
      tensor = at::zeros({tensor.size(0), 2048});
  const std::string xl = sentence("wide.safetensors", wide);
  BOOST_TEST(holds(xl, "does not fit the Stable Diffusion 1.x checkpoint"));
  BOOST_TEST(holds(xl, "looks made for SDXL"));
  Tensors lost = control_weights();
  lost.pop_back();
  BOOST_TEST(holds(sentence("lost.safetensors", lost), "is missing"));
  BOOST_TEST(holds(
      sentence("lora.unrelated.safetensors", {{"lora_unet_x.lora_down.weight", at::zeros({1, 1})}}),
      "a LoRA"));
  BOOST_TEST(holds(
      sentence("flux.safetensors", {{"controlnet_blocks.0.weight", at::zeros({1, 1})}}), "FLUX"));
}

BOOST_AUTO_TEST_CASE(chains_add_what_is_active_times_its_strength) {
  const c10::InferenceMode guard;
  const Model& model = small_model().model;
  ControlLink first;
  first.model = std::make_shared<const ControlModel>(
      load_control(written("chain.safetensors", control_weights()), model));
  first.strength = 0.5;
  first.first_sigma = 1e9;
  show_pictures(first, {in_unit_range(formula_input("hint", {1, 3, 32, 32}))}, 4, 4);
  ControlLink second = first;
  second.strength = 2;
  second.first_sigma = 5;
  second.last_sigma = 1;
  const ControlNetOutput once = run(*first.model);
  const auto factor = [&](const ControlChain& chain, double sigma) {
    UNetExtras extras;
    add_control(chain,
                {formula_input("x", {1, 4, 4, 4}),
                 at::full({1}, 300.0),
                 formula_input("context", {1, 3, 16}),
                 {},
                 sigma},
                extras);
    BOOST_TEST(extras.control_input.empty());
    if (extras.control_output.empty()) return 0.0;
    BOOST_REQUIRE(extras.control_output.size() == 4u);
    const double ratio = (extras.control_output[2].sum() / once.output[2].sum()).item<double>();
    BOOST_TEST(std::abs((extras.control_middle.at(0).sum() / once.middle.sum()).item<double>() -
                        ratio) < 1e-4);
    return ratio;
  };
  BOOST_TEST(std::abs(factor({first}, 3) - 0.5) < 1e-4);
  BOOST_TEST(std::abs(factor({first, second}, 5) - 2.5) < 1e-4);
  BOOST_TEST(std::abs(factor({first, second}, 6) - 0.5) < 1e-4);
  BOOST_TEST(factor({second}, 0.5) == 0);
}

BOOST_AUTO_TEST_CASE(a_network_named_shuffle_averages_its_residuals) {
  const c10::InferenceMode guard;
  ControlLink link;
  link.model = std::make_shared<const ControlModel>(
      load_control(written("net_shuffle.safetensors", control_weights()), small_model().model));
  link.first_sigma = 1e9;
  BOOST_TEST(link.model->pooled);
  show_pictures(link, {in_unit_range(formula_input("hint", {1, 3, 64, 32}))}, 4, 4);
  UNetExtras extras;
  add_control({link},
              {formula_input("x", {2, 4, 4, 4}),
               at::full({2}, 300.0),
               formula_input("context", {2, 3, 16}),
               {},
               1},
              extras);
  const at::Tensor residual = extras.control_output.at(0);
  BOOST_TEST(residual.size(0) == 2);
  BOOST_TEST((residual - residual.mean({2, 3}, true)).abs().max().item<double>() < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
