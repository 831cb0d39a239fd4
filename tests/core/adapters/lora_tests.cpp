// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// LoRA files: their names, their arithmetic, and models that are changed and taken back.
#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "adapters/lora_merge.hpp"
#include "adapters/lora_names.hpp"
#include "adapters/loras.hpp"
#include "support/expect_error.hpp"
#include "support/formula.hpp"

namespace burin::test {
namespace {

using namespace burin::core;

const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    const std::filesystem::path made = std::filesystem::path(BURIN_BUILD_DIR) / "lora-tests";
    std::filesystem::create_directories(made / "below");
    return made;
  }();
  return path;
}

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

std::string written(const std::string& name, const Tensors& tensors) {
  write_safetensors(folder() / name, tensors);
  return (folder() / name).string();
}

at::Tensor values(const std::string& name, at::IntArrayRef shape) {
  return formula_input(name, shape);
}

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

KeyedWeights keyed(const std::string& network, const Tensors& stored, at::ScalarType rounding) {
  KeyedWeights weights;
  weights.network = network;
  weights.rounding = rounding;
  const auto find = [stored](const std::string& key) {
    for (const auto& [name, tensor] : stored)
      if (name == key) return tensor;
    throw Error(BURIN_E_MODEL, key + " is missing");
  };
  weights.source.get = [find](const std::string& key, at::IntArrayRef) { return find(key); };
  weights.source.packed = std::make_shared<PackedTensors>();
  for (const auto& [key, tensor] : stored)
    (*weights.source.packed)[key] = tensor.to(rounding).to(at::kFloat).clone();
  return weights;
}

const std::string kQuery = "input_blocks.1.1.transformer_blocks.0.attn2.to_k";
const std::string kText = "text_model.encoder.layers.0.mlp.fc1";

Model tiny_model() {
  Model model;
  model.family.name = "Stable Diffusion 1.x";
  model.keyed.push_back(keyed("unet",
                              {{kQuery + ".weight", values("q", {6, 4}).to(at::kHalf)},
                               {"input_blocks.1.0.in_layers.2.weight", values("c", {6, 4, 3, 3})},
                               {"input_blocks.1.0.in_layers.2.bias", values("b", {6})}},
                              at::kFloat));
  model.keyed.push_back(keyed("clip_l", {{kText + ".weight", values("t", {8, 5})}}, at::kHalf));
  return model;
}

Tensors low_rank(const std::string& name, std::int64_t out, std::int64_t in,
                 std::int64_t rank = 2) {
  return {{name + ".lora_up.weight", values(name + "u", {out, rank})},
          {name + ".lora_down.weight", values(name + "d", {rank, in})},
          {name + ".alpha", at::tensor(1.0F)}};
}

const std::string kKohya = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
const std::string kKohyaText = "lora_te_text_model_encoder_layers_0_mlp_fc1";

LoraUse use_of(const std::string& file, double model = 1, double clip = 1) {
  LoraUse use;
  use.file = file;
  use.model = model;
  use.clip = clip;
  return use;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lora)

BOOST_AUTO_TEST_CASE(every_form_of_a_name_leads_to_the_weight) {
  const std::vector<std::string> keys{
      "input_blocks.0.0.weight",
      "input_blocks.1.0.in_layers.2.weight",
      kQuery + ".weight",
      "input_blocks.2.0.in_layers.0.weight",
      "input_blocks.3.0.op.weight",
      "input_blocks.4.0.skip_connection.weight",
      "middle_block.1.proj_in.weight",
      "middle_block.2.emb_layers.1.weight",
      "output_blocks.0.1.conv.weight",
      "output_blocks.1.1.transformer_blocks.0.attn1.to_out.0.weight",
      "output_blocks.1.2.conv.bias",
      "label_emb.0.2.weight",
      "out.2.weight"};
  const auto names = lora_names("unet", keys, false);
  for (const auto& [name, module] : std::vector<std::pair<std::string, std::string>>{
           {kKohya, kQuery},
           {"lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_k", kQuery},
           {"diffusion_model." + kQuery, kQuery},
           {"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k", kQuery},
           {"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", kQuery},
           {"lycoris_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", kQuery},
           {"lora_unet_down_blocks_0_resnets_0_conv1", "input_blocks.1.0.in_layers.2"},
           {"lora_unet_down_blocks_0_resnets_1_norm1", "input_blocks.2.0.in_layers.0"},
           {"lora_unet_down_blocks_0_downsamplers_0_conv", "input_blocks.3.0.op"},
           {"lora_unet_down_blocks_1_resnets_0_conv_shortcut", "input_blocks.4.0.skip_connection"},
           {"lora_unet_mid_block_attentions_0_proj_in", "middle_block.1.proj_in"},
           {"lora_unet_mid_block_resnets_1_time_emb_proj", "middle_block.2.emb_layers.1"},
           {"lora_unet_up_blocks_0_upsamplers_0_conv", "output_blocks.0.1.conv"},
           {"unet.up_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_out",
            "output_blocks.1.1.transformer_blocks.0.attn1.to_out.0"},
           {"lora_unet_up_blocks_1_upsamplers_0_conv", "output_blocks.1.2.conv"},
           {"lora_unet_add_embedding_linear_2", "label_emb.0.2"},
           {"lora_unet_conv_in", "input_blocks.0.0"},
           {"lora_unet_conv_out", "out.2"}}) {
    const auto found = names.find(name);
    BOOST_REQUIRE_MESSAGE(found != names.end(), name << " is not known");
    BOOST_TEST(found->second == module);
  }
  const std::vector<std::string> text{kText + ".weight", "text_projection.weight"};
  BOOST_TEST(lora_names("clip_l", text, true).at(kKohyaText) == kText);
  BOOST_TEST(lora_names("clip_l", text, true).at("text_encoder." + kText) == kText);
  BOOST_TEST(lora_names("clip_g", text, true).count(kKohyaText) == 0u);
  BOOST_TEST(lora_names("clip_g", text, true).at("lora_te2_text_projection") == "text_projection");
  BOOST_TEST(lora_names("clip_g", text, true).at("text_encoder_2." + kText) == kText);
  BOOST_TEST(lora_names("clip_g", text, false).at(kKohyaText) == kText);
}

BOOST_AUTO_TEST_CASE(low_ranks_are_scaled_by_alpha_over_rank) {
  const at::Tensor w = values("w", {6, 4}), up = values("up", {6, 2}), down = values("dn", {2, 4});
  WeightChange change{{"up", up}, {"down", down}, {"alpha", at::tensor(3.0F)}};
  BOOST_TEST(misfit(change, w.sizes(), false) == "");
  BOOST_TEST(largest(merged_weight(w, change, 0.5, false) - (w + at::mm(up, down) * 0.75)) < 1e-6);
  change.erase("alpha");
  BOOST_TEST(largest(merged_weight(w, change, 0.5, false) - (w + at::mm(up, down) * 0.5)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_kernel_between_the_factors_is_contracted_with_both) {
  const at::Tensor w = values("w", {5, 4, 3, 3}), up = values("up", {5, 2, 1, 1});
  const at::Tensor down = values("dn", {2, 4, 1, 1}), mid = values("mid", {2, 2, 3, 3});
  const WeightChange change{{"up", up}, {"down", down}, {"mid", mid}};
  BOOST_TEST(misfit(change, w.sizes(), false) == "");
  const at::Tensor expected = at::einsum("po,oqyx,qi->piyx", {up.flatten(1), mid, down.flatten(1)});
  BOOST_TEST(largest(merged_weight(w, change, 1, false) - (w + expected)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(hadamard_products_multiply_two_low_ranks) {
  const at::Tensor w = values("w", {6, 4});
  const at::Tensor a1 = values("a1", {6, 2}), b1 = values("b1", {2, 4}), a2 = values("a2", {6, 2}),
                   b2 = values("b2", {2, 4});
  const WeightChange change{
      {"w1_a", a1}, {"w1_b", b1}, {"w2_a", a2}, {"w2_b", b2}, {"alpha", at::tensor(4.0F)}};
  const at::Tensor expected = w + at::mm(a1, b1) * at::mm(a2, b2) * 2 * 0.3;
  BOOST_TEST(largest(merged_weight(w, change, 0.3, false) - expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(tucker_forms_of_hadamard_products_have_a_core_each) {
  const at::Tensor w = values("w", {5, 4, 3, 3}), t1 = values("t1", {2, 2, 3, 3}),
                   t2 = values("t2", {2, 2, 3, 3});
  const at::Tensor a1 = values("a1", {2, 5}), b1 = values("b1", {2, 4}), a2 = values("a2", {2, 5}),
                   b2 = values("b2", {2, 4});
  const WeightChange change{{"w1_a", a1}, {"w1_b", b1}, {"w2_a", a2},
                            {"w2_b", b2}, {"t1", t1},   {"t2", t2}};
  BOOST_TEST(misfit(change, w.sizes(), false) == "");
  const auto factor = [](const at::Tensor& t, const at::Tensor& a, const at::Tensor& b) {
    at::Tensor sum = at::zeros({5, 4, 3, 3});
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        sum += a[i].view({5, 1, 1, 1}) * b[j].view({1, 4, 1, 1}) * t[i][j].view({1, 1, 3, 3});
    return sum;
  };
  const at::Tensor expected = w + factor(t1, a1, b1) * factor(t2, a2, b2);
  BOOST_TEST(largest(merged_weight(w, change, 1, false) - expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(kronecker_products_take_alpha_only_where_a_factor_is_a_low_rank) {
  const at::Tensor w = values("w", {6, 4}), k1 = values("k1", {2, 2}), k2 = values("k2", {3, 2});
  WeightChange change{{"k1", k1}, {"k2", k2}, {"alpha", at::tensor(8.0F)}};
  BOOST_TEST(misfit(change, w.sizes(), false) == "");
  BOOST_TEST(largest(merged_weight(w, change, 0.5, false) - (w + at::kron(k1, k2) * 0.5)) < 1e-6);
  change.erase("k2");
  change["k2_a"] = values("k2a", {3, 1});
  change["k2_b"] = values("k2b", {1, 2});
  const at::Tensor product = at::kron(k1, at::mm(change["k2_a"], change["k2_b"]));
  BOOST_TEST(largest(merged_weight(w, change, 0.5, false) - (w + product * 4)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(kronecker_products_of_kernels_keep_the_kernel) {
  const at::Tensor w = values("w", {6, 4, 3, 3}), k1 = values("k1", {2, 2});
  const at::Tensor k2 = values("k2", {3, 2, 3, 3});
  const WeightChange change{{"k1", k1}, {"k2", k2}};
  const at::Tensor merged = merged_weight(w, change, 1, false) - w;
  BOOST_TEST(largest(merged.narrow(0, 3, 3).narrow(1, 2, 2) - k2 * k1[1][1]) < 1e-6);
}

BOOST_AUTO_TEST_CASE(magnitudes_replace_the_norm_of_input_channels_or_of_rows) {
  const at::Tensor w = values("w", {6, 4}), up = values("up", {6, 2}), down = values("dn", {2, 4});
  const at::Tensor changed = w + at::mm(up, down);
  WeightChange change{{"up", up}, {"down", down}, {"dora", values("m", {1, 4}) + 2}};
  const at::Tensor columns = merged_weight(w, change, 1, false);
  BOOST_TEST(largest(columns.norm(2, {0}, true) - change["dora"]) < 1e-5);
  BOOST_TEST(largest(columns / columns.norm(2, {0}, true) - changed / changed.norm(2, {0}, true)) <
             1e-5);
  BOOST_TEST(largest(merged_weight(w, change, 0.25, false) - (w + (columns - w) * 0.25)) < 1e-6);
  change["dora"] = values("m", {6, 1}) + 2;
  const at::Tensor rows = merged_weight(w, change, 1, false);
  BOOST_TEST(largest(rows - changed * change["dora"] / w.norm(2, {1}, true)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(differences_are_added_and_weights_replaced) {
  const at::Tensor w = values("w", {6}), d = values("d", {6});
  BOOST_TEST(largest(merged_weight(w, {{"w_norm", d}}, 0.5, false) - (w + d * 0.5)) == 0);
  BOOST_TEST(largest(merged_weight(w, {{"diff_b", d}}, 2, true) - (w + d * 2)) == 0);
  BOOST_TEST(largest(merged_weight(w, {{"set_weight", d}}, 0.1, false) - d) == 0);
  BOOST_TEST(!changes({{"diff_b", d}}, false));
  BOOST_TEST(changes({{"diff_b", d}}, true));
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_named) {
  const std::vector<std::int64_t> shape{6, 4};
  const auto fault = [&](const WeightChange& change) { return misfit(change, shape, false); };
  BOOST_TEST(holds(fault({{"up", values("a", {6, 2})}}), "only one"));
  BOOST_TEST(holds(fault({{"up", values("a", {6, 2})}, {"down", values("b", {3, 4})}}), "ranks"));
  BOOST_TEST(holds(fault({{"up", values("a", {6, 2})}, {"down", values("b", {2, 5})}}),
                   "factors [6 2] and [2 5]"));
  BOOST_TEST(holds(fault({{"up", values("a", {6})}, {"down", values("b", {6})}}), "no matrices"));
  BOOST_TEST(holds(fault({{"w1_a", values("a", {6, 2})}}), "four factors"));
  BOOST_TEST(holds(fault({{"k1", values("a", {2, 2})}, {"k2", values("b", {2, 2})}}), "4 x 4"));
  BOOST_TEST(holds(fault({{"diff", values("a", {4, 6})}}), "shape [4 6]"));
  BOOST_TEST(holds(
      fault(
          {{"up", values("a", {6, 2})}, {"down", values("b", {2, 4})}, {"dora", values("c", {3})}}),
      "magnitudes [3]"));
}

BOOST_AUTO_TEST_CASE(a_model_is_changed_and_taken_back_bit_for_bit) {
  Model model = tiny_model();
  const at::Tensor query = model.keyed[0].source.packed->at(kQuery + ".weight");
  const at::Tensor text = model.keyed[1].source.packed->at(kText + ".weight");
  const at::Tensor query_before = query.clone(), text_before = text.clone();
  Tensors tensors = low_rank(kKohya, 6, 4);
  for (auto& tensor : low_rank(kKohyaText, 8, 5)) tensors.push_back(tensor);
  const std::string first = written("first.safetensors", tensors);
  const std::string second = written("second.safetensors", low_rank(kKohya, 6, 4, 3));
  LoraMerger merger(model);
  Run run;

  merger.use({use_of(first, 0.5, 0.25)}, run);
  const at::Tensor delta = at::mm(tensors[0].second, tensors[1].second) * 0.5;
  BOOST_TEST(largest(query - (query_before + delta * 0.5)) < 1e-6);
  BOOST_TEST(largest(text - text.to(at::kHalf).to(at::kFloat)) == 0);  // stored in half precision
  BOOST_TEST(largest(text - text_before) > 0.01);
  const at::Tensor query_first = query.clone();

  merger.use({use_of(first, 0.5, 0.25), use_of(second)}, run);
  BOOST_TEST(largest(query - query_first) > 0.01);
  merger.use({use_of(second), use_of(first, 0.5, 0.25)}, run);
  merger.use({use_of(first, 0.5, 0.25)}, run);
  BOOST_TEST(at::equal(query, query_first));
  merger.use({use_of(second)}, run);
  BOOST_TEST(at::equal(text, text_before));
  merger.use({}, run);
  BOOST_TEST(at::equal(query, query_before));
  BOOST_TEST(run.warnings.empty());
}

BOOST_AUTO_TEST_CASE(names_without_a_weight_are_counted_and_warned_of) {
  Model model = tiny_model();
  Tensors tensors = low_rank(kKohya, 6, 4);
  for (int i = 0; i < 5; ++i)
    for (auto& tensor : low_rank("lora_unet_nowhere_" + std::to_string(i), 6, 4))
      tensors.push_back(tensor);
  LoraMerger merger(model);
  Run run;
  merger.use({use_of(written("more.safetensors", tensors))}, run);
  BOOST_REQUIRE(run.warnings.size() == 1u);
  BOOST_TEST(holds(run.warnings[0], "5 names"));
  BOOST_TEST(holds(run.warnings[0], "lora_unet_nowhere_0, lora_unet_nowhere_1"));
}

BOOST_AUTO_TEST_CASE(files_of_another_family_are_refused_with_its_name) {
  Model model = tiny_model();
  LoraMerger merger(model);
  Run run;
  const at::Tensor before = model.keyed[0].source.packed->at(kQuery + ".weight").clone();
  int count = 0;
  const auto sentence = [&](const Tensors& tensors) {
    const std::string name = "other" + std::to_string(++count) + ".safetensors";
    return sentence_of(BURIN_E_MODEL, [&] { merger.use({use_of(written(name, tensors))}, run); });
  };
  BOOST_TEST(holds(sentence(low_rank(kKohya, 6, 2048)), "looks made for SDXL"));
  BOOST_TEST(holds(sentence(low_rank("lora_unet_double_blocks_0_img_attn_qkv", 6, 4)),
                   "changes no weight"));
  BOOST_TEST(holds(sentence(low_rank("lora_unet_double_blocks_0_img_attn_qkv", 6, 4)), "FLUX"));
  BOOST_TEST(holds(sentence({{"decoder.conv_in.weight", values("x", {4, 4})}}),
                   "none that changes a weight"));
  Tensors bad = low_rank(kKohya, 6, 4);
  bad[0].second[0][0] = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(holds(sentence(bad), "not finite"));
  bad = low_rank(kKohya, 6, 4);
  bad[2].second = at::ones({2});
  BOOST_TEST(holds(sentence(bad), "2 values"));
  bad = low_rank(kKohya, 6, 4);
  bad[1].second = at::ones({2, 4}, at::kLong);
  BOOST_TEST(holds(sentence(bad), "no floating numbers"));
  BOOST_TEST(at::equal(model.keyed[0].source.packed->at(kQuery + ".weight"), before));
}

BOOST_AUTO_TEST_CASE(files_are_found_by_path_and_by_name_in_folders) {
  const std::string file = written("below/face style.safetensors", low_rank(kKohya, 6, 4));
  const std::vector<std::filesystem::path> folders{folder() / "nowhere", folder()};
  BOOST_TEST(find_adapter(file, "/", {}) == file);
  BOOST_TEST(find_adapter("below/face style", folder(), {}) == file);
  BOOST_TEST(find_adapter("face style", "/", folders) == file);
  BOOST_TEST(find_adapter("face style.safetensors", "/", folders) == file);
  BOOST_TEST(find_adapter("style", "/", folders).empty());

  Run run;
  BOOST_TEST(holds(
      sentence_of(BURIN_E_NOT_FOUND, [&] { resolve_loras({use_of("style")}, "/", folders, run); }),
      "There is no LoRA style"));
  LoraUse optional = use_of("style");
  optional.required = false;
  const auto resolved =
      resolve_loras({optional, use_of("face style"), use_of("style", 0, 0)}, "/", folders, run);
  BOOST_REQUIRE(resolved.size() == 1u);
  BOOST_TEST(resolved[0].file == file);
  BOOST_TEST(run.warnings.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
