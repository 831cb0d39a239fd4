// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Prompt weights, chunks and their encoding against the reference parser and transformer.
#include "text/prompt.hpp"

#include <ATen/ATen.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "support/anchors.hpp"
#include "support/expect_error.hpp"
#include "support/formula.hpp"
#include "support/tiny_model.hpp"
#include "text/tokenizer.hpp"

using namespace burin::core;
using namespace burin::test;
namespace data = boost::unit_test::data;

namespace {

struct Example {
  std::string prompt;
  std::vector<std::pair<std::string, double>> parts;
};
std::ostream& operator<<(std::ostream& out, const Example& e) {
  return out << '"' << e.prompt << '"';
}

// As the reference's parser splits them.
const std::vector<Example> kReference{
    {"a (b) c", {{"a ", 1}, {"b", 1.1}, {" c", 1}}},
    {"((a))", {{"a", 1.21}}},
    {"((a:1.2))", {{"a", 1.2}}},
    {"(a (b:1.5) c:0.8)", {{"a ", 0.8}, {"b", 1.5}, {" c", 0.8}}},
    {"(a:b)", {{"a:b", 1.1}}},
    {"(:1.3)", {{":1.3", 1.1}}},
    {"(a:1.2:1.3)", {{"a:1.2", 1.3}}},
    {"(a: 1.4 )", {{"a", 1.4}}},
    {"(a:-0.5)", {{"a", -0.5}}},
    {"a) (b:1.2) c", {{"a) (b:1.2) c", 1}}},
    {"(a (b)", {{"a ", 1.1}, {"(b", 1.1}}},
    {"\\(a\\) (b\\):1.3)", {{"(a) ", 1}, {"b)", 1.3}}},
    {"(a:1e-1)", {{"a", 0.1}}},
    {"(a:1_0)", {{"a", 10}}},
    {"(a:1__0)", {{"a:1__0", 1.1}}},
    {"(a:_1)", {{"a:_1", 1.1}}},
    {"(a:+.5)", {{"a", 0.5}}},
    {"(a:5.)", {{"a", 5}}},
    {"(a:0x10)", {{"a:0x10", 1.1}}},
    {"(a:1.2 b)", {{"a:1.2 b", 1.1}}},
    {"(a:)", {{"a:", 1.1}}},
    {"(a:--1)", {{"a:--1", 1.1}}},
    {"", {}},
    {"()", {}},
    {"[a] AND b", {{"[a] AND b", 1}}},
};

std::string repeated(const std::string& word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + " ";
  return text;
}

constexpr std::int32_t kCat = 2368, kDog = 1929;

int count_of(const Chunk& chunk, std::int32_t id) {
  return static_cast<int>(std::ranges::count(chunk, id, &Token::id));
}

// Three layers of 32 channels in four heads, weights by formula.
ClipTextWeights transformer(at::ScalarType rounding = at::kFloat) {
  Manifest keys{{"text_model.embeddings.token_embedding.weight", {49408, 32}}};
  for (int i = 0; i < 3; ++i)
    keys.push_back(
        {"text_model.encoder.layers." + std::to_string(i) + ".mlp.fc1.weight", {64, 32}});
  ClipTextWeights w = load_clip_text(formula_source(keys), at::kCPU, rounding);
  w.heads = 4;
  return w;
}

// What CLIP-L alone makes of a prompt.
at::Tensor encoded(const ClipTextWeights& weights, std::string_view prompt,
                   std::optional<int> clip_skip, BreakWord break_word = BreakWord::splits) {
  TextEncoders encoders;
  encoders.l = TextEncoder{weights, {}, kEndToken};
  return encode_prompt(encoders, prompt, clip_skip, break_word).context;
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prompt_weights)

BOOST_DATA_TEST_CASE(are_split_as_the_reference_splits, data::make(kReference), example) {
  const auto parts = parse_weights(example.prompt);
  BOOST_TEST_REQUIRE(parts.size() == example.parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    BOOST_TEST(parts[i].first == example.parts[i].first);
    BOOST_TEST(std::abs(parts[i].second - example.parts[i].second) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(infinities_and_nan_are_numbers_to_the_parser) {
  BOOST_TEST(std::isinf(parse_weights("(a:inf)").front().second));
  BOOST_TEST(std::isinf(parse_weights("(a:1e999)").front().second));
  BOOST_TEST(std::isnan(parse_weights("(a:NaN)").front().second));
  BOOST_TEST(parse_weights("(a:-Infinity)").front().second < 0);
  BOOST_TEST(parse_weights("(a:1e-999)").front().second == 0);
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_an_error_and_not_a_crash) {
  const auto nested = [](std::size_t depth) {
    std::string prompt(depth, '(');
    prompt += 'a';
    return prompt.append(depth, ')');
  };
  BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { parse_weights(nested(100000)); }), "200 deep"));
  BOOST_TEST(parse_weights(nested(150)).size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(prompt_chunks)

BOOST_AUTO_TEST_CASE(an_empty_prompt_is_one_chunk_of_ends) {
  const std::vector<Chunk> chunks = chunk_prompt("");
  BOOST_TEST_REQUIRE(chunks.size() == 1);
  BOOST_TEST(chunks[0][0].id == kStartToken);
  BOOST_TEST(count_of(chunks[0], kEndToken) == 76);
}

BOOST_AUTO_TEST_CASE(seventy_five_words_fill_one_chunk) {
  const std::vector<Chunk> chunks = chunk_prompt(repeated("cat", 75));
  BOOST_TEST_REQUIRE(chunks.size() == 1);
  BOOST_TEST(count_of(chunks[0], kCat) == 75);
  BOOST_TEST(chunks[0][76].id == kEndToken);
}

BOOST_AUTO_TEST_CASE(one_more_opens_the_next_chunk) {
  BOOST_TEST(chunk_prompt(repeated("cat", 76)).size() == 2);
  const std::vector<Chunk> chunks = chunk_prompt(repeated("cat", 80));
  BOOST_TEST_REQUIRE(chunks.size() == 2);
  BOOST_TEST(count_of(chunks[1], kCat) == 5);
  BOOST_TEST(chunks[1][0].id == kStartToken);
  BOOST_TEST(chunks[1][6].id == kEndToken);
}

BOOST_AUTO_TEST_CASE(a_short_group_moves_on_whole) {
  const std::vector<Chunk> chunks = chunk_prompt(repeated("cat", 73) + "(dog dog dog:1.2) cat");
  BOOST_TEST_REQUIRE(chunks.size() == 2);
  BOOST_TEST(chunks[0][74].id == kEndToken);
  BOOST_TEST(count_of(chunks[0], kEndToken) == 3);
  for (std::size_t i = 1; i <= 3; ++i) {
    BOOST_TEST(chunks[1][i].id == kDog);
    BOOST_TEST(chunks[1][i].weight == 1.2F);
  }
  BOOST_TEST(chunks[1][4].id == kCat);
  BOOST_TEST(chunks[1][4].weight == 1.0F);
}

BOOST_AUTO_TEST_CASE(a_long_group_is_split) {
  const std::vector<Chunk> chunks =
      chunk_prompt(repeated("cat", 73) + "(" + repeated("dog", 8) + ":1.2) cat");
  BOOST_TEST_REQUIRE(chunks.size() == 2);
  BOOST_TEST(count_of(chunks[0], kDog) == 2);
  BOOST_TEST(chunks[0][76].id == kEndToken);
  BOOST_TEST(count_of(chunks[1], kDog) == 6);
}

BOOST_AUTO_TEST_CASE(a_chunk_may_be_padded_with_another_token) {
  const std::vector<Chunk> chunks = chunk_prompt(repeated("cat", 73) + "(dog dog dog:1.2)", 0);
  BOOST_TEST_REQUIRE(chunks.size() == 2);
  BOOST_TEST(chunks[0][73].id == kCat);
  BOOST_TEST(chunks[0][74].id == kEndToken);
  BOOST_TEST(chunks[0][75].id == 0);
  BOOST_TEST(chunks[1][4].id == kEndToken);
  BOOST_TEST(count_of(chunks[1], 0) == 72);
}

BOOST_AUTO_TEST_CASE(a_weight_that_is_not_finite_is_refused) {
  for (const char* prompt : {"(cat:inf)", "(cat:nan)", "(cat:-1e999)"})
    BOOST_TEST(holds(sentence_of(BURIN_E_JOB, [&] { chunk_prompt(prompt); }), "cat"));
}

BOOST_AUTO_TEST_CASE(vectors_stand_for_the_names_of_textual_inversions) {
  constexpr std::int32_t first = 50000;
  std::vector<std::string> asked;
  const auto find = [&](const std::string& name) {
    asked.push_back(name);
    return name == "two" ? at::ones({2, 4}) : name == "one" ? at::zeros({1, 4}) : at::Tensor();
  };
  const auto chunked = [&](const char* prompt) {
    asked.clear();
    return chunk_prompt(prompt, kEndToken, first, find);
  };
  const EmbeddedChunks a = chunked("embedding:two cat (embedding:one:1.5) an,embedding:two");
  BOOST_REQUIRE(a.vectors.size() == 3u);
  BOOST_TEST(a.vectors[2].sum().item<double>() == 0);
  const Chunk& chunk = a.chunks.front();
  BOOST_TEST(chunk[1].id == first);
  BOOST_TEST(chunk[2].id == first + 1);
  BOOST_TEST(chunk[3].id == kCat);
  BOOST_TEST(chunk[4].id == first + 2);
  BOOST_TEST(chunk[4].weight == 1.5F);
  BOOST_TEST((asked == std::vector<std::string>{"two", "one"}));

  const EmbeddedChunks b = chunked("embedding:two,, cat");  // the commas stay as text
  BOOST_TEST(b.vectors.size() == 2u);
  BOOST_TEST((asked == std::vector<std::string>{"two,,", "two"}));
  BOOST_TEST(b.chunks.front()[3].id == chunk_prompt(",,").front()[1].id);
  const EmbeddedChunks c = chunked("embedding:nowhere embedding: cat");
  BOOST_TEST(c.vectors.empty());
  BOOST_TEST(c.chunks.front()[1].id == kCat);
  BOOST_TEST(c.chunks.front()[2].id == kEndToken);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(prompt_encoding)

BOOST_AUTO_TEST_CASE(vectors_of_the_vocabulary_encode_as_their_words) {
  const c10::InferenceMode guard;
  const ClipTextWeights weights = transformer();
  TextEncoders encoders;
  encoders.l = TextEncoder{weights, {}, kEndToken};
  const auto with = [&](const char* prompt, at::Tensor vectors) {
    return encode_prompt(encoders, prompt, {}, BreakWord::splits,
                         [&](const std::string&, const std::string& encoder) {
                           BOOST_TEST(encoder == "clip_l");
                           return vectors;
                         })
        .context;
  };
  const at::Tensor words =
      at::stack({weights.token_embedding[kCat], weights.token_embedding[kDog]});
  BOOST_TEST(max_difference(with("a (embedding:pets:1.3) BREAK embedding:pets", words),
                            encoded(weights, "a (cat dog:1.3) BREAK cat dog", {})) < 1e-6);
  // Of another width: left out, and what follows moves up.
  BOOST_TEST(max_difference(with("a embedding:wide cat", at::ones({3, 5})),
                            encoded(weights, "a cat", {})) < 1e-6);
}

BOOST_AUTO_TEST_CASE(weighted_prompts_equal_the_reference) {
  const c10::InferenceMode guard;
  const std::string prompt = "a photo of a (cat:1.3) and (dog:0.6)";
  const at::Tensor z = encoded(transformer(), prompt, {});
  BOOST_TEST(z.sizes() == at::IntArrayRef({1, 77, 32}));
  check_anchor(z.narrow(1, 0, 9),
               {{-0.018085, -1.309527, 0.028615, -0.368474, 0.669418}, 0.8139461, 4.077615}, 1e-5);
}

BOOST_AUTO_TEST_CASE(half_precision_weights_equal_the_reference) {
  const c10::InferenceMode guard;
  const at::Tensor z = encoded(transformer(at::kHalf), "a photo of a (cat:1.3) and (dog:0.6)", {});
  check_anchor(z.narrow(1, 0, 9),
               {{-0.019292, -1.308000, 0.028639, -0.367949, 0.669924}, 0.8139285, 4.085270}, 1e-5);
}

BOOST_AUTO_TEST_CASE(long_prompts_equal_the_reference) {
  const c10::InferenceMode guard;
  const at::Tensor z = encoded(transformer(), repeated("cat", 80), {});
  BOOST_TEST(z.sizes() == at::IntArrayRef({1, 154, 32}));
  check_anchor(z, {{}, 0.8230498, 85.578236}, 1e-5);
}

BOOST_AUTO_TEST_CASE(weight_zero_is_the_empty_prompt_at_that_place) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = transformer();
  const at::Tensor z = encoded(w, "a (cat:0)", {}), e = encoded(w, "", {});
  BOOST_TEST(max_difference(z.narrow(1, 2, 1), e.narrow(1, 2, 1)) < 1e-6);
  BOOST_TEST(max_difference(z.narrow(1, 1, 1), e.narrow(1, 1, 1)) > 1e-2);
}

BOOST_AUTO_TEST_CASE(break_joins_parts_encoded_apart) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = transformer();
  const at::Tensor both = encoded(w, "a photo of a cat BREAK (dog:1.2)", {});
  const at::Tensor apart =
      at::cat({encoded(w, "a photo of a cat", {}), encoded(w, "(dog:1.2)", {})}, 1);
  BOOST_TEST(both.sizes() == apart.sizes());
  BOOST_TEST(max_difference(both, apart) < 1e-5);
  BOOST_TEST(encoded(w, "BREAK", {}).size(1) == 2 * 77);
  BOOST_TEST(encoded(w, "cat, BREAK\ndog", {}).size(1) == 2 * 77);
}

BOOST_AUTO_TEST_CASE(break_is_a_word_inside_others_and_where_the_reference_has_none) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = transformer();
  BOOST_TEST(encoded(w, "BREAKFAST, break, _BREAK_", {}).size(1) == 77);
  const at::Tensor text = encoded(w, "cat BREAK dog", {}, BreakWord::is_text);
  BOOST_TEST(max_difference(text, encoded(w, "cat break dog", {})) == 0);
}

BOOST_AUTO_TEST_CASE(two_encoders_are_joined_and_the_second_gives_the_pooled_output) {
  const c10::InferenceMode guard;
  TextEncoders encoders;
  encoders.l = TextEncoder{transformer(), -2, kEndToken};
  encoders.g = TextEncoder{transformer(), -2, 0};
  encoders.l->net.norm_hidden = encoders.g->net.norm_hidden = false;
  encoders.g->net.projection = formula_weight("text_projection.weight", {24, 32});
  const EncodedPrompt both = encode_prompt(encoders, "a (photo:1.3)", {});
  BOOST_TEST(both.context.sizes() == at::IntArrayRef({1, 77, 64}));
  BOOST_TEST(both.pooled.sizes() == at::IntArrayRef({1, 24}));
  const std::optional<TextEncoder> l = std::exchange(encoders.l, std::nullopt);
  const EncodedPrompt g = encode_prompt(encoders, "a (photo:1.3)", {});
  BOOST_TEST(max_difference(both.context.narrow(2, 32, 32), g.context) == 0);
  BOOST_TEST(max_difference(both.pooled, g.pooled) == 0);
  // Behind the end they see other padding, before it the same tokens.
  encoders.l = l;
  encoders.g.reset();
  const EncodedPrompt alone = encode_prompt(encoders, "a (photo:1.3)", {});
  BOOST_TEST(max_difference(both.context.narrow(2, 0, 32), alone.context) == 0);
  BOOST_TEST(!alone.pooled.defined());
  BOOST_TEST(max_difference(alone.context.narrow(1, 0, 2), g.context.narrow(1, 0, 2)) < 1e-6);
  BOOST_TEST(max_difference(alone.context, g.context) > 1e-2);
  // A weight does not reach the pooled output, nor does what does not fit the first chunk.
  encoders.g = TextEncoder{transformer(), -2, 0};
  encoders.l.reset();
  BOOST_TEST(max_difference(encode_prompt(encoders, "a photo", {}).pooled,
                            encode_prompt(encoders, "a (photo:1.3)", {}).pooled) < 1e-6);
  BOOST_TEST(max_difference(encode_prompt(encoders, repeated("cat", 75), {}).pooled,
                            encode_prompt(encoders, repeated("cat", 75) + "dog", {}).pooled) == 0);
}

BOOST_AUTO_TEST_CASE(a_prompt_needs_an_encoder) {
  BOOST_TEST(holds(sentence_of(BURIN_E_INVALID, [] { encode_prompt({}, "a cat", {}); }),
                   "without a text encoder"));
}

BOOST_AUTO_TEST_CASE(clip_skip_reaches_the_transformer) {
  const c10::InferenceMode guard;
  const ClipTextWeights w = transformer();
  check_anchor(encoded(w, "a photo of a cat", -2).narrow(1, 0, 7),
               {{-0.824482, -0.135735, 0.125497, -1.253915, 0.388893}, 0.8089032, 4.227589}, 1e-5);
  BOOST_TEST(max_difference(encoded(w, "a cat", -1), encoded(w, "a cat", {})) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
