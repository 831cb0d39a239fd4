// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The UNet against the reference modules on formula-made weights, and what it refuses.
#include "nets/unet.hpp"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "runtime/error.hpp"
#include "support/anchors.hpp"
#include "support/formula.hpp"
#include "support/unet_layouts.hpp"

using namespace burin::core;
using namespace burin::test;

namespace {

// Appendix networks of the reference: "A" has two levels of one block, four heads, a transformer
// everywhere.
const UNetLayout kLayoutA{4, 4, 32, {1, 2}, 1, {1, 1}, 16};
// The image-conditioned family in small: heads of 16 channels, no transformer at full size.
const UNetLayout kLayoutFace{12, 6, 32, {1, 2, 3}, 1, {0, 1, 1}, 24};

// "B" is A in the style of SDXL: deeper transformers with matrices before and after, a label
// embedding.
const UNetLayout kLayoutB{4, 4, 32, {1, 2}, 1, {0, 2}, 16, 2, true, 24};

UNetWeights load(const UNetLayout& layout, int heads, int head_channels,
                 at::ScalarType dtype = at::kFloat) {
  return load_unet(formula_source(unet_inference_keys(layout)), heads, head_channels, dtype,
                   at::kCPU);
}

at::Tensor timesteps() { return at::tensor({999.0F, 37.0F}); }

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

bool mentions(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unet_network)

BOOST_AUTO_TEST_CASE(formula_gives_its_check_values) {
  const std::vector<double> v = formula_stream("x", 3);
  BOOST_TEST(std::abs(v[0] - 0.713495731) < 1e-9);
  BOOST_TEST(std::abs(v[1] - -0.000676393509) < 1e-9);
  BOOST_TEST(std::abs(v[2] - 0.661013961) < 1e-9);
}

BOOST_AUTO_TEST_CASE(timestep_embedding_has_cosines_first) {
  const at::Tensor e = timestep_embedding(at::tensor({999.0F}), 320);
  BOOST_TEST(e.sizes() == at::IntArrayRef({1, 320}));
  // The argument reaches 999, so a last bit of its product with a frequency moves the cosine by
  // 6e-5.
  check_anchor(e, {{0.999650, 0.802678, -0.278062, 0.176803, -0.278017}, 0.6270079, 57.183123},
               1e-4);
}

BOOST_AUTO_TEST_CASE(equals_the_reference_at_an_odd_size) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutA, 4, 0);
  BOOST_TEST(w.context_dim == 16);
  const at::Tensor y = unet(w, formula_input("in.x", {2, 4, 10, 7}), timesteps(),
                            formula_input("in.context", {2, 5, 16}));
  BOOST_TEST(y.sizes() == at::IntArrayRef({2, 4, 10, 7}));
  BOOST_TEST(y.is_contiguous());
  check_anchor(y, {{-0.215202, -0.086253, 0.002176, -0.249177, 0.184904}, 0.2626479, -15.039053});
}

BOOST_AUTO_TEST_CASE(equals_the_reference_with_nine_input_channels) {
  const c10::InferenceMode guard;
  UNetLayout layout = kLayoutA;
  layout.in_channels = 9;
  const at::Tensor y = unet(load(layout, 4, 0), formula_input("in.x9", {2, 9, 10, 7}), timesteps(),
                            formula_input("in.context", {2, 5, 16}));
  check_anchor(y, {{-0.249662, -0.056603, 0.079100, 0.179311, 0.091107}, 0.2586995, -17.240245});
}

BOOST_AUTO_TEST_CASE(equals_the_reference_with_deep_transformers_and_a_label_vector) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutB, 0, 16);
  BOOST_TEST(w.vector_dim == 24);
  UNetExtras extras;
  extras.vector = formula_input("in.y", {2, 24});
  const at::Tensor y = unet(w, formula_input("in.x", {2, 4, 10, 7}), timesteps(),
                            formula_input("in.context", {2, 5, 16}), extras);
  check_anchor(y, {{-0.288417, -0.096164, 0.047473, -0.051467, 0.310759}, 0.2476971, -15.714274});
}

BOOST_AUTO_TEST_CASE(equals_the_reference_with_control_residuals) {
  const c10::InferenceMode guard;
  UNetExtras extras;
  extras.control_output = {
      formula_input("ctl.o0", {2, 32, 10, 7}) * 0.5, formula_input("ctl.o1", {2, 32, 10, 7}) * 0.5,
      formula_input("ctl.o2", {2, 32, 5, 4}) * 0.5, formula_input("ctl.o3", {2, 64, 5, 4}) * 0.5};
  extras.control_middle = {formula_input("ctl.m", {2, 64, 5, 4}) * 0.5};
  const at::Tensor y = unet(load(kLayoutA, 4, 0), formula_input("in.x", {2, 4, 10, 7}), timesteps(),
                            formula_input("in.context", {2, 5, 16}), extras);
  check_anchor(y, {{-0.052160, 0.027189, 0.146114, -0.356920, 0.304997}, 0.2484664, -16.077612});
}

BOOST_AUTO_TEST_CASE(a_residual_reaches_the_input_block_it_is_listed_for) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutA, 4, 0);
  const at::Tensor x = formula_input("in.x", {1, 4, 10, 7}), t = at::tensor({37.0F});
  const at::Tensor context = formula_input("in.context", {1, 5, 16});
  const at::Tensor plain = unet(w, x, t, context);
  UNetExtras extras;  // from the end: conv_in, block 1, the reduction
  extras.control_input = {formula_input("ctl.o2", {1, 32, 5, 4}), {}, {}};
  const at::Tensor moved = unet(w, x, t, context, extras);
  BOOST_TEST(max_difference(moved, plain) > 1e-3);
  extras.control_input = {{}, {}, {}};
  BOOST_TEST(max_difference(unet(w, x, t, context, extras), plain) == 0);
  extras.control_input = {formula_input("ctl.o2", {1, 32, 5, 4})};
  BOOST_CHECK_EXCEPTION(unet(w, x, t, context, extras), Error, [](const Error& e) {
    return e.status() == BURIN_E_INVALID && mentions(e, "[1 32 10 7]");
  });
}

BOOST_AUTO_TEST_CASE(a_network_without_a_middle_passes) {
  const c10::InferenceMode guard;
  UNetLayout layout = kLayoutA;
  layout.mid_depth = 0;
  Manifest keys = unet_inference_keys(layout);
  for (const bool block : {false, true}) {
    if (block) keys.push_back({"middle_block.0.out_layers.3.weight", {64, 64, 3, 3}});
    const UNetWeights w = load_unet(formula_source(keys), 4, 0, at::kFloat, at::kCPU);
    BOOST_TEST(w.has_mid1 == block);
    BOOST_TEST(!w.has_mid2);
    const at::Tensor y = unet(w, formula_input("in.x", {1, 4, 10, 7}), at::tensor({37.0F}),
                              formula_input("in.context", {1, 5, 16}));
    BOOST_TEST(at::isfinite(y).all().item<bool>());
  }
}

BOOST_AUTO_TEST_CASE(a_label_vector_that_is_missing_or_misshapen_is_refused) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutB, 0, 16);
  for (const at::Tensor& vector : {at::Tensor(), at::zeros({2, 23}), at::zeros({3, 24})}) {
    UNetExtras extras;
    extras.vector = vector;
    BOOST_CHECK_EXCEPTION(
        unet(w, at::zeros({2, 4, 8, 8}), timesteps(), at::zeros({2, 5, 16}), extras), Error,
        [](const Error& e) {
          return e.status() == BURIN_E_INVALID && mentions(e, "label vector");
        });
  }
}

BOOST_AUTO_TEST_CASE(equals_the_training_recipe_with_one_context_token) {
  const c10::InferenceMode guard;
  const at::Tensor y = unet(load(kLayoutFace, 0, 16), formula_input("in.x", {2, 12, 12, 8}),
                            timesteps(), formula_input("in.context", {1, 1, 24}));
  check_anchor(y,
               {{-0.0749616, -0.0319678, 0.1485047, 0.1955151, -0.2028160}, 0.2663609, -90.236470});
}

BOOST_AUTO_TEST_CASE(equals_the_training_recipe_with_three_context_tokens) {
  const c10::InferenceMode guard;
  const at::Tensor y = unet(load(kLayoutFace, 0, 16), formula_input("in.x", {2, 12, 12, 8}),
                            timesteps(), formula_input("in.context", {1, 3, 24}));
  check_anchor(y,
               {{-0.0636671, -0.0618051, 0.1576255, 0.1924856, -0.1907135}, 0.2706004, -89.209237});
}

BOOST_AUTO_TEST_CASE(bfloat16_stays_near_float32) {
  const c10::InferenceMode guard;
  const at::Tensor x = formula_input("in.x", {2, 4, 10, 7});
  const at::Tensor context = formula_input("in.context", {2, 5, 16});
  const at::Tensor exact = unet(load(kLayoutA, 4, 0), x, timesteps(), context);
  const at::Tensor rounded = unet(load(kLayoutA, 4, 0, at::kBFloat16), x, timesteps(), context);
  BOOST_TEST(rounded.scalar_type() == at::kFloat);
  const double nmse =
      (rounded - exact).square().sum().item<double>() / exact.square().sum().item<double>();
  BOOST_TEST(nmse < 1e-3);  // eight bits of mantissa
  BOOST_TEST(nmse > 0);
}

BOOST_AUTO_TEST_CASE(a_batch_gives_what_its_items_give_alone) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutA, 4, 0);
  const at::Tensor x = formula_input("in.x", {2, 4, 10, 7}), t = timesteps();
  const at::Tensor context = formula_input("in.context", {2, 5, 16});
  const at::Tensor both = unet(w, x, t, context);
  for (std::int64_t i = 0; i < 2; ++i)
    BOOST_TEST(max_difference(both.narrow(0, i, 1), unet(w, x.narrow(0, i, 1), t.narrow(0, i, 1),
                                                         context.narrow(0, i, 1))) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_single_pixel_latent_passes_through) {
  const c10::InferenceMode guard;
  const at::Tensor y = unet(load(kLayoutA, 4, 0), formula_input("in.x", {1, 4, 1, 1}),
                            at::tensor({0.0F}), formula_input("in.context", {1, 5, 16}));
  BOOST_TEST(y.sizes() == at::IntArrayRef({1, 4, 1, 1}));
  BOOST_TEST(at::isfinite(y).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(two_threads_share_the_weights) {
  const UNetWeights w = [] {
    const c10::InferenceMode guard;
    return load(kLayoutA, 4, 0);
  }();
  at::Tensor results[2];
  const auto work = [&](int i) {
    const c10::InferenceMode guard;
    results[i] = unet(w, formula_input("in.x", {2, 4, 10, 7}), timesteps(),
                      formula_input("in.context", {2, 5, 16}));
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  BOOST_TEST(max_difference(results[0], results[1]) < 1e-5);
}

BOOST_AUTO_TEST_CASE(refuses_inputs_of_other_shapes) {
  const c10::InferenceMode guard;
  const UNetWeights w = load(kLayoutA, 4, 0);
  const at::Tensor x = at::zeros({2, 4, 8, 8}), t = timesteps(), c = at::zeros({2, 5, 16});
  const auto refuses = [&](const at::Tensor& x_, const at::Tensor& t_, const at::Tensor& c_,
                           const std::string& what) {
    BOOST_CHECK_EXCEPTION(unet(w, x_, t_, c_), Error, [&](const Error& e) {
      return e.status() == BURIN_E_INVALID && mentions(e, what);
    });
  };
  refuses(at::zeros({2, 5, 8, 8}), t, c, "[2 5 8 8], expected [N 4 height width]");
  refuses(at::zeros({4, 8, 8}), t, c, "input");
  refuses(at::zeros({2, 4, 0, 8}), t, c, "input");
  refuses(x, at::zeros({3}), c, "timesteps");
  refuses(x, t, at::zeros({2, 5, 17}), "context");
  refuses(x, t, at::zeros({3, 5, 16}), "context");
  refuses(x, t, at::zeros({2, 0, 16}), "context");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(unet_configuration)

BOOST_AUTO_TEST_CASE(blocks_are_read_from_names_and_shapes) {
  const UNetConfig config = unet_config(formula_source(unet_inference_keys(kLayoutFace)));
  BOOST_TEST(config.in_channels == 12);
  BOOST_TEST(config.out_channels == 6);
  BOOST_TEST(config.model_channels == 32);
  BOOST_TEST(config.context_dim == 24);
  BOOST_TEST(channel_mult(config) == (std::vector<int>{1, 2, 3}), boost::test_tools::per_element());
  const std::vector<UNetBlockConfig> input{{32, true, 0, false},
                                           {32, false, 0, true},
                                           {64, true, 1, false},
                                           {64, false, 0, true},
                                           {96, true, 1, false}};
  const std::vector<UNetBlockConfig> output{{96, true, 1, false}, {96, true, 1, true},
                                            {64, true, 1, false}, {64, true, 1, true},
                                            {32, true, 0, false}, {32, true, 0, false}};
  BOOST_TEST((config.input == input));
  BOOST_TEST((config.output == output));
}

BOOST_AUTO_TEST_CASE(unequal_halves_are_refused) {
  Manifest keys = unet_inference_keys(kLayoutA);
  std::erase_if(keys, [](const auto& k) { return k.first.starts_with("output_blocks.3."); });
  BOOST_CHECK_EXCEPTION(unet_config(formula_source(keys)), Error,
                        [](const Error& e) { return mentions(e, "4 input and 3 output blocks"); });
}

BOOST_AUTO_TEST_CASE(a_missing_first_convolution_is_refused) {
  BOOST_CHECK_EXCEPTION(unet_config(formula_source({})), Error, [](const Error& e) {
    return e.status() == BURIN_E_MODEL && mentions(e, "input_blocks.0.0.weight");
  });
}

BOOST_AUTO_TEST_CASE(widths_that_groups_or_heads_do_not_divide_are_refused) {
  UNetLayout layout = kLayoutA;
  BOOST_CHECK_EXCEPTION(load(layout, 7, 0), Error,
                        [](const Error& e) { return mentions(e, "7 heads"); });
  BOOST_CHECK_EXCEPTION(load(layout, 0, 24), Error,
                        [](const Error& e) { return mentions(e, "heads of 24"); });
  layout.model_channels = 24;
  BOOST_CHECK_EXCEPTION(load(layout, 4, 0), Error,
                        [](const Error& e) { return mentions(e, "multiple of 32"); });
}

BOOST_AUTO_TEST_SUITE_END()
