#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# From a fresh clone to a detailed picture: sets up, builds the program, redraws the demo faces.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/demo.sh [PICTURE...]

Makes the machine ready (packaging/setup.sh), builds Burin and lets it redraw the faces of each
PICTURE (default: the two demo pictures) with the model that comes with it. For each picture
demo-out/ gets the result, the same with one layer per face (OpenRaster), and a preview of the
boxes that were found.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${1:-} in
  --help | -h) usage; exit 0 ;;
  -*) echo "demo.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
esac
pictures=("$@")
for picture in "${pictures[@]}"; do
  [[ -r $picture ]] || { echo "demo.sh: cannot read the picture '$picture'" >&2; exit 2; }
done
((${#pictures[@]})) || pictures=("$root/tests/data/demo/team.jpg" "$root/tests/data/demo/astronaut.png")

"$root/packaging/setup.sh"
export CCACHE_DIR=${CCACHE_DIR:-$root/.deps/ccache}
(cd "$root" && cmake --preset release >/dev/null && cmake --build --preset release -j "$(nproc)")

out=$root/demo-out
mkdir -p "$out"
burin=$root/build/release/bin/burin
for picture in "${pictures[@]}"; do
  file=$(basename "$picture")
  name=${file%.*}
  echo "== $file"
  "$burin" detect "$picture" --preview "$out/$name-faces.png" -o "$out/$name-segs.json"
  "$burin" detail "$picture" -o "$out/$file" --layers "$out/$name.ora" --timing
done
echo "Done. Look at $out:"
ls -1 "$out"
