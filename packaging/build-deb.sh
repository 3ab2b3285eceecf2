#!/usr/bin/env bash
# Makes the Debian packages skep and skep-dashboards from the release build. Compiles nothing that packaging/build has
# compiled already.
#
#   packaging/build-deb.sh [--symbols] [FOLDER]
#
# Leaves them in FOLDER, without one in .build/deb; what was there before is lost. With --symbols there is also
# skep-dbgsym, for debuggers.
#
# SKEP_PROGRAMS names a folder with the programs, for packages from a build in another place.
set -euo pipefail
# shellcheck source=packaging/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
root=$PWD

# They take longer to pack than all the rest.
options=noautodbgsym
if [ "${1:-}" = --symbols ]; then
    options=
    shift
fi

need_debian build-essential debhelper git libexpat1-dev libsqlite3-dev libsystemd-dev pkgconf zlib1g-dev
programs=${SKEP_PROGRAMS:-}
if [ -z "$programs" ]; then
    packaging/build skep
    programs=.build/release
fi
programs=$(cd "$programs" && pwd)

# The changelog names the version of the package, the code that of the programs.
version=$("$programs/skep" --version)
packaged=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
[ "$version" = "${packaged%%[-~+]*}" ] || fail 1 \
    "skep is version $version, but packaging/debian/changelog says $packaged"

# debhelper leaves its own files beside what it reads, and the packages in the folder above: never in the checkout.
output=${1:-.build/deb}
rm -rf "$output"
mkdir -p "$output/skep"
deb=$(cd "$output" && pwd)
stage=$deb/skep
# Whoever builds may have another mask; modes stand in the packages.
umask 022
git ls-files -z -co --exclude-standard -- README.md dashboards packaging |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null --no-recursion -T - -cf - | tar -xf - -C "$stage"
mkdir -p "$stage/dashboards"
cp -R "$stage/packaging/debian" "$stage/debian"

say "making the packages"
export SKEP_PROGRAMS=$programs DEB_BUILD_OPTIONS=$options
if ! (cd "$stage" && dpkg-buildpackage -b -us -uc) > "$deb/build.log" 2>&1; then
    tail -n 50 "$deb/build.log" >&2
    fail 1 "the packages could not be made; all that was said is in $deb/build.log"
fi
rm -rf "$stage"
for package in "$deb"/*.deb; do
    say "made ${package#"$root"/} ($(stat -c %s "$package") bytes," \
        "installed $(dpkg-deb -f "$package" Installed-Size) KiB)"
done
