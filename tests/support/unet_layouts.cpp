// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The key layouts of UNets of any size.
#include "support/unet_layouts.hpp"

namespace burin::test {
namespace {

struct Writer {
  const UNetLayout& layout;
  Manifest keys;

  void add(const std::string& key, std::vector<std::int64_t> shape) {
    keys.emplace_back(key, std::move(shape));
  }
  void res(const std::string& p, int out) { add(p + ".out_layers.3.weight", {out, out, 3, 3}); }
  void transformer(const std::string& p, int channels, int depth) {
    if (depth == 0) return;
    add(p + ".norm.weight", {channels});
    if (layout.linear) add(p + ".proj_in.weight", {channels, channels});
    for (int k = 0; k < depth; ++k)
      add(p + ".transformer_blocks." + std::to_string(k) + ".norm1.weight", {channels});
    add(p + ".transformer_blocks.0.attn2.to_k.weight", {channels, layout.context_dim});
  }
};

}  // namespace

Manifest unet_inference_keys(const UNetLayout& layout) {
  Writer w{layout, {}};
  const int mc = layout.model_channels;
  w.add("input_blocks.0.0.weight", {mc, layout.in_channels, 3, 3});
  w.add("out.2.weight", {layout.out_channels, mc, 3, 3});
  if (layout.vector_dim > 0) w.add("label_emb.0.0.weight", {4 * mc, layout.vector_dim});
  int index = 1;
  const std::size_t levels = layout.mult.size();
  for (std::size_t l = 0; l < levels; ++l) {
    const int channels = mc * layout.mult[l];
    for (int b = 0; b < layout.res_blocks; ++b, ++index) {
      const std::string p = "input_blocks." + std::to_string(index);
      w.res(p + ".0", channels);
      w.transformer(p + ".1", channels, layout.depth[l]);
    }
    if (l + 1 < levels)
      w.add("input_blocks." + std::to_string(index++) + ".0.op.weight", {channels, channels, 3, 3});
  }
  w.transformer("middle_block.1", mc * layout.mult.back(), layout.mid_depth);
  index = 0;
  for (std::size_t l = levels; l-- > 0;) {
    const int channels = mc * layout.mult[l];
    for (int b = 0; b <= layout.res_blocks; ++b, ++index) {
      const std::string p = "output_blocks." + std::to_string(index);
      w.res(p + ".0", channels);
      w.transformer(p + ".1", channels, layout.depth[l]);
    }
  }
  return w.keys;
}

}  // namespace burin::test
