#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# burin doctor with editors that only say their version: what it says of each state of their plug-ins.
# Usage: run.sh BURIN ENGINE
set -euo pipefail

program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export BURIN_CORE_PATH=$2 BURIN_PROGRAM=$program HOME=$folder/home XDG_CONFIG_HOME=$folder/config
export XDG_DATA_HOME=$folder/data XDG_DATA_DIRS=$folder/usr/share XDG_CONFIG_DIRS=$folder/etc
unset GIMP2_DIRECTORY GIMP3_DIRECTORY BURIN_PLUGIN_PATH
mkdir -p "$folder/bin" "$HOME"
for tool in timeout ldd sh cat; do ln -s "$(command -v "$tool")" "$folder/bin/$tool"; done
printf '#!/bin/sh\necho "GNU Image Manipulation Program version 2.10.34"\n' >"$folder/bin/gimp-2.10"
chmod +x "$folder/bin/gimp-2.10"
ln -s gimp-2.10 "$folder/bin/gimp"
plug_in=$XDG_CONFIG_HOME/GIMP/2.10/plug-ins/burin/burin
mkdir -p "$(dirname "$plug_in")"

# expect CODE TEXT: what doctor returns, and what it says.
expect() {
  local code=0
  PATH=$folder/bin "$program" doctor >"$folder/said" 2>"$folder/errors" || code=$?
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
PATH=$folder/bin "$program" doctor --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["engine"]["ready"] and report["editors"][0]["loads"], report
assert len(report["editors"]) == 1, report'
grep -q "will start $program" "$folder/said"
BURIN_PROGRAM= expect 1 "will not find the program burin"
ln -s "$program" "$folder/bin/burin"
BURIN_PROGRAM= expect 0 "will start $folder/bin/burin"
rm "$folder/bin/burin"
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

# Krita: nothing, then for this user, then for all.
rm "$folder/bin/gimp-2.10" "$folder/bin/gimp"
krita() { printf '#!/bin/sh\necho "krita %s"\n' "$1" >"$folder/bin/krita"; chmod +x "$folder/bin/krita"; }
python() { printf '#!/bin/sh\necho "%s"\n' "$1" >"$folder/bin/python3"; chmod +x "$folder/bin/python3"; }
krita 5.1.5
python 1
expect 0 "editor    Krita 5.1.5, $folder/bin/krita"
expect 0 "The plug-in is not installed; the package krita-burin"
for place in "$XDG_DATA_HOME" "$folder/usr/share"; do
  pykrita=$place/krita/pykrita
  mkdir -p "$pykrita/burin_krita"
  touch "$pykrita/burin_krita.desktop"
  expect 1 "$pykrita/burin_krita/__init__.py cannot be read"
  touch "$pykrita/burin_krita/__init__.py"
  expect 0 "$pykrita/burin_krita is there but off"
  mkdir -p "$XDG_CONFIG_HOME" "$folder/etc"
  printf '[other]\nenable_burin_krita=true\n[python]\nenable_x=true\n' >"$XDG_CONFIG_HOME/kritarc"
  expect 0 "is there but off"
  printf '[python]\nenable_burin_krita=true\n' >"$folder/etc/kritarc"
  expect 0 "will load $pykrita/burin_krita"
  printf '[python]\nenable_burin_krita=false\n' >"$XDG_CONFIG_HOME/kritarc"
  expect 0 "is there but off"
  sed -i s/false/true/ "$XDG_CONFIG_HOME/kritarc"
  rm "$folder/etc/kritarc"
  expect 0 "will load $pykrita/burin_krita"
  python ""
  expect 1 "Python's PyQt5 is missing; the packages python3-pyqt5 and python3-sip have it."
  mv "$folder/bin/krita" "$folder/bin/krita-5.2-x86_64.AppImage"  # which has a Python of its own
  ln -s krita-5.2-x86_64.AppImage "$folder/bin/krita"
  expect 0 "will load $pykrita/burin_krita"
  rm "$folder/bin/krita"
  python 1
  krita 4.4.8
  expect 1 "This is Krita 4.4.8; expected 5.1 or a later 5."
  krita 5.1.5
  rm -r "$pykrita/burin_krita"
  ln -s "$folder/gone" "$pykrita/burin_krita"
  expect 1 "points to $folder/gone, which is not there"
  rm -r "$pykrita" "$XDG_CONFIG_HOME/kritarc"
done
BURIN_CORE_PATH=$folder/none expect 1 "does not work:"
echo "passed"
