#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The Debian packages of a build folder: made, looked at by lintian, installed over this system in a mount namespace of
# their own, used, and purged without a trace. lintian sees the package burin without libtorch, which
# takes it a minute; BURIN_TEST_PACKAGES=release: with it, and compressed as for users.
# Usage: run.sh SOURCE_DIR BUILD_DIR; exit status 77: it cannot be tested here
set -euo pipefail
source=$1 build=$2 work=${3:-}

skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# Errors and warnings but for what a fast build leaves out.
lint() {
  local options=(--fail-on error,warning --tag-display-limit 0) debs=("$work"/debs/*.deb)
  if [[ ${BURIN_TEST_PACKAGES:-} != release ]]; then
    local slim=$work/slim
    mkdir "$slim"
    dpkg-deb --control "$work"/debs/burin_*.deb "$slim/DEBIAN"
    sed -i '/\/lib\(torch\|cu\)[^/]*\.so/d' "$slim/DEBIAN/md5sums"
    dpkg-deb --fsys-tarfile "$work"/debs/burin_*.deb |
      tar --extract --preserve-permissions --directory "$slim" --exclude 'libtorch*.so*' --exclude 'libcu*.so*'
    dpkg-deb --root-owner-group -Znone --build "$slim" "$slim.deb"
    options+=(--suppress-tags
      unstripped-binary-or-object,uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball)
    debs=("$work"/debs/{burin-sdk-dev,gimp-burin,krita-burin,libburin}_*.deb "$slim.deb")
  fi
  lintian "${options[@]}" "${debs[@]}"
}

if [[ -z $work ]]; then
  ((EUID == 0)) || skip "installing packages needs root"
  for tool in lintian dh patchelf; do command -v "$tool" >/dev/null || skip "there is no $tool"; done
  grep -q '^CMAKE_INSTALL_PREFIX:PATH=/usr$' "$build/CMakeCache.txt" ||
    skip "the build folder is not configured with -DCMAKE_INSTALL_PREFIX=/usr"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  SECONDS=0
  if [[ ${BURIN_TEST_PACKAGES:-} == release ]]; then
    "$source/packaging/debian.sh" --build "$build" --output "$work/debs"
  else
    "$source/packaging/debian.sh" --build "$build" --output "$work/debs" --fast
  fi
  echo "made in $SECONDS s"
  lint >"$work/tags" 2>&1 &
  lintian=$!
  if unshare --mount true 2>/dev/null; then
    unshare --mount --propagation private "$0" "$source" "$build" "$work" || result=$?
  else
    echo "skipped: this system allows no mount namespace, so nothing is installed"
    result=77
  fi
  wait "$lintian" || fail "lintian: $(cat "$work/tags")"
  echo "lintian: neither errors nor warnings; all after $SECONDS s"
  exit "${result:-0}"
fi

# The rest runs in the namespace: $root is this system with $upper laid over it.
mkdir "$work/system"
mount -t tmpfs tmpfs "$work/system"
upper=$work/system/upper root=$work/system/root
mkdir "$upper" "$work/system/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$upper,workdir=$work/system/work" "$root" 2>/dev/null ||
  skip "this kernel has no overlay file system, so nothing is installed"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
place=/run/burin-packages
mkdir -p "$root$place/home" "$root$place/debs"
mount --bind "$work/debs" "$root$place/debs"
cp "$source/tests/data/demo/team.jpg" "$root$place"
inside() { chroot "$root" env -i HOME=$place/home LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# Paths that are new, or gone (a character device in their place), but for what dpkg and the loader
# keep of every installation.
changed() {
  (cd "$upper" && find . -mindepth 1 \( -path ./run -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \) \
    -prune -o \( -type c -printf 'gone: /%P\n' \) -o -printf '/%P\n') |
    while read -r path; do [[ -e $path || -L $path ]] || echo "$path"; done
}

deb() { echo "$place/debs/$1"_*.deb; }
install() {
  # shellcheck disable=SC2012
  inside sh -c "dpkg --force-unsafe-io $* >$place/log 2>&1" || fail "dpkg $*: $(cat "$root$place/log")"
}
install --install "$(deb libburin)" "$(deb burin)" "$(deb burin-sdk-dev)" "$(deb gimp-burin)"
if inside dpkg-query --show krita >/dev/null 2>&1; then force=""; else force=--force-depends; fi
install $force --install "$(deb krita-burin)"

for depends in burin gimp; do
  inside dpkg-query --show --showformat='${Depends}' gimp-burin | grep -qE "(^| )$depends( |,|$)" ||
    fail "gimp-burin does not depend on $depends"
done
for depends in burin krita python3-pyqt5 python3-sip; do
  inside dpkg-query --show --showformat='${Depends}' krita-burin | grep -qE "(^| )$depends( |,|$)" ||
    fail "krita-burin does not depend on $depends"
done
inside dpkg-query --show --showformat='${Depends}' libburin | grep -q libopencv && fail "libburin needs OpenCV"

says() {
  local expected=$1
  shift
  inside "$@" >"$work/said" 2>&1 || fail "$*: exit $?: $(cat "$work/said")"
  [[ -z $expected ]] || grep -qE "$expected" "$work/said" || fail "$* said: $(cat "$work/said"); expected $expected"
}
libraries=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
says '^burin [0-9]' burin --version
says 'burin.detector.yunet' burin plugins
says '^ +model +path' burin plugins yolo
says "^engine +$libraries/burin/libburin_core.so" burin doctor
says "will load /usr/lib/gimp/2.0/plug-ins/burin/burin" burin doctor
says '' burin detect "$place/team.jpg" -o "$place/segs.json"
[[ $(grep -c '"bbox"' "$root$place/segs.json") == 6 ]] || fail "team.jpg has 6 faces: $(cat "$root$place/segs.json")"
[[ -x $root/usr/lib/gimp/2.0/plug-ins/burin/burin ]] || fail "GIMP has no plug-in that can be executed"
for file in burin_krita.desktop burin_krita/__init__.py; do
  [[ -r $root/usr/share/krita/pykrita/$file ]] || fail "Krita has no $file"
done
for page in burin burin-check; do
  inside gzip --test /usr/share/man/man1/$page.1.gz || fail "the manual of $page is not compressed"
done
says '' cp -r /usr/share/burin/template/c "$place/template"
says '' cmake -S "$place/template" -B "$place/template/build"
says '' cmake --build "$place/template/build"
says '' burin-check "$place/template/build/karras.burin" --only '^(library|descriptor)'
printf '#include <burin/loader.h>\n#include <stdio.h>\nint main(void) { return puts(burin_version()) < 0; }\n' \
  >"$root$place/version.c"
says '' sh -c "cc $place/version.c -o $place/version \$(pkg-config --cflags --libs burin)"
says '^[0-9]' "$place/version"

installed=$(changed | wc -l)
install --purge krita-burin gimp-burin burin-sdk-dev burin libburin
left=$(changed)
[[ -z $left ]] || fail "left behind after purge: $left"
[[ -z $(inside dpkg-query --list '*burin*' 2>/dev/null | grep burin) ]] || fail "dpkg still knows Burin"
echo "packages: $installed files and folders installed, used, and purged without a trace"
