// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Parsing the header of a safetensors file, and recognising files that are something else.
#include "weights/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "runtime/error.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_text.hpp"
#include "runtime/text.hpp"

namespace burin::core {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::size_t kMostDimensions = 64;

struct TypeInfo {
  StoredType type;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<TypeInfo, 12> kTypeInfos = {{{StoredType::f64, "F64", 8},
                                                  {StoredType::f32, "F32", 4},
                                                  {StoredType::f16, "F16", 2},
                                                  {StoredType::bf16, "BF16", 2},
                                                  {StoredType::f8_e4m3, "F8_E4M3", 1},
                                                  {StoredType::f8_e5m2, "F8_E5M2", 1},
                                                  {StoredType::i64, "I64", 8},
                                                  {StoredType::i32, "I32", 4},
                                                  {StoredType::i16, "I16", 2},
                                                  {StoredType::i8, "I8", 1},
                                                  {StoredType::u8, "U8", 1},
                                                  {StoredType::boolean, "BOOL", 1}}};

const TypeInfo& info_of(StoredType type) {
  return *std::find_if(kTypeInfos.begin(), kTypeInfos.end(),
                       [&](const TypeInfo& each) { return each.type == type; });
}

[[noreturn]] void refuse_file(const std::string& path, const std::string& what) {
  throw Error(BURIN_E_MODEL, in_quotes(path, 400) + " " + what);
}

std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result + "'";
}

std::string conversion_command(const std::string& path) {
  std::filesystem::path target = path;
  target.replace_extension(".safetensors");
  if (target == std::filesystem::path(path)) target.replace_extension(".converted.safetensors");
  return "python3 -c \"import sys, torch, safetensors.torch as s; "
         "d = torch.load(sys.argv[1], map_location='cpu', weights_only=True); "
         "d = d.get('state_dict', d); "
         "s.save_file({k: v.contiguous().clone() for k, v in d.items() if torch.is_tensor(v)}, "
         "sys.argv[2])\" " +
         shell_quoted(to_valid_utf8(path)) + " " + shell_quoted(to_valid_utf8(target.string()));
}

// What a file with these first bytes is when it is no safetensors file; empty: unknown.
std::string foreign_format(std::string_view head, const std::string& path) {
  using namespace std::string_view_literals;
  const auto starts = [&](std::string_view magic) { return head.substr(0, magic.size()) == magic; };
  const auto pickle = [&](const std::string& kind) {
    return "is " + kind +
           ", which can run code when it is read; expected a safetensors file, which this makes "
           "of it: " +
           conversion_command(path);
  };
  if (starts("PK\x03\x04"sv) || starts("PK\x05\x06"sv))
    return pickle("a zip archive, most likely a PyTorch pickle");
  if (head.size() >= 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
    return pickle("a Python pickle");
  struct Magic {
    std::string_view bytes, name;
  };
  static constexpr Magic known[] = {
      {"GGUF"sv, "a GGUF file (llama.cpp, stable-diffusion.cpp)"},
      {"ggjt"sv, "a GGML file"},
      {"\x89PNG\r\n\x1a\n"sv, "a PNG picture"},
      {"\xff\xd8\xff"sv, "a JPEG picture"},
      {"RIFF"sv, "a RIFF file (WebP picture, sound or film)"},
      {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file (Keras)"},
      {"\x1f\x8b"sv, "gzip-compressed"},
      {"\x28\xb5\x2f\xfd"sv, "zstd-compressed"},
      {"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive"},
      {"Rar!\x1a\x07"sv, "a RAR archive"},
      {"\x93NUMPY"sv, "a NumPy array"},
      {"\x7f"
       "ELF"sv,
       "a program or library"},
      {"version "sv, "a Git LFS pointer, not the file it points to (git lfs pull fetches it)"},
      {"\x08\x07\x12"sv, "an ONNX model"},
      {"\x08\x08\x12"sv, "an ONNX model"},
  };
  for (const Magic& magic : known) {
    if (starts(magic.bytes))
      return "is " + std::string(magic.name) + "; expected a safetensors file";
  }
  const auto first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf"sv);
  if (first == head.npos) return "";
  if (head[first] == '<')
    return "is a web page or XML, perhaps the answer of a failed download; expected a safetensors "
           "file";
  if (head[first] == '{' || head[first] == '[')
    return "is JSON text, perhaps the index of a model in several files; expected a safetensors "
           "file";
  return "";
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

StoredType read_type(const Fields& fields) {
  const auto text = text_member(fields, "dtype");
  std::vector<std::string_view> names;
  for (const TypeInfo& each : kTypeInfos) {
    if (text == each.name) return each.type;
    names.push_back(each.name);
  }
  refuse(fields, "dtype", text ? json(*text) : json(nullptr), "one of " + joined(names));
}

// Product of the shape and the size of one value; the bytes of the tensor. Each partial product
// must fit as well.
std::uint64_t read_shape(const Fields& fields, const std::string& key, TensorEntry& entry) {
  const auto found = fields.object->find("shape");
  const json shape = found == fields.object->end() ? json(nullptr) : *found;
  if (!shape.is_array() || shape.size() > kMostDimensions)
    refuse(fields, "shape", shape,
           "a list of at most " + std::to_string(kMostDimensions) + " sizes");
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t bytes = size_of(entry.type);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const json& size = shape[i];
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > most)
      refuse(fields, "shape[" + std::to_string(i) + "]", size,
             "a whole number from 0 to " + std::to_string(most));
    const auto count = size.get<std::uint64_t>();
    if (count != 0 && bytes > most / count)
      refuse(fields, "shape", shape.dump(), "at most " + std::to_string(most) + " bytes in " + key);
    bytes *= count;
    entry.shape.push_back(static_cast<std::int64_t>(count));
  }
  return bytes;
}

std::pair<std::uint64_t, std::uint64_t> read_offsets(const Fields& fields,
                                                     std::uint64_t data_size) {
  const auto found = fields.object->find("data_offsets");
  const json offsets = found == fields.object->end() ? json(nullptr) : *found;
  const bool pair = offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() &&
                    offsets[1].is_number_unsigned();
  const std::uint64_t begin = pair ? offsets[0].get<std::uint64_t>() : 0;
  const std::uint64_t end = pair ? offsets[1].get<std::uint64_t>() : 0;
  if (!pair || begin > end || end > data_size)
    throw Error(fields.status, fields.prefix + "data_offsets is " +
                                   (pair ? offsets.dump() : described(offsets)) +
                                   "; expected [begin, end] with 0 <= begin <= end <= " +
                                   std::to_string(data_size) + ", the bytes of data in the file");
  return {begin, end};
}

TensorEntry read_entry(const std::string& name, const json& value, std::uint64_t data_size,
                       const std::string& file_prefix) {
  const std::string key = "tensor " + in_quotes(name, 200);
  if (!value.is_object())
    throw Error(BURIN_E_MODEL, file_prefix + key + " is " + described(value) +
                                   "; expected an object with dtype, shape and data_offsets");
  const Fields fields{&value, file_prefix + key + ": ", BURIN_E_MODEL};
  TensorEntry entry;
  entry.type = read_type(fields);
  const std::uint64_t bytes = read_shape(fields, key, entry);
  const auto [begin, end] = read_offsets(fields, data_size);
  if (end - begin != bytes)
    throw Error(BURIN_E_MODEL, fields.prefix + "data_offsets span " + std::to_string(end - begin) +
                                   " bytes; its shape and dtype need " + std::to_string(bytes));
  entry.begin = begin;
  entry.end = end;
  return entry;
}

std::map<std::string, std::string> read_metadata(const json& value,
                                                 const std::string& file_prefix) {
  const Fields fields{&value, file_prefix + "__metadata__: ", BURIN_E_MODEL};
  if (!value.is_object())
    throw Error(BURIN_E_MODEL,
                file_prefix + "__metadata__ is " + described(value) + "; expected an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) refuse(fields, to_valid_utf8(key.substr(0, 200)), text, "text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// Every byte of the data belongs to exactly one tensor.
void check_layout(const std::map<std::string, TensorEntry>& tensors, std::uint64_t data_size,
                  const std::string& file_prefix) {
  using Named = std::pair<const std::string, TensorEntry>;
  std::vector<const Named*> order;
  for (const Named& each : tensors) order.push_back(&each);
  std::sort(order.begin(), order.end(), [](const Named* a, const Named* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::uint64_t covered = 0;
  for (const Named* each : order) {
    const std::uint64_t begin = each->second.begin;
    if (begin != covered)
      throw Error(BURIN_E_MODEL,
                  file_prefix + "tensor " + in_quotes(each->first, 200) + " begins at byte " +
                      std::to_string(begin) +
                      (begin < covered ? ", inside another tensor" : ", leaving a hole before it") +
                      "; expected " + std::to_string(covered));
    covered = each->second.end;
  }
  if (covered != data_size)
    throw Error(BURIN_E_MODEL, file_prefix + "its tensors end at byte " + std::to_string(covered) +
                                   " of the data; expected " + std::to_string(data_size) +
                                   ", the end of the file");
}

}  // namespace

std::size_t size_of(StoredType type) { return info_of(type).bytes; }

std::string_view name_of(StoredType type) { return info_of(type).name; }

std::size_t safetensors_header_size(std::string_view first_8_bytes, std::uint64_t file_size,
                                    const std::string& path) {
  if (file_size == 0) refuse_file(path, "is empty; expected a safetensors file");
  const std::string foreign = foreign_format(first_8_bytes, path);
  if (file_size < kLengthBytes || first_8_bytes.size() < kLengthBytes) {
    if (!foreign.empty()) refuse_file(path, foreign);
    refuse_file(path, "is " + std::to_string(file_size) +
                          " bytes long; expected a safetensors file, which begins with 8 bytes of "
                          "header length");
  }
  const std::uint64_t length = little_endian(first_8_bytes);
  const bool fits = length <= file_size - kLengthBytes;
  if (length >= 2 && length <= kMostHeaderBytes && fits)
    return static_cast<std::size_t>(kLengthBytes + length);
  if (!foreign.empty()) refuse_file(path, foreign);
  if (length < 2 || length > kMostHeaderBytes)
    refuse_file(path, "states a header of " + std::to_string(length) +
                          " bytes; expected a safetensors file, whose header has 2 to " +
                          std::to_string(kMostHeaderBytes));
  refuse_file(path, "is cut short: it states a header of " + std::to_string(length) +
                        " bytes, and only " + std::to_string(file_size - kLengthBytes) + " follow");
}

SafetensorsHeader parse_safetensors_header(std::string_view head, std::uint64_t file_size,
                                           const std::string& path) {
  SafetensorsHeader header;
  header.data_start = safetensors_header_size(head.substr(0, kLengthBytes), file_size, path);
  if (head.size() < header.data_start)
    refuse_file(path, "gave " + std::to_string(head.size()) + " bytes where its header needs " +
                          std::to_string(header.data_start) + "; expected all of them");
  const std::string_view text = head.substr(kLengthBytes, header.data_start - kLengthBytes);
  if (text.front() != '{') {
    const std::string foreign = foreign_format(head, path);
    if (!foreign.empty()) refuse_file(path, foreign);
    refuse_file(path, "has " + in_quotes(text.substr(0, 1)) +
                          " where a safetensors header begins; expected \"{\"");
  }
  JsonRules rules;
  rules.status = BURIN_E_MODEL;
  rules.what = "the header of " + in_quotes(path, 400);
  rules.comments = false;
  rules.max_bytes = kMostHeaderBytes;
  rules.max_depth = 3;
  const json document = parse_json(text, rules);
  const std::uint64_t data_size = file_size - header.data_start;
  const std::string file_prefix = in_quotes(path, 400) + ": ";
  for (const auto& [name, value] : document.items()) {
    if (name == "__metadata__")
      header.metadata = read_metadata(value, file_prefix);
    else
      header.tensors.emplace(name, read_entry(name, value, data_size, file_prefix));
  }
  check_layout(header.tensors, data_size, file_prefix);
  return header;
}

}  // namespace burin::core
