# shellcheck shell=bash
# A Debian machine under systemd-nspawn: real systemd, in seconds. To be sourced after packaging/lib.sh, as root.
# The image is made once and kept in .build/machine; whatever a machine writes goes to memory and is gone with it.

# What a machine needs to be one; what the packages of Skep need, since a machine has no network; what tests need.
machine_packages=systemd-sysv,dbus,passwd,procps,libexpat1,libgcc-s1,libsqlite3-0,libstdc++6,libsystemd0,zlib1g
machine_packages+=,curl,mosquitto-clients
machine_suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
machine_image=.build/machine/$machine_suite
machine_seconds=60
machine_leader=
machine_process=
machine_log=.build/machine/console.log

# machine_make_image: makes the image if it is not there, or was made of other packages.
machine_make_image() {
    local recipe="$machine_suite $machine_packages"
    [ "$(cat "$machine_image.recipe" 2>/dev/null)" != "$recipe" ] || return 0
    say "making the image of a Debian machine ($machine_suite)"
    rm -rf "$machine_image" "$machine_image.recipe"
    mkdir -p "$(dirname "$machine_image")"
    # SKEP_DEBIAN_MIRROR names another mirror than Debian's own.
    mmdebstrap --quiet --variant=apt --include="$machine_packages" "$machine_suite" "$machine_image" \
        ${SKEP_DEBIAN_MIRROR:+"$SKEP_DEBIAN_MIRROR"} > "$machine_log" 2>&1 || return
    printf '%s\n' "$recipe" > "$machine_image.recipe"
}

# machine_is_possible: whether this system lets machines be started at all; some containers do not.
machine_is_possible() {
    systemd-nspawn --quiet --register=no --keep-unit --volatile=overlay -D "$machine_image" -M "skep-probe-$$" \
        true < /dev/null > "$machine_log" 2>&1
}

# machine_boot OPTION...: starts a machine, with options of systemd-nspawn, and waits until it is up.
machine_boot() {
    # Version 2 of control groups, also where this system itself has version 1.
    UNIFIED_CGROUP_HIERARCHY=1 systemd-nspawn --quiet --register=no --keep-unit --boot --volatile=overlay \
        -D "$machine_image" -M "skep-$$" --private-network --console=pipe "$@" \
        < /dev/null > "$machine_log" 2>&1 &
    machine_process=$!
    local deadline=$((SECONDS + machine_seconds))
    until machine_leader=$(pgrep -P "$machine_process" | head -n 1) && [ -n "$machine_leader" ] &&
        in_machine systemctl is-system-running --wait > /dev/null 2>&1; do
        if ! kill -0 "$machine_process" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            tail -n 20 "$machine_log" >&2
            fail 1 "the machine did not come up; its console is in $machine_log"
        fi
        sleep 0.1
    done
}

# in_machine COMMAND...: runs a command inside, as root.
in_machine() {
    nsenter -t "$machine_leader" -m -u -i -n -p -C -r -w -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# at_machine COMMAND...: runs a command of this system that sees the network of the machine.
at_machine() { nsenter -t "$machine_leader" -n -- "$@"; }

machine_stop() {
    [ -n "$machine_process" ] || return 0
    # The leader is the machine's systemd, which shuts down at SIGRTMIN+4.
    [ -z "$machine_leader" ] || kill -s RTMIN+4 "$machine_leader" 2>/dev/null || true
    local deadline=$((SECONDS + 15))
    while kill -0 "$machine_process" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
    kill -KILL "$machine_process" 2>/dev/null || true
    wait "$machine_process" 2>/dev/null || true
    machine_process=
}
