// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Safetensors headers: good ones, every bound, and files that are something else.
#include "weights/safetensors_header.hpp"

#include <rapidcheck.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

#include "runtime/text.hpp"
#include "support/expect_error.hpp"

using namespace burin::core;
using namespace std::string_literals;
using burin::test::holds;
using burin::test::sentence_of;

namespace {

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

std::string with_length(const std::string& header) { return length_bytes(header.size()) + header; }

SafetensorsHeader parse(const std::string& header, std::uint64_t data_bytes) {
  const std::string head = with_length(header);
  return parse_safetensors_header(head, head.size() + data_bytes, "m.safetensors");
}

struct Bad {
  std::string header;
  std::uint64_t data_bytes;
  const char* sentence;
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << in_quotes(bad.header); }

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"t": {"dtype": ")" + dtype + R"(", "shape": )" + shape + R"(, "data_offsets": )" +
         offsets + "}}";
}

const Bad bad_headers[] = {
    {"{]", 0, "the header of \"m.safetensors\" is not valid JSON at line 1, column 2"},
    {"{} x", 0, "is not valid JSON"},
    {"{\"a\": /* no */ 1}", 0, "is not valid JSON"},
    {"{\"\xff\": 1}", 0, "is not UTF-8"},
    {"{\"t\": {}, \"t\": {}}", 0, "has the key \"t\" twice in one object"},
    {"{\"t\": {\"dtype\": \"F32\", \"dtype\": \"F16\"}}", 0, "has the key \"dtype\" twice"},
    {"{\"t\": [[[[1]]]]}", 0, "is nested more than 3 levels deep"},
    {"{\"t\": 5}", 0,
     "\"m.safetensors\": tensor \"t\" is 5; expected an object with dtype, shape and data_offsets"},
    {"{\"t\": null}", 0, "tensor \"t\" is null; expected an object"},
    {"{\"t\": {}}", 0, "tensor \"t\": dtype is null; expected one of F64, F32, F16, BF16"},
    {tensor("F4", "[2]", "[0, 1]"), 1, "tensor \"t\": dtype is \"F4\"; expected one of"},
    {tensor("f32", "[1]", "[0, 4]"), 4, "dtype is \"f32\""},
    {"{\"t\": {\"dtype\": 3}}", 0, "dtype is 3; expected text"},
    {"{\"t\": {\"dtype\": \"F32\"}}", 0, "tensor \"t\": shape is null; expected a list"},
    {tensor("F32", "4", "[0, 4]"), 4, "shape is 4; expected a list of at most 64 sizes"},
    {tensor("F32", "[-1]", "[0, 4]"), 4, "shape[0] is -1; expected a whole number from 0"},
    {tensor("F32", "[1.0]", "[0, 4]"), 4, "shape[0] is 1.0; expected a whole number"},
    {tensor("F32", "[\"1\"]", "[0, 4]"), 4, "shape[0] is \"1\"; expected"},
    {tensor("F32", "[true]", "[0, 4]"), 4, "shape[0] is true; expected"},
    {tensor("F32", "[9223372036854775808]", "[0, 4]"), 4,
     "shape[0] is 9223372036854775808; expected"},
    {tensor("F32", "[99999999999999999999]", "[0, 4]"), 4, "shape[0] is 1e+20; expected"},
    {tensor("F32", "[4611686018427387904, 4]", "[0, 0]"), 0,
     "expected at most 9223372036854775807 bytes"},
    {tensor("F32", "[4294967296, 4294967296, 0]", "[0, 0]"), 0,
     "expected at most 9223372036854775807 bytes"},
    {tensor(
         "U8",
         "[" +
             [] {
               std::string ones = "1";
               for (int i = 0; i < 64; ++i) ones += ",1";
               return ones;
             }() +
             "]",
         "[0, 1]"),
     1, "shape is a list of 65; expected a list of at most 64 sizes"},
    {"{\"t\": {\"dtype\": \"F32\", \"shape\": [1]}}", 4,
     "data_offsets is null; expected [begin, end]"},
    {tensor("F32", "[1]", "[0]"), 4, "data_offsets is a list of 1; expected [begin, end]"},
    {tensor("F32", "[1]", "[0, 4, 8]"), 4, "data_offsets is a list of 3"},
    {tensor("F32", "[1]", "[-4, 0]"), 4, "data_offsets is a list of 2; expected [begin, end]"},
    {tensor("F32", "[1]", "[0.0, 4.0]"), 4, "data_offsets is a list of 2"},
    {tensor("F32", "[1]", "[4, 0]"), 4,
     "data_offsets is [4,0]; expected [begin, end] with 0 <= begin <= end <= 4"},
    {tensor("F32", "[2]", "[0, 8]"), 7,
     "data_offsets is [0,8]; expected [begin, end] with 0 <= begin <= end <= 7"},
    {tensor("F32", "[1]", "[18446744073709551612, 18446744073709551615]"), 4,
     "data_offsets is [18446744073709551612,"},
    {tensor("F32", "[2]", "[0, 4]"), 4,
     "tensor \"t\": data_offsets span 4 bytes; its shape and dtype need 8"},
    {tensor("F16", "[2]", "[0, 8]"), 8, "data_offsets span 8 bytes; its shape and dtype need 4"},
    {tensor("F32", "[1]", "[0, 4]"), 5,
     "its tensors end at byte 4 of the data; expected 5, the end of the file"},
    {tensor("F32", "[1]", "[4, 8]"), 8,
     "tensor \"t\" begins at byte 4, leaving a hole before it; expected 0"},
    {"{}", 3, "its tensors end at byte 0 of the data; expected 3"},
    {R"({"a": {"dtype":"U8","shape":[4],"data_offsets":[0,4]}, "b": {"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
     6, "tensor \"b\" begins at byte 2, inside another tensor; expected 4"},
    {R"({"a": {"dtype":"U8","shape":[4],"data_offsets":[0,4]}, "b": {"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
     4, "tensor \"b\" begins at byte 0, inside another tensor; expected 4"},
    {R"({"a": {"dtype":"U8","shape":[4],"data_offsets":[0,4]}, "z": {"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
     4, "tensor \"z\" begins at byte 2, inside another tensor; expected 4"},
    {R"({"__metadata__": []})", 0, "__metadata__ is an empty list; expected an object"},
    {R"({"__metadata__": {"a": 1}})", 0, "__metadata__: a is 1; expected text"},
    {R"({"__metadata__": {"a": null}})", 0, "__metadata__: a is null; expected text"},
    {" {}", 0, "expected \"{\""},
    {"[1]", 0, "expected \"{\""},
};

struct Foreign {
  std::string head;
  std::uint64_t size;
  const char* sentence;
};

std::ostream& operator<<(std::ostream& out, const Foreign& file) {
  return out << in_quotes(file.head);
}

const Foreign foreign_files[] = {
    {"", 0, "\"a 'b'.ckpt\" is empty; expected a safetensors file"},
    {"abc", 3, "is 3 bytes long; expected a safetensors file"},
    {"PK\x03\x04\x00\x00\x08\x08\x00\x00"s, 5000, "is a zip archive, most likely a PyTorch pickle"},
    {"\x80\x02}q\x00(X\x05\x00"s, 5000, "is a Python pickle, which can run code when it is read"},
    {"\x80\x02}q"s, 4, "is a Python pickle"},
    {"GGUF\x03\x00\x00\x00"s, 5000, "is a GGUF file"},
    {"\x89PNG\r\n\x1a\n\x00\x00"s, 5000, "is a PNG picture"},
    {"<!DOCTYPE html>", 5000, "is a web page or XML"},
    {"\n  <html>", 5000, "is a web page or XML"},
    {"{\"weight_map\": {", 5000, "is JSON text, perhaps the index"},
    {"version https://git-lfs", 130, "is a Git LFS pointer"},
    {"\xff\xd8\xff\xe0\x00\x10JF"s, 5000, "is a JPEG picture"},
    {"\x89HDF\r\n\x1a\n"s, 5000, "is an HDF5 file"},
    {std::string(16, '\xff'), 5000,
     "states a header of 18446744073709551615 bytes; expected a safetensors file"},
    {std::string(16, '\0'), 5000, "states a header of 0 bytes"},
    {length_bytes(100'000'001) + "{", 1ull << 40,
     "states a header of 100000001 bytes; expected a safetensors file, whose header has 2 to "
     "100000000"},
    {length_bytes(100) + "{", 107,
     "is cut short: it states a header of 100 bytes, and only 99 follow"},
    {length_bytes(20) + "{}", 100, "gave 10 bytes where its header needs 28"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors_header)

BOOST_AUTO_TEST_CASE(reads_tensors_metadata_and_where_the_data_begins) {
  const auto header = parse(
      R"({"__metadata__": {"format": "pt", "é": ""}, "b": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [4, 16], "extra": [1]},
          "a": {"shape": [], "dtype": "F32", "data_offsets": [0, 4]}, "none": {"dtype": "I64", "shape": [0, 7], "data_offsets": [16, 16]}}   )",
      16);
  BOOST_TEST(header.tensors.size() == 3u);
  BOOST_TEST(header.metadata.at("format") == "pt");
  BOOST_TEST(header.metadata.size() == 2u);
  const TensorEntry& b = header.tensors.at("b");
  BOOST_TEST((b.type == StoredType::bf16));
  BOOST_TEST((b.shape == std::vector<std::int64_t>{2, 3}));
  BOOST_TEST(b.begin == 4u);
  BOOST_TEST(b.end == 16u);
  BOOST_TEST(header.tensors.at("a").shape.empty());
  BOOST_TEST((header.tensors.at("none").shape == std::vector<std::int64_t>{0, 7}));
}

BOOST_AUTO_TEST_CASE(reads_a_file_without_tensors) {
  const auto header = parse("{}", 0);
  BOOST_TEST(header.tensors.empty());
  BOOST_TEST(header.data_start == 10u);
}

BOOST_AUTO_TEST_CASE(knows_every_dtype) {
  const struct {
    const char* name;
    StoredType type;
    std::size_t bytes;
  } types[] = {{"F64", StoredType::f64, 8},         {"F32", StoredType::f32, 4},
               {"F16", StoredType::f16, 2},         {"BF16", StoredType::bf16, 2},
               {"F8_E4M3", StoredType::f8_e4m3, 1}, {"F8_E5M2", StoredType::f8_e5m2, 1},
               {"I64", StoredType::i64, 8},         {"I32", StoredType::i32, 4},
               {"I16", StoredType::i16, 2},         {"I8", StoredType::i8, 1},
               {"U8", StoredType::u8, 1},           {"BOOL", StoredType::boolean, 1}};
  for (const auto& each : types) {
    const std::string end = std::to_string(3 * each.bytes);
    const auto header = parse(tensor(each.name, "[3]", "[0, " + end + "]"), 3 * each.bytes);
    BOOST_TEST((header.tensors.at("t").type == each.type));
    BOOST_TEST(size_of(each.type) == each.bytes);
    BOOST_TEST(name_of(each.type) == each.name);
  }
}

BOOST_DATA_TEST_CASE(refuses_bad_headers, bad_headers) {
  const auto sentence =
      sentence_of(BURIN_E_MODEL, [&] { parse(sample.header, sample.data_bytes); });
  BOOST_TEST(holds(sentence, sample.sentence), sentence);
  BOOST_TEST(holds(sentence, "\"m.safetensors\""));
}

BOOST_DATA_TEST_CASE(recognises_what_is_no_safetensors_file, foreign_files) {
  const auto sentence = sentence_of(
      BURIN_E_MODEL, [&] { parse_safetensors_header(sample.head, sample.size, "a 'b'.ckpt"); });
  BOOST_TEST(holds(sentence, sample.sentence), sentence);
}

BOOST_AUTO_TEST_CASE(says_how_to_convert_a_pickle_and_quotes_for_the_shell) {
  const auto sentence = sentence_of(BURIN_E_MODEL, [] {
    safetensors_header_size("PK\x03\x04\x00\x00\x08\x08"s, 5000, "/models/it's a model.ckpt");
  });
  BOOST_TEST(holds(sentence, "python3 -c \"import sys, torch, safetensors.torch as s; "));
  BOOST_TEST(holds(sentence, "weights_only=True"));
  BOOST_TEST(
      holds(sentence, " '/models/it'\\''s a model.ckpt' '/models/it'\\''s a model.safetensors'"));
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL,
                               [] {
                                 safetensors_header_size("PK\x03\x04\x00\x00\x08\x08"s, 5000,
                                                         "m.safetensors");
                               }),
                   "'m.safetensors' 'm.converted.safetensors'"));
}

BOOST_AUTO_TEST_CASE(asks_for_as_many_bytes_as_the_header_has) {
  BOOST_TEST(safetensors_header_size(length_bytes(1000), 1008, "m") == 1008u);
  BOOST_TEST(safetensors_header_size(length_bytes(100'000'000), 1ull << 40, "m") == 100'000'008u);
  // The length of this header happens to spell the start of a zip archive.
  BOOST_TEST(safetensors_header_size("PK\x03\x04\x00\x00\x00\x00"s, 1ull << 40, "m") ==
             0x04034b50u + 8);
}

BOOST_AUTO_TEST_CASE(survives_any_change_of_a_byte) {
  const std::string good = with_length(
      R"({"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})");
  BOOST_TEST(parse_safetensors_header(good, good.size() + 11, "m").tensors.size() == 2u);
  const bool fine = rc::check([&](std::uint8_t byte) {
    std::string bad = good;
    bad[*rc::gen::inRange<std::size_t>(0, bad.size())] = static_cast<char>(byte);
    try {
      const auto header = parse_safetensors_header(bad, bad.size() + 11, "m");
      for (const auto& [name, entry] : header.tensors) RC_ASSERT(entry.end <= 11u);
    } catch (const Error& error) {
      RC_ASSERT(error.status() == BURIN_E_MODEL);
      RC_ASSERT(!invalid_utf8_at(error.what()));
    }
  });
  BOOST_TEST(fine);
}

BOOST_AUTO_TEST_SUITE_END()
