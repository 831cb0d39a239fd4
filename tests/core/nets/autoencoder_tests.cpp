// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Both kinds of autoencoder against the reference modules on formula-made weights, and what they
// refuse.
#include "nets/autoencoder.hpp"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "nets/autoencoder_kl.hpp"
#include "nets/autoencoder_tiles.hpp"
#include "nets/taesd.hpp"
#include "runtime/error.hpp"
#include "support/anchors.hpp"
#include "support/formula.hpp"
#include "support/tiny_model.hpp"

using namespace burin::core;
using namespace burin::test;

namespace {

// What tells the shape of an AutoencoderKL of 32 channels, multipliers 1 2 2 2, two blocks a level.
Manifest kl_keys(bool with_quant) {
  Manifest keys{{"encoder.conv_in.weight", {32, 3, 3, 3}},
                {"decoder.conv_in.weight", {64, 4, 3, 3}}};
  if (with_quant) keys.push_back({"quant_conv.weight", {8, 8, 1, 1}});
  for (int level = 0; level < 4; ++level) {
    const std::int64_t c = level == 0 ? 32 : 64;
    const std::string l = std::to_string(level);
    for (int b = 0; b < 3; ++b) {
      const std::string block = ".block." + std::to_string(b) + ".conv2.weight";
      if (b < 2) keys.push_back({"encoder.down." + l + block, {c, c, 3, 3}});
      keys.push_back({"decoder.up." + l + block, {c, c, 3, 3}});
    }
  }
  return keys;
}

// What tells the layout of a TAESD: convolutions by their weights, blocks by their first
// convolution.
Manifest taesd_keys(std::int64_t latent, bool pooled) {
  Manifest keys;
  const auto conv = [&](const std::string& p, std::int64_t in, std::int64_t out) {
    keys.push_back({p + ".weight", {out, in, 3, 3}});
  };
  const auto block = [&](const std::string& p, bool pool) {
    keys.push_back({p + ".conv.0.weight", {64, 64, 3, 3}});
    if (pool) keys.push_back({p + ".pool.0.weight", {256, 64, 1, 1}});
  };
  const std::string e = "taesd_encoder.", d = "taesd_decoder.";
  conv(e + "0", 3, 64);
  for (const int i : {1, 3, 4, 5, 7, 8, 9}) block(e + std::to_string(i), false);
  for (const int i : {2, 6, 10}) conv(e + std::to_string(i), 64, 64);
  for (const int i : {11, 12, 13}) block(e + std::to_string(i), pooled);
  conv(e + "14", 64, latent);
  conv(d + "1", latent, 64);
  for (const int i : {3, 4, 5}) block(d + std::to_string(i), pooled);
  for (const int i : {8, 9, 10, 13, 14, 15, 18}) block(d + std::to_string(i), false);
  for (const int i : {7, 12, 17}) conv(d + std::to_string(i), 64, 64);
  conv(d + "19", 64, 3);
  return keys;
}

Autoencoder kl(bool with_quant = true, at::ScalarType dtype = at::kFloat) {
  return load_autoencoder_kl(formula_source(kl_keys(with_quant)), dtype, at::kCPU);
}
Autoencoder taesd(std::int64_t latent = 32, bool pooled = true) {
  return load_taesd(formula_source(taesd_keys(latent, pooled)), at::kFloat, at::kCPU);
}

bool says(const Error& error, burin_status status, const std::string& text) {
  return error.status() == status && std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(autoencoder_kl)

BOOST_AUTO_TEST_CASE(encodes_as_the_reference) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl();
  BOOST_TEST(a.factor == 8);
  BOOST_TEST(a.latent_channels == 4);
  const Anchor expected{{0.032130, 0.091240, 0.040133, 0.085298, 0.313196}, 0.1428373, 0.719030};
  const at::Tensor x = formula_input("in.px", {1, 3, 32, 24});
  check_anchor(encode_kl(std::get<AutoencoderKL>(a.net), x), expected);
  const at::Tensor latent = encode(a, (x + 1) / 2);
  BOOST_TEST(latent.sizes() == at::IntArrayRef({1, 4, 4, 3}));
  check_anchor(latent, expected);
}

BOOST_AUTO_TEST_CASE(decodes_as_the_reference) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl();
  const at::Tensor z = formula_input("in.z", {1, 4, 4, 3});
  const at::Tensor y = decode_kl(std::get<AutoencoderKL>(a.net), z);
  check_anchor(y, {{-0.022460, -0.062640, -0.051650, -0.114527, -0.083015}, 0.2618943, 200.208363});
  const at::Tensor pixels = decode(a, z);
  BOOST_TEST(pixels.sizes() == at::IntArrayRef({1, 3, 32, 24}));
  BOOST_TEST((pixels - ((y + 1) / 2).clamp(0, 1)).abs().max().item<double>() < 1e-5);
}

BOOST_AUTO_TEST_CASE(works_without_the_quantisation_convolutions) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl(false);
  BOOST_TEST(!std::get<AutoencoderKL>(a.net).quant.weight.defined());
  const at::Tensor latent = encode(a, at::full({2, 3, 16, 8}, 0.5));
  BOOST_TEST(latent.sizes() == at::IntArrayRef({2, 4, 2, 1}));
  BOOST_TEST(decode(a, latent).sizes() == at::IntArrayRef({2, 3, 16, 8}));
}

BOOST_AUTO_TEST_CASE(bfloat16_stays_near_float32) {
  const c10::InferenceMode guard;
  const at::Tensor z = formula_input("in.z", {1, 4, 4, 3});
  const at::Tensor exact = decode(kl(), z), rounded = decode(kl(true, at::kBFloat16), z);
  BOOST_TEST((rounded - exact).abs().max().item<double>() < 0.05);
  BOOST_TEST((rounded - exact).abs().mean().item<double>() < 0.01);
}

BOOST_AUTO_TEST_CASE(refuses_pictures_and_latents_of_other_shapes) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl();
  const auto refuses = [&](auto&& call, const std::string& text) {
    BOOST_CHECK_EXCEPTION(call(), Error,
                          [&](const Error& e) { return says(e, BURIN_E_INVALID, text); });
  };
  refuses([&] { encode(a, at::zeros({1, 3, 31, 24})); }, "multiples of 8");
  refuses([&] { encode(a, at::zeros({1, 4, 32, 24})); }, "[1 4 32 24]");
  refuses([&] { encode(a, at::zeros({3, 32, 24})); }, "[3 32 24]");
  refuses([&] { encode(a, at::zeros({1, 3, 0, 8})); }, "[1 3 0 8]");
  refuses([&] { decode(a, at::zeros({1, 3, 4, 4})); }, "expected [N 4 height width]");
  refuses([&] { decode(a, at::zeros({4, 4, 4})); }, "[4 4 4]");
}

BOOST_AUTO_TEST_CASE(refuses_what_lacks_a_half) {
  Manifest keys = kl_keys(true);
  std::erase_if(keys, [](const auto& k) { return k.first.starts_with("encoder."); });
  BOOST_CHECK_EXCEPTION(
      load_autoencoder_kl(formula_source(keys), at::kFloat, at::kCPU), Error,
      [](const Error& e) { return says(e, BURIN_E_MODEL, "0 levels in its encoder, 4"); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(autoencoder_in_parts)

// One 8-bit step is the bound that no seam may reach; what float32 leaves is far below.
BOOST_AUTO_TEST_CASE(strips_give_what_the_whole_gives) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl();
  const at::Tensor pixels = 0.5 + 0.5 * formula_input("in.px", {2, 3, 72, 40});
  const at::Tensor latent = encode(a, pixels), decoded = decode(a, latent);
  for (const std::int64_t rows : {1, 5, 8, 64}) {
    BOOST_TEST((encode_in_strips(a, pixels, rows) - latent).abs().max().item<double>() < 2e-5);
    BOOST_TEST((decode_in_strips(a, latent, rows) - decoded).abs().max().item<double>() < 2e-5);
  }
}

BOOST_AUTO_TEST_CASE(strips_in_bfloat16_have_no_seam) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl(true, at::kBFloat16);
  const at::Tensor z = formula_input("in.z", {1, 4, 9, 5});
  // Beside the whole in float32: both lose to bfloat16 alike.
  const at::Tensor exact = decode(kl(), z);
  const double whole = (decode(a, z) - exact).abs().max().item<double>();
  BOOST_TEST((decode_in_strips(a, z, 8) - exact).abs().max().item<double>() < 1.5 * whole);
}

BOOST_AUTO_TEST_CASE(the_tiny_kind_goes_its_own_way) {
  const c10::InferenceMode guard;
  const Autoencoder a = taesd(4, false);
  const at::Tensor z = formula_input("in.z", {1, 4, 4, 3});
  BOOST_TEST(decode_in_strips(a, z, 8).equal(decode(a, z)));
  const at::Tensor pixels = 0.5 + 0.5 * formula_input("in.px", {1, 3, 16, 24});
  BOOST_TEST(encode_in_strips(a, pixels, 8).equal(encode(a, pixels)));
}

BOOST_AUTO_TEST_CASE(strips_of_no_rows_and_wrong_shapes_are_refused) {
  const Autoencoder a = kl();
  const auto refused = [](const std::string& words, auto work) {
    BOOST_CHECK_EXCEPTION(work(), Error,
                          [&](const Error& e) { return says(e, BURIN_E_INVALID, words); });
  };
  refused("strips of 0 rows", [&] { encode_in_strips(a, at::zeros({1, 3, 16, 16}), 0); });
  refused("strips of -3 rows", [&] { decode_in_strips(a, at::zeros({1, 4, 2, 2}), -3); });
  refused("the picture to encode", [&] { encode_in_strips(a, at::zeros({1, 3, 12, 16}), 8); });
  refused("the latent to decode", [&] { decode_in_strips(a, at::zeros({1, 3, 2, 2}), 8); });
}

// A net that takes each tile's mean away, so that tiles show.
BOOST_AUTO_TEST_CASE(tiles_overlap_as_the_references) {
  const at::Tensor i = at::arange(40, at::kFloat).unsqueeze(1), j = at::arange(25, at::kFloat);
  const at::Tensor angle = 0.1 * i + 0.2 * j;
  const at::Tensor x = at::stack({angle.sin(), (angle + 1).sin()}).unsqueeze(0);
  const auto net = [](const at::Tensor& tile) {
    return at::upsample_nearest2d(tile - tile.mean(), {tile.size(2) * 2, tile.size(3) * 2});
  };
  const auto check = [&](TileGrid grid, const std::vector<double>& expected) {
    const at::Tensor y = overlapping_tiles(x, grid, net);
    BOOST_REQUIRE((y.sizes() == at::IntArrayRef{1, 2, 80, 50}));
    const std::vector<at::Tensor> actual{y[0][0][0][0],   y[0][0][23][17], y[0][1][40][31],
                                         y[0][1][79][49], y[0][0][60][49], y.abs().mean()};
    for (std::size_t k = 0; k < expected.size(); ++k)
      BOOST_TEST(std::abs(actual[k].item<double>() - expected[k]) < 2e-6);
  };
  check({12, 16, 4, 2}, {-0.288335, 0.49043, -0.212725, -0.902286, 0.384745, 0.433863});
  check({48, 16, 4, 2}, {0.18064, 0.60802, -0.198473, -0.357894, 0.912411, 0.624194});
  BOOST_TEST(overlapping_tiles(x, {40, 25, 4, 2}, net).equal(net(x)));
}

BOOST_AUTO_TEST_CASE(pictures_of_one_tile_are_done_whole) {
  const c10::InferenceMode guard;
  const Autoencoder a = kl();
  const at::Tensor pixels = 0.5 + 0.5 * formula_input("in.px", {1, 3, 64, 48});
  const at::Tensor latent = encode(a, pixels);
  BOOST_TEST((encode_in_tiles(a, pixels) - latent).abs().max().item<double>() < 1e-6);
  BOOST_TEST((decode_in_tiles(a, latent) - decode(a, latent)).abs().max().item<double>() < 1e-6);
}

BOOST_AUTO_TEST_CASE(wide_autoencoders_are_estimated_to_take_more) {
  const double tiny = autoencoder_bytes(taesd(), 512, 512);
  BOOST_TEST(tiny == 4.0 * 64 * 512 * 512 * 4);
  BOOST_TEST(autoencoder_bytes(kl(true, at::kBFloat16), 512, 512) ==
             autoencoder_bytes(kl(), 512, 256));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tiny_autoencoder)

BOOST_AUTO_TEST_CASE(encodes_as_the_training_recipe) {
  const c10::InferenceMode guard;
  const Autoencoder a = taesd();
  BOOST_TEST(a.latent_channels == 32);
  BOOST_TEST(a.factor == 8);
  const at::Tensor latent = encode(a, 0.5 + 0.5 * formula_input("in.px", {1, 3, 32, 24}));
  BOOST_TEST(latent.sizes() == at::IntArrayRef({1, 32, 4, 3}));
  check_anchor(
      latent,
      {{-0.0846430, -0.2640592, -0.3215768, -0.1627546, -0.5255855}, 0.2441796, -12.201425});
}

BOOST_AUTO_TEST_CASE(decodes_as_the_training_recipe) {
  const c10::InferenceMode guard;
  const Autoencoder a = taesd();
  const at::Tensor z = formula_input("in.z", {1, 32, 4, 3});
  const std::vector<double> first{0.0497588, 0.0461681, 0.0465012, 0.0472313, 0.0472308};
  check_anchor(decode_taesd(std::get<Taesd>(a.net), z, 0), {first, 0.0665987, 53.079795});
  check_anchor(decode(a, z), {first, 0.0448184, 103.261549});
}

BOOST_AUTO_TEST_CASE(strips_of_full_resolution_give_what_the_whole_gives) {
  const c10::InferenceMode guard;
  for (const bool pooled : {true, false}) {
    const Autoencoder a = taesd(4, pooled);
    const auto& net = std::get<Taesd>(a.net);
    const at::Tensor pixels = 0.5 + 0.5 * formula_input("in.px", {2, 3, 72, 40});
    const at::Tensor latent = encode_taesd(net, pixels, 0), decoded = decode_taesd(net, latent, 0);
    for (const std::int64_t rows : {1, 2, 7, 16, 70, 72, 200}) {
      const at::Tensor latent_of_strips = encode_taesd(net, pixels, rows);
      BOOST_REQUIRE(latent_of_strips.sizes() == latent.sizes());
      BOOST_TEST((latent_of_strips - latent).abs().max().item<double>() < 2e-5);
      const at::Tensor decoded_of_strips = decode_taesd(net, latent, rows);
      BOOST_REQUIRE(decoded_of_strips.sizes() == decoded.sizes());
      BOOST_TEST((decoded_of_strips - decoded).abs().max().item<double>() < 2e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(stands_in_for_the_full_autoencoder_by_its_scale) {
  const c10::InferenceMode guard;
  Autoencoder a = taesd(4, false);
  const at::Tensor pixels = at::rand({1, 3, 16, 16});
  const at::Tensor plain = encode(a, pixels), decoded = decode(a, plain);
  a.net_scale = 0.18215;
  const at::Tensor scaled = encode(a, pixels);
  BOOST_TEST((scaled * 0.18215 - plain).abs().max().item<double>() < 1e-6);
  BOOST_TEST((decode(a, scaled) - decoded).abs().max().item<double>() < 1e-5);
}

BOOST_AUTO_TEST_CASE(refuses_halves_that_do_not_meet) {
  Manifest keys = taesd_keys(32, true);
  for (auto& [key, shape] : keys)
    if (key == "taesd_decoder.1.weight") shape = {64, 16, 3, 3};
  BOOST_CHECK_EXCEPTION(load_taesd(formula_source(keys), at::kFloat, at::kCPU), Error,
                        [](const Error& e) { return says(e, BURIN_E_MODEL, "from 16 to 3"); });
  BOOST_CHECK_EXCEPTION(load_taesd(formula_source({}), at::kFloat, at::kCPU), Error,
                        [](const Error& e) { return says(e, BURIN_E_MODEL, "from 0"); });
  keys = taesd_keys(32, true);
  std::erase_if(keys, [](const auto& k) { return k.first.starts_with("taesd_encoder.5."); });
  BOOST_CHECK_EXCEPTION(load_taesd(formula_source(keys), at::kFloat, at::kCPU), Error,
                        [](const Error& e) { return says(e, BURIN_E_MODEL, "taesd_encoder.5"); });
}

BOOST_AUTO_TEST_SUITE_END()
