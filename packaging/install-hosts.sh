#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Puts Burin's plug-ins where this user's editors look for them, or takes them away again.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/install-hosts.sh [--uninstall] [--prefix DIR] [gimp2] [krita]

Links Burin's plug-ins into this user's GIMP 2.10 and Krita; without a name, into those that are
installed. Burin itself stays where it is, so the folder must stay too.

  --uninstall   removes what this script put there, and nothing else
  --prefix DIR  where Burin is installed or was built [the installation or build folder that is found
                beside this script: .., ../build/dev, ../build/release]
  --help        this text
TEXT
}

fail() {
  echo "install-hosts.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
action=install prefix="" editors=()
while (($#)); do
  case $1 in
    --uninstall) action=uninstall ;;
    --prefix) prefix=${2:?--prefix needs a folder}; shift ;;
    --help | -h) usage; exit 0 ;;
    gimp2 | krita) editors+=("$1") ;;
    *) echo "install-hosts.sh: unknown argument '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

config=${XDG_CONFIG_HOME:-$HOME/.config}
gimp2_folder=${GIMP2_DIRECTORY:-$config/GIMP/2.10}/plug-ins/burin
krita_folder=${XDG_DATA_HOME:-$HOME/.local/share}/krita/pykrita
krita_rc=$config/kritarc

# The plug-in of GIMP below a prefix: Debian's libraries lie in a folder of the architecture.
find_gimp2() {
  local each
  for each in "$1"/lib/burin/gimp2/burin "$1"/lib/*/burin/gimp2/burin; do
    if [[ -x $each ]]; then
      readlink -f "$each"
      return
    fi
  done
}

find_krita() {
  local each
  for each in "$1/share/burin/krita" "$here/../hosts/krita"; do
    if [[ -e $each/burin_krita.desktop ]]; then
      readlink -f "$each"
      return
    fi
  done
}

install_gimp2() {
  local plug_in="" each
  if [[ -n $prefix ]]; then
    plug_in=$(find_gimp2 "$prefix")
  else
    for each in "$here/.." "$here/../build/dev" "$here/../build/release" "$here/../../.."; do
      plug_in=$(find_gimp2 "$each")
      if [[ -n $plug_in ]]; then break; fi
    done
  fi
  [[ -n $plug_in ]] || fail "there is no plug-in of GIMP 2.10 below ${prefix:-$here/..};" \
    "build the target burin_gimp2 (it needs libgimp2.0-dev) or give --prefix"
  if [[ -e $gimp2_folder && ! -L $gimp2_folder/burin ]]; then
    fail "$gimp2_folder is there already and is not of this script; remove it first"
  fi
  mkdir -p "$gimp2_folder"
  ln -sfn "$plug_in" "$gimp2_folder/burin"
  echo "GIMP 2.10: $gimp2_folder/burin -> $plug_in"
}

# A folder and those above it, as far as they are empty and below the home folder.
remove_empty() {
  local folder=$1
  while [[ $folder == "$HOME"/* ]] && rmdir "$folder" 2>/dev/null; do
    folder=$(dirname "$folder")
  done
}

uninstall_gimp2() {
  if [[ -L $gimp2_folder/burin ]]; then
    rm "$gimp2_folder/burin"
    remove_empty "$gimp2_folder"
    echo "GIMP 2.10: removed $gimp2_folder/burin"
  else
    echo "GIMP 2.10: nothing to remove"
  fi
}

set_krita_enabled() {
  local wanted=$1 temporary
  if [[ ! -e $krita_rc ]]; then
    if [[ $wanted == true ]]; then
      mkdir -p "$(dirname "$krita_rc")"
      printf '[python]\nenable_burin_krita=true\n' >"$krita_rc"
    fi
    return
  fi
  temporary=$(mktemp "$krita_rc.XXXXXX")
  awk -v wanted="$wanted" '
    /^enable_burin_krita=/ { next }
    { print }
    $0 == "[python]" && wanted == "true" { print "enable_burin_krita=true"; done = 1 }
    END { if (wanted == "true" && !done) print "[python]\nenable_burin_krita=true" }
  ' "$krita_rc" >"$temporary"
  if [[ $wanted == false && $(tr -d '[:space:]' <"$temporary") == "[python]" ]]; then
    rm "$temporary" "$krita_rc"
  else
    chmod --reference="$krita_rc" "$temporary"
    mv "$temporary" "$krita_rc"
  fi
}

install_krita() {
  local krita_source
  krita_source=$(find_krita "${prefix:-$here/..}")
  [[ -n $krita_source ]] || fail "there is no plug-in of Krita below ${prefix:-$here/..}"
  mkdir -p "$krita_folder"
  local each
  for each in burin_krita burin_krita.desktop; do
    if [[ -e $krita_folder/$each && ! -L $krita_folder/$each ]]; then
      fail "$krita_folder/$each is there already and is not of this script; remove it first"
    fi
    ln -sfn "$krita_source/$each" "$krita_folder/$each"
  done
  set_krita_enabled true
  echo "Krita: $krita_folder/burin_krita -> $krita_source/burin_krita"
}

uninstall_krita() {
  local each removed=""
  for each in burin_krita burin_krita.desktop; do
    if [[ -L $krita_folder/$each ]]; then
      rm "$krita_folder/$each"
      removed=yes
    fi
  done
  if [[ -n $removed ]]; then
    set_krita_enabled false
    remove_empty "$krita_folder"
    remove_empty "$(dirname "$krita_rc")"
    echo "Krita: removed $krita_folder/burin_krita"
  else
    echo "Krita: nothing to remove"
  fi
}

if ((${#editors[@]} == 0)); then
  if [[ $action == uninstall ]]; then
    editors=(gimp2 krita)
  else
    if command -v gimp-2.10 >/dev/null || command -v gimp-console-2.10 >/dev/null; then editors+=(gimp2); fi
    if command -v krita >/dev/null && [[ -n $(find_krita "${prefix:-$here/..}") ]]; then editors+=(krita); fi
    ((${#editors[@]} > 0)) || fail "neither GIMP 2.10 nor Krita was found; name the editor to install anyway"
  fi
fi
for editor in "${editors[@]}"; do
  "${action}_$editor"
done
