#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Makes the reference manual of the SDK; a warning of Doxygen is an error.
# Usage: doxygen.sh [OUTPUT_DIR]; exit status 77: doxygen is not installed
set -euo pipefail
command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }
output=$(realpath -m "${1:-sdk-manual}")
mkdir -p "$output"
cd "$(dirname "${BASH_SOURCE[0]}")"
{ cat Doxyfile; printf 'OUTPUT_DIRECTORY = "%s"\n' "$output"; } | doxygen -
echo "the manual is $output/html/index.html"
