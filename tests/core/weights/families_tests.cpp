// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Families told apart by their keys and shapes, their encoders, and the layouts they are stored in.
#include <ATen/ATen.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/expect_error.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_model.hpp"
#include "text/prompt.hpp"
#include "weights/model.hpp"
#include "weights/safetensors.hpp"

using namespace burin::core;
using namespace burin::test;
namespace fs = std::filesystem;

namespace {

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

const fs::path kModels = fs::path(BURIN_SOURCE_DIR) / "tests/golden/data/models";
const fs::path kDiffusersKeys =
    fs::path(BURIN_SOURCE_DIR) / "tests/data/weights/sdxl_diffusers_keys.txt";
const std::string kUNet = "model.diffusion_model.";

Tensors tensors_of(const std::string& model) {
  return tiny_tensors(read_manifest(kModels / (model + ".manifest")));
}

const Tensors& xl() {
  static const Tensors tensors = tensors_of("sdxl");
  return tensors;
}

Tensors part(const Tensors& all, const std::string& prefix, const std::string& replacement) {
  Tensors kept;
  for (const auto& [key, tensor] : all)
    if (key.starts_with(prefix)) kept.emplace_back(replacement + key.substr(prefix.size()), tensor);
  return kept;
}

Tensors without(Tensors all, const std::string& words) {
  std::erase_if(all, [&](const auto& t) { return t.first.find(words) != std::string::npos; });
  return all;
}

Tensors operator+(Tensors a, const Tensors& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The refiner without its label embedding has the shape of an SD 2.x UNet.
Tensors sd2() {
  const Tensors refiner = tensors_of("refiner");
  return without(without(refiner, "label_emb."), "conditioner.") +
         part(refiner, "conditioner.embedders.0.model.", "cond_stage_model.model.");
}

struct Folder : burin::test::ScratchFolder {
  fs::path write(const Tensors& tensors, const std::string& name = "") {
    static int counter = 0;
    const fs::path file = path / (name.empty() ? std::to_string(counter++) + ".safetensors" : name);
    fs::create_directories(file.parent_path());
    write_safetensors(file, tensors);
    return file;
  }
  fs::path write_text(const std::string& name, const std::string& text) {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }
  ModelFamily family(const Tensors& tensors) { return identify_model({write(tensors)}); }
};

std::string refused(const ModelFiles& files) {
  return sentence_of(BURIN_E_MODEL, [&] { identify_model(files); });
}

// What a model makes of one prompt and latent: equal for equal weights.
at::Tensor answer(const Model& model) {
  const c10::InferenceMode guard;
  const EncodedPrompt prompt = encode_prompt(model.text, "a (photo:1.2)", {});
  UNetExtras extras;
  if (model.unet.vector_dim > 0)
    extras.vector = at::cat(
        {prompt.pooled, at::full({1, model.unet.vector_dim - prompt.pooled.size(1)}, 0.25)}, 1);
  const at::Tensor latent = encode(model.autoencoder, at::full({1, 3, 64, 32}, 0.5));
  const at::Tensor x = at::cat({latent, latent, latent}, 1).narrow(1, 0, model.unet.in_channels);
  return unet(model.unet, x, at::tensor({500.0F}), prompt.context, extras);
}

at::Tensor answer(const ModelFiles& files) {
  return answer(load_model(files, at::kFloat, at::kCPU));
}

Tensors in_diffusers_names(const std::string& part_name) {
  std::map<std::string, std::string> modules;
  std::ifstream file(kDiffusersKeys);
  for (std::string ours, theirs; file >> ours >> theirs;) modules[ours] = theirs;
  Tensors renamed;
  for (const auto& [key, tensor] : xl()) {
    const std::size_t dot = key.rfind('.');
    const auto found = modules.find(key.substr(0, dot));
    if (found == modules.end() || !found->second.starts_with(part_name)) continue;
    // Its attention is stored as matrices.
    const bool matrix = key.find("attn_1.") != std::string::npos && tensor.dim() == 4;
    renamed.emplace_back(found->second.substr(part_name.size()) + key.substr(dot),
                         matrix ? tensor.flatten(1) : tensor);
  }
  return renamed;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(families, Folder)

BOOST_AUTO_TEST_CASE(sdxl_has_two_encoders_and_six_sizes) {
  const fs::path file = write(xl());
  const ModelFamily f = identify_model({file});
  BOOST_TEST(f.name == "Stable Diffusion XL");
  BOOST_TEST((f.prediction == Prediction::eps));
  BOOST_TEST((f.size_embedding == SizeEmbedding::base));
  BOOST_TEST(f.latent_scale == 0.13025);
  BOOST_TEST(f.recommended.at("guide_size").get<int>() == 1024);
  const Model m = load_model({file}, at::kFloat, at::kCPU);
  BOOST_REQUIRE(m.text.l.has_value());
  BOOST_REQUIRE(m.text.g.has_value());
  BOOST_TEST(m.text.l->net.quick_gelu);
  BOOST_TEST(!m.text.g->net.quick_gelu);
  BOOST_TEST(m.text.l->pad_token == 49407);
  BOOST_TEST(m.text.g->pad_token == 0);
  BOOST_TEST((m.text.l->layer == -2));
  BOOST_TEST(!m.text.l->net.norm_hidden);
  BOOST_TEST(!m.text.l->net.projection.defined());
  BOOST_TEST(m.text.g->net.projection.sizes() == at::IntArrayRef({64, 64}));
  BOOST_TEST(at::isfinite(answer(m)).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(the_fused_projection_is_split_and_the_pooled_one_transposed) {
  const Model m = load_model({write(xl())}, at::kFloat, at::kCPU);
  std::map<std::string, at::Tensor> stored(xl().begin(), xl().end());
  const std::string g = "conditioner.embedders.1.model.";
  const at::Tensor fused = stored.at(g + "transformer.resblocks.1.attn.in_proj_weight");
  const ClipTextLayer& layer = m.text.g->net.layers[1];
  BOOST_TEST(at::equal(layer.q.weight, fused.narrow(0, 0, 64).to(at::kFloat)));
  BOOST_TEST(at::equal(layer.k.weight, fused.narrow(0, 64, 64).to(at::kFloat)));
  BOOST_TEST(at::equal(layer.v.weight, fused.narrow(0, 128, 64).to(at::kFloat)));
  BOOST_TEST(
      at::equal(m.text.g->net.projection, stored.at(g + "text_projection").t().to(at::kFloat)));
}

BOOST_AUTO_TEST_CASE(the_refiner_has_one_encoder_and_five_sizes) {
  const fs::path file = write(tensors_of("refiner"));
  const ModelFamily f = identify_model({file});
  BOOST_TEST(f.name == "Stable Diffusion XL refiner");
  BOOST_TEST((f.size_embedding == SizeEmbedding::refiner));
  const Model m = load_model({file}, at::kFloat, at::kCPU);
  BOOST_TEST(!m.text.l);
  BOOST_TEST(m.text.g.has_value());
}

BOOST_AUTO_TEST_CASE(sd2_is_told_by_its_matrices_and_its_prediction_by_one_bias) {
  const fs::path file = write(sd2());
  const ModelFamily f = identify_model({file});
  BOOST_TEST(f.name == "Stable Diffusion 2.x");
  BOOST_TEST((f.prediction == Prediction::eps));
  BOOST_TEST(f.latent_scale == 0.18215);
  const Model m = load_model({file}, at::kFloat, at::kCPU);
  BOOST_REQUIRE(m.text.h.has_value());
  BOOST_TEST(m.text.h->net.norm_hidden);
  BOOST_TEST(!m.text.h->net.quick_gelu);
  BOOST_TEST((m.text.h->layer == -2));
  BOOST_TEST(m.text.h->pad_token == 0);
  BOOST_TEST(m.unet.input.back().transformer.heads == 2);

  // Of a tensor that this small network has no other use for.
  const std::string bias = kUNet + "output_blocks.11.1.transformer_blocks.0.norm1.bias";
  for (const double deviation : {0.08, 0.10}) {
    const Tensors mark{{bias, at::tensor({-deviation, deviation})}};
    BOOST_TEST(
        (family(sd2() + mark).prediction == (deviation > 0.09 ? Prediction::v : Prediction::eps)));
  }
}

BOOST_AUTO_TEST_CASE(sdxl_relatives_are_told_by_their_marks) {
  const at::Tensor mark = at::zeros({0});
  BOOST_TEST((family(xl() + Tensors{{"v_pred", mark}}).prediction == Prediction::v));
  const ModelFamily zsnr = family(xl() + Tensors{{"v_pred", mark}, {"ztsnr", mark}});
  BOOST_TEST(zsnr.zero_terminal_snr);
  const ModelFamily edm =
      family(xl() + Tensors{{"edm_mean", at::zeros({1, 4, 1, 1})}, {"edm_std", mark}});
  BOOST_TEST(edm.name == "Playground v2.5");
  BOOST_TEST((edm.prediction == Prediction::edm));
  BOOST_TEST(edm.sigma_max == 80);
  const at::Tensor z = at::randn({1, 4, 3, 2});
  const at::Tensor there = to_model_space(edm, z);
  BOOST_TEST(std::abs(there[0][1][0][0].item<double>() -
                      (z[0][1][0][0].item<double>() - 1.886) * 0.5 / 5.9022) < 1e-6);
  BOOST_TEST((from_model_space(edm, there) - z).abs().max().item<double>() < 1e-5);
  const ModelFamily cos = family(xl() + Tensors{{"edm_vpred.sigma_max", at::tensor({120.0F})},
                                                {"edm_vpred.sigma_min", at::tensor({0.002F})}});
  BOOST_TEST((cos.prediction == Prediction::v));
  BOOST_TEST(cos.sigma_max == 120);
  for (const at::Tensor& bad : {at::tensor({1.0F, 2.0F}), at::tensor({NAN}), at::tensor({-1.0F})})
    BOOST_TEST(holds(refused({write(xl() + Tensors{{"edm_vpred.sigma_max", bad}})}),
                     "edm_vpred.sigma_max"));
}

BOOST_AUTO_TEST_CASE(inpainting_and_editing_forms_are_told_by_their_channels) {
  const ModelFamily inpaint = family(tensors_of("sd1-inpaint"));
  BOOST_TEST(inpaint.name == "Stable Diffusion 1.x, inpainting");
  BOOST_TEST((inpaint.extra_input == ExtraInput::mask_latent));
  const std::string in = kUNet + "input_blocks.0.0.weight";
  const auto taking = [&](int channels) {
    return without(xl(), in) + Tensors{{in, at::zeros({64, channels, 3, 3})}};
  };
  BOOST_TEST((family(taking(9)).extra_input == ExtraInput::mask_latent));
  BOOST_TEST(family(taking(8)).name == "Stable Diffusion XL, InstructPix2Pix");
  BOOST_TEST((family(taking(8)).extra_input == ExtraInput::image_latent));
  const Tensors cos{{"edm_vpred.sigma_max", at::tensor({120.0F})}};
  BOOST_TEST((family(taking(8) + cos).extra_input == ExtraInput::scaled_image_latent));
  BOOST_TEST(holds(refused({write(taking(7))}), "takes 7 channels"));
}

BOOST_AUTO_TEST_CASE(missing_parts_and_tensors_are_named) {
  BOOST_TEST(holds(refused({write(without(xl(), "embedders.1."))}),
                   "without its text encoder OpenCLIP bigG"));
  BOOST_TEST(
      holds(refused({write(without(xl(), "embedders.0."))}), "without its text encoder CLIP-L"));
  const std::string projection = "conditioner.embedders.1.model.text_projection";
  BOOST_TEST(holds(refused({write(without(xl(), projection))}), "text_projection"));
  const std::string fused =
      "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_bias";
  BOOST_TEST(holds(refused({write(without(xl(), fused))}), fused + " (missing)"));
  BOOST_TEST(holds(refused({write(without(xl(), fused) + Tensors{{fused, at::zeros({191})}})}),
                   fused + " ("));
  BOOST_TEST(holds(refused({write(without(xl(), "label_emb.0.2.bias"))}), "label_emb.0.2.bias"));
}

BOOST_AUTO_TEST_CASE(info_names_what_is_missing_beside_the_family) {
  const nlohmann::json d = describe_model(write(part(xl(), kUNet, "")));
  BOOST_TEST(d.at("family").get<std::string>() == "Stable Diffusion XL");
  BOOST_TEST(holds(d.at("problem").get<std::string>(), "has no autoencoder"));
  BOOST_TEST(d.at("parts").contains("unet"));
  const nlohmann::json whole = describe_model(write(xl()));
  BOOST_TEST(!whole.contains("problem"));
  BOOST_TEST(whole.at("text_encoders").dump() == "[\"CLIP-L\",\"OpenCLIP bigG\"]");
  BOOST_TEST(whole.at("unet").at("head_channels").get<int>() == 64);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(layouts, Folder)

BOOST_AUTO_TEST_CASE(separate_files_make_up_for_what_a_unet_lacks) {
  const at::Tensor whole = answer(ModelFiles{write(xl())});
  const fs::path vae = write(part(xl(), "first_stage_model.", ""));
  const fs::path l = write(part(xl(), "conditioner.embedders.0.transformer.", ""));
  const fs::path g = write(part(xl(), "conditioner.embedders.1.model.", ""));
  for (const char* prefix : {"", "model.diffusion_model.", "diffusion_model."}) {
    const fs::path file = write(part(xl(), kUNet, prefix));
    BOOST_TEST(at::equal(answer(ModelFiles{file, vae, {l, g}}), whole));
  }
  const fs::path unet = write(part(xl(), kUNet, ""));
  BOOST_TEST(holds(refused({unet}), "has no autoencoder"));
  BOOST_TEST(holds(refused({unet, vae}), "without its text encoder"));
  BOOST_TEST(holds(refused({unet, vae, {vae}}), "holds no CLIP text encoder"));
  BOOST_TEST(holds(refused({unet, l}), "has no autoencoder"));
}

BOOST_AUTO_TEST_CASE(given_encoders_stand_before_the_checkpoints_own) {
  Tensors other = part(xl(), "conditioner.embedders.0.transformer.", "");
  for (auto& [key, tensor] : other)
    if (key.ends_with("final_layer_norm.bias")) tensor = tensor + 1;
  const Model m = load_model({write(xl()), {}, {write(other)}}, at::kFloat, at::kCPU);
  const Model own = load_model({write(xl())}, at::kFloat, at::kCPU);
  BOOST_TEST(!at::equal(m.text.l->net.final_norm.bias, own.text.l->net.final_norm.bias));
  BOOST_TEST(at::equal(m.text.g->net.final_norm.bias, own.text.g->net.final_norm.bias));
}

BOOST_AUTO_TEST_CASE(a_diffusers_folder_is_the_same_model) {
  const at::Tensor whole = answer(ModelFiles{write(xl())});
  const Tensors unet = in_diffusers_names("unet/");
  // Two shards with their index.
  nlohmann::json map;
  Tensors halves[2];
  for (std::size_t i = 0; i < unet.size(); ++i) {
    halves[i % 2].push_back(unet[i]);
    map[unet[i].first] =
        i % 2 == 0 ? "a-00001-of-00002.safetensors" : "a-00002-of-00002.safetensors";
  }
  write(halves[0], "folder/unet/a-00001-of-00002.safetensors");
  write(halves[1], "folder/unet/a-00002-of-00002.safetensors");
  const std::string index = nlohmann::json{{"weight_map", map}}.dump();
  write_text("folder/unet/a.safetensors.index.json", index);
  write(in_diffusers_names("vae/"), "folder/vae/diffusion_pytorch_model.fp16.safetensors");
  write(part(xl(), "conditioner.embedders.0.transformer.", ""),
        "folder/text_encoder/model.safetensors");
  // Their second encoder has the names of the first, and its projection as it is used.
  const Model plain = load_model({write(xl())}, at::kFloat, at::kCPU);
  Tensors g;
  const ClipTextWeights& net = plain.text.g->net;
  const std::string root = "text_model.";
  g.emplace_back(root + "embeddings.token_embedding.weight", net.token_embedding);
  g.emplace_back(root + "embeddings.position_embedding.weight", net.position_embedding);
  g.emplace_back(root + "final_layer_norm.weight", net.final_norm.weight);
  g.emplace_back(root + "final_layer_norm.bias", net.final_norm.bias);
  g.emplace_back("text_projection.weight", net.projection);
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    const ClipTextLayer& layer = net.layers[i];
    const std::string p = root + "encoder.layers." + std::to_string(i) + ".";
    const std::pair<const char*, const Linear*> linears[] = {
        {"self_attn.q_proj", &layer.q}, {"self_attn.k_proj", &layer.k},
        {"self_attn.v_proj", &layer.v}, {"self_attn.out_proj", &layer.out},
        {"mlp.fc1", &layer.fc1},        {"mlp.fc2", &layer.fc2}};
    for (const auto& [name, linear] : linears) {
      g.emplace_back(p + name + ".weight", linear->weight);
      g.emplace_back(p + name + ".bias", linear->bias);
    }
    g.emplace_back(p + "layer_norm1.weight", layer.norm1.weight);
    g.emplace_back(p + "layer_norm1.bias", layer.norm1.bias);
    g.emplace_back(p + "layer_norm2.weight", layer.norm2.weight);
    g.emplace_back(p + "layer_norm2.bias", layer.norm2.bias);
  }
  write(g, "folder/text_encoder_2/model.safetensors");
  const fs::path folder = path / "folder";
  BOOST_TEST(identify_model({folder}).name == "Stable Diffusion XL");
  // Not bit for bit: the pooled projection lies transposed in one of them.
  BOOST_TEST((answer(ModelFiles{folder}) - whole).abs().max().item<double>() < 1e-5);
  BOOST_TEST(at::equal(answer(ModelFiles{write(xl()), folder / "vae"}), whole));
  const nlohmann::json d = describe_model(folder);
  BOOST_TEST(d.at("parts").at("text_encoder").at("tensors").get<int>() > 100);

  // A key that the index places where it is not, and a file outside the folder.
  map["extra.weight"] = "a-00001-of-00002.safetensors";
  write_text("folder/unet/a.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  BOOST_TEST(holds(refused({folder}), "lists extra.weight"));
  map["extra.weight"] = "../vae/diffusion_pytorch_model.fp16.safetensors";
  write_text("folder/unet/a.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  BOOST_TEST(holds(refused({folder}), "the name of a file beside it"));
  write_text("folder/unet/a.safetensors.index.json", "{\"weight_map\": []}");
  BOOST_TEST(holds(refused({folder}), "no weight_map"));
}

BOOST_AUTO_TEST_CASE(folders_of_other_things_are_refused) {
  fs::create_directories(path / "empty");
  BOOST_TEST(holds(refused({path / "empty"}), "holds no safetensors file"));
  write_text("pickled/unet/diffusion_pytorch_model.bin", "x");
  BOOST_TEST(holds(refused({path / "pickled"}), "pickles only"));
  fs::create_directories(path / "flux/transformer");
  BOOST_TEST(holds(refused({path / "flux"}), "transformer family"));
}

BOOST_AUTO_TEST_CASE(eight_bit_weights_are_widened_and_scaled) {
  const std::string key = kUNet + "middle_block.1.transformer_blocks.0.attn1.to_q";
  Tensors stored = xl();
  at::Tensor eight;
  for (auto& [name, tensor] : stored)
    if (name.starts_with(kUNet) && tensor.dim() >= 2) {
      tensor = tensor.to(at::kFloat8_e4m3fn);
      if (name == key + ".weight") eight = tensor.to(at::kFloat);
    }
  const Model plain = load_model({write(stored)}, at::kFloat, at::kCPU);
  BOOST_TEST(at::equal(plain.unet.mid_transformer.blocks[0].self.q.weight, eight));
  stored.emplace_back(key + ".scale_weight", at::tensor({0.5F}));
  const Model scaled = load_model({write(stored)}, at::kFloat, at::kCPU);
  BOOST_TEST(at::equal(scaled.unet.mid_transformer.blocks[0].self.q.weight, eight * 0.5));
}

BOOST_AUTO_TEST_SUITE_END()
