#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs cases.scm in gimp-console with a fresh profile. GIMP 2.10 always exits with 0, so the file that
# the script writes says what passed.
# Usage: run.sh 2|3 PLUG-IN ENGINE SOURCE-FOLDER [BURIN]
# With the program BURIN the engine is in a worker of this run's own, as it is for users, else in the
# plug-in's process. BURIN_TEST_ONLY: names of cases, in place of all; BURIN_TEST_SECONDS: how long they
# may take, on a machine that does other things too.
set -euo pipefail

gimp=$1 plug_in=$2 engine=$3 source=$4 program=${5:-}
# shellcheck source=profile.sh
. "$(dirname "${BASH_SOURCE[0]}")/profile.sh"
case $gimp in
  2) console=$(first_program gimp-console-2.10) batch=(-b "(gimp-quit 1)") ;;
  3) console=$(first_program gimp-console-3.0 gimp-console-3.2) batch=(--quit) ;;
  *) echo "run.sh: unknown GIMP '$gimp'; expected 2 or 3" >&2; exit 2 ;;
esac

make_profile "$gimp" "$plug_in" "$engine"
helper=
cleanup() {
  if [[ -n $helper ]]; then kill "$helper" 2>/dev/null || true; fi
  if [[ -n $program ]]; then "$program" serve --stop >/dev/null 2>&1 || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT

if [[ -n $program ]]; then export BURIN_HOST_ENGINE=worker BURIN_PROGRAM=$program; fi
mkdir -p "$XDG_CONFIG_HOME/burin"
echo '{"burin_editor": 1, "last": {"prompt": "of the last time", "denoise": 0.25, "seed": 4}, "presets": {}}' \
  >"$XDG_CONFIG_HOME/burin/editor.json"
export BURIN_TEST_WAITING=$folder/waiting BURIN_TEST_PROFILE=$folder/seen.icc

# What the cases need from outside. A child of this run's gimp-console and no other is ended.
gimp_pid_file=$folder/gimp.pid
plug_ins() { pgrep -P "$(cat "$gimp_pid_file")" -x burin; }
help_from_outside() {
  local waited=0
  while kill -0 $$ 2>/dev/null; do
    if [[ -e $folder/waiting ]]; then
      rm "$folder/waiting"
      waited=$((waited + 1))
      if ((waited == 1)); then
        for child in $(plug_ins); do kill -KILL "$child"; done
      else
        for child in $(plug_ins); do cat "/proc/$child/maps" >>"$folder/maps"; done
        kill -KILL "$("$program" serve --status | sed -n 's/.*, process \([0-9]*\),.*/\1/p')"
      fi
    fi
    if [[ -e $folder/loaded ]]; then
      "$program" serve --status >"$folder/status-loaded" || true
      rm "$folder/loaded"
    fi
    if [[ -e $folder/released ]]; then
      # The worker has heard of it; its engine's thread does it.
      for _ in $(seq 50); do
        "$program" serve --status >"$folder/status-released" || true
        if grep -q '^model *none in memory' "$folder/status-released"; then break; fi
        sleep 0.1
      done
      rm "$folder/released"
    fi
    sleep 0.05
  done
}
help_from_outside &
helper=$!

ended_with=0
chosen="(append cases own-cases '(${program:+case-worker}))"
if [[ -n ${BURIN_TEST_ONLY:-} ]]; then chosen="'($BURIN_TEST_ONLY)"; fi
write_scheme "$source" "$gimp" "(run-all $chosen)"
timeout "${BURIN_TEST_SECONDS:-480}" bash -c 'echo $$ >"$1"; shift; exec "$@"' run "$gimp_pid_file" \
  "$console" -n -i -d -f -s --batch-interpreter=plug-in-script-fu-eval \
  -b "(load \"$folder/all.scm\")" "${batch[@]}" >"$folder/log" 2>&1 || ended_with=$?

report_results
if ((ended_with != 0)); then
  cat "$folder/log"
  echo "$passed checks passed, but GIMP ended with the status $ended_with"
  exit 1
fi
if [[ -n ${BURIN_TEST_ONLY:-} ]]; then
  echo "$passed checks passed"
  exit
fi
# The engine saw the profile of the picture, byte for byte as the picture has it.
cmp "$folder/seen.icc" "$source/tests/hosts/gimp/wide.icc"
# Another seed, and all else that is stored as it was.
python3 - "$folder/record-before" "$folder/record-after" <<'PYTHON'
import json, sys
before, after = (json.load(open(name)) for name in sys.argv[1:])
after["job"]["segs"][0].pop("crop_region")  # the layer's own place
seeds = [each["job"]["detailer"].pop("seed") for each in (before, after)]
assert before == after, (before, after)
assert seeds[0] != seeds[1] and "prompt" in before["job"], before
PYTHON
# Nothing of the plug-in's sessions stays behind.
if compgen -G "$XDG_RUNTIME_DIR/burin-run-*" >"$folder/left"; then
  # The session that was ended from outside could not clean up after itself.
  if (($(wc -l <"$folder/left") > 2)); then
    echo "scratch folders were left behind"
    exit 1
  fi
fi
if [[ -n $program ]]; then
  # expect TEXT FILE
  expect() {
    if ! grep -q "$1" "$2"; then
      echo "expected '$1'; came:"
      cat "$2"
      exit 1
    fi
  }
  expect '^SAID .*The worker ended before it was done' "$folder/results"
  expect 'libburin\.so' "$folder/maps"
  if grep -E "torch|libburin_core|$(basename "$engine")" "$folder/maps"; then
    echo "the engine is in the plug-in's process"
    exit 1
  fi
  expect '^model *built-in' "$folder/status-loaded"
  expect '^model *none in memory' "$folder/status-released"
fi
echo "$passed checks passed"
