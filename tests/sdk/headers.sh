#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Compiles each header of the SDK alone: the C ones as pedantic C11, C17, C++17 and C++20, the C++ ones as C++20.
# Usage: headers.sh CC CXX INCLUDE_DIR
set -euo pipefail
cc=$1 cxx=$2 include=$3
warnings=(-Wall -Wextra -pedantic -Werror -fsyntax-only -I"$include")
count=0
while IFS= read -r header; do
  # Twice: the include guard must hold. A use of the header's name alone must compile.
  source=$(printf '#include "%s"\n#include "%s"\nextern int burin_header_is_whole;\n' \
    "$header" "$header")
  if [[ $header == *.h ]]; then
    for standard in c11 c17; do
      "$cc" -std=$standard "${warnings[@]}" -x c - <<<"$source"
    done
    "$cxx" -std=c++17 "${warnings[@]}" -x c++ - <<<"$source"
  fi
  "$cxx" -std=c++20 "${warnings[@]}" -x c++ - <<<"$source"
  count=$((count + 1))
done < <(cd "$include" && find burin -name '*.h' -o -name '*.hpp' | sort)
((count > 30)) || { echo "only $count headers found under $include" >&2; exit 1; }
echo "$count headers compile alone"
