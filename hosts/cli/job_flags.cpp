// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The table and the reading of its values.
#include "cli/job_flags.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/options.hpp"

namespace burin::host {

namespace {

constexpr const char *which = "What to redraw", *how = "How to redraw it", *result = "Results";

constexpr std::array detecting = {
    JobFlag{"--detector", "/detect/detector", FlagValue::text, which, "detector plug-in [yunet]"},
    JobFlag{
        "--detector-param", "/detect/params", FlagValue::param, which,
        "a parameter that the detector's plug-in declares: model=face.onnx, iou=0.5 ...; may be "
        "repeated"},
    JobFlag{"--threshold", "/detect/threshold", FlagValue::number, which,
            "least confidence of a detection, 0..1 [0.5]"},
    JobFlag{"--dilation", "/detect/dilation", FlagValue::whole, which,
            "pixels each detection's mask grows by [10]"},
    JobFlag{"--labels", "/detect/labels", FlagValue::text, which,
            "labels to take, separated by commas [all]"},
    JobFlag{"--shape", "/detect/shape", FlagValue::text, which,
            "mask of a detection: ellipse or box [ellipse]"},
    JobFlag{"--max-faces", "/detect/max_count", FlagValue::whole, which,
            "take at most so many, most confident first [0: all]"},
};

constexpr std::array choosing = {
    JobFlag{"--drop-size", "/detect/drop_size", FlagValue::whole, which,
            "ignore what is not larger, in pixels a side [6; impact and selections 10]"},
    JobFlag{"--crop-factor", "/detect/crop_factor", FlagValue::number, which,
            "size of the crop in boxes: how much the model sees [the model's, else 3]"},
    JobFlag{"--mask", "/selection/file", FlagValue::path, which,
            "take what is white in this picture instead of detecting"},
    JobFlag{"--mask-mode", "/selection/combined", FlagValue::mask_mode, which,
            "combined: the mask is one piece; blobs: each white area is one [blobs]"},
    JobFlag{"--segs", "/segs", FlagValue::path, which,
            "take the boxes of this SEGS file (see burin detect) instead of detecting"},
    JobFlag{"--filter", "/filters", FlagValue::operation, which,
            "choose or change what was found: label=face, order=target:width,take_count:2, "
            "dilate=10 ...; may be repeated"},
    JobFlag{"--only", "/only", FlagValue::ids, which,
            "only these numbers of what was found, such as 1,3 or 2-5"},
};

constexpr std::array redrawing = {
    JobFlag{"--model,-m", "/model/checkpoint", FlagValue::path, how,
            "checkpoint, a .safetensors file or a diffusers folder [the built-in face model]"},
    JobFlag{"--vae", "/model/vae", FlagValue::path, how, "autoencoder [the checkpoint's]"},
    JobFlag{"--clip-skip", "/model/clip_skip", FlagValue::whole, how,
            "which layer of the text encoder to stop at, -1, -2 ..."},
    JobFlag{"--prompt,-p", "/prompt/positive", FlagValue::text, how, "what to draw"},
    JobFlag{"--negative,-n", "/prompt/negative", FlagValue::text, how, "what to avoid"},
    JobFlag{"--wildcard,-w", "/prompt/wildcard", FlagValue::text, how,
            "a prompt for each segment: [ASC] a [SEP] b, [LAB] [face] c, {d|e}, __file__"},
    JobFlag{"--negative-wildcard", "/prompt/negative_wildcard", FlagValue::text, how,
            "what to avoid in each segment, likewise"},
    JobFlag{"--wildcards", "/paths/wildcards", FlagValue::folder, how,
            "folder with the files of __file__, text or YAML; may be repeated"},
    JobFlag{
        "--lora", "/loras", FlagValue::lora, how,
        "merge a LoRA, with how much of it for the UNet and the text encoders; may be repeated"},
    JobFlag{"--control", "/controls", FlagValue::control, how,
            "guide by a ControlNet or T2I adapter that sees each crop; may be repeated"},
    JobFlag{"--steps", "/detailer/steps", FlagValue::whole, how, "sampling steps"},
    JobFlag{"--denoise", "/detailer/denoise", FlagValue::number, how,
            "how much is redrawn, above 0 up to 1"},
    JobFlag{"--seed", "/detailer/seed", FlagValue::whole, how, "seed of the noise [0]"},
    JobFlag{"--cfg", "/detailer/cfg", FlagValue::number, how, "guidance by the prompt"},
    JobFlag{"--sampler", "/detailer/sampler_name", FlagValue::text, how, "euler, dpmpp_2m ..."},
    JobFlag{"--scheduler", "/detailer/scheduler", FlagValue::text, how, "normal, karras ..."},
    JobFlag{"--guide-size", "/detailer/guide_size", FlagValue::number, how,
            "pixels a box (or crop) is enlarged to"},
    JobFlag{"--guide-size-for", "/detailer/guide_size_for", FlagValue::text, how,
            "bbox or crop_region"},
    JobFlag{"--max-size", "/detailer/max_size", FlagValue::number, how,
            "pixels the longer side of a crop has at most for the model"},
    JobFlag{"--force-inpaint", "/detailer/force_inpaint", FlagValue::yes, how,
            "redraw also what is large enough already"},
    JobFlag{"--no-noise-mask", "/detailer/noise_mask", FlagValue::no, how,
            "redraw the whole crop, not just the masked part"},
    JobFlag{"--noise-mask-feather", "/detailer/noise_mask_feather", FlagValue::whole, how,
            "blur of the mask while sampling, in pixels"},
    JobFlag{"--batch-size", "/detailer/batch_size", FlagValue::whole, how,
            "variants of each segment"},
    JobFlag{"--cycle", "/detailer/cycle", FlagValue::whole, how, "times to redraw each segment"},
    JobFlag{"--inpaint-model", "/detailer/inpaint_model", FlagValue::yes, how,
            "hide what is redrawn from an inpainting checkpoint"},
    JobFlag{"--refiner", "/refiner/checkpoint", FlagValue::path, how,
            "checkpoint that does the last steps"},
    JobFlag{"--refiner-ratio", "/detailer/refiner_ratio", FlagValue::number, how,
            "the refiner's share of the steps, 0..1 [0.2]"},
    JobFlag{"--semantics", "/semantics", FlagValue::text, how,
            "burin, or the rules of the Impact Pack bit for bit: impact (SEGSDetailer), foreach "
            "(DetailerForEach) [burin]"},
    JobFlag{"--feather", "/paste/feather", FlagValue::number, result,
            "soft edge of the result, in pixels"},
    JobFlag{"--alpha", "/paste/alpha", FlagValue::whole, result, "opacity of the result, 0..255"},
    JobFlag{"--no-colour-guard", "/paste/colour_guard", FlagValue::no, result,
            "leave the model's shift of colours as it is"},
    JobFlag{"--output,-o", "/output/image", FlagValue::path, result,
            "flattened result [IN-burin.EXT beside IN]"},
    JobFlag{"--layers", "/output/layers", FlagValue::path, result,
            "OpenRaster file with a masked layer a segment (.ora)"},
    JobFlag{"--segs-dir", "/output/segs_dir", FlagValue::path, result,
            "folder for the redrawn crops as float TIFF and segs.json"},
    JobFlag{"--control-dir", "/output/control_dir", FlagValue::path, result,
            "folder for the pictures that control networks were shown, as float TIFF"},
    JobFlag{"--trace", "/output/trace", FlagValue::path, result,
            "safetensors file with what was computed, for tests and bug reports"},
};

[[noreturn]] void refuse_value(const JobFlag& flag, const std::string& text, const char* expected) {
  const std::string_view names = flag.names;
  throw Failure(ExitCode::usage, std::string(names.substr(0, names.find(','))) + " is '" + text +
                                     "'; expected " + expected + ".");
}

template <typename T>
bool read_as(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes ":NUMBER" off the end of `text`.
std::optional<double> strength_behind(std::string& text) {
  const std::size_t colon = text.rfind(':');
  double strength = 0;
  if (colon == std::string::npos || colon == 0 || !read_as(text.substr(colon + 1), strength) ||
      strength - strength != 0) {
    return std::nullopt;
  }
  text.resize(colon);
  return strength;
}

// The path of a file that is there, else the name as it came: it is looked for elsewhere.
std::string file_or_name(const std::string& text) {
  std::error_code error;
  return std::filesystem::exists(text, error)
             ? std::filesystem::absolute(text).lexically_normal().string()
             : text;
}

nlohmann::json lora_of(const JobFlag& flag, std::string text) {
  const std::string whole = text;
  nlohmann::json lora = nlohmann::json::object();
  if (const auto last = strength_behind(text)) {
    lora["model_strength"] = lora["clip_strength"] = *last;
    if (const auto first = strength_behind(text)) lora["model_strength"] = *first;
  }
  if (text.empty()) refuse_value(flag, whole, "FILE, FILE:MODEL or FILE:MODEL:CLIP");
  lora["file"] = file_or_name(text);
  return lora;
}

nlohmann::json control_of(const JobFlag& flag, std::string text) {
  const std::string whole = text;
  nlohmann::json control = nlohmann::json::object();
  if (const auto strength = strength_behind(text)) control["strength"] = *strength;
  if (text.empty()) refuse_value(flag, whole, "FILE or FILE:STRENGTH");
  control["file"] = std::filesystem::absolute(text).lexically_normal().string();
  return control;
}

// A number or true as that, else the text.
nlohmann::json word_of(const std::string& text) {
  std::int64_t integer = 0;
  double number = 0;
  if (text == "true") return true;
  if (read_as(text, integer)) return integer;
  if (read_as(text, number) && number - number == 0) return number;
  return text;
}

// The files an operation reads are named from the working folder.
nlohmann::json operand_of(const std::string& key, const std::string& text) {
  for (const char* path : {"segs", "mask", "inside", "outside", "concat"})
    if (key == path) return std::filesystem::absolute(text).lexically_normal().string();
  return word_of(text);
}

// name, name=value, or name=key:value,key:value.
nlohmann::json operation_of(const JobFlag& flag, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) refuse_value(flag, text, "NAME=VALUE");
  if (equals == std::string::npos) {
    return {{name, name == "merge" ? nlohmann::json(true) : nlohmann::json::object()}};
  }
  std::string rest = text.substr(equals + 1);
  if (name == "pick") {
    try {
      return {{name, read_ids(rest)}};
    } catch (const Failure&) {
      refuse_value(flag, text, "pick=1,3-5");
    }
  }
  if (name == "label" || name == "drop_label" || name == "assign_labels") return {{name, rest}};
  if (rest.find(':') == std::string::npos) return {{name, operand_of(name, rest)}};
  nlohmann::json operands = nlohmann::json::object();
  while (!rest.empty()) {
    const std::size_t comma = rest.find(','), colon = rest.find(':');
    if (colon == std::string::npos || colon == 0 || colon > comma)
      refuse_value(flag, text, "NAME=KEY:VALUE,...");
    const std::string key = rest.substr(0, colon);
    operands[key] = operand_of(key, rest.substr(colon + 1, comma - colon - 1));
    rest.erase(0, comma == std::string::npos ? comma : comma + 1);
  }
  return {{name, operands}};
}

// A number, true or false as such; the name of a file that is there as an absolute path; else text.
nlohmann::json param_of(const JobFlag& flag, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) refuse_value(flag, text, "NAME=VALUE");
  const std::string name = text.substr(0, equals), value = text.substr(equals + 1);
  std::error_code none;
  if (!value.empty() && std::filesystem::exists(value, none))
    return {{name, std::filesystem::absolute(value).lexically_normal().string()}};
  const nlohmann::json parsed = nlohmann::json::parse(value, nullptr, false);
  return {{name, parsed.is_number() || parsed.is_boolean() ? parsed : nlohmann::json(value)}};
}

nlohmann::json value_of(const JobFlag& flag, const std::string& text) {
  switch (flag.value) {
    case FlagValue::whole: {
      std::uint64_t natural = 0;
      std::int64_t integer = 0;
      if (read_as(text, natural)) return natural;
      if (read_as(text, integer)) return integer;
      refuse_value(flag, text, "a whole number below 2^64");
    }
    case FlagValue::number: {
      std::int64_t integer = 0;
      if (read_as(text, integer)) return integer;
      double number = 0;
      if (read_as(text, number) && number - number == 0) return number;
      refuse_value(flag, text, "a number");
    }
    case FlagValue::text:
      return text;
    case FlagValue::path:
      if (text.empty()) refuse_value(flag, text, "a path");
      return std::filesystem::absolute(text).lexically_normal().string();
    case FlagValue::ids:
      return read_ids(text);
    case FlagValue::yes:
      return true;
    case FlagValue::no:
      return false;
    case FlagValue::mask_mode:
      if (text == "combined") return true;
      if (text == "blobs") return false;
      refuse_value(flag, text, "combined or blobs");
    case FlagValue::lora:
      return lora_of(flag, text);
    case FlagValue::control:
      return control_of(flag, text);
    case FlagValue::operation:
      return operation_of(flag, text);
    case FlagValue::param:
      return param_of(flag, text);
    case FlagValue::folder:
      if (text.empty()) refuse_value(flag, text, "a folder");
      return std::filesystem::absolute(text).lexically_normal().string();
  }
  return nullptr;
}

}  // namespace

bool is_repeated(FlagValue value) {
  return value == FlagValue::lora || value == FlagValue::control || value == FlagValue::folder ||
         value == FlagValue::operation || value == FlagValue::param;
}

std::span<const JobFlag> detection_flags() { return detecting; }
std::span<const JobFlag> choice_flags() { return choosing; }
std::span<const JobFlag> redraw_flags() { return redrawing; }

void put_flag(nlohmann::json& patch, const JobFlag& flag, const std::string& text) {
  nlohmann::json& place = patch[nlohmann::json::json_pointer(flag.pointer)];
  if (flag.value == FlagValue::param)
    place.update(value_of(flag, text));
  else if (is_repeated(flag.value))
    place.push_back(value_of(flag, text));
  else
    place = value_of(flag, text);
}

}  // namespace burin::host
