#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What run.sh and run_in_debootstrap.sh share: a home for Krita with the plug-in and its tests, and the verdict.

# prepare FOLDER SOURCE-FOLDER
prepare() {
  local data=$1/home/.local/share config=$1/home/.config each
  mkdir -p "$config/burin" "$data/krita/pykrita"
  mkdir -m 700 "$1/run"
  for each in "$2"/hosts/krita/burin_krita "$2"/tests/hosts/krita/burin_test; do
    cp -r "$each" "$each.desktop" "$data/krita/pykrita/"
  done
  printf '[python]\nenable_burin_krita=true\nenable_burin_test=true\n' >"$config/kritarc"
  # The canvas without OpenGL, which Xvfb has only in software.
  printf '[General]\nOpenGLRenderer=none\n' >"$config/kritadisplayrc"
  # As another editor wrote it.
  cat >"$config/burin/editor.json" <<'JSON'
{"burin_editor": 1, "last": {"source": "layer", "combined": false, "threshold": 0.5, "device": "auto"},
 "presets": {"Portrait": {"source": "layer", "combined": false, "threshold": 0.6, "prompt": "an old man", "denoise": 0.35,
  "steps": 12, "sampler": "dpmpp_2m", "seed": 18446744073709551615, "device": "auto",
  "more": {"semantics": "impact", "detailer": {"cycle": 2}, "hooks": []}}}}
JSON
}

# environment FOLDER: assignments for env
environment() {
  local home=$1/home
  printf '%s\n' "HOME=$home" "XDG_RUNTIME_DIR=$1/run" "XDG_CONFIG_HOME=$home/.config" \
    "XDG_DATA_HOME=$home/.local/share" "XDG_CACHE_HOME=$home/.cache" "LC_ALL=C.UTF-8" PYTHONDONTWRITEBYTECODE=1 \
    "BURIN_TEST_RESULTS=$1/results" "BURIN_TEST_FOLDER=$1" "BURIN_TEST_WAITING=$1/waiting"
}

# verdict FOLDER EXIT-STATUS: says how it went; fails if a check did or Krita did not end well
verdict() {
  if ! grep -qsx END "$1/results"; then
    tail -30 "$1/log"
    cat "$1/results" 2>/dev/null || true
    echo "Krita did not come to the end of the cases"
    return 1
  fi
  if grep -q '^FAIL' "$1/results"; then
    grep -v -e '^PASS' -e '^KRITA' "$1/results"
    return 1
  fi
  if (($2 != 0)); then
    tail -10 "$1/log"
    echo "every check passed, but Krita ended with status $2"
    return 1
  fi
  echo "$(sed -n 's/^KRITA/Krita/p' "$1/results"): $(grep -c '^PASS' "$1/results") checks passed; $(grep '^GAP' "$1/results" || true)"
}
