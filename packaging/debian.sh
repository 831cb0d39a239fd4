#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Makes Debian packages of a build folder: burin, libburin, burin-sdk-dev, gimp-burin, krita-burin.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/debian.sh [--build DIR] [--output DIR] [--fast]

Makes the Debian packages burin (with the libraries of libtorch that it needs), libburin, burin-sdk-dev, gimp-burin and
krita-burin. Needs the packages debhelper and patchelf, and no root.

  --build DIR   package what this build folder holds; it must have been configured with
                -DCMAKE_INSTALL_PREFIX=/usr and be built [build/packages: configured and built first]
  --output DIR  where the packages go [the build folder's packages/]
  --fast        neither stripped nor compressed: for a test
  --help        this text
TEXT
}

fail() {
  echo "debian.sh: $*" >&2
  exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="" output="" compression="-Zxz"
while (($#)); do
  case $1 in
    --build) build=${2:?--build needs a folder}; shift ;;
    --output) output=${2:?--output needs a folder}; shift ;;
    --fast) compression="-Znone"; export DEB_BUILD_OPTIONS=nostrip ;;
    --help | -h) usage; exit 0 ;;
    *) echo "debian.sh: unknown argument '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

for tool in dh patchelf; do
  command -v "$tool" >/dev/null || fail "there is no $tool; packaging/setup.sh installs it"
done
if [[ -z $build ]]; then
  build=$root/build/packages
  cmake --preset release -B "$build" -DCMAKE_INSTALL_PREFIX=/usr
  cmake --build "$build"
fi
[[ -r $build/CMakeCache.txt ]] || fail "'$build' is no build folder"
build=$(cd "$build" && pwd)
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
prefix=$(cached CMAKE_INSTALL_PREFIX)
[[ $prefix == /usr ]] || fail "'$build' is configured for $prefix; expected -DCMAKE_INSTALL_PREFIX=/usr"
[[ -x $build/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/burin/gimp2/burin ]] ||
  fail "'$build' has no plug-in of GIMP 2.10; it needs libgimp2.0-dev and a whole build"
version=$(cached CMAKE_PROJECT_VERSION)
noted=$(dpkg-parsechangelog --file "$root/packaging/debian/changelog" --show-field Version)
[[ $noted == "$version" ]] || fail "packaging/debian/changelog ends with $noted; '$build' holds $version"

mkdir -p "${output:=$build/packages}"
output=$(cd "$output" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/burin"
cp -r "$root/packaging/debian" "$work/burin/debian"
cd "$work/burin"
BURIN_BUILD=$build BURIN_PACKAGES=$output BURIN_COMPRESSION=$compression debian/rules binary >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  fail "the packages were not made"
}
for package in $(dh_listpackages); do ls "$output/${package}_${version}"_*.deb; done
