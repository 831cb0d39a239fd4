#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs undo.scm in GIMP's window on a display of its own and presses the keys it asks for: undo is not
# among GIMP's procedures.
# Usage: run_undo.sh 2|3 PLUG-IN ENGINE SOURCE-FOLDER
set -euo pipefail

gimp=$1 plug_in=$2 engine=$3 source=$4
# shellcheck source=profile.sh
. "$(dirname "${BASH_SOURCE[0]}")/profile.sh"
case $gimp in
  2) editor=$(first_program gimp-2.10) quiet='(show-tips no)' ;;
  3) editor=$(first_program gimp-3.0 gimp-3.2) quiet='(show-welcome-dialog no)' ;;
  *) echo "run_undo.sh: unknown GIMP '$gimp'; expected 2 or 3" >&2; exit 2 ;;
esac
screen=$(first_program Xvfb xvfb) keys=$(first_program xdotool)

make_profile "$gimp" "$plug_in" "$engine"
printf '%s\n(check-updates no)\n(color-profile-policy keep)\n' "$quiet" >"$folder/profile/gimprc"
pids=()
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap cleanup EXIT

"$screen" -displayfd 3 -screen 0 1200x800x24 -nolisten tcp 3>"$folder/display" >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  if [[ -s $folder/display ]]; then break; fi
  sleep 0.1
done
DISPLAY=:$(cat "$folder/display")
export DISPLAY

write_scheme "$source" "$gimp" "(load \"$source/tests/hosts/gimp/undo.scm\") (run-all '(case-undo))"
"$editor" -n -d -f -s --batch-interpreter=plug-in-script-fu-eval -b "(load \"$folder/all.scm\")" \
  >"$folder/log" 2>&1 &
editor_pid=$!
pids=("$editor_pid" "${pids[@]}")

# The image's window: there is no window manager to give it the focus.
press() {
  local window
  window=$("$keys" search --onlyvisible --name 'GNU Image Manipulation Program|GIMP' | tail -1)
  "$keys" windowfocus --sync "$window" key --clearmodifiers "$1"
  sleep 0.7
}
for _ in $(seq 3000); do
  for each in shown:F20 undo:ctrl+z redo:ctrl+y; do
    if [[ -e $folder/${each%:*} ]]; then
      press "${each#*:}"
      rm "$folder/${each%:*}"
    fi
  done
  if grep -qsx END "$folder/results" || ! kill -0 "$editor_pid" 2>/dev/null; then break; fi
  sleep 0.1
done
report_results
echo "$passed checks passed"
