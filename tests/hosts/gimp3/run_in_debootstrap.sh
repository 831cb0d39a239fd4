#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The plug-in of GIMP 3 built and tested where Debian has a GIMP 3, in a folder of its own.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/hosts/gimp3/run_in_debootstrap.sh [--root DIR] [--suite NAME] [--mirror URL] [--plug-in FILE]

Makes a Debian of that suite in DIR if there is none (about 1.6 GB, needs root and debootstrap), copies
this source tree into it, builds the plug-in of GIMP 3 there without the engine, and runs the cases of
tests/hosts/gimp in its gimp-console. Exit status 0: all passed. Nothing outside DIR is changed.

  --root DIR      [.deps/trixie, by the suite's name]
  --suite NAME    trixie (GIMP 3.0) or forky (GIMP 3.2) [trixie]
  --mirror URL    where packages come from [http://deb.debian.org/debian]
  --plug-in FILE  tests this program, built elsewhere, in place of the one that is built there
  --help          this text
TEXT
}

fail() {
  echo "run_in_debootstrap.sh: $*" >&2
  exit 2
}

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
suite=trixie mirror=http://deb.debian.org/debian root="" plug_in=""
while (($#)); do
  case $1 in
    --root | --suite | --mirror | --plug-in)
      (($# > 1)) || fail "$1 needs a value (see --help)"
      case $1 in
        --root) root=$2 ;;
        --suite) suite=$2 ;;
        --mirror) mirror=$2 ;;
        --plug-in) plug_in=$2 ;;
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
[[ -z $plug_in || -x $plug_in ]] || fail "there is no program $plug_in"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive "$@"; }

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

packages=(gimp libgimp-3.0-dev g++ cmake ninja-build pkg-config libboost-dev libdlpack-dev
  nlohmann-json3-dev libcli11-dev procps python3 xvfb xdotool)
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

inside cmake -S /root/burin -B /root/build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBURIN_WERROR=ON \
  -DBURIN_BUILD_ENGINE=OFF -DBURIN_HOSTS=gimp3 >"$root/cmake.log" 2>&1 ||
  { cat "$root/cmake.log"; exit 1; }
inside cmake --build /root/build --target burin_gimp3 burin_painting_engine >"$root/build.log" 2>&1 ||
  { cat "$root/build.log"; exit 1; }
built=$(inside find /root/build/lib -path '*/gimp3/burin')
if [[ -n $plug_in ]]; then install -m 755 "$plug_in" "$root$built"; fi

echo "Debian $(cat "$root/etc/debian_version"), $(inside gimp-console-3.0 --version 2>/dev/null || inside gimp-console-3.2 --version)"
echo "The plug-in needs: $(inside readelf -d "$built" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' ')"
inside ctest --test-dir /root/build -R '^hosts\.gimp3' --no-tests=error --output-on-failure --verbose |
  grep -vE 'GEGL-WARNING|EEEEeEeek|^$'
