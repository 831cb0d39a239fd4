// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Each differs from a good one in one way. All have memory enough for a reader that looks nowhere.
#include "bad_tensors.hpp"

#include "session.hpp"

namespace burin::check {
namespace {

constexpr DLDataType u16_type = {kDLUInt, 16, 1};
constexpr DLDataType f64_type = {kDLFloat, 64, 1};
constexpr DLDataType f16_type = {kDLFloat, 16, 1};

bool same(DLDataType a, DLDataType b) { return a.code == b.code && a.bits == b.bits; }

// As large as anything that reads float64 of the good shape goes, so that accepting it is the
// finding and not a crash.
TestTensor roomy(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> larger = shape;
  larger.push_back(8);
  TestTensor tensor({kDLFloat, 64, 1}, larger);
  return tensor;
}

BadTensor changed(const std::string& what, const std::vector<std::int64_t>& shape, DLDataType dtype,
                  std::int32_t ndim) {
  BadTensor bad{what, roomy(shape)};
  DLTensor& dl = *bad.memory->dl();
  dl.dtype = dtype;
  dl.ndim = ndim;
  return bad;
}

}  // namespace

std::vector<BadTensor> bad_tensors(const Input& input, std::int64_t height, std::int64_t width) {
  const auto shape = shape_of(input, height, width);
  const auto rank = static_cast<std::int32_t>(shape.size());
  const std::string name = text_of("'", input.name, "'");
  std::vector<BadTensor> all;
  all.push_back({"NULL as " + name, std::nullopt});
  all.push_back(changed(name + " of one dimension less", shape, input.dtype, rank - 1));
  all.push_back(changed(name + " of one dimension more", shape, input.dtype, rank + 1));
  for (const auto& [type, type_name] : {std::pair{u8_type, "uint8"},
                                        {f32_type, "float32"},
                                        {u16_type, "uint16"},
                                        {f64_type, "float64"},
                                        {f16_type, "float16"}}) {
    if (same(type, input.dtype)) continue;
    all.push_back(changed(text_of(name, " of type ", type_name), shape, type, rank));
  }
  DLDataType lanes = input.dtype;
  lanes.lanes = 4;
  all.push_back(changed(name + " of 4 lanes", shape, lanes, rank));
  if (!input.shape.empty() && input.shape.back() > 0) {
    auto other = shape;
    other.back() += 1;
    all.push_back(
        changed(text_of(name, " of ", other.back(), " channels"), other, input.dtype, rank));
  }
  all.push_back(changed(name + " on another device", shape, input.dtype, rank));
  all.back().memory->dl()->device.device_type = kDLCUDA;
  return all;
}

}  // namespace burin::check
