#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# burin doctor with an editor that only says its version: what it says of each state of the plug-in.
# Usage: run.sh BURIN ENGINE
set -euo pipefail

program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export BURIN_CORE_PATH=$2 HOME=$folder/home XDG_CONFIG_HOME=$folder/config PATH=$folder/bin:/usr/bin:/bin
unset GIMP2_DIRECTORY GIMP3_DIRECTORY BURIN_PLUGIN_PATH
mkdir -p "$folder/bin" "$HOME"
printf '#!/bin/sh\necho "GNU Image Manipulation Program version 2.10.34"\n' >"$folder/bin/gimp-2.10"
chmod +x "$folder/bin/gimp-2.10"
ln -s gimp-2.10 "$folder/bin/gimp"
plug_in=$XDG_CONFIG_HOME/GIMP/2.10/plug-ins/burin/burin
mkdir -p "$(dirname "$plug_in")"

# expect CODE TEXT: what doctor returns, and what it says.
expect() {
  local code=0
  "$program" doctor >"$folder/said" 2>"$folder/errors" || code=$?
  if [[ $code != "$1" ]] || ! grep -qF "$2" "$folder/said"; then
    echo "FAIL: exit $code, expected $1 and '$2'; said:"
    cat "$folder/said" "$folder/errors"
    exit 1
  fi
}

# A plug-in of the system would be found where the user has none.
if ! compgen -G "/usr/lib/gimp/2.0/plug-ins/burin" >/dev/null; then
  expect 0 "The plug-in is not installed"
fi
cp /bin/true "$plug_in"
expect 0 "will load $plug_in"
grep -q "GIMP 2.10.34, $folder/bin/gimp-2.10" "$folder/said"
grep -q "built-in (fake)" "$folder/said"
"$program" doctor --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["engine"]["ready"] and report["editors"][0]["loads"], report
assert len(report["editors"]) == 1, report'
chmod -x "$plug_in"
expect 1 "may not be executed"
ln -sf "$folder/gone" "$plug_in"
expect 1 "points to $folder/gone, which is not there"
rm "$plug_in"
says() { printf '#!/bin/sh\necho "GNU Image Manipulation Program version %s"\n' "$1" >"$folder/bin/gimp-2.10"; }
says 3.2.6
if ! compgen -G "/usr/lib/*/gimp/3.0/plug-ins/burin" >/dev/null; then
  expect 0 "packaging/install-hosts.sh gimp3 does that"
fi
mkdir -p "$XDG_CONFIG_HOME/GIMP/3.2/plug-ins/burin"
cp /bin/true "$XDG_CONFIG_HOME/GIMP/3.2/plug-ins/burin/burin"
expect 0 "will load $XDG_CONFIG_HOME/GIMP/3.2/plug-ins/burin/burin"
says 2.8.22
expect 0 "for GIMP 2.10 and GIMP 3 only"
BURIN_CORE_PATH=$folder/none expect 1 "does not work:"
echo "passed"
