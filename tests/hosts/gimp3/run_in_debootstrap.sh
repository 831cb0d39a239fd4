#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The plug-in of GIMP 3 built and tested where Debian has a GIMP 3, in a folder of its own.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/hosts/gimp3/run_in_debootstrap.sh [--root DIR] [--suite NAME] [--mirror URL] [--built DIR]

Makes a Debian of that suite in DIR if there is none (about 1.6 GB, needs root and debootstrap), copies
this source tree into it, builds the plug-in of GIMP 3 there without the engine, and runs the cases of
tests/hosts/gimp in its GIMP. Exit status 0: all passed. Nothing outside DIR is changed.

  --root DIR    [.deps/trixie, by the suite's name]
  --suite NAME  trixie (GIMP 3.0) or forky (GIMP 3.2) [trixie]
  --mirror URL  where packages come from [http://deb.debian.org/debian]
  --built DIR   tests the program that an earlier run built in its DIR, and builds nothing: one program
                serves GIMP 3.0 and 3.2, built with the older one's headers
  --help        this text
TEXT
}

fail() {
  echo "run_in_debootstrap.sh: $*" >&2
  exit 2
}

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
suite=trixie mirror=http://deb.debian.org/debian root="" from=""
while (($#)); do
  case $1 in
    --root | --suite | --mirror | --built)
      (($# > 1)) || fail "$1 needs a value (see --help)"
      case $1 in
        --root) root=$2 ;;
        --suite) suite=$2 ;;
        --mirror) mirror=$2 ;;
        --built) from=$2 ;;
      esac
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    *) fail "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
root=${root:-$source/.deps/$suite}
((EUID == 0)) || fail "it needs root, for debootstrap and chroot"
[[ -z $from || -d $from/root/build/lib ]] || fail "nothing was built in $from"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive BURIN_TEST_SECONDS="${BURIN_TEST_SECONDS:-1800}" "$@"; }

if [[ ! -e $root/etc/debian_version ]]; then
  command -v debootstrap >/dev/null || fail "debootstrap is not installed"
  script=/usr/share/debootstrap/scripts/$suite
  [[ -e $script ]] || script=/usr/share/debootstrap/scripts/sid
  mkdir -p "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" "$script" >"$root/debootstrap.log" 2>&1 ||
    fail "debootstrap failed; see $root/debootstrap.log"
  printf 'APT::Install-Recommends "0";\nAcquire::Languages "none";\nAcquire::Check-Valid-Until "false";\n' \
    >"$root/etc/apt/apt.conf.d/90burin"
  for each in doc man locale; do
    printf 'path-exclude=/usr/share/%s/*\n' "$each" >>"$root/etc/dpkg/dpkg.cfg.d/90burin"
  done
fi

packages=(gimp procps python3 xvfb xdotool)
if [[ -z $from ]]; then
  packages+=(libgimp-3.0-dev g++ cmake ninja-build pkg-config libboost-dev libdlpack-dev
    nlohmann-json3-dev libcli11-dev)
fi
if ! inside dpkg-query --show "${packages[@]}" >/dev/null 2>&1; then
  inside apt-get update -qq
  inside apt-get install --yes --quiet "${packages[@]}" >"$root/apt.log" 2>&1 ||
    fail "apt-get failed; see $root/apt.log"
fi

# What git knows and what is new; what the plug-in does not need stays away.
rm -rf "$root/root/burin"
mkdir -p "$root/root/burin"
git -C "$source" ls-files -z --cached --others --exclude-standard -- CMakeLists.txt LICENSE cmake sdk \
  hosts tests/hosts |
  while IFS= read -r -d '' each; do if [[ -e $source/$each ]]; then printf '%s\0' "$each"; fi; done |
  tar -C "$source" --null -T - -cf - | tar -C "$root/root/burin" -xf -
mkdir -p "$root/root/burin/models"

if [[ -n $from ]]; then
  rm -rf "$root/root/build"
  mkdir -p "$root/root/build"
  tar -C "$from/root/build" -cf - lib "$(cd "$from/root/build" && find tests -name burin_painting_engine.so)" |
    tar -C "$root/root/build" -xf -
else
  inside cmake -S /root/burin -B /root/build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBURIN_WERROR=ON \
    -DBURIN_BUILD_ENGINE=OFF -DBURIN_HOSTS=gimp3 >"$root/cmake.log" 2>&1 ||
    { cat "$root/cmake.log"; exit 1; }
  inside cmake --build /root/build --target burin_gimp3 burin_painting_engine >"$root/build.log" 2>&1 ||
    { cat "$root/build.log"; exit 1; }
fi
plug_in=$(inside find /root/build/lib -path '*/gimp3/burin')
engine=$(inside find /root/build -name burin_painting_engine.so)

echo "Debian $(cat "$root/etc/debian_version"), $(inside gimp-console-3.0 --version 2>/dev/null || inside gimp-console-3.2 --version)"
echo "The plug-in needs: $(readelf -d "$root$plug_in" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' ')"
failed=0
for each in run.sh run_undo.sh; do
  began=$SECONDS
  if ! inside "/root/burin/tests/hosts/gimp/$each" 3 "$plug_in" "$engine" /root/burin >"$root/$each.log" 2>&1; then
    failed=1
    grep -vE 'GEGL-WARNING|EEEEeEeek|^$' "$root/$each.log" || true
  fi
  echo "$each: $(tail -n 1 "$root/$each.log") ($((SECONDS - began)) s)"
done
exit "$failed"
