#!/usr/bin/env bash
# Makes the packages a second time, from a copy of the sources in another folder that compiles everything anew, and
# demands the same bytes as in .build/deb. Takes as long as the first build.
set -euo pipefail
# shellcheck source=packaging/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ -e .build/deb ] || packaging/build-deb.sh
copy=.build/second/sources
rm -rf .build/second
mkdir -p "$copy"
git ls-files -z -co --exclude-standard |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null --no-recursion -T - -cf - | tar -xf - -C "$copy"
# The same versions of the libraries: newer ones would be another program.
cp Package.resolved "$copy"
say "building everything once more, in $copy"
"$copy/packaging/build" skep
"$copy/packaging/build" skepctl
SKEP_PROGRAMS=$copy/.build/release packaging/build-deb.sh .build/second/deb

different=()
for package in .build/deb/*.deb; do
    cmp "$package" ".build/second/deb/${package##*/}" || different+=("${package##*/}")
done
[ ${#different[@]} -eq 0 ] || fail 1 \
    "not reproducible: ${different[*]}; both builds are there to be compared (diffoscope)"
rm -rf .build/second
say "ok: a second build gives the same packages, byte for byte"
