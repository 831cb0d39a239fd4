#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Asserts what burin-check says of a module.
# Usage: run.sh CHECKER passes MODULE [OPTION...]           every case passes, warns or is skipped
#        run.sh CHECKER works MODULE [OPTION...]            likewise, and the main call is not skipped
#        run.sh CHECKER fails CASE SENTENCE MODULE          CASE fails as SENTENCE (a regular expression)
#                                                           says, and no other case fails
set -euo pipefail
checker=$1 expectation=$2
shift 2

say() {
  printf '%s\n%s\n' "$1" "$output" >&2
  exit 1
}

if [[ $expectation == passes || $expectation == works ]]; then
  output=$("$checker" --timeout 60 "$@") || say "expected is that nothing fails:"
  [[ $expectation == passes ]] || ! grep -q 'skip *lifecycle.work ' <<<"$output" ||
    say "expected is that the main call does its work:"
  exit 0
fi

case=$1 sentence=$2 module=$3
code=0
output=$("$checker" --quiet --timeout 3 "$module") || code=$?
((code == 1)) || say "expected is exit code 1, it was $code:"
bad=$(awk '$1 == "FAIL" || $1 == "CRASH" { print $2 }' <<<"$output" | sort -u)
[[ $bad == "$case" ]] || say "expected is that $case fails alone:"
awk -v id="$case" '$2 == id' <<<"$output" | grep -Eq "$sentence" ||
  say "expected is that $case says '$sentence':"
