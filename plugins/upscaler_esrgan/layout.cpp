// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Every tensor of the file has its place in the network, or the file is another network's.
#include "layout.hpp"

#include <cstdlib>
#include <functional>
#include <optional>
#include <set>

#include "burin/cpp/error.hpp"
#include "foreign_file.hpp"

namespace burin::esrgan {
namespace {

constexpr int most_channels = 4096;
constexpr int most_factor = 16;
constexpr int any = -1;
constexpr float rrdb_slope = 0.2F;

/// What the parts of an RRDB network are called, without the prefix and ".weight".
struct RrdbNames {
  std::string first, trunk, high, last;
  std::vector<std::string> ups;
  std::function<std::string(int block, int dense, int convolution)> block;
};

class Reader {
 public:
  Reader(SafetensorsFile& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  bool has(const std::string& name) const { return file_.has(prefix_ + name + ".weight"); }
  const std::vector<int64_t>& shape(const std::string& name) const {
    return file_.tensors().at(prefix_ + name + ".weight").shape;
  }
  const SafetensorsFile& file() const { return file_; }

  /// inputs, outputs: `any` or what fits the layers before.
  Convolution convolution(const std::string& name, int inputs, int outputs,
                          const Activation& activation) {
    const std::string weight = prefix_ + name + ".weight", bias = prefix_ + name + ".bias";
    if (!file_.has(weight)) file_.refuse("lacks '" + weight + "'.");
    if (!file_.has(bias)) file_.refuse("lacks '" + bias + "'.");
    const std::vector<int64_t> s = shape(name);
    const auto side = [](int expected) {
      return expected == any ? std::string("n") : std::to_string(expected);
    };
    const auto fits = [](int64_t length, int expected) {
      return expected == any ? length >= 1 && length <= most_channels : length == expected;
    };
    if (s.size() != 4 || !fits(s[0], outputs) || !fits(s[1], inputs) || s[2] != 3 || s[3] != 3) {
      file_.refuse("has '" + weight + "' of shape " + text_of(s) + "; expected is [" +
                   side(outputs) + ", " + side(inputs) + ", 3, 3].");
    }
    const auto& bias_shape = file_.tensors().at(bias).shape;
    if (bias_shape != std::vector<int64_t>{s[0]}) {
      file_.refuse("has '" + bias + "' of shape " + text_of(bias_shape) + "; expected is [" +
                   std::to_string(s[0]) + "].");
    }
    used_.insert({weight, bias});
    return {file_.values(weight), file_.values(bias), activation};
  }

  /// Slopes of a PReLU after a convolution of that many outputs.
  Activation slopes(const std::string& name, int64_t outputs) {
    const std::string weight = prefix_ + name + ".weight";
    if (!file_.has(weight)) {
      file_.refuse("lacks '" + weight +
                   "'; compact networks with another activation than PReLU are not known here.");
    }
    const auto& s = shape(name);
    if (s != std::vector<int64_t>{outputs}) {
      file_.refuse("has '" + weight + "' of shape " + text_of(s) + "; expected is [" +
                   std::to_string(outputs) + "].");
    }
    used_.insert(weight);
    return {1, file_.values(weight)};
  }

  /// Throws where a tensor has no place in the network.
  void expect_all_used() const {
    for (const auto& [name, tensor] : file_.tensors()) {
      if (name.compare(0, prefix_.size(), prefix_) != 0 || used_.count(name) != 0) continue;
      file_.refuse("holds '" + name + "', which no ESRGAN network of this form has.");
    }
  }

 private:
  SafetensorsFile& file_;
  std::string prefix_;
  std::set<std::string> used_;
};

std::string numbered(const char* begin, int number, const std::string& end = "") {
  return begin + std::to_string(number) + end;
}

std::vector<std::string> ups_named(const Reader& reader, const char* begin) {
  std::vector<std::string> ups;
  while (reader.has(numbered(begin, static_cast<int>(ups.size()) + 1))) {
    ups.push_back(numbered(begin, static_cast<int>(ups.size()) + 1));
  }
  return ups;
}

std::optional<RrdbNames> second_release(const Reader& reader) {
  if (!reader.has("RRDB_trunk.0.RDB1.conv1")) return std::nullopt;
  return RrdbNames{"conv_first",
                   "trunk_conv",
                   "HRconv",
                   "conv_last",
                   ups_named(reader, "upconv"),
                   [](int block, int dense, int convolution) {
                     return numbered("RRDB_trunk.", block, numbered(".RDB", dense)) +
                            numbered(".conv", convolution);
                   }};
}

std::optional<RrdbNames> real_esrgan(const Reader& reader) {
  if (!reader.has("body.0.rdb1.conv1")) return std::nullopt;
  return RrdbNames{"conv_first",
                   "conv_body",
                   "conv_hr",
                   "conv_last",
                   ups_named(reader, "conv_up"),
                   [](int block, int dense, int convolution) {
                     return numbered("body.", block, numbered(".rdb", dense)) +
                            numbered(".conv", convolution);
                   }};
}

// A chain: model.0, the blocks and the trunk in model.1, then a convolution for each doubling and
// two more, with numbers between them for what has no weights.
std::optional<RrdbNames> first_release(const Reader& reader) {
  if (!reader.has("model.1.sub.0.RDB1.conv1.0")) return std::nullopt;
  constexpr int most_number = 32;
  std::vector<std::string> tail;
  for (int i = 2; i <= most_number; ++i) {
    if (reader.has(numbered("model.", i))) tail.push_back(numbered("model.", i));
  }
  if (tail.size() < 2) {
    reader.file().refuse("has " + std::to_string(tail.size()) +
                         " convolutions after its blocks; expected are at least 2.");
  }
  RrdbNames names;
  names.last = tail.back();
  tail.pop_back();
  names.high = tail.back();
  tail.pop_back();
  names.ups = tail;
  names.first = "model.0";
  names.block = [](int block, int dense, int convolution) {
    return numbered("model.1.sub.", block, numbered(".RDB", dense)) +
           numbered(".conv", convolution, ".0");
  };
  int blocks = 0;
  while (reader.has(names.block(blocks, 1, 1))) ++blocks;
  names.trunk = numbered("model.1.sub.", blocks);
  return names;
}

/// s where `count` is 3 s^2, else 0.
int side_of_block(int count) {
  for (int s = 1; s <= most_factor; ++s) {
    if (count == 3 * s * s) return s;
  }
  return 0;
}

Rrdb read_rrdb(Reader& reader, const RrdbNames& names) {
  const Activation none, leaky = {rrdb_slope, {}};
  Rrdb network;
  network.first = reader.convolution(names.first, any, any, none);
  const int width = network.first.outputs();
  network.shuffle = side_of_block(network.first.inputs());
  for (int block = 0; reader.has(names.block(block, 1, 1)); ++block) {
    auto& parts = network.blocks.emplace_back();
    for (int dense = 1; dense <= 3; ++dense) {
      auto& part = parts[static_cast<size_t>(dense - 1)];
      int seen = width;
      int growth = network.blocks.front().front().front().outputs();
      for (int i = 1; i <= 4; ++i) {
        const bool first = growth == 0;
        Convolution& made = part[static_cast<size_t>(i - 1)];
        made = reader.convolution(names.block(block, dense, i), seen, first ? any : growth, leaky);
        growth = made.outputs();
        seen += growth;
      }
      part[4] = reader.convolution(names.block(block, dense, 5), seen, width, none);
    }
  }
  network.trunk = reader.convolution(names.trunk, width, width, none);
  for (const std::string& up : names.ups) {
    network.ups.push_back(reader.convolution(up, width, width, leaky));
  }
  network.high = reader.convolution(names.high, width, width, leaky);
  network.last = reader.convolution(names.last, width, 3, none);
  const size_t doublings = network.ups.size();
  const int times = doublings > 4 ? 0 : 1 << doublings;
  if (network.shuffle == 0 || times == 0 || times % network.shuffle != 0) {
    reader.file().refuse("takes " + std::to_string(network.first.inputs()) +
                         " channels and doubles " + std::to_string(doublings) +
                         " times; expected are 3, 12 or 48 channels and a factor of 1 to 16.");
  }
  return network;
}

Srvgg read_srvgg(Reader& reader) {
  Srvgg network;
  int inputs = 3;
  for (int i = 0; reader.has(numbered("body.", i)); i += 2) {
    const std::string name = numbered("body.", i);
    const bool last =
        !reader.has(numbered("body.", i + 1)) && !reader.has(numbered("body.", i + 2));
    Activation after;
    if (!last) {
      const auto& shape = reader.shape(name);
      after = reader.slopes(numbered("body.", i + 1), shape.empty() ? 0 : shape.front());
    }
    network.layers.push_back(reader.convolution(name, inputs, any, after));
    inputs = network.layers.back().outputs();
  }
  network.factor = side_of_block(inputs);
  if (network.factor == 0 || network.layers.size() < 2) {
    reader.file().refuse("ends in " + std::to_string(inputs) +
                         " channels; expected are 3, 12, 27, 48, ...: 3 times a square.");
  }
  return network;
}

}  // namespace

Network read_network(SafetensorsFile& file) {
  for (const char* prefix : {"params_ema.", "params.", "module.", ""}) {
    Reader reader(file, prefix);
    for (const auto& names : {first_release(reader), second_release(reader), real_esrgan(reader)}) {
      if (!names) continue;
      Network network = read_rrdb(reader, *names);
      reader.expect_all_used();
      return network;
    }
    if (reader.has("body.0") && reader.shape("body.0").size() == 4) {
      Network network = read_srvgg(reader);
      reader.expect_all_used();
      return network;
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors()) names.push_back(name);
  const std::string known = foreign_network(names);
  const std::string looks = !known.empty() ? "looks like " + known
                            : names.empty()
                                ? "holds no tensors"
                                : "is unknown: its first tensor is '" + names.front() + "'";
  try {
    file.refuse(looks +
                "; expected is an ESRGAN or Real-ESRGAN network, or a compact one (SRVGG).");
  } catch (const sdk::Error& error) {
    throw sdk::Error(BURIN_E_UNSUPPORTED, error.what());
  }
}

}  // namespace burin::esrgan
