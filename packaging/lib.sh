# shellcheck shell=bash
# What the scripts of this folder share. To be sourced; goes to the root of the project and defines functions.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# sysexits.h: something that is needed is not there.
readonly unavailable=69

# To standard error, as all talk of these scripts: what they run may print something that is wanted in a file.
say() { printf '==> %s\n' "$*" >&2; }

fail() {
    local status=$1
    shift
    printf '%s\n' "$@" >&2
    exit "$status"
}

# with_retry REMEDY COMMAND...: runs the command; if it fails, runs REMEDY and then the command once more.
with_retry() {
    local remedy=$1
    shift
    "$@" && return
    say "that failed; once more"
    "$remedy"
    "$@"
}

mend_apt() {
    dpkg --configure -a
    DEBIAN_FRONTEND=noninteractive apt-get -f -y -o DPkg::Lock::Timeout=300 install
}

fetch_debian() {
    apt-get -q -o DPkg::Lock::Timeout=300 update &&
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_debian PACKAGE...: installs those of the packages that are missing, or says what to type and exits.
need_debian() {
    local missing=() package
    command -v dpkg-query >/dev/null || fail "$unavailable" \
        "This is no Debian: install what these Debian packages hold, then use swift build directly: $*"
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || fail "$unavailable" \
        "Debian packages are missing. Type this, then try again:" \
        "    sudo apt-get install --no-install-recommends ${missing[*]}"
    say "installing Debian packages: ${missing[*]}"
    with_retry mend_apt fetch_debian "${missing[@]}"
}

# need_swift MAJOR MINOR: checks that there is a Swift compiler of this version or a newer one.
need_swift() {
    local version
    command -v swift >/dev/null || fail "$unavailable" \
        "There is no swift on the PATH. Install Swift $1.$2 or newer: https://www.swift.org/install/linux/"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "$unavailable" "swift --version does not say its version"
    if [ "${version%%.*}" -lt "$1" ] || { [ "${version%%.*}" -eq "$1" ] && [ "${version#*.}" -lt "$2" ]; }; then
        fail "$unavailable" "swift is version $version; this needs $1.$2 or newer"
    fi
}
