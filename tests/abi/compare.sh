#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Compares the C headers with the ABI that is written down in sdk/abi, signatures included; with --write it
# writes down an addition.
# Usage: compare.sh CC INCLUDE_DIR ABI_FILE [--write]; exit status 77: abidiff is not installed
set -euo pipefail
cc=$1 include=$2 abi=$3 action=${4:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
  echo "skipped: abidw and abidiff (Debian: abigail-tools) are not installed"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cc" -std=gnu11 -g -O0 -fPIC -shared -I"$include" "$here/everything.c" -o "$work/burin.so"
abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-architecture \
  --no-parameter-names "$work/burin.so" --out-file "$work/now.abi"
# The file that was compiled has another path on every machine.
sed -i "s|path='[^']*everything.c'|path='everything.c'|; s|comp-dir-path='[^']*' ||" "$work/now.abi"

if [[ $action == --write ]]; then
  cp "$work/now.abi" "$abi"
  echo "written: $abi"
  exit 0
fi
if ! abidiff "$abi" "$work/now.abi"; then
  cat >&2 <<TEXT
The C headers are not those of $abi. Undo a change or a removal: an interface that must change gets a new id.
A member that was appended is fine: write it down, here and in tests/abi/layout.c, with
  tests/abi/compare.sh $cc $include $abi --write
TEXT
  exit 1
fi
echo "the ABI is that of $abi"
