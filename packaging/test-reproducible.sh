#!/usr/bin/env bash
# Makes the packages a second time, with everything compiled anew, and demands the same bytes as in .build/deb. Takes as
# long as the first build.
#
# In the same folder: the length of its path, though not the path itself, stands in one function of a library.
set -euo pipefail
# shellcheck source=packaging/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

packaging/build-deb.sh
objects=$(swift build -c release --show-bin-path)
rm -rf "$objects"
say "building everything once more"
packaging/build-deb.sh .build/second

different=()
for package in .build/deb/*.deb; do
    cmp "$package" ".build/second/${package##*/}" || different+=("${package##*/}")
done
[ ${#different[@]} -eq 0 ] || fail 1 \
    "not reproducible: ${different[*]}; both are there to be compared (diffoscope), in .build/deb and .build/second"
rm -rf .build/second
say "ok: a second build gives the same packages, byte for byte"
