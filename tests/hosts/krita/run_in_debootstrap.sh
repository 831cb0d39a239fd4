#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The docker in the Krita of another release of Debian, with this machine's worker.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: run_in_debootstrap.sh [--make SUITE] ROOT BURIN ENGINE SOURCE-FOLDER

Runs the cases of hosts.krita in the Krita that is installed below ROOT, a folder made by debootstrap (as root). The
worker is this machine's BURIN with the module ENGINE (burin_painting_engine.so): both sides see the
same folder, and the root asks through a FIFO for a worker to be started and for what burin plugins says.

  --make SUITE  makes ROOT first, of this suite of Debian (trixie: Krita 5.2, forky: Krita 5.3), and installs
                Krita in it; takes some minutes and 2 GB
  --help        this text
TEXT
}

suite=""
while (($#)); do
  case $1 in
    --make) suite=${2:?--make needs a suite}; shift ;;
    --help | -h) usage; exit 0 ;;
    -*) echo "run_in_debootstrap.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
if (($# != 4)); then
  usage >&2
  exit 2
fi
root=$(realpath -m "$1") program=$2 engine=$3 source=$4
if ((EUID != 0)); then
  echo "run_in_debootstrap.sh: chroot needs root" >&2
  exit 1
fi

# shellcheck source=prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

if [[ -n $suite ]]; then
  # A debootstrap that is older than the suite makes it as it makes sid.
  scripts=/usr/share/debootstrap/scripts
  debootstrap --variant=minbase "$suite" "$root" http://deb.debian.org/debian \
    "$scripts/$([[ -e $scripts/$suite ]] && echo "$suite" || echo sid)"
  # The suite of a release to come is often not signed anew for a while.
  printf 'APT::Install-Recommends "0";\nAcquire::Languages "none";\nAcquire::Check-Valid-Until "false";\n' \
    >"$root/etc/apt/apt.conf.d/90burin"
  printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/90burin"
  chroot "$root" apt-get update
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    krita python3-pyqt5 python3-pyqt5.sip xvfb xauth
fi
if [[ ! -x $root/usr/bin/krita || ! -x $root/usr/bin/xvfb-run ]]; then
  echo "run_in_debootstrap.sh: there is no krita or no xvfb-run below $root; --make installs them" >&2
  exit 1
fi

# The same path inside and outside, so that the masks in it are found by both.
name=$(mktemp -u burin-krita.XXXXXX)
folder=/tmp/$name
mkdir "$root/tmp/$name"
ln -s "$root/tmp/$name" "$folder"
cleanup() {
  "$program" serve --stop >/dev/null 2>&1 || true
  if [[ -n ${starter:-} ]]; then kill "$starter" 2>/dev/null || true; fi
  rm -rf "$folder" "${root:?}/tmp/$name"
}
trap cleanup EXIT
prepare "$folder" "$source"
mkfifo "$folder/wanted"
cat >"$folder/burin" <<STUB
#!/bin/sh
if [ "\$1" != plugins ]; then
  echo start >$folder/wanted
  exit
fi
answer=\$(mktemp -u $folder/answer.XXXXXX)
mkfifo "\$answer"
echo "\$answer \$*" >$folder/wanted
cat "\$answer"
STUB
chmod +x "$folder/burin"
mapfile -t variables < <(environment "$folder")
export "${variables[@]}" "BURIN_CORE_PATH=$engine"
while read -r wanted arguments; do
  if [[ $wanted == start ]]; then
    "$program" serve --background >/dev/null 2>&1 || true
  else
    # shellcheck disable=SC2086
    "$program" $arguments </dev/null >"$wanted" 2>/dev/null || true
  fi
done <>"$folder/wanted" &
starter=$!

chroot "$root" env "${variables[@]}" "BURIN_PROGRAM=$folder/burin" "BURIN_TEST_ONLY=${BURIN_TEST_ONLY:-}" \
  "BURIN_TEST_CASES=${BURIN_TEST_CASES:-cases}" timeout 400 \
  xvfb-run -a -s "-screen 0 1280x900x24" krita --nosplash >"$folder/log" 2>&1 || code=$?
verdict "$folder" "${code:-0}"
