// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The ESRGAN upscaler through the ABI, and what its results are compared with.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "burin/cpp/modules.hpp"
#include "burin/cpp/tensor.hpp"
#include "burin/ext/params.h"
#include "burin/role/upscaler.h"

namespace burin::test {

inline const std::filesystem::path data =
    std::filesystem::path(BURIN_SOURCE_DIR) / "tests/plugins/upscaler_esrgan/data";

/// A folder that goes with the case.
struct Files {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "burin-esrgan-tests";
  Files() { std::filesystem::create_directories(folder); }
  ~Files() { std::filesystem::remove_all(folder); }
  std::string file(const std::string& name) const { return (folder / name).string(); }
};

/// [h, w, 3], a wave over all values.
inline std::vector<float> picture(int64_t h, int64_t w) {
  std::vector<float> values(static_cast<size_t>(3 * h * w));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(0.5 + 0.4 * std::sin(0.7 * static_cast<double>(i)));
  }
  return values;
}

inline sdk::ModuleSet& modules() {
  static sdk::ModuleSet set;
  return set;
}

/// One instance with a network.
class Esrgan {
 public:
  explicit Esrgan(const std::string& model = "", const char* data_dir = nullptr)
      : api_(modules().find<burin_upscaler>(BURIN_UPSCALER_ID, "esrgan").api) {
    BOOST_REQUIRE(api_->create(modules().host(), data_dir, &self_) == BURIN_OK);
    const void* params = nullptr;
    BOOST_REQUIRE(burin_loader_extension(modules().loader(), BURIN_UPSCALER_ID, "esrgan",
                                         BURIN_PARAMS_ID, &params) == BURIN_OK);
    const burin_param_value value = {sizeof(value), BURIN_PARAM_PATH, 0, model.c_str()};
    BOOST_REQUIRE(static_cast<const burin_params*>(params)->set(self_, "model", &value) ==
                  BURIN_OK);
  }
  Esrgan(const Esrgan&) = delete;
  Esrgan& operator=(const Esrgan&) = delete;
  ~Esrgan() { api_->destroy(self_); }

  burin_status factor(uint32_t* out) { return api_->factor(self_, out); }
  burin_status upscale(std::vector<float> rgb, int64_t h, int64_t w, std::vector<float>* to,
                       const burin_upscaler_options* options = nullptr,
                       const burin_run* run = nullptr) {
    const sdk::TensorView view(rgb.data(), sdk::PixelType::f32, h, w, 3);
    burin_tensor out = {};
    out.struct_size = sizeof(out);
    const burin_status status = api_->upscale(self_, view.dl(), options, run, &out);
    if (status != BURIN_OK) {
      BOOST_TEST((out.release == nullptr));
      return status;
    }
    uint32_t times = 0;
    BOOST_REQUIRE(factor(&times) == BURIN_OK);
    BOOST_REQUIRE(out.dl.shape[0] == h * times);
    BOOST_REQUIRE(out.dl.shape[1] == w * times);
    const auto* values = static_cast<const float*>(out.dl.data);
    to->assign(values, values + h * times * w * times * 3);
    out.release(&out);
    return status;
  }
  std::vector<float> enlarged(std::vector<float> rgb, int64_t h, int64_t w, uint32_t tile = 0,
                              uint64_t memory = 0) {
    const burin_upscaler_options options = {sizeof(options), tile, memory};
    std::vector<float> result;
    BOOST_REQUIRE_MESSAGE(upscale(std::move(rgb), h, w, &result, &options) == BURIN_OK,
                          burin_last_error());
    return result;
  }

 private:
  const burin_upscaler* api_;
  void* self_ = nullptr;
};

/// What a file of the folder data says, clipped as the upscaler clips.
inline std::vector<float> expected(const std::string& name) {
  std::ifstream stream(data / (name + ".f32"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(values.data()));
  for (float& value : values) value = std::clamp(value, 0.0F, 1.0F);
  return values;
}

/// The largest difference.
inline double distance(const std::vector<float>& a, const std::vector<float>& b) {
  BOOST_REQUIRE(a.size() == b.size());
  BOOST_REQUIRE(!a.empty());
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max<double>(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace burin::test
