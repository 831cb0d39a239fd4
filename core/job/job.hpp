// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The job: one description of the work for every way in. docs/job.md is the format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/hooks.hpp"
#include "modules/segmenter_use.hpp"
#include "segs/segs.hpp"

namespace burin::core {

// impact: SEGSDetailer's rules; foreach: DetailerForEach's, which are the same but for the order,
// the seeds, and that each crop is read from the picture with the earlier results in it.
enum class Semantics { burin, impact, foreach };

// The reference's rules, 8-bit resizes and all.
inline bool follows_reference(Semantics semantics) { return semantics != Semantics::burin; }

// The parameters of SEGSDetailer. A job gives any of them; the rest come from the model's
// recommendation, then from defaults().
struct DetailerSettings {
  double guide_size = 256;  // model pixels
  bool guide_size_for_bbox = true;
  double max_size = 768;  // model pixels, long side; unless given 1024 in foreach semantics
  std::uint64_t seed = 0;
  int steps = 20;                 // 1..10000
  double cfg = 8;                 // 0..100
  std::string sampler = "euler";  // without "_gpu": those names mean the same
  std::string scheduler = "normal";
  // Of the module that the name before them is the id of; empty for the built-in ones.
  nlohmann::json sampler_params = nlohmann::json::object();
  nlohmann::json scheduler_params = nlohmann::json::object();
  double denoise = 0.5;  // 0.0001..1
  // The levels of each run, in place of scheduler, steps and denoise: 2 to 10001, never rising, the
  // last alone may be 0. Empty: none given. `steps` is then their number less one.
  std::vector<double> sigmas;
  bool noise_mask = true;
  bool force_inpaint = false;
  double refiner_ratio = 0.2;
  int batch_size = 1;  // 1..100
  int cycle = 1;       // 1..10
  bool inpaint_model = false;
  int noise_mask_feather =
      20;  // pixels, 0..100; unless given 0 in burin semantics, whose denoise mask is grown instead
};

// A control network or adapter, and what it is shown.
struct ControlUse {
  std::string file;
  double strength = 1;                        // 0..10
  double start_percent = 0, end_percent = 1;  // of the noise levels, 0 <= start <= end <= 1
  // A picture of the whole document's content; absent: each segment's own enlarged crop.
  std::optional<std::string> image;
  std::string preprocessor = "none";  // applied to the crop (not to `image`): of
                                      // preprocessor_names(), or the id of a module
  nlohmann::json preprocessor_params = nlohmann::json::object();
  std::string type;  // of a union network: control_types(); empty: none is named
};

struct Job {
  std::optional<std::string> image;
  Semantics semantics = Semantics::burin;
  std::optional<std::string> checkpoint, vae;  // absent: the embedded model, the checkpoint's own
  std::vector<std::string> text_encoders;      // model.text_encoders, beside or instead of its own
  std::optional<int> clip_skip;                // -1..-24
  // How the network is sampled where it is not as its file says.
  struct Sampling {
    std::optional<std::string> prediction;  // eps, v_prediction, x0, lcm or edm
    std::optional<bool> zero_terminal_snr;
    // Of a continuous schedule; absent: the discrete one, for edm 0.002 and 80.
    std::optional<double> sigma_min, sigma_max;
  };
  std::optional<Sampling> sampling;
  std::vector<LoraUse> loras;        // merged in this order
  std::vector<ControlUse> controls;  // chained in this order
  struct Paths {                     // folders where names are looked for
    std::vector<std::string> loras, embeddings, wildcards;
  };
  Paths paths;
  std::string positive, negative;
  std::string wildcard, negative_wildcard;  // see prompts/segment_prompts.hpp; empty: none
  // prompt.mask: the positive prompt holds inside a rectangle of the picture only.
  struct PromptMask {
    std::int64_t x1 = 0, y1 = 0, x2 = 0, y2 = 0;  // pixels, half-open
    double strength = 1;                          // 0..10
  };
  std::optional<PromptMask> prompt_mask;
  // A second model for the last steps; its share is detailer.refiner_ratio.
  struct Refiner {
    std::string checkpoint;
    std::optional<std::string> positive, negative;  // absent: the job's
  };
  std::optional<Refiner> refiner;
  // Exactly one source of SEGS: inline or file, a selection, or a detector (the default).
  std::optional<nlohmann::json> segs;  // array, or string: path of a SEGS file
  struct Selection {
    std::string file;
    bool combined = false, bbox_fill = false, contour_fill = false;
    double crop_factor = 3;
    int drop_size = 10;
  };
  std::optional<Selection> selection;
  struct Detect {
    std::string detector = "yunet";
    double threshold = 0.5;             // 0..1
    int dilation = 10;                  // pixels
    std::optional<double> crop_factor;  // absent: recommended by the model, else 3
    int drop_size = 6;                  // pixels; absent in an impact job: 10
    std::string labels = "all";
    bool ellipse = true;  // "shape": "ellipse" | "box"; absent in an impact job: box
    int max_count = 0;    // 0: all
    nlohmann::json filters = nlohmann::json::array();  // operations of segs/operations.hpp
    nlohmann::json params = nlohmann::json::object();  // of the detector's module
    std::optional<SegmenterUse> segmenter;             // draws the masks instead; absent: none
  };
  Detect detect;
  std::vector<std::int64_t> only;  // ids to detail; empty: all
  nlohmann::json detailer =
      nlohmann::json::object();  // the keys given, already checked; see resolve()
  std::optional<double>
      paste_feather;         // pixels; absent: 5 for impact, 6 % of the shorter face side for burin
  int paste_alpha = 255;     // 0..255
  bool colour_guard = true;  // paste.colour_guard
  std::optional<ModuleUse> blender;  // paste.blender: lays results over the picture; burin alone
  std::vector<Hook> hooks;
  std::optional<ModuleUse> upscaler;  // enlarges crops before the model sees them; burin alone
  struct Output {
    std::optional<std::string> image, layers, segs_dir, control_dir, trace;
  };
  Output output;
  std::filesystem::path base_dir;  // relative paths of the job start here
};

// Parses and checks everything that needs no pixels and no other file: JSON with // comments, at
// most 64 MiB, key names at every level (an unknown one is named with its place and the nearest
// known one), types, ranges, NaN, exclusive keys, inline SEGS. A null counts as absent. Samplers of
// the reference that are not among sampler_names() give Error{BURIN_E_UNSUPPORTED}. Throws
// Error{BURIN_E_JOB} otherwise. Never crashes on any bytes.
Job parse_job(std::string_view text, const std::filesystem::path& base_dir);

// The detailer settings: the job's, else `recommended` (an object with the same keys; "sampler"
// means sampler_name, unknown keys are skipped), else the defaults. Throws Error{BURIN_E_MODEL} for
// a recommendation that a job could not ask for.
DetailerSettings resolve_settings(const Job& job, const nlohmann::json& recommended);

// The whole job as JSON, every default written out, paths absolute; parse_job takes it back. What
// only a model or a picture can say (detect.crop_factor, paste.feather) is null where the job does
// not give it.
nlohmann::json job_to_json(const Job& job, const DetailerSettings& settings);

// `path` as a file: relative ones start in the job's base_dir.
std::filesystem::path resolve_path(const Job& job, const std::string& path);
std::vector<std::filesystem::path> resolve_paths(const Job& job,
                                                 const std::vector<std::string>& paths);

// Names the parser accepts; it also takes the reference's "_gpu" names of those that are here.
const std::vector<std::string>& sampler_names();
const std::vector<std::string>& scheduler_names();
// Ids of modules have a dot, and nothing but a-z, 0-9, '.', '_' and '-'.
bool is_module_id(const std::string& name);
// What a job or a hook may name: the names above and the id of a module.
bool is_sampler(const std::string& name);
bool is_scheduler(const std::string& name);
const std::vector<std::string>& preprocessor_names();
// What a union control network can be told to follow, in the order of its types; several names may
// mean one.
const std::vector<std::pair<std::string, int>>& control_types();

}  // namespace burin::core
