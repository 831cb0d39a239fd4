#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Everything that proves a change: the whole program's tests as it is shipped, the unit tests under
# the sanitizers, the fuzzers; all in one ctest.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/test.sh [--quick]

Makes the machine ready (packaging/setup.sh), builds the presets ci and asan, and runs all tests,
ending with one summary. Each fuzz target runs BURIN_FUZZ_SECONDS (default 60).

  --quick   only the dev-ci build and all its tests, without sanitizers
  --help    this text
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
presets=(ci asan)
while (($#)); do
  case $1 in
    --quick) presets=(dev-ci) ;;
    --help | -h) usage; exit 0 ;;
    *) echo "test.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

cd "$root"
packaging/setup.sh
export CCACHE_DIR=${CCACHE_DIR:-$root/.deps/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
jobs=$(nproc)

for preset in "${presets[@]}"; do
  echo "== $preset: configure and build"
  cmake --preset "$preset" -DBURIN_FUZZ_SECONDS="${BURIN_FUZZ_SECONDS:-60}"
  cmake --build --preset "$preset" -j "$jobs"
done

# One ctest over all build folders, so that there is one summary.
all=$root/build/all
mkdir -p "$all"
for preset in "${presets[@]}"; do echo "subdirs(\"$root/build/$preset\")"; done >"$all/CTestTestfile.cmake"
echo "== tests: ${presets[*]}"
ctest --test-dir "$all" -j "$jobs" --output-on-failure --no-tests=error
