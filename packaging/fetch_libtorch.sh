#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Unpacks libtorch (headers and shared libraries) from its Python wheels into .deps/libtorch.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/fetch_libtorch.sh [--cuda] [--wheels DIR] [--dest DIR]

  --cuda        also unpack what an NVIDIA GPU needs (about 3 GB more on disk)
  --wheels DIR  take the wheels from DIR instead of downloading them
  --dest DIR    unpack to DIR (default: .deps/libtorch in the source tree)
  --help        this text

The versions and sha256 sums are pinned in packaging/libtorch-cpu.lock and libtorch-cuda.lock.
A second run with the same locks does nothing. An installation made with --cuda serves both.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
dest=$root/.deps/libtorch
variant=cpu
wheels=

while (($#)); do
  case $1 in
    --cuda) variant=cuda ;;
    --wheels) wheels=${2:?--wheels needs a folder}; shift ;;
    --dest) dest=${2:?--dest needs a folder}; shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "fetch_libtorch.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done

if [[ $(uname -m) != x86_64 ]]; then
  echo "fetch_libtorch.sh: the pinned wheels are for x86_64, this machine is $(uname -m);" \
    "unpack a libtorch >= 2.6 yourself and configure with -DBURIN_LIBTORCH_ROOT=DIR" >&2
  exit 1
fi

locks=("$here/libtorch-cpu.lock")
[[ $variant == cuda ]] && locks+=("$here/libtorch-cuda.lock")
stamp_of() { echo "$1 $(cat "${@:2}" | sha256sum | cut -d' ' -f1)"; }
cuda_stamp=$(stamp_of cuda "$here/libtorch-cpu.lock" "$here/libtorch-cuda.lock")
stamp=$(stamp_of "$variant" "${locks[@]}")

installed=$(cat "$dest/.burin-lock" 2>/dev/null || true)
if [[ $installed == "$stamp" || $installed == "$cuda_stamp" ]]; then
  echo "libtorch: up to date in $dest (${installed%% *})"
  exit 0
fi

mkdir -p "$(dirname "$dest")"
work=$(mktemp -d "$dest.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

platforms=(--platform manylinux2014_x86_64)
for minor in $(seq 5 28); do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done
source_options=()
[[ -n $wheels ]] && source_options=(--no-index --find-links "$wheels")

echo "libtorch: fetching the pinned wheels ($variant)"
python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps \
  --only-binary=:all: --python-version 311 --implementation cp --abi cp311 --abi none \
  "${platforms[@]}" "${source_options[@]}" --require-hashes --dest "$work/wheels" \
  "${locks[@]/#/--requirement=}"

echo "libtorch: unpacking"
tree=$work/tree
mkdir -p "$tree/lib" "$tree/share/licenses"
left_out=('torch/lib/libtorch_python*' 'torch/lib/libshm*' 'torch/lib/libtorch_global_deps*')
nvidia_libraries='nvidia/*/lib/*.so*'
if [[ $variant == cpu ]]; then
  left_out+=('torch/lib/libtorch_cuda*' 'torch/lib/libtorch_nvshmem*'
    'torch/lib/libc10_cuda*' 'torch/lib/libcaffe2_nvrtc*' 'torch/lib/libtorch.so')
  nvidia_libraries='nvidia/*/lib/libcu[dp][at]*.so*'  # libcudart and libcupti
fi
for wheel in "$work"/wheels/*.whl; do
  name=$(basename "$wheel" | cut -d- -f1)
  staging=$work/staging
  mkdir "$staging"
  if [[ $name == torch ]]; then
    unzip -q "$wheel" 'torch/include/*' 'torch/lib/*.so*' '*.dist-info/*' \
      -x "${left_out[@]}" -d "$staging"
    mv "$staging/torch/include" "$tree/include"
  else
    unzip -q "$wheel" "$nvidia_libraries" '*.dist-info/*' -d "$staging"
  fi
  find "$staging" -path '*/lib/*' -name '*.so*' -type f -exec mv -t "$tree/lib" {} +
  mkdir "$tree/share/licenses/$name"
  # METADATA names the licence where a wheel carries no text of it.
  find "$staging" -path '*.dist-info/*' \( -ipath '*licen[sc]e*' -o -name METADATA \) -type f \
    -exec cp -t "$tree/share/licenses/$name" {} +
  rm -rf "$staging" "$wheel"
done

# CMake reads the version from the headers; a broken wheel must not replace a good installation.
[[ -f $tree/include/torch/csrc/api/include/torch/version.h && -f $tree/lib/libtorch_cpu.so ]] || {
  echo "fetch_libtorch.sh: the wheels hold no torch/version.h or libtorch_cpu.so" >&2
  exit 1
}
echo "$stamp" >"$tree/.burin-lock"
if [[ -e $dest ]]; then mv "$dest" "$work/old"; fi
mv "$tree" "$dest"
echo "libtorch: $variant libraries are in $dest"
