#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs the docker in Krita below Xvfb, with a worker of its own and the painting engine.
# Usage: run.sh BURIN ENGINE SOURCE-FOLDER
set -euo pipefail

program=$1 engine=$2 source=$3
for needed in krita xvfb-run; do
  if ! command -v $needed >/dev/null; then
    echo "skipped: $needed is not installed (apt-get install --no-install-recommends krita python3-pyqt5 python3-sip xvfb xauth)"
    exit 77
  fi
done
if ! /usr/bin/python3 -c 'import PyQt5.QtNetwork' 2>/dev/null; then
  echo "skipped: PyQt5 is not installed (apt-get install python3-pyqt5 python3-sip)"
  exit 77
fi

if ! "$program" serve --help >/dev/null 2>&1; then
  echo "skipped: this burin has no worker"
  exit 77
fi

# In memory where possible: Krita fills a data base at its first start.
folder=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
cleanup() {
  "$program" serve --stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap cleanup EXIT
export HOME=$folder/home XDG_RUNTIME_DIR=$folder/run
export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache
export BURIN_PROGRAM=$program BURIN_CORE_PATH=$engine LC_ALL=C.UTF-8
export BURIN_TEST_RESULTS=$folder/results BURIN_TEST_FOLDER=$folder BURIN_TEST_WAITING=$folder/waiting
unset WAYLAND_DISPLAY
mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME/krita/pykrita"
mkdir -m 700 "$XDG_RUNTIME_DIR"
for each in "$source"/hosts/krita/burin_krita "$source"/tests/hosts/krita/burin_test; do
  ln -s "$each" "$XDG_DATA_HOME/krita/pykrita/"
  ln -s "$(dirname "$each")/$(basename "$each").desktop" "$XDG_DATA_HOME/krita/pykrita/"
done
printf '[python]\nenable_burin_krita=true\nenable_burin_test=true\n' >"$XDG_CONFIG_HOME/kritarc"

PYTHONDONTWRITEBYTECODE=1 timeout 200 xvfb-run -a -s "-screen 0 1280x900x24" krita --nosplash >"$folder/log" 2>&1 || true
if ! grep -qsx END "$folder/results"; then
  tail -30 "$folder/log"
  cat "$folder/results" 2>/dev/null || true
  echo "Krita did not come to the end of the cases"
  exit 1
fi
if grep -q '^FAIL' "$folder/results"; then
  grep -v '^PASS' "$folder/results"
  exit 1
fi
echo "$(grep -c '^PASS' "$folder/results") checks passed; $(grep '^GAP' "$folder/results")"
