# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# bash completion for burin; options are read from the program's own help.

_burin() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= word
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      detail | plan | detect | segs | info | plugins | doctor | serve) command=$word; break ;;
    esac
  done
  if [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "detail plan detect segs info plugins doctor serve --worker --help --version" -- "$current")
    return
  fi
  case $previous in
    --semantics) mapfile -t COMPREPLY < <(compgen -W "burin impact foreach" -- "$current"); return ;;
    --guide-size-for) mapfile -t COMPREPLY < <(compgen -W "bbox crop_region" -- "$current"); return ;;
    --mask-mode) mapfile -t COMPREPLY < <(compgen -W "blobs combined" -- "$current"); return ;;
    --shape) mapfile -t COMPREPLY < <(compgen -W "ellipse box" -- "$current"); return ;;
    --device) mapfile -t COMPREPLY < <(compgen -W "auto cpu cuda" -- "$current"); return ;;
    --dtype) mapfile -t COMPREPLY < <(compgen -W "auto f32 bf16 f16" -- "$current"); return ;;
    --segs-dir | --masks-dir | --control-dir | --wildcards) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
  esac
  if [[ $current == -* ]]; then
    local options
    options=$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,')
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

complete -F _burin burin
