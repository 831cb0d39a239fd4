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

# shellcheck source=prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

# In memory where possible: Krita fills a data base at its first start.
folder=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
cleanup() {
  "$program" serve --stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap cleanup EXIT
prepare "$folder" "$source"
mapfile -t variables < <(environment "$folder")
export "${variables[@]}" "BURIN_PROGRAM=$program" "BURIN_CORE_PATH=$engine"
unset WAYLAND_DISPLAY

timeout 280 xvfb-run -a -s "-screen 0 1280x900x24" krita --nosplash >"$folder/log" 2>&1 || code=$?
verdict "$folder" "${code:-0}"
