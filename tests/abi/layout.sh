#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Checks the places and sizes of members and the values of constants, as C11 and as C++20.
# Usage: layout.sh CC CXX INCLUDE_DIR
set -euo pipefail
cc=$1 cxx=$2 include=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for file in layout values; do
  "$cc" -std=c11 -fsyntax-only -Wall -Wextra -Werror -I"$include" "$here/$file.c" || failed=1
  "$cxx" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I"$include" -x c++ "$here/$file.c" || failed=1
done
if [[ ${failed:-} ]]; then
  echo "a header of the SDK is not what tests/abi/layout.c and values.c say: see docs/sdk/abi.md" >&2
  exit 1
fi
echo "layout and constants are as written down"
