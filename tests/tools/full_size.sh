#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Checkpoints of released size with random weights: made, named, and run for two steps.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/tools/full_size.sh BUILD WORK [FAMILY...]

For each FAMILY (sd15, sd15-inpaint, sd21, sdxl; default: all) writes WORK/FAMILY.safetensors with
BUILD's make_checkpoint where it is not there yet (2 to 7 GB), prints what `burin info` says of it,
and details one face of a demo picture with it in two steps at guide size 512: time by stage and
peak memory. WORK is left as it is; the job stands in WORK/FAMILY.json.
TEXT
}

case ${1:-} in --help | -h) usage; exit 0 ;; esac
(($# >= 2)) || { usage >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
shift 2
families=("$@")
((${#families[@]})) || families=(sd15 sd15-inpaint sd21 sdxl)

for family in "${families[@]}"; do
  file=$work/$family.safetensors
  [[ -e $file ]] || "$build/tests/make_checkpoint" "$family" "$file"
  cat >"$work/$family.json" <<JSON
{ "burin_job": 1, "image": "$root/tests/data/demo/astronaut.png", "semantics": "impact",
  "model": { "checkpoint": "$file" },
  "prompt": { "positive": "a photo of a woman", "negative": "blurry" },
  "segs": [ { "bbox": [170, 60, 290, 200], "crop_region": [50, 0, 410, 340] } ],
  "detailer": { "guide_size": 512, "guide_size_for": "crop_region", "max_size": 512, "seed": 7,
                "steps": 2, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal",
                "denoise": 0.5, "noise_mask": true, "force_inpaint": false, "refiner_ratio": 0.2,
                "batch_size": 1, "cycle": 1, "inpaint_model": false, "noise_mask_feather": 20 },
  "output": { "image": "$work/$family.png", "segs_dir": "$work/$family-segs" } }
JSON
  echo "== $family ($(stat -c %s "$file") bytes)"
  "$build/bin/burin" info "$file"
  "$build/bin/burin" detail --job "$work/$family.json" --timing --quiet
done
