#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs cases.scm in gimp-console with a fresh profile. GIMP 2.10 always exits with 0, so the file that
# the script writes says what passed.
# Usage: run.sh PLUG-IN ENGINE SOURCE-FOLDER
set -euo pipefail

plug_in=$1 engine=$2 source=$3
if ! command -v gimp-console >/dev/null; then
  echo "skipped: gimp-console is not installed (apt-get install --no-install-recommends gimp)"
  exit 77
fi

folder=$(mktemp -d)
killer=
cleanup() {
  if [[ -n $killer ]]; then kill "$killer" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT

export GIMP2_DIRECTORY=$folder/profile HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_RUNTIME_DIR=$folder/run
export BURIN_CORE_PATH=$engine
export BURIN_TEST_WAITING=$folder/waiting BURIN_TEST_PROFILE=$folder/seen.icc
export LC_ALL=C.UTF-8 TMPDIR=$folder
unset DISPLAY
mkdir -p "$XDG_RUNTIME_DIR" "$GIMP2_DIRECTORY/plug-ins/burin" "$GIMP2_DIRECTORY/gradients" "$GIMP2_DIRECTORY/tmp"
ln -s "$plug_in" "$GIMP2_DIRECTORY/plug-ins/burin/burin"

# Ends the plug-in once it says that it waits: a child of this run's gimp-console and no other.
gimp_pid_file=$folder/gimp.pid
(
  for _ in $(seq 1200); do
    if [[ -e $folder/waiting ]]; then
      rm "$folder/waiting"
      for child in $(pgrep -P "$(cat "$gimp_pid_file")" -x burin); do kill -KILL "$child"; done
      exit 0
    fi
    sleep 0.05
  done
) &
killer=$!

cat >"$folder/all.scm" <<SCM
(define folder "$folder")
(define results "$folder/results")
(define profile "file://$source/tests/hosts/gimp2/wide.icc")
(load "$source/tests/hosts/gimp2/cases.scm")
SCM
timeout 240 bash -c 'echo $$ >"$1"; exec gimp-console -n -i -d -f -s \
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
echo "$passed checks passed"
