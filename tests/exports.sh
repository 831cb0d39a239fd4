#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Checks that each module given exports burin_entry and nothing else. Usage: exports.sh MODULE...
set -euo pipefail
failures=0
for module; do
  exported=$(nm --dynamic --defined-only "$module" | awk '{print $3}')
  if [[ $exported != burin_entry ]]; then
    echo "$module must export burin_entry alone, it exports:" "${exported:-nothing}" >&2
    failures=1
  fi
done
(($# > 0)) || { echo "exports.sh: no module given" >&2; exit 2; }
exit "$failures"
