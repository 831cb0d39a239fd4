#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# install-hosts.sh in a home of its own: what it puts there, and that taking it away leaves nothing.
# Usage: run.sh SOURCE-FOLDER
set -euo pipefail

script=$1/packaging/install-hosts.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder/home
unset XDG_CONFIG_HOME XDG_DATA_HOME GIMP2_DIRECTORY GIMP3_DIRECTORY
mkdir -p "$HOME" "$folder/prefix/lib/x86/burin/"{gimp2,gimp3}
for each in gimp2 gimp3; do
  printf '#!/bin/sh\n' >"$folder/prefix/lib/x86/burin/$each/burin"
  chmod +x "$folder/prefix/lib/x86/burin/$each/burin"
done

fail() {
  echo "FAIL: $*"
  exit 1
}

link=$HOME/.config/GIMP/2.10/plug-ins/burin/burin
for _ in 1 2; do  # twice is as once
  "$script" --prefix "$folder/prefix" gimp2
  [[ -x $link && $(readlink "$link") == "$folder/prefix/lib/x86/burin/gimp2/burin" ]] || fail "no link"
done
"$script" --uninstall
[[ -z $(find "$HOME" -mindepth 1) ]] || fail "left behind: $(find "$HOME" -mindepth 1)"

# Each version of GIMP 3 has a folder of its own.
mkdir -p "$HOME/.config/GIMP/3.2"
touch "$HOME/.config/GIMP/3.2/gimprc"
"$script" --prefix "$folder/prefix" gimp3
for each in "$HOME"/.config/GIMP/3.*; do
  [[ $(readlink "$each/plug-ins/burin/burin") == "$folder/prefix/lib/x86/burin/gimp3/burin" ]] || fail "no link in $each"
done
[[ -d $HOME/.config/GIMP/3.2/plug-ins ]] || fail "GIMP 3.2 was left out"
"$script" --uninstall
rm -r "$HOME/.config/GIMP/3.2"
[[ -z $(find "$HOME" -name plug-ins) ]] || fail "left behind: $(find "$HOME" -mindepth 1)"

mkdir -p "$HOME/.config/GIMP/2.10/plug-ins"
echo kept >"$HOME/.config/GIMP/2.10/gimprc"
"$script" --prefix "$folder/prefix" gimp2
"$script" --uninstall gimp2
[[ -d $HOME/.config/GIMP/2.10 && ! -e $link ]] || fail "another's folder was removed"

mkdir -p "$(dirname "$link")"
echo other >"$link"
if "$script" --prefix "$folder/prefix" gimp2 2>"$folder/said"; then fail "another's file was replaced"; fi
grep -q "is not of this script" "$folder/said" || fail "no reason was given"
"$script" --uninstall gimp2
[[ $(cat "$link") == other ]] || fail "another's file was removed"

if "$script" --prefix "$folder" gimp2 2>"$folder/said"; then fail "a prefix without a plug-in was taken"; fi
grep -q "there is no plug-in of GIMP 2.10 below $folder" "$folder/said" || fail "no reason was given"
if "$script" gimp4 2>/dev/null; then fail "an unknown editor was taken"; fi
echo "passed"
