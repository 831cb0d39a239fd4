#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Puts Burin's plug-ins where this user's editors look for them, or takes them away again.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/install-hosts.sh [--uninstall] [--prefix DIR] [gimp2] [gimp3] [krita]

Links Burin's plug-ins into this user's GIMP 2.10, GIMP 3.0 and 3.2, and Krita; without a name, into
those that are installed. Burin itself stays where it is, so the folder must stay too.

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
    gimp2 | gimp3 | krita) editors+=("$1") ;;
    *) echo "install-hosts.sh: unknown argument '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

config=${XDG_CONFIG_HOME:-$HOME/.config}
krita_folder=${XDG_DATA_HOME:-$HOME/.local/share}/krita/pykrita
krita_rc=$config/kritarc

# found NAME...: whether one of these programs is installed.
found() {
  local each
  for each in "$@"; do
    if command -v "$each" >/dev/null; then return 0; fi
  done
  return 1
}

# The versions of GIMP whose folders the plug-in goes into: each has its own.
gimp_versions() {
  local each versions=()
  if [[ $1 == gimp2 ]]; then
    echo 2.10
    return
  fi
  for each in 3.0 3.2; do
    if found "gimp-$each" "gimp-console-$each" || [[ -d $config/GIMP/$each ]]; then versions+=("$each"); fi
  done
  if ((${#versions[@]} == 0)); then versions=(3.0); fi
  echo "${versions[@]}"
}

# gimp_folder EDITOR VERSION
gimp_folder() {
  local own
  if [[ $1 == gimp2 ]]; then own=${GIMP2_DIRECTORY:-}; else own=${GIMP3_DIRECTORY:-}; fi
  echo "${own:-$config/GIMP/$2}/plug-ins/burin"
}

# find_gimp EDITOR PREFIX. Debian's libraries lie in a folder of the architecture.
find_gimp() {
  local each
  for each in "$2/lib/burin/$1/burin" "$2"/lib/*/burin/"$1"/burin; do
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

install_gimp() {
  local plug_in="" each version folder name=${1/gimp2/GIMP 2.10}
  name=${name/gimp3/GIMP 3}
  local headers=libgimp2.0-dev
  if [[ $1 == gimp3 ]]; then headers=libgimp-3.0-dev; fi
  if [[ -n $prefix ]]; then
    plug_in=$(find_gimp "$1" "$prefix")
  else
    for each in "$here/.." "$here"/../build/{dev,release,gimp3} "$here/../../.."; do
      plug_in=$(find_gimp "$1" "$each")
      if [[ -n $plug_in ]]; then break; fi
    done
  fi
  [[ -n $plug_in ]] || fail "there is no plug-in of $name below ${prefix:-$here/..};" \
    "build the target burin_$1 (it needs $headers) or give --prefix"
  for version in $(gimp_versions "$1"); do
    folder=$(gimp_folder "$1" "$version")
    if [[ -e $folder && ! -L $folder/burin ]]; then
      fail "$folder is there already and is not of this script; remove it first"
    fi
    mkdir -p "$folder"
    ln -sfn "$plug_in" "$folder/burin"
    echo "GIMP $version: $folder/burin -> $plug_in"
  done
}

# A folder and those above it, as far as they are empty and below the home folder.
remove_empty() {
  local folder=$1
  while [[ $folder == "$HOME"/* ]] && rmdir "$folder" 2>/dev/null; do
    folder=$(dirname "$folder")
  done
}

uninstall_gimp() {
  local version folder
  for version in $(gimp_versions "$1"); do
    folder=$(gimp_folder "$1" "$version")
    if [[ -L $folder/burin ]]; then
      rm "$folder/burin"
      remove_empty "$folder"
      echo "GIMP $version: removed $folder/burin"
    else
      echo "GIMP $version: nothing to remove"
    fi
  done
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
    editors=(gimp2 gimp3 krita)
  else
    if found gimp-2.10 gimp-console-2.10; then editors+=(gimp2); fi
    if found gimp-3.0 gimp-console-3.0 gimp-3.2 gimp-console-3.2; then editors+=(gimp3); fi
    if command -v krita >/dev/null && [[ -n $(find_krita "${prefix:-$here/..}") ]]; then editors+=(krita); fi
    ((${#editors[@]} > 0)) || fail "neither GIMP nor Krita was found; name the editor to install anyway"
  fi
fi
for editor in "${editors[@]}"; do
  case $editor in
    gimp2 | gimp3) "${action}_gimp" "$editor" ;;
    krita) "${action}_krita" ;;
  esac
done
