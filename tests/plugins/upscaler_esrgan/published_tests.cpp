// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Networks with the names, shapes and types of the published files, at their full width, with
// weights drawn by name: against data/make_published.py, which computes them in numpy.
#include <array>
#include <functional>
#include <opencv2/core.hpp>

#include "esrgan.hpp"
#include "network_file.hpp"

using namespace burin;
using namespace burin::test;

namespace {

constexpr int width = 64, growth = 32;

// Numbers from -1 to 1 that follow from the name.
std::vector<double> draw(const std::string& name, size_t count) {
  uint32_t state = 2166136261U;
  for (const unsigned char byte : name) state = (state ^ byte) * 16777619U;
  std::vector<double> values(count);
  for (double& value : values) {
    state = state * 1664525U + 1013904223U;
    value = 2 * (static_cast<double>(state >> 8) / (1 << 24)) - 1;
  }
  return values;
}

// The tensors of a file, written one by one as the names say.
class Maker {
 public:
  explicit Maker(bool half) : half_(half) {}

  void convolution(const std::string& name, int inputs, int outputs, double gain, double bias = 0) {
    const double spread = gain * std::sqrt(3.0 / (9 * inputs));
    add(name + ".weight", {outputs, inputs, 3, 3}, 0, spread);
    add(name + ".bias", {outputs}, bias, 0.1);
  }
  void slopes(const std::string& name) { add(name + ".weight", {width}, 0.25, 0.1); }

  NetworkFile file;

 private:
  // middle + spread * what is drawn for the name
  void add(const std::string& name, std::vector<int64_t> shape, double middle, double spread) {
    size_t count = 1;
    for (const int64_t length : shape) count *= static_cast<size_t>(length);
    std::vector<float> values;
    for (const double drawn : draw(name, count)) {
      values.push_back(static_cast<float>(middle + spread * drawn));
    }
    if (!half_) {
      file[name] = tensor_of(std::move(shape), values);
      return;
    }
    cv::Mat stored;
    cv::Mat(values, false).convertTo(stored, CV_16F);
    file[name] = {"F16", std::move(shape),
                  std::string(stored.ptr<char>(), stored.total() * stored.elemSize())};
  }

  bool half_;
};

struct RrdbNames {
  std::string first, trunk, up1, up2, high, last;
  std::function<std::string(const std::string& block, const std::string& part,
                            const std::string& convolution)>
      dense;
};

const RrdbNames real_esrgan = {"conv_first",
                               "conv_body",
                               "conv_up1",
                               "conv_up2",
                               "conv_hr",
                               "conv_last",
                               [](const auto& block, const auto& part, const auto& convolution) {
                                 return "body." + block + ".rdb" + part + ".conv" + convolution;
                               }};

const RrdbNames first_release = {"model.0",
                                 "model.1.sub.6",
                                 "model.3",
                                 "model.6",
                                 "model.8",
                                 "model.10",
                                 [](const auto& block, const auto& part, const auto& convolution) {
                                   return "model.1.sub." + block + ".RDB" + part + ".conv" +
                                          convolution + ".0";
                                 }};

NetworkFile rrdb(const RrdbNames& names, bool half, int blocks, int shuffle) {
  Maker make(half);
  make.convolution(names.first, 3 * shuffle * shuffle, width, 1.4);
  for (int block = 0; block < blocks; ++block) {
    for (const char* part : {"1", "2", "3"}) {
      for (int i = 1; i <= 5; ++i) {
        make.convolution(names.dense(std::to_string(block), part, std::to_string(i)),
                         width + (i - 1) * growth, i < 5 ? growth : width, 0.6);
      }
    }
  }
  // Each block adds a fifth of what it is given.
  make.convolution(names.trunk, width, width, std::pow(1.2, -blocks));
  for (const std::string& name : {names.up1, names.up2, names.high}) {
    make.convolution(name, width, width, 1.4);
  }
  make.convolution(names.last, width, 3, 0.1, 0.5);
  return make.file;
}

NetworkFile compact(bool half, int convolutions, int factor) {
  Maker make(half);
  for (int i = 0; i <= convolutions; ++i) {
    make.convolution("body." + std::to_string(2 * i), i == 0 ? 3 : width, width, 1.37);
    make.slopes("body." + std::to_string(2 * i + 1));
  }
  make.convolution("body." + std::to_string(2 * convolutions + 2), width, 3 * factor * factor, 0.2);
  return make.file;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(published, Files)

BOOST_AUTO_TEST_CASE(networks_of_each_published_layout_give_what_numpy_gives) {
  const struct {
    const char* name;
    std::function<NetworkFile()> make;
    uint32_t factor;
    int64_t height, width;
    size_t tensors;  // of the published file, where it has as many blocks
  } networks[] = {
      {"RealESRGAN_x4plus", [] { return rrdb(real_esrgan, true, 23, 1); }, 4, 3, 4, 702},
      {"ESRGAN_x4_old", [] { return rrdb(first_release, false, 6, 1); }, 4, 3, 4, 192},
      {"RealESRGAN_x2plus", [] { return rrdb(real_esrgan, false, 2, 2); }, 2, 6, 8, 0},
      {"RealESRGAN_x1", [] { return rrdb(real_esrgan, false, 1, 4); }, 1, 4, 8, 0},
      {"realesr-general-x4v3", [] { return compact(true, 32, 4); }, 4, 3, 4, 101},
      {"realesr-animevideov3", [] { return compact(false, 16, 4); }, 4, 3, 4, 53},
      {"compact_x2", [] { return compact(false, 16, 2); }, 2, 5, 4, 0}};
  for (const auto& network : networks) {
    BOOST_TEST_CONTEXT(network.name) {
      const NetworkFile tensors = network.make();
      if (network.tensors != 0) BOOST_TEST(tensors.size() == network.tensors);
      write_network_file(folder / "a.safetensors", tensors);
      Esrgan upscaler(file("a.safetensors"));
      uint32_t factor = 0;
      BOOST_REQUIRE_MESSAGE(upscaler.factor(&factor) == BURIN_OK, burin_last_error());
      BOOST_TEST(factor == network.factor);
      const auto made =
          upscaler.enlarged(picture(network.height, network.width), network.height, network.width);
      BOOST_TEST(distance(made, expected(network.name)) <= 1e-4);
      const auto inside = [](float value) { return value > 0 && value < 1; };
      BOOST_TEST(std::count_if(made.begin(), made.end(), inside) > std::ssize(made) / 2);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
