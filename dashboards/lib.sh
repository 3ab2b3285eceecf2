# shellcheck shell=bash
# What the scripts of this folder and of preview share. To be sourced; goes to the root of the project.

# shellcheck source=packaging/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../packaging/lib.sh"

# Where the Python packages of dashboards/source/requirements.txt are.
readonly python_environment=.build/dashboards

make_python_environment() {
    rm -rf "$python_environment"
    # Debian's own Python, whatever else is on the PATH: python3-venv belongs to that one.
    /usr/bin/python3 -m venv "$python_environment" &&
        "$python_environment/bin/python3" -m pip install --quiet --disable-pip-version-check \
            --requirement dashboards/source/requirements.txt &&
        cp dashboards/source/requirements.txt "$python_environment/"
}

need_python() {
    need_debian python3 python3-venv
    cmp -s dashboards/source/requirements.txt "$python_environment/requirements.txt" && return
    say "installing the Python packages of dashboards/source/requirements.txt in $python_environment"
    with_retry true make_python_environment
}

# No compiled files beside the source.
run_python() { PYTHONDONTWRITEBYTECODE=1 "$python_environment/bin/python3" "$@"; }
