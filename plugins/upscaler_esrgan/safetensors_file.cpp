// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The format: a length of 8 bytes, that much JSON, then the tensors' bytes without gaps.
#include "safetensors_file.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "burin/cpp/error.hpp"
#include "foreign_file.hpp"

namespace burin::esrgan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr uint64_t length_bytes = 8;
constexpr uint64_t most_header_bytes = 100'000'000;  // as the format's own reader has it
constexpr size_t most_dimensions = 8;
constexpr uint64_t most_side = uint64_t{1} << 31;

std::pair<StoredType, uint64_t> type_of(const std::string& name) {
  if (name == "F32") return {StoredType::f32, 4};
  if (name == "F16") return {StoredType::f16, 2};
  if (name == "BF16") return {StoredType::bf16, 2};
  return {StoredType::other, 0};
}

/// UINT64_MAX where it is no whole number from 0 on.
uint64_t whole(const json& value) {
  constexpr uint64_t none = std::numeric_limits<uint64_t>::max();
  return value.is_number_unsigned() ? value.get<uint64_t>() : none;
}

}  // namespace

std::string text_of(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t length : shape) text += (text.empty() ? "" : ", ") + std::to_string(length);
  return "[" + text + "]";
}

void SafetensorsFile::refuse(const std::string& what) const {
  throw sdk::Error(BURIN_E_MODEL, "The network " + path_ + " " + what);
}

SafetensorsFile::SafetensorsFile(const std::string& path) : path_(path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw sdk::Error(BURIN_E_NOT_FOUND, "The network " + path + " is not there.");
  }
  if (!fs::is_regular_file(path, error)) {
    refuse("is no file; expected is a safetensors file.");
  }
  stream_.open(path, std::ios::binary);
  if (!stream_) throw sdk::Error(BURIN_E_IO, "The network " + path + " cannot be read.");
  read_header();
}

void SafetensorsFile::read_header() {
  std::error_code error;
  const uint64_t file_bytes = fs::file_size(path_, error);
  if (error) throw sdk::Error(BURIN_E_IO, "The network " + path_ + " cannot be measured.");
  char start[length_bytes] = {};
  stream_.read(start, length_bytes);
  const std::string foreign = foreign_format({start, static_cast<size_t>(stream_.gcount())});
  const auto no_header = [&](const std::string& what) {
    refuse(foreign.empty() ? what : "is " + foreign + "; expected is a safetensors file.");
  };
  if (file_bytes < length_bytes) {
    no_header("has " + std::to_string(file_bytes) + " bytes; a safetensors file has at least 10.");
  }
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, start, length_bytes);
  if (header_bytes > most_header_bytes || header_bytes > file_bytes - length_bytes) {
    no_header("says that its header has " + std::to_string(header_bytes) +
              " bytes, and the file has " + std::to_string(file_bytes) +
              "; it is cut off or no safetensors file.");
  }
  std::string text(header_bytes, '\0');
  stream_.read(text.data(), static_cast<std::streamsize>(header_bytes));
  if (!stream_) throw sdk::Error(BURIN_E_IO, "The network " + path_ + " cannot be read.");

  std::set<std::string> names;
  std::string twice;
  bool deep = false;
  const json header = json::parse(
      text,
      [&](int depth, json::parse_event_t event, json& parsed) {
        deep = deep || depth > 3;
        if (event == json::parse_event_t::key && depth == 1) {
          const auto& name = parsed.get_ref<const std::string&>();
          if (!names.insert(name).second) twice = name;
        }
        return !deep;
      },
      false);
  if (header.is_discarded() || !header.is_object() || deep) {
    no_header("has a header that is no JSON object; it is damaged or no safetensors file.");
  }
  if (!twice.empty()) refuse("names the tensor '" + twice + "' twice.");

  const uint64_t data_begin = length_bytes + header_bytes, data_bytes = file_bytes - data_begin;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& item : header.items()) {
    const std::string& name = item.key();
    const auto& entry = item.value();
    if (name == "__metadata__") continue;
    const auto broken = [&](const std::string& what) {
      refuse("has '" + name + "' " + what + ".");
    };
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
        !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
      broken("without a dtype, a shape and two data_offsets");
    }
    StoredTensor tensor;
    tensor.type_name = entry["dtype"].get<std::string>();
    const auto [type, item_bytes] = type_of(tensor.type_name);
    tensor.type = type;
    uint64_t bytes = item_bytes;
    if (entry["shape"].size() > most_dimensions) broken("with more than 8 dimensions");
    for (const json& length : entry["shape"]) {
      const uint64_t side = whole(length);
      if (side >= most_side) broken("with a length that is no whole number below 2^31");
      tensor.shape.push_back(static_cast<int64_t>(side));
      constexpr uint64_t too_many = std::numeric_limits<uint64_t>::max();
      bytes = side != 0 && bytes > too_many / side ? too_many : bytes * side;
    }
    const uint64_t begin = whole(entry["data_offsets"][0]), end = whole(entry["data_offsets"][1]);
    if (begin > end || end > data_bytes) {
      broken("outside the " + std::to_string(data_bytes) +
             " bytes that are there; the file is cut off or damaged");
    }
    if (type != StoredType::other && bytes != end - begin) {
      broken("of shape " + text_of(tensor.shape) + " in " + std::to_string(end - begin) +
             " bytes, which does not fit " + tensor.type_name);
    }
    tensor.begin = data_begin + begin;
    tensor.end = data_begin + end;
    if (begin < end) ranges.emplace_back(begin, end);
    tensors_.emplace(name, std::move(tensor));
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) refuse("has tensors that lie on each other.");
  }
}

cv::Mat SafetensorsFile::values(const std::string& name) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) refuse("lacks '" + name + "'.");
  const StoredTensor& tensor = found->second;
  if (tensor.type == StoredType::other) {
    refuse("has '" + name + "' as " + tensor.type_name + "; expected is F32, F16 or BF16.");
  }
  std::vector<int> sizes(tensor.shape.begin(), tensor.shape.end());
  if (sizes.empty()) sizes.push_back(1);
  const auto type = tensor.type == StoredType::f32   ? CV_32F
                    : tensor.type == StoredType::f16 ? CV_16F
                                                     : CV_16U;
  cv::Mat stored(static_cast<int>(sizes.size()), sizes.data(), type);
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(tensor.begin));
  stream_.read(reinterpret_cast<char*>(stored.data),
               static_cast<std::streamsize>(tensor.end - tensor.begin));
  if (!stream_) {
    throw sdk::Error(BURIN_E_IO,
                     "The network " + path_ + " cannot be read where '" + name + "' should be.");
  }
  if (tensor.type == StoredType::f32) return stored;
  cv::Mat values(static_cast<int>(sizes.size()), sizes.data(), CV_32F);
  if (tensor.type == StoredType::f16) {
    stored.convertTo(values, CV_32F);
    return values;
  }
  // BF16 is the upper half of a float32.
  const auto* from = stored.ptr<uint16_t>();
  auto* to = values.ptr<float>();
  for (size_t i = 0; i < values.total(); ++i) {
    to[i] = std::bit_cast<float>(static_cast<uint32_t>(from[i]) << 16);
  }
  return values;
}

}  // namespace burin::esrgan
