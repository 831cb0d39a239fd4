// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The ESRGAN upscaler, through the ABI. data/: small networks of drawn weights and what PyTorch
// gives for the picture below (make_networks.py).
#include "esrgan.hpp"

#include "network_file.hpp"
#include "plugins/run_record.hpp"

using namespace burin;
using namespace burin::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t height = 7, width = 9;
constexpr double eight_bit_step = 1.0 / 255;

// Without a pattern, so that each pixel counts.
std::vector<float> speckled(int64_t h, int64_t w) {
  std::vector<float> values = picture(h, w);
  uint32_t state = 7;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = 0.5F * value + 0.5F * static_cast<float>(state >> 8) / static_cast<float>(1U << 24);
  }
  return values;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

NetworkFile renamed(const NetworkFile& file,
                    const std::vector<std::pair<std::string, std::string>>& names) {
  NetworkFile result;
  for (const auto& [name, tensor] : file) {
    std::string to = name;
    for (const auto& [what, by] : names) to = replaced(to, what, by);
    result[to] = tensor;
  }
  return result;
}

bool says(const std::string& text) {
  return std::string(burin_last_error()).find(text) != std::string::npos;
}

// What the file's network is refused with.
void expect_refusal(const std::string& file, burin_status status, const std::string& sentence) {
  Esrgan upscaler(file);
  uint32_t factor = 77;
  BOOST_TEST_CONTEXT(file << ": " << sentence) {
    BOOST_TEST(upscaler.factor(&factor) == status);
    BOOST_TEST(factor == 77U);
    BOOST_TEST(says(sentence), burin_last_error());
    BOOST_TEST(says(file), burin_last_error());
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(esrgan, Files)

BOOST_AUTO_TEST_CASE(gives_what_pytorch_gives) {
  for (const auto& [name, times] :
       {std::pair{"rrdb_x4", 4U}, {"rrdb_x2", 2U}, {"compact_x3", 3U}}) {
    Esrgan upscaler((data / (std::string(name) + ".safetensors")).string());
    uint32_t factor = 0;
    BOOST_REQUIRE_MESSAGE(upscaler.factor(&factor) == BURIN_OK, burin_last_error());
    BOOST_TEST(factor == times);
    BOOST_TEST(
        distance(upscaler.enlarged(picture(height, width), height, width), expected(name)) <= 1e-4,
        name);
  }
}

BOOST_AUTO_TEST_CASE(knows_the_names_of_each_release) {
  const NetworkFile names = read_network_file(data / "rrdb_x4.safetensors");
  const auto second = renamed(names, {{"body.0", "RRDB_trunk.0"},
                                      {"body.1", "RRDB_trunk.1"},
                                      {"rdb", "RDB"},
                                      {"conv_body", "trunk_conv"},
                                      {"conv_up", "upconv"},
                                      {"conv_hr", "HRconv"}});
  const auto first = renamed(names, {{"conv_first", "model.0"},
                                     {"conv_body", "model.1.sub.2"},
                                     {"conv_up1", "model.3"},
                                     {"conv_up2", "model.6"},
                                     {"conv_hr", "model.8"},
                                     {"conv_last", "model.10"},
                                     {".weight", ".0.weight"},
                                     {".bias", ".0.bias"},
                                     {"body.", "model.1.sub."},
                                     {"rdb", "RDB"}});
  const auto chain = renamed(first, {{"model.0.0.", "model.0."},
                                     {"model.1.sub.2.0.", "model.1.sub.2."},
                                     {"model.3.0.", "model.3."},
                                     {"model.6.0.", "model.6."},
                                     {"model.8.0.", "model.8."},
                                     {"model.10.0.", "model.10."}});
  NetworkFile both;
  for (const auto& [name, tensor] : names) both["params_ema." + name] = tensor;
  both["params.conv_first.weight"] = names.at("conv_first.weight");
  for (const auto& [name, file] : {std::pair{"second", second}, {"chain", chain}, {"both", both}}) {
    write_network_file(folder / "net.safetensors", file);
    Esrgan upscaler(this->file("net.safetensors"));
    BOOST_TEST(distance(upscaler.enlarged(picture(height, width), height, width),
                        expected("rrdb_x4")) <= 1e-4,
               name);
  }
}

BOOST_AUTO_TEST_CASE(leaves_no_seams_between_tiles) {
  constexpr int64_t h = 150, w = 121;
  // Sees 49 pixels on each side, more than a tile is given.
  write_network_file(folder / "deep.safetensors", drawn_rrdb(6, 4, 3));
  for (const auto& [file, tolerance] : {std::pair{this->file("deep.safetensors"), eight_bit_step},
                                        {(data / "rrdb_x2.safetensors").string(), 1e-5},
                                        {(data / "compact_x3.safetensors").string(), 1e-5}}) {
    Esrgan upscaler(file);
    const auto whole = upscaler.enlarged(speckled(h, w), h, w, 4096);
    for (const uint32_t tile : {1U, 64U, 110U}) {
      const double seam = distance(upscaler.enlarged(speckled(h, w), h, w, tile), whole);
      BOOST_TEST_MESSAGE(file << ", tile " << tile << ": " << seam);
      BOOST_TEST(seam < tolerance, file << ", tile " << tile << ": " << seam);
    }
    BOOST_TEST(distance(upscaler.enlarged(speckled(h, w), h, w, 0, 1), whole) < tolerance, file);
  }
}

BOOST_AUTO_TEST_CASE(enlarges_pictures_of_a_few_pixels) {
  Esrgan upscaler((data / "rrdb_x2.safetensors").string());
  for (const auto& [h, w] : {std::pair{1, 1}, {1, 3}, {2, 1}}) {
    BOOST_TEST(upscaler.enlarged(picture(h, w), h, w).size() == static_cast<size_t>(12 * h * w));
  }
}

BOOST_AUTO_TEST_CASE(stops_within_a_tile_and_tells_how_far_it_is) {
  RunRecord record;
  const burin_run run = record.run();
  Esrgan upscaler((data / "compact_x3.safetensors").string());
  const burin_upscaler_options options = {sizeof(options), 1, 0};
  std::vector<float> result;
  BOOST_TEST(upscaler.upscale(picture(60, 90), 60, 90, &result, &options, &run) == BURIN_OK);
  BOOST_TEST(record.fraction == 1);
  const int steps = record.asked;
  BOOST_TEST(steps > 12);  // three tiles of four convolutions
  for (int stop = 1; stop <= steps; ++stop) {
    record = {0, stop, 0};
    BOOST_TEST(upscaler.upscale(picture(60, 90), 60, 90, &result, &options, &run) ==
               BURIN_E_CANCELLED);
    BOOST_TEST(record.asked == stop);
  }
}

BOOST_AUTO_TEST_CASE(takes_the_one_network_of_its_folder) {
  fs::create_directories(folder / "models/esrgan");
  const std::string models = (folder / "models").string();
  uint32_t factor = 0;
  BOOST_TEST(Esrgan().factor(&factor) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("there is no data folder"));
  BOOST_TEST(Esrgan("", models.c_str()).factor(&factor) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("holds 0 safetensors files"));
  fs::copy(data / "rrdb_x2.safetensors", folder / "models/esrgan/a.safetensors");
  BOOST_TEST(Esrgan("", models.c_str()).factor(&factor) == BURIN_OK);
  BOOST_TEST(factor == 2U);
  fs::copy(data / "rrdb_x4.safetensors", folder / "models/esrgan/b.safetensors");
  BOOST_TEST(Esrgan("", models.c_str()).factor(&factor) == BURIN_E_NOT_FOUND);
  BOOST_TEST(says("holds 2 safetensors files"));
}

BOOST_AUTO_TEST_CASE(refuses_files_that_are_cut_off_or_lie) {
  expect_refusal(file("nowhere.safetensors"), BURIN_E_NOT_FOUND, "is not there");
  expect_refusal(folder.string(), BURIN_E_MODEL, "is no file");
  write_bytes(folder / "a", "");
  expect_refusal(file("a"), BURIN_E_MODEL, "has 0 bytes");
  write_bytes(folder / "a", "PK\x03\x04 and more of it");
  expect_refusal(file("a"), BURIN_E_MODEL, "PyTorch pickle");
  write_bytes(folder / "a", std::string("\x80\x02}q\x00(X\x01\x00", 9));
  expect_refusal(file("a"), BURIN_E_MODEL, "PyTorch pickle");
  write_bytes(folder / "a", "just words, nothing else");
  expect_refusal(file("a"), BURIN_E_MODEL, "cut off or no safetensors file");

  const struct {
    const char* header;
    size_t bytes;
    const char* sentence;
  } headers[] = {
      {"[1, 2]", 0, "no JSON object"},
      {"{\"a\": ", 0, "no JSON object"},
      {"{\"a\": {\"b\": {\"c\": {\"d\": {\"e\": 1}}}}}", 0, "no JSON object"},
      {"{}", 0, "holds no tensors"},
      {R"({"a": 3})", 0, "has 'a' without a dtype"},
      {R"({"a": {"dtype": 1, "shape": [1], "data_offsets": [0, 4]}})", 4, "without a dtype"},
      {R"({"a": {"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}})", 4, "without a dtype"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}})", 4, "without a dtype"},
      {R"({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}})", 4, "whole number"},
      {R"({"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}})", 4, "whole number"},
      {R"({"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1], "data_offsets": [0, 4]}})", 4,
       "more than 8 dimensions"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})", 4,
       "outside the 4 bytes"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}})", 4,
       "outside the 4 bytes"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}})", 4,
       "outside the 4 bytes"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}})", 4, "does not fit F32"},
      {R"({"a": {"dtype": "F16", "shape": [2147483647, 2147483647, 2147483647, 4], "data_offsets": [0, 4]}})",
       4, "does not fit F16"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
           "b": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}})",
       8, "lie on each other"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
           "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})",
       4, "names the tensor 'a' twice"},
  };
  for (const auto& each : headers) {
    write_header(folder / "a", each.header, each.bytes);
    const bool unknown = std::string(each.sentence) == "holds no tensors";
    expect_refusal(file("a"), unknown ? BURIN_E_UNSUPPORTED : BURIN_E_MODEL, each.sentence);
  }
  std::ifstream good(data / "rrdb_x4.safetensors", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(good), {}};
  for (const size_t kept : {size_t{9}, size_t{500}, bytes.size() / 2, bytes.size() - 1}) {
    write_bytes(folder / "a", bytes.substr(0, kept));
    expect_refusal(file("a"), BURIN_E_MODEL, "cut off");
  }
}

BOOST_AUTO_TEST_CASE(refuses_networks_whose_tensors_do_not_fit) {
  const NetworkFile rrdb = read_network_file(data / "rrdb_x4.safetensors");
  const NetworkFile compact = read_network_file(data / "compact_x3.safetensors");
  const auto with = [&](NetworkFile file, const std::string& name, const FileTensor& tensor) {
    file[name] = tensor;
    write_network_file(folder / "a", file);
  };
  const auto without = [&](NetworkFile file, const std::string& name) {
    file.erase(name);
    write_network_file(folder / "a", file);
  };
  without(rrdb, "body.1.rdb2.conv4.bias");
  expect_refusal(file("a"), BURIN_E_MODEL, "lacks 'body.1.rdb2.conv4.bias'");
  without(rrdb, "conv_body.weight");
  expect_refusal(file("a"), BURIN_E_MODEL, "lacks 'conv_body.weight'");
  with(rrdb, "body.0.rdb1.conv2.weight", drawn({2, 4, 3, 3}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "of shape [2, 4, 3, 3]; expected is [2, 5, 3, 3]");
  with(rrdb, "conv_hr.weight", drawn({3, 3, 5, 5}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "of shape [3, 3, 5, 5]; expected is [3, 3, 3, 3]");
  with(rrdb, "conv_hr.weight", drawn({9}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "of shape [9]");
  with(rrdb, "conv_hr.bias", drawn({4}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "'conv_hr.bias' of shape [4]; expected is [3]");
  with(rrdb, "conv_last.weight", drawn({1, 3, 3, 3}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "expected is [3, 3, 3, 3]");
  with(rrdb, "conv_first.weight", drawn({3, 4, 3, 3}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "takes 4 channels");
  with(rrdb, "body.0.rdb1.attention.weight", drawn({3}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "holds 'body.0.rdb1.attention.weight'");
  FileTensor whole_numbers = rrdb.at("conv_hr.weight");
  whole_numbers.type = "I32";
  with(rrdb, "conv_hr.weight", whole_numbers);
  expect_refusal(file("a"), BURIN_E_MODEL, "as I32; expected is F32, F16 or BF16");

  without(compact, "body.1.weight");
  expect_refusal(file("a"), BURIN_E_MODEL, "another activation than PReLU");
  with(compact, "body.1.weight", drawn({4}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "of shape [4]; expected is [5]");
  with(compact, "body.6.weight", drawn({13, 5, 3, 3}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "'body.6.bias' of shape [27]");
  NetworkFile odd = compact;
  odd["body.6.weight"] = drawn({13, 5, 3, 3}, 1, 1);
  with(odd, "body.6.bias", drawn({13}, 1, 1));
  expect_refusal(file("a"), BURIN_E_MODEL, "ends in 13 channels");
}

BOOST_AUTO_TEST_CASE(names_networks_of_other_kinds) {
  for (const auto& [tensor, network] :
       {std::pair{"before_RG.1.weight", "a DAT network"},
        {"layers.0.residual_group.blocks.0.attn.relative_position_bias_table", "a SwinIR network"},
        {"layers.0.residual_group.overlap_attn.qkv.weight", "a HAT network"},
        {"model.diffusion_model.input_blocks.0.0.weight", "a diffusion checkpoint"},
        {"block_1.c1_r.sk.weight", "a SPAN network"},
        {"something.else", "is unknown: its first tensor is 'something.else'"}}) {
    write_network_file(folder / "a", {{tensor, drawn({3}, 1, 1)}});
    expect_refusal(file("a"), BURIN_E_UNSUPPORTED, network);
  }
}

BOOST_AUTO_TEST_CASE(says_so_when_a_network_makes_no_numbers) {
  NetworkFile file = read_network_file(data / "rrdb_x4.safetensors");
  file["conv_last.bias"] = tensor_of({3}, {0, std::nanf(""), 0});
  write_network_file(folder / "a", file);
  Esrgan upscaler(this->file("a"));
  std::vector<float> result;
  BOOST_TEST(upscaler.upscale(picture(4, 4), 4, 4, &result) == BURIN_E_MODEL);
  BOOST_TEST(says("values that are not numbers"));
}

BOOST_AUTO_TEST_SUITE_END()
