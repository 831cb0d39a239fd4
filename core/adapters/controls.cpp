// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Control networks and adapters beside a model.
#include "adapters/controls.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "adapters/control_source.hpp"
#include "runtime/compose.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

constexpr int kPixelsALatent = 8;

// The heads of a UNet as load_unet takes them.
std::pair<int, int> heads_of(const UNetWeights& unet) {
  int channels = 0, heads = 0;
  for (const UNetBlock& block : unet.input) {
    if (block.transformer.heads == 0) continue;
    const int own = static_cast<int>(block.transformer.norm.weight.size(0));
    if (channels != 0 && own != channels)
      return block.transformer.heads == heads ? std::pair{heads, 0}
                                              : std::pair{0, own / block.transformer.heads};
    channels = own;
    heads = block.transformer.heads;
  }
  if (heads == 0 && unet.mid_transformer.heads > 0) heads = unet.mid_transformer.heads;
  return {std::max(heads, 1), 0};
}

std::string family_of(const TensorSource& source) {
  const auto key = [&](const char* name, std::size_t dim) -> std::int64_t {
    const auto shape = source.shape(name);
    return shape && shape->size() > dim ? (*shape)[dim] : 0;
  };
  for (const char* name : {"input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
                           "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
                           "middle_block.1.transformer_blocks.0.attn2.to_k.weight"})
    switch (key(name, 1)) {
      case 768:
        return "SD 1.x";
      case 1024:
        return "SD 2.x";
      case 2048:
        return "SDXL";
      default:
        break;
    }
  if (key("label_emb.0.0.weight", 1) > 0) return "SDXL";
  return {};
}

// Whether the adapter's features have the widths of the places where they are added.
void check_adapter(const T2iAdapterWeights& adapter, const Model& model,
                   const std::filesystem::path& path) {
  const T2iFeatures features =
      t2i_features(adapter, at::zeros({1, 3, 8 * adapter.unshuffle, 8 * adapter.unshuffle},
                                      at::TensorOptions().device(model.device)));
  std::vector<std::int64_t> widths{model.unet.model_channels};
  for (const UNetBlock& block : model.unet.input)
    widths.push_back(block.has_res ? block.res.conv2.weight.size(0)
                                   : block.resample.weight.size(0));
  std::size_t place = 0;
  for (auto feature = features.input.rbegin(); feature != features.input.rend();
       ++feature, ++place) {
    if (!feature->defined()) continue;
    if (place < widths.size() && feature->size(1) == widths[place]) continue;
    throw Error(BURIN_E_MODEL,
                compose("The T2I adapter {} has {} channels for the UNet's input block {}, which "
                        "the {} checkpoint has {}. It looks made for {}.",
                        path.string(), feature->size(1), place, model.family.name,
                        place < widths.size() ? compose("{} of", widths[place]) : "not",
                        adapter.xl ? "SDXL" : "SD 1.x"));
  }
}

at::Tensor nearest_centre(const at::Tensor& picture, std::int64_t height, std::int64_t width) {
  const std::int64_t old_height = picture.size(2), old_width = picture.size(3);
  const double old_aspect = static_cast<double>(old_width) / static_cast<double>(old_height);
  const double new_aspect = static_cast<double>(width) / static_cast<double>(height);
  std::int64_t x = 0, y = 0;
  const auto margin = [](std::int64_t side, double ratio) {
    return static_cast<std::int64_t>(
        std::nearbyint((static_cast<double>(side) - static_cast<double>(side) * ratio) / 2));
  };
  if (old_aspect > new_aspect)
    x = margin(old_width, new_aspect / old_aspect);
  else if (old_aspect < new_aspect)
    y = margin(old_height, old_aspect / new_aspect);
  const at::Tensor centre =
      picture.narrow(2, y, old_height - 2 * y).narrow(3, x, old_width - 2 * x).contiguous();
  return at::_upsample_nearest_exact2d(centre, {height, width});
}

std::int64_t multiple(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

at::Tensor scaled(const at::Tensor& residual, const ControlLink& link, std::int64_t items) {
  if (!residual.defined()) return residual;
  at::Tensor result = residual;
  if (link.model->pooled) result = result.mean({2, 3}, true).expand_as(residual);
  result = result * link.strength;
  return result.size(0) == items || result.size(0) == 1
             ? result
             : result.repeat({items / result.size(0), 1, 1, 1});
}

void add_list(std::vector<at::Tensor>& sum, std::vector<at::Tensor> own) {
  if (own.size() < sum.size()) own.resize(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i)
    if (sum[i].defined()) own[i] = own[i].defined() ? sum[i] + own[i] : sum[i];
  sum = std::move(own);
}

std::string stamp_of(const std::filesystem::path& path) {
  std::error_code none;
  return std::to_string(std::filesystem::last_write_time(path, none).time_since_epoch().count());
}

}  // namespace

ControlModel load_control(const std::filesystem::path& path, const Model& model) {
  const Safetensors file = Safetensors::open(path);
  const ControlKind kind = control_kind(file);
  const KeyedWeights& unet = model.keyed.front();
  std::vector<std::string> keys;
  for (const auto& [key, tensor] : *unet.source.packed) keys.push_back(key);
  const TensorSource source =
      control_source(file, kind, keys, [packed = unet.source.packed](const std::string& key) {
        const auto found = packed->find(key);
        return found == packed->end() ? at::Tensor() : found->second;
      });
  ControlModel control;
  const std::string stem = path.stem().string();
  control.pooled = stem.ends_with("_shuffle") || stem.ends_with("_shuffle_fp16");
  try {
    if (kind == ControlKind::adapter) {
      control.net = load_t2i_adapter(source, model.dtype, model.device);
    } else {
      const auto [heads, head_channels] = heads_of(model.unet);
      control.net = load_control_net(source, unet_config(unet.source), heads, head_channels,
                                     model.dtype, model.device);
    }
  } catch (const Error& error) {
    const std::string family = family_of(source);
    throw Error(
        error.status(),
        compose("The control network does not fit the {} checkpoint: {}.{}", model.family.name,
                error.what(), family.empty() ? "" : compose(" It looks made for {}.", family)));
  }
  if (const auto* adapter = std::get_if<T2iAdapterWeights>(&control.net))
    check_adapter(*adapter, model, path);
  return control;
}

std::shared_ptr<const ControlModel> ControlCache::get(const std::filesystem::path& path,
                                                      const std::string& weights) {
  const auto known = loaded_.find(path.string());
  const std::string stamp = stamp_of(path);
  if (known != loaded_.end() &&
      (known->second.first == stamp || known->second.first == stamp + weights))
    return known->second.second;
  loaded_.erase(path.string());
  const ControlKind kind = control_kind(Safetensors::open(path));
  const bool of_model = kind == ControlKind::low_rank || kind == ControlKind::difference;
  auto control = std::make_shared<const ControlModel>(load_control(path, model_));
  loaded_[path.string()] = {of_model ? stamp + weights : stamp, control};
  return control;
}

void show_pictures(ControlLink& link, const std::vector<at::Tensor>& pictures, std::int64_t height,
                   std::int64_t width) {
  height *= kPixelsALatent;
  width *= kPixelsALatent;
  const auto* adapter = std::get_if<T2iAdapterWeights>(&link.model->net);
  if (adapter != nullptr) {
    height = multiple(height, adapter->unshuffle);
    width = multiple(width, adapter->unshuffle);
  }
  std::vector<at::Tensor> fitted;
  for (const at::Tensor& picture : pictures) {
    if (picture.dim() != 4 || picture.size(0) != 1 || picture.size(1) != 3 || picture.numel() == 0)
      throw Error(BURIN_E_INVALID, compose("a control picture has {} dimensions and {} values, "
                                           "expected [1 3 height width]",
                                           picture.dim(), picture.numel()));
    fitted.push_back(nearest_centre(picture, height, width));
  }
  const at::Tensor batch = at::cat(fitted);
  if (adapter != nullptr)
    link.residuals = t2i_features(*adapter, batch);
  else
    link.features =
        control_features(std::get<ControlNetWeights>(link.model->net), batch, link.type);
}

void add_control(const ControlChain& chain, const ControlCall& call, UNetExtras& extras) {
  const std::int64_t items = call.x.size(0);
  for (const ControlLink& link : chain) {
    if (call.sigma > link.first_sigma || call.sigma < link.last_sigma) continue;
    std::vector<at::Tensor> input, middle, output;
    const auto put = [&](const std::vector<at::Tensor>& from, std::vector<at::Tensor>& to) {
      for (const at::Tensor& residual : from) to.push_back(scaled(residual, link, items));
    };
    if (const auto* net = std::get_if<ControlNetWeights>(&link.model->net)) {
      const at::Tensor features =
          link.features.size(0) == items
              ? link.features
              : link.features.repeat({items / link.features.size(0), 1, 1, 1});
      ControlNetOutput own =
          control_net(*net, call.x, features, call.t, call.context, call.vector, link.type);
      put(own.output, output);
      put({own.middle}, middle);
    } else {
      put(link.residuals.input, input);
      put(link.residuals.middle, middle);
    }
    add_list(extras.control_input, std::move(input));
    add_list(extras.control_middle, std::move(middle));
    add_list(extras.control_output, std::move(output));
  }
}

}  // namespace burin::core
