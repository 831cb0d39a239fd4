#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs cases.scm in gimp-console with a fresh profile. GIMP 2.10 always exits with 0, so the file that
# the script writes says what passed.
# Usage: run.sh PLUG-IN ENGINE SOURCE-FOLDER [BURIN]
# With the program BURIN the engine is in a worker of this run's own, else in the plug-in's process.
set -euo pipefail

plug_in=$1 engine=$2 source=$3 program=${4:-}
if ! command -v gimp-console >/dev/null; then
  echo "skipped: gimp-console is not installed (apt-get install --no-install-recommends gimp)"
  exit 77
fi

folder=$(mktemp -d)
helper=
cleanup() {
  if [[ -n $helper ]]; then kill "$helper" 2>/dev/null || true; fi
  if [[ -n $program ]]; then "$program" serve --stop >/dev/null 2>&1 || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT

export GIMP2_DIRECTORY=$folder/profile HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_RUNTIME_DIR=$folder/run
export BURIN_HOST_ENGINE=here BURIN_CORE_PATH=$engine
unset BURIN_WORKER BURIN_WORKER_ADDRESS
if [[ -n $program ]]; then export BURIN_HOST_ENGINE=worker BURIN_PROGRAM=$program; fi
export BURIN_TEST_WAITING=$folder/waiting BURIN_TEST_PROFILE=$folder/seen.icc
export LC_ALL=C.UTF-8 TMPDIR=$folder
unset DISPLAY
mkdir -p "$XDG_RUNTIME_DIR" "$GIMP2_DIRECTORY/plug-ins/burin" "$GIMP2_DIRECTORY/gradients" "$GIMP2_DIRECTORY/tmp"
ln -s "$plug_in" "$GIMP2_DIRECTORY/plug-ins/burin/burin"

# What the cases need from outside. A child of this run's gimp-console and no other is ended.
gimp_pid_file=$folder/gimp.pid
plug_ins() { pgrep -P "$(cat "$gimp_pid_file")" -x burin; }
help_from_outside() {
  local waited=0
  for _ in $(seq 4000); do
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

cat >"$folder/all.scm" <<SCM
(define folder "$folder")
(define results "$folder/results")
(define with-worker $([[ -n $program ]] && echo '#t' || echo '#f'))
(define profile "file://$source/tests/hosts/gimp2/wide.icc")
(load "$source/tests/hosts/gimp2/cases.scm")
SCM
timeout 480 bash -c 'echo $$ >"$1"; exec gimp-console -n -i -d -f -s \
  --batch-interpreter=plug-in-script-fu-eval -b "(load \"$2/all.scm\")" -b "(gimp-quit 1)"' \
  run "$gimp_pid_file" "$folder" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

if [[ ! -e $folder/results ]] || ! grep -qx END "$folder/results"; then
  cat "$folder/log"
  [[ -e $folder/results ]] && cat "$folder/results"
  echo "gimp-console did not come to the end of the cases"
  exit 1
fi
failed=$(grep -c '^FAIL' "$folder/results" || true)
passed=$(grep -c '^PASS' "$folder/results" || true)
if ((failed > 0)); then
  cat "$folder/log"
  grep '^FAIL' "$folder/results"
  echo "$failed of $((failed + passed)) checks failed"
  exit 1
fi
# The engine saw the profile of the picture, byte for byte as the picture has it.
cmp "$folder/seen.icc" "$source/tests/hosts/gimp2/wide.icc"
# Nothing of the plug-in's sessions stays behind.
if compgen -G "$XDG_RUNTIME_DIR/burin-??????" >"$folder/left"; then
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
