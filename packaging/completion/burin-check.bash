# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Completes burin-check's options, modules, and the ids of its cases.
_burin_check() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  case $before in
    --only | --skip)
      mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --list 2>/dev/null | cut -d ' ' -f 1)" -- "$current")
      return
      ;;
    --seed | --reproduce | --timeout | --set) return ;;
    --data-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --json)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--list --only --skip --seed --reproduce --timeout --in-process
      --data-dir --set --json --verbose --quiet --version --help" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.@(burin|so)' -- "$current")
  fi
}
complete -o filenames -F _burin_check burin-check
