// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Safetensors files written, read back, and refused.
#include "weights/safetensors.hpp"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "support/expect_error.hpp"
#include "support/scratch_folder.hpp"

using namespace burin::core;
using burin::test::files_in;
using burin::test::holds;
using burin::test::sentence_of;
using burin::test::text_of;
namespace fs = std::filesystem;

namespace {

void write_bytes(const fs::path& path, const std::string& header, const std::string& data) {
  std::ofstream file(path, std::ios::binary);
  const std::uint64_t length = header.size();
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header << data;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors_file, burin::test::ScratchFolder)

BOOST_AUTO_TEST_CASE(every_type_comes_back_bit_for_bit) {
  const at::Tensor values = at::tensor({0.0F, 1.0F, -2.5F, 100.0F, 0.0078125F, -0.0F}).view({2, 3});
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kFloat8_e4m3fn, at::kFloat8_e5m2,
        at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool})
    tensors.emplace_back(std::string("t.") + at::toString(type),
                         type == at::kByte ? values.abs().to(type) : values.to(type));
  write_safetensors(path / "a.safetensors", tensors, {{"k", "v \u00E9 \""}});
  const Safetensors file = Safetensors::open(path / "a.safetensors");
  BOOST_TEST(file.entries().size() == tensors.size());
  BOOST_TEST(file.metadata().at("k") == "v \u00E9 \"");
  for (const auto& [key, tensor] : tensors) {
    const at::Tensor read = file.tensor(key);
    BOOST_TEST(read.scalar_type() == tensor.scalar_type());
    BOOST_TEST(read.sizes() == tensor.sizes());
    BOOST_TEST(std::memcmp(read.const_data_ptr(), tensor.const_data_ptr(), tensor.nbytes()) == 0,
               key);
  }
}

BOOST_AUTO_TEST_CASE(scalars_empty_and_strided_tensors_keep_their_shape) {
  const at::Tensor strided = at::arange(12, at::kFloat).view({3, 4}).t();
  write_safetensors(
      path / "a.safetensors",
      {{"scalar", at::scalar_tensor(3.5)}, {"empty", at::empty({0, 4})}, {"t", strided}});
  const Safetensors file = Safetensors::open(path / "a.safetensors");
  BOOST_TEST(file.tensor("scalar").dim() == 0);
  BOOST_TEST(file.tensor("scalar").item<double>() == 3.5);
  BOOST_TEST(file.tensor("empty").sizes() == at::IntArrayRef({0, 4}));
  BOOST_TEST(at::equal(file.tensor("t"), strided));
}

BOOST_AUTO_TEST_CASE(the_mapping_outlives_the_file_object_and_the_name) {
  at::Tensor tensor;
  {
    write_safetensors(path / "a.safetensors", {{"x", at::arange(1000)}});
    tensor = Safetensors::open(path / "a.safetensors").tensor("x");
    fs::remove(path / "a.safetensors");
  }
  BOOST_TEST(tensor.sum().item<std::int64_t>() == 499500);
}

BOOST_AUTO_TEST_CASE(unaligned_tensors_are_read) {
  write_bytes(path / "a.safetensors",
              R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
              R"("x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}} )",
              std::string("\x07\x00\x00\x80\x3f\x00\x00\x00\x40", 9));
  const at::Tensor x = Safetensors::open(path / "a.safetensors").tensor("x");
  BOOST_TEST(x[0].item<float>() == 1);
  BOOST_TEST(x[1].item<float>() == 2);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_named) {
  write_safetensors(path / "a.safetensors", {{"x", at::zeros({1})}});
  const Safetensors file = Safetensors::open(path / "a.safetensors");
  BOOST_TEST(!file.has("y"));
  BOOST_TEST(holds(sentence_of(BURIN_E_MODEL, [&] { file.tensor("y"); }), "no tensor y"));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
  sentence_of(BURIN_E_NOT_FOUND, [&] { Safetensors::open(path / "none"); });
  sentence_of(BURIN_E_NOT_FOUND, [&] { Safetensors::open(path / "none" / "x"); });
  sentence_of(BURIN_E_IO, [&] { Safetensors::open(path); });
  std::ofstream(path / "empty").flush();
  sentence_of(BURIN_E_MODEL, [&] { Safetensors::open(path / "empty"); });
  write_bytes(path / "cut", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234");
  sentence_of(BURIN_E_MODEL, [&] { Safetensors::open(path / "cut"); });
}

BOOST_AUTO_TEST_CASE(writing_replaces_the_old_file_whole) {
  write_safetensors(path / "a.safetensors", {{"x", at::zeros({4})}});
  write_safetensors(path / "a.safetensors", {{"y", at::ones({2})}});
  const Safetensors file = Safetensors::open(path / "a.safetensors");
  BOOST_TEST(!file.has("x"));
  BOOST_TEST(file.tensor("y").sum().item<double>() == 2);
  BOOST_TEST(files_in(path) == 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_and_no_temporary) {
  write_safetensors(path / "a.safetensors", {{"x", at::zeros({4})}});
  const std::string before = text_of(path / "a.safetensors");
  rlimit old{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, old.rlim_max};
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string sentence;
  try {
    write_safetensors(path / "a.safetensors", {{"x", at::zeros({100000})}});
  } catch (const Error& error) {
    sentence = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(holds(sentence, "cannot be written"));
  BOOST_TEST(text_of(path / "a.safetensors") == before);
  BOOST_TEST(files_in(path) == 1);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_an_error) {
  BOOST_TEST(holds(
      sentence_of(BURIN_E_IO,
                  [&] {
                    write_safetensors(path / "none" / "a.safetensors", {{"x", at::zeros({1})}});
                  }),
      "cannot be created"));
}

BOOST_AUTO_TEST_CASE(what_the_format_lacks_is_refused_before_anything_is_written) {
  const fs::path out = path / "a.safetensors";
  const at::Tensor x = at::zeros({1});
  sentence_of(BURIN_E_INVALID, [&] { write_safetensors(out, {{"x", x}, {"x", x}}); });
  sentence_of(BURIN_E_INVALID, [&] { write_safetensors(out, {{"__metadata__", x}}); });
  sentence_of(BURIN_E_INVALID, [&] { write_safetensors(out, {{"x", x.to(at::kComplexFloat)}}); });
  sentence_of(BURIN_E_INVALID, [&] { write_safetensors(out, {{"x", at::Tensor()}}); });
  sentence_of(BURIN_E_INVALID, [&] { write_safetensors(out, {{"\xFF", x}}); });
  BOOST_TEST(files_in(path) == 0);
}

BOOST_AUTO_TEST_CASE(threads_may_write_the_same_file) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      write_safetensors(path / "a.safetensors", {{"x", at::full({1000}, i)}});
    });
  for (std::thread& t : threads) t.join();
  const at::Tensor x = Safetensors::open(path / "a.safetensors").tensor("x");
  BOOST_TEST(x.eq(x[0]).all().item<bool>());
  BOOST_TEST(files_in(path) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
