# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What run.sh and run_undo.sh share; to be sourced.

# make_profile GIMP PLUG-IN ENGINE: $folder with a profile of its own for GIMP 2 or 3, for all that is
# run from here. The engine is in the plug-in's process.
make_profile() {
  folder=$(mktemp -d)
  local profile=$folder/profile
  export "GIMP$1_DIRECTORY=$profile" HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_RUNTIME_DIR=$folder/run
  export BURIN_HOST_ENGINE=here BURIN_CORE_PATH=$3 LC_ALL=C.UTF-8 TMPDIR=$folder
  unset BURIN_WORKER BURIN_WORKER_ADDRESS DISPLAY
  mkdir -p "$XDG_RUNTIME_DIR" "$profile"/{plug-ins/burin,gradients,tmp}
  ln -s "$2" "$profile/plug-ins/burin/burin"
}

# first_program NAME...: the first that is installed; exits with 77, which is a skip, where none is.
first_program() {
  local each
  for each in "$@"; do
    if command -v "$each"; then return; fi
  done
  echo "skipped: $1 is not installed (apt-get install --no-install-recommends $1)" >&2
  exit 77
}

# write_scheme SOURCE GIMP EXPRESSION...: $folder/all.scm loads what the cases need and does these.
write_scheme() {
  local source=$1 gimp=$2
  shift 2
  cat >"$folder/all.scm" <<SCM
(define folder "$folder")
(define results "$folder/results")
(define profile "$source/tests/hosts/gimp/wide.icc")
(load "$source/tests/hosts/gimp/dialect$gimp.scm")
(load "$source/tests/hosts/gimp/cases.scm")
$*
SCM
}

# report_results: counts checks into $passed; says what failed and exits with 1.
report_results() {
  if [[ ! -e $folder/results ]] || ! grep -qx END "$folder/results"; then
    cat "$folder/log"
    [[ -e $folder/results ]] && cat "$folder/results"
    echo "GIMP did not come to the end of the cases"
    exit 1
  fi
  local failed
  failed=$(grep -c '^FAIL' "$folder/results" || true)
  passed=$(grep -c '^PASS' "$folder/results" || true)
  if ((failed > 0)); then
    cat "$folder/log"
    grep '^FAIL' "$folder/results"
    echo "$failed of $((failed + passed)) checks failed"
    exit 1
  fi
}
