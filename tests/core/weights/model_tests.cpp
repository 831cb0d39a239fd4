// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Checkpoints recognised, described, loaded, and refused with what they look like.
#include "weights/model.hpp"

#include <ATen/ATen.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/expect_error.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_model.hpp"
#include "text/prompt.hpp"

using namespace burin::core;
using namespace burin::test;
namespace fs = std::filesystem;

namespace {

const fs::path kManifest = fs::path(BURIN_SOURCE_DIR) / "tests/golden/data/models/sd1.manifest";
const fs::path kFaceModel = fs::path(BURIN_SOURCE_DIR) / "models/face.safetensors";

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

struct Folder : burin::test::ScratchFolder {
  fs::path write(const Tensors& tensors, const std::map<std::string, std::string>& metadata = {}) {
    static int counter = 0;
    const fs::path file = path / (std::to_string(counter++) + ".safetensors");
    write_safetensors(file, tensors, metadata);
    return file;
  }
  // The sentence that a file of these tensors is refused with.
  std::string refused(const Tensors& tensors,
                      const std::map<std::string, std::string>& metadata = {}) {
    const fs::path file = write(tensors, metadata);
    return sentence_of(BURIN_E_MODEL, [&] { identify_model({file}); });
  }
};

const Tensors& tiny() {
  static const Tensors tensors = tiny_tensors(read_manifest(kManifest));
  return tensors;
}

Tensors without(const std::string& part) {
  Tensors left = tiny();
  std::erase_if(left, [&](const auto& t) { return t.first.find(part) != std::string::npos; });
  return left;
}

Tensors only(const std::string& prefix, const std::string& replacement) {
  Tensors kept;
  for (const auto& [key, tensor] : tiny())
    if (key.starts_with(prefix)) kept.emplace_back(replacement + key.substr(prefix.size()), tensor);
  return kept;
}

Tensors with(const std::string& key, const at::Tensor& tensor) {
  Tensors changed = without(key);
  changed.emplace_back(key, tensor);
  return changed;
}

Tensors named(std::initializer_list<const char*> keys) {
  Tensors tensors;
  for (const char* key : keys) tensors.emplace_back(key, at::zeros({4, 4}));
  return tensors;
}

const std::string kUNet = "model.diffusion_model.";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(model_families, Folder)

BOOST_AUTO_TEST_CASE(a_stable_diffusion_checkpoint_of_any_width_is_recognised) {
  const ModelFamily f = identify_model({write(tiny())});
  BOOST_TEST(f.name == "Stable Diffusion 1.x");
  BOOST_TEST((f.prediction == Prediction::eps));
  BOOST_TEST((f.extra_input == ExtraInput::none));
  BOOST_TEST(f.has_text);
  BOOST_TEST(f.latent_channels == 4);
  BOOST_TEST(f.latent_scale == 0.18215);
  BOOST_TEST(f.size_multiple == 32);  // two reductions; four levels have three: 64
  BOOST_TEST(f.recommended.at("guide_size").get<int>() == 512);
}

BOOST_AUTO_TEST_CASE(text_encoder_keys_may_lack_their_inner_prefix) {
  Tensors tensors = tiny();
  for (auto& [key, tensor] : tensors)
    if (const std::size_t at = key.find("text_model."); at != std::string::npos) key.erase(at, 11);
  const Model model = load_model({write(tensors)}, at::kFloat, at::kCPU);
  BOOST_TEST(model.text.l->net.layers.size() == 3);
}

BOOST_AUTO_TEST_CASE(the_embedded_model_is_recognised_by_its_metadata) {
  const ModelFamily f = identify_model({kFaceModel});
  BOOST_TEST(f.name == "Burin face model (image-conditioned)");
  BOOST_TEST((f.prediction == Prediction::residual));
  BOOST_TEST(f.residual_std > 0);
  BOOST_TEST((f.extra_input == ExtraInput::crop_latent));
  BOOST_TEST(!f.has_text);
  BOOST_TEST(f.latent_channels == 32);
  BOOST_TEST(f.latent_scale == 1.0);
  BOOST_TEST(f.size_multiple == 32);
  BOOST_TEST(f.recommended.at("guide_size").get<int>() == 256);
  BOOST_TEST(f.recommended.contains("sampler_name"));
  BOOST_TEST(!f.recommended.contains("sampler"));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused_with_what_they_look_like) {
  const std::string in = kUNet + "input_blocks.0.0.weight";
  const auto looks = [&](const Tensors& tensors, const std::string& what) {
    const std::string sentence = refused(tensors);
    BOOST_TEST(holds(sentence, what), sentence);
    BOOST_TEST(holds(sentence, "supported are Stable Diffusion 1.x, 2.x and XL"), sentence);
  };
  looks(with(in, at::zeros({32, 5, 3, 3})), "takes 5 channels");
  looks(only("first_stage_model.", ""), "autoencoder without a UNet");
  looks(only("first_stage_model.", "first_stage_model."), "autoencoder without a UNet");
  looks(only("cond_stage_model.transformer.", ""), "text encoder without a UNet");
  looks(named({"lora_unet_x.lora_up.weight", "lora_unet_x.lora_down.weight"}), "a LoRA");
  looks(named({"unet.x.lora_A.weight"}), "a LoRA");
  looks(named({"lora_unet_x.hada_w1_a"}), "a LoRA");
  looks(named({"control_model.input_blocks.0.0.weight"}), "ControlNet");
  looks(named({"controlnet_cond_embedding.conv_in.weight"}), "ControlNet");
  looks(named({"down_blocks.0.resnets.0.norm1.weight"}), "that is no UNet");
  looks(with(kUNet + "input_blocks.1.1.time_stack.0.norm1.bias", at::zeros({4})), "video model");
  looks(with("cc_projection.weight", at::zeros({4, 4})), "Zero123");
  looks(named({"decoder.up_blocks.0.resnets.0.norm1.weight"}), "autoencoder in the diffusers");
  looks(named({"model.diffusion_model.joint_blocks.0.x"}), "newer family");
  looks(named({"double_blocks.0.x"}), "newer family");
  looks(named({"foo", "bar"}), "2 tensors of no family that is known here, the first named bar");
  looks({}, "without any tensor");
}

BOOST_AUTO_TEST_CASE(missing_and_misshapen_tensors_are_named_and_counted) {
  const std::string one = kUNet + "input_blocks.2.0.in_layers.0.bias";
  BOOST_TEST(holds(refused(without(one)), "1 missing or misshapen tensor: " + one + " (missing)"));

  const std::string shape = kUNet + "middle_block.1.transformer_blocks.0.attn2.to_v.weight";
  BOOST_TEST(holds(refused(with(shape, at::zeros({7, 64}))), shape + " ([7 64] instead of ["));

  const std::string type = "first_stage_model.encoder.conv_out.bias";
  BOOST_TEST(
      holds(refused(with(type, at::zeros({8}, at::kInt))), type + " (not of a floating type)"));

  const std::string many = refused(without(".norm1.weight"));
  BOOST_TEST(holds(many, "and "), many);
  BOOST_TEST(holds(many, " more"), many);
}

BOOST_AUTO_TEST_CASE(a_lost_key_in_each_part_is_found) {
  for (const char* key :
       {"time_embed.2.weight", "input_blocks.3.0.op.weight", "input_blocks.4.1.proj_out.bias",
        "middle_block.0.emb_layers.1.weight", "output_blocks.5.2.conv.weight",
        "diffusion_model.out.0.weight", "first_stage_model.decoder.up.1.block.2.conv1.weight",
        "first_stage_model.encoder.down.0.downsample.conv.bias",
        "first_stage_model.post_quant_conv.weight", "encoder.layers.1.self_attn.k_proj.weight",
        "final_layer_norm.bias"}) {
    const std::string sentence = refused(without(key));
    BOOST_TEST(holds(sentence, std::string(key) + " (missing)"), sentence);
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_without_its_autoencoder_says_so) {
  BOOST_TEST(holds(refused(without("first_stage_model.")), "has no autoencoder"));
  const fs::path vae = write(only("first_stage_model.", ""));
  BOOST_TEST(identify_model({write(without("first_stage_model.")), vae}).has_text);
}

BOOST_AUTO_TEST_CASE(bad_metadata_of_the_embedded_family_is_refused) {
  const Safetensors face = Safetensors::open(kFaceModel);
  Tensors tensors;
  for (const auto& [key, entry] : face.entries()) tensors.emplace_back(key, face.tensor(key));
  const auto looks = [&](const std::string& key, const std::string& value,
                         const std::string& says) {
    auto metadata = face.metadata();
    if (value.empty())
      metadata.erase(key);
    else
      metadata[key] = value;
    const std::string sentence = refused(tensors, metadata);
    BOOST_TEST(holds(sentence, says), sentence);
  };
  looks("burin.family", "sd9", "family \"sd9\"");
  looks("burin.prediction", "eps", "predicts \"eps\"");
  looks("burin.prediction", "", "burin.prediction");
  looks("burin.residual_std", "0", "positive number");
  looks("burin.residual_std", "nan", "positive number");
  looks("burin.residual_std", "", "burin.residual_std");
  looks("burin.latent_channels", "16", "from 64 to 32 channels");
  looks("burin.latent_channels", "1.5", "whole number");
  looks("burin.latent_scale", "x", "positive number");
  looks("burin.recommended", "[1]", "JSON object");
  looks("burin.unet", "{", "JSON object");
  looks("burin.unet", "{\"num_head_channels\": 0}", "num_head_channels");
  looks("burin.unet", "{\"num_head_channels\": 48}", "heads of 48");
  std::erase_if(tensors, [](const auto& t) { return t.first == "burin.null_context"; });
  looks("license", "none", "burin.null_context (missing)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(model_loading, Folder)

BOOST_AUTO_TEST_CASE(a_stable_diffusion_checkpoint_runs) {
  const c10::InferenceMode guard;
  const Model m = load_model({write(tiny())}, at::kFloat, at::kCPU);
  const at::Tensor latent = encode(m.autoencoder, at::full({1, 3, 64, 32}, 0.5));
  BOOST_TEST(latent.sizes() == at::IntArrayRef({1, 4, 8, 4}));
  const at::Tensor context = encode_prompt(m.text, "a (photo:1.2)", {}).context;
  const at::Tensor y = unet(m.unet, latent, at::tensor({500.0F}), context);
  BOOST_TEST(y.sizes() == latent.sizes());
  BOOST_TEST(at::isfinite(y).all().item<bool>());
  BOOST_TEST(decode(m.autoencoder, y).sizes() == at::IntArrayRef({1, 3, 64, 32}));
}

BOOST_AUTO_TEST_CASE(the_embedded_model_runs_and_its_autoencoder_round_trips) {
  const c10::InferenceMode guard;
  const Model m = load_model({kFaceModel}, at::kFloat, at::kCPU);
  BOOST_TEST(m.text.empty());
  const at::Tensor ramp = at::linspace(0.2, 0.8, 64).expand({1, 3, 64, 64}).contiguous();
  const at::Tensor latent = encode(m.autoencoder, ramp);
  BOOST_TEST(latent.sizes() == at::IntArrayRef({1, 32, 8, 8}));
  BOOST_TEST((decode(m.autoencoder, latent) - ramp).abs().mean().item<double>() < 0.03);
  const at::Tensor y =
      unet(m.unet, at::cat({latent, latent}, 1), at::tensor({100.0F}), m.null_context);
  BOOST_TEST(y.sizes() == latent.sizes());
  BOOST_TEST(at::isfinite(y).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(half_precision_keeps_the_autoencoder_in_bfloat16) {
  const fs::path file = write(tiny());
  const Model half = load_model({file}, at::kHalf, at::kCPU);
  BOOST_TEST((half.dtype == at::kHalf));
  BOOST_TEST((half.unet.conv_in.weight.scalar_type() == at::kHalf));
  BOOST_TEST((half.autoencoder_dtype == at::kBFloat16));
  BOOST_TEST((half.autoencoder.dtype == at::kBFloat16));
  BOOST_TEST((half.text.l->net.final_norm.weight.scalar_type() == at::kFloat));
}

BOOST_AUTO_TEST_CASE(another_file_may_give_the_autoencoder) {
  const c10::InferenceMode guard;
  const fs::path checkpoint = write(without("first_stage_model."));
  const at::Tensor z = at::full({1, 4, 2, 2}, 0.1);
  const at::Tensor own = decode(load_model({write(tiny())}, at::kFloat, at::kCPU).autoencoder, z);
  for (const char* prefix : {"", "first_stage_model."}) {
    const Model m =
        load_model({checkpoint, write(only("first_stage_model.", prefix))}, at::kFloat, at::kCPU);
    BOOST_TEST(at::equal(decode(m.autoencoder, z), own));
  }
}

BOOST_AUTO_TEST_CASE(an_autoencoder_that_does_not_fit_is_refused) {
  const fs::path checkpoint = write(tiny());
  const auto loading = [&](const fs::path& vae) {
    return sentence_of(BURIN_E_MODEL, [&] { load_model({checkpoint, vae}, at::kFloat, at::kCPU); });
  };
  BOOST_TEST(holds(loading(kFaceModel), "32 latent channels"));
  BOOST_TEST(holds(loading(write(named({"x"}))), "no autoencoder"));
  BOOST_TEST(holds(loading(write(without("decoder.norm_out.weight"))), "decoder.norm_out.weight"));
}

BOOST_AUTO_TEST_CASE(the_stored_type_does_not_matter) {
  Tensors doubles = tiny();
  for (auto& [key, tensor] : doubles) tensor = tensor.to(at::kDouble);
  const Model a = load_model({write(tiny())}, at::kFloat, at::kCPU);
  const Model b = load_model({write(doubles)}, at::kFloat, at::kCPU);
  BOOST_TEST(at::equal(a.unet.conv_in.weight, b.unet.conv_in.weight));
  BOOST_TEST(at::equal(a.text.l->net.token_embedding, b.text.l->net.token_embedding));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(model_description, Folder)

BOOST_AUTO_TEST_CASE(tells_parts_shapes_and_settings) {
  const nlohmann::json d = describe_model(kFaceModel);
  BOOST_TEST(d.at("family").get<std::string>() == "Burin face model (image-conditioned)");
  BOOST_TEST(d.at("prediction").get<std::string>() == "residual");
  BOOST_TEST(d.at("unet").at("in_channels").get<int>() == 64);
  BOOST_TEST(d.at("unet").at("head_channels").get<int>() == 32);
  BOOST_TEST(d.at("dtypes").contains("F16"));
  std::uint64_t tensors = 0, bytes = 0;
  for (const auto& part : d.at("parts")) {
    tensors += part.at("tensors").get<std::uint64_t>();
    bytes += part.at("bytes").get<std::uint64_t>();
  }
  BOOST_TEST(tensors == d.at("tensors").get<std::uint64_t>());
  BOOST_TEST(bytes == d.at("bytes").get<std::uint64_t>());
  BOOST_TEST(d.at("metadata").contains("license"));
}

BOOST_AUTO_TEST_CASE(tells_the_layout_of_a_stable_diffusion_unet) {
  const nlohmann::json d = describe_model(write(tiny()));
  const nlohmann::json& unet = d.at("unet");
  BOOST_TEST(unet.at("channel_mult").dump() == "[1,2,2]");
  BOOST_TEST(unet.at("depth_in").dump() == "[1,1,1,1,0,0]");
  BOOST_TEST(unet.at("depth_out").dump() == "[0,0,0,1,1,1,1,1,1]");
  BOOST_TEST(unet.at("depth_mid").get<int>() == 1);
  BOOST_TEST(unet.at("context_dim").get<int>() == 64);
  BOOST_TEST(unet.at("heads").get<int>() == 8);
}

BOOST_AUTO_TEST_CASE(tells_why_a_file_cannot_be_used) {
  const nlohmann::json d = describe_model(write(named({"x.lora_up.weight"})));
  BOOST_TEST(d.at("family").is_null());
  BOOST_TEST(holds(d.at("problem").get<std::string>(), "a LoRA"));
  BOOST_TEST(d.at("tensors").get<int>() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
