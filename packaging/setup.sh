#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Makes a Debian 12 machine ready to build Burin: packages by apt-get, libtorch by fetch_libtorch.sh.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/setup.sh [--cuda] [--wheels DIR]

Installs the Debian packages that are missing (as root or through sudo) and unpacks libtorch into
.deps/libtorch. Running it again does nothing.

  --cuda        also unpack the libraries an NVIDIA GPU needs (about 3 GB more on disk)
  --wheels DIR  take libtorch's wheels from DIR instead of downloading them
  --help        this text
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fetch_options=()
while (($#)); do
  case $1 in
    --cuda) fetch_options+=(--cuda) ;;
    --wheels) fetch_options+=(--wheels "${2:?--wheels needs a folder}"); shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "setup.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

packages=(
  # compilers and tools
  g++ cmake ninja-build ccache pkg-config python3 python3-pip unzip man-db
  # libraries of the product
  nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev libopencv-dev libopenimageio-dev libimath-dev
  libboost-dev libdlpack-dev libzip-dev libjpeg-dev libpng-dev libwebp-dev liblcms2-dev
  libutf8proc-dev libyaml-dev
  # the editors' plug-ins, and the editors for their tests
  libgimp2.0-dev gimp
  krita python3-pyqt5 python3-sip xvfb xauth xdotool
  # Debian packages
  debhelper lintian patchelf
  # tests, fuzzing, checks
  libboost-test-dev librapidcheck-dev libbenchmark-dev abigail-tools doxygen procps
  clang-14 clang libclang-rt-14-dev libfuzzer-14-dev clang-format-14 clang-format clang-tidy
)

installed=$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' 2>/dev/null |
  sed -n 's/^ii *//p')
missing=()
for package in "${packages[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  echo "packages: all ${#packages[@]} are installed"
else
  as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || {
      echo "setup.sh: ${#missing[@]} packages are missing (${missing[*]}) and installing them needs" \
        "root or sudo" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  echo "packages: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
fi

"$here/fetch_libtorch.sh" "${fetch_options[@]}"
