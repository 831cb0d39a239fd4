#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Installs the SDK to a fresh prefix and builds outside the tree: this folder, the templates and the guide's
# examples, with CMake, and the host with pkg-config.
# Usage: run.sh CMAKE BUILD_DIR SOURCE_DIR
set -euo pipefail
cmake=$1 build=$2 source=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
for component in lib sdk; do
  "$cmake" --install "$build" --prefix "$prefix" --component "$component" >"$work/install.log"
done

"$cmake" -G Ninja -S "$source" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/configure.log"
"$cmake" --build "$work/build"
plugin=$work/build/centre_detector.burin

for language in c cpp; do
  cp -r "$source/../../sdk/template/$language" "$work/$language"
  "$cmake" -G Ninja -S "$work/$language" -B "$work/$language/build" -DCMAKE_PREFIX_PATH="$prefix" \
    >"$work/configure.log"
  "$cmake" --build "$work/$language/build"
done

scan=$(find "$prefix" -name burin-scan)
for module in "$work"/build/*.burin "$work"/c/build/*.burin "$work"/cpp/build/*.burin; do
  exported=$(nm --dynamic --defined-only "$module" | awk '{print $3}')
  [[ $exported == burin_entry ]] || {
    echo "$module must export burin_entry alone, it exports: $exported" >&2
    exit 1
  }
  "$scan" "$module" 10 3>"$work/record"
  grep -q "^descriptor" "$work/record" || {
    printf '%s describes nothing:\n%s\n' "$module" "$(<"$work/record")" >&2
    exit 1
  }
  modules=$((${modules:-0} + 1))
done
((modules == 6)) || { echo "$modules modules were built, expected are 6" >&2; exit 1; }

expected='centre 100 50 300 150
refused: the picture must be a uint8 tensor of shape [height, width, 3]'
check() {
  local answer
  answer=$("$1" "$plugin")
  [[ $answer == "$expected" ]] || {
    printf '%s said\n%s\nexpected\n%s\n' "$1" "$answer" "$expected" >&2
    exit 1
  }
}
check "$work/build/list_detectors"

pc=$(find "$prefix" -name burin.pc)
export PKG_CONFIG_PATH=${pc%/*}
# shellcheck disable=SC2046
g++ -std=c++20 "$source/list_detectors.cpp" -o "$work/by_pkg_config" \
  $(pkg-config --cflags --libs burin) -Wl,-rpath,"$(pkg-config --variable=libdir burin)"
check "$work/by_pkg_config"
echo "consumer: $modules plug-ins and a host built and run against the installed SDK"
