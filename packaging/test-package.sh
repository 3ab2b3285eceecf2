#!/usr/bin/env bash
# Tries the Debian packages: lintian, then in a fresh Debian machine with real systemd everything that happens to a
# service in its life, from the installation to the purge. Takes what packaging/build-deb.sh has made.
#
# Needs root for the machine. Where there is none, or where machines cannot be started, that part is SKIPPED, and it
# says so.
set -euo pipefail
# shellcheck source=packaging/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=packaging/machine/lib.sh
source packaging/machine/lib.sh
root=$PWD
# The order of letters in lists that are compared.
export LC_ALL=C

skip() {
    say "SKIPPED: the packages were not tried: $*"
    exit 0
}

expect() {
    local what=$1
    shift
    "$@" || broken "$what"
    say "ok: $what"
}

# broken WHAT: the end of the test, with what the machine has to say about it.
broken() {
    say "FAILED: $*"
    if [ -e "$scratch/apt.log" ]; then tail -n 15 "$scratch/apt.log" >&2; fi
    if [ -n "$machine_leader" ]; then
        in_machine systemctl status --no-pager --lines=0 skep.service >&2 || true
        in_machine journalctl --no-pager -u skep.service -n 40 >&2 || true
    fi
    exit 1
}

# shellcheck disable=SC2329  # called by trap
clean_up() {
    touch "$scratch/stop"
    machine_stop
    rm -rf "$scratch"
}

the_package() {
    local found=("$root"/.build/deb/"$1"_*.deb)
    if [ ${#found[@]} -ne 1 ] || [ ! -e "${found[0]}" ]; then
        fail 1 "there is not one package $1 in .build/deb: packaging/build-deb.sh makes it"
    fi
    printf '%s' "${found[0]}"
}

# MARK: - The packages themselves

largest_installed_kib=$((45 * 1000 * 1000 / 1024))
largest_package=12000000

check_packages() {
    # Pedantic remarks and informations too: each that remains is explained in an override.
    local remarks
    remarks=$(lintian --display-info --display-experimental --pedantic --allow-root "$skep" "$dashboards" 2>&1) || true
    [ -z "$remarks" ] || broken "lintian: $remarks"
    local size installed
    size=$(stat -c %s "$skep")
    installed=$(dpkg-deb -f "$skep" Installed-Size)
    say "skep: a package of $size bytes, $installed KiB when it is installed"
    [ "$size" -lt "$largest_package" ] || broken "the package is larger than $largest_package bytes"
    [ "$installed" -lt "$largest_installed_kib" ] || broken "installed it is larger than $largest_installed_kib KiB"
}

# make_package VERSION SED: the same package as another version, with its settings file changed by a script for sed.
make_package() {
    local tree=$scratch/tree-$1
    dpkg-deb -R "$skep" "$tree"
    sed -i "s/^Version: .*/Version: $1/" "$tree/DEBIAN/control"
    sed -i "$2" "$tree/etc/skep/config.xml"
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum > DEBIAN/md5sums)
    dpkg-deb --root-owner-group -Znone -b "$tree" "$packages/skep-$1.deb" > /dev/null
    rm -rf "$tree"
}

# MARK: - Questions to the machine

show() { in_machine systemctl show --value -p "$1" skep.service; }
main_process() { show MainPID; }
is_active() { [ "$(in_machine systemctl is-active skep.service)" = active ]; }
scrape() { at_machine curl -fsS "http://127.0.0.1:${1:-9399}/metrics"; }
# status_line PROCESS KEY: a number of its /proc/PROCESS/status.
status_line() { in_machine sed -n "s/^$2:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$1/status"; }
# runs_anew PROCESS: whether the service runs, and not as this process any more.
runs_anew() { is_active && differ "$(main_process)" "$1" && differ "$(main_process)" 0; }
# runs_still PROCESS: whether the service runs, as this process.
runs_still() { is_active && same "$(main_process)" "$1"; }
# in_journal PATTERN ARGUMENT...: whether a message of the service says so; arguments of journalctl choose further.
in_journal() { in_machine journalctl -u skep.service -o cat "${@:2}" | grep -e "$1" > /dev/null; }
in_settings() { in_machine grep -q -e "$1" /etc/skep/config.xml; }
same() { [ "$1" = "$2" ]; }
differ() { [ "$1" != "$2" ]; }
fails() { ! "$@"; }
put_options() { in_machine sed -i "s/^SKEP_OPTS=.*/SKEP_OPTS=\"$1\"/" /etc/default/skep; }
put_settings() { in_machine tee /etc/skep/config.xml > /dev/null; }

# eventually WHAT COMMAND...: waits until it holds.
eventually() {
    local what=$1 deadline=$((SECONDS + 30))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || broken "$what"
        sleep 0.1
    done
    say "ok: $what"
}

# files_of_machine: what stands in its file system, without what any installation or run leaves behind.
files_of_machine() {
    in_machine find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp \
        -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path '/var/lib/dpkg/*-old' -o -path '/etc/*-' \
        \) -prune -o -print | sort
}

# MARK: - Steps

check_install() {
    files_of_machine > "$scratch/before"
    expect "the package installs" apt install /mnt/skep-old.deb
    expect "installed, the service is ready" is_active
    expect "it starts at boot" same "$(in_machine systemctl is-enabled skep.service)" enabled
    expect "the socket unit does not" same "$(in_machine systemctl is-enabled skep.socket || true)" disabled
    expect "systemd finds no fault in the units" in_machine systemd-analyze verify --man=no skep.service skep.socket
    expect "it runs as its own user" same "$(in_machine stat -c %U "/proc/$(main_process)")" skep
}

# What autopkgtest(1) runs too: messages, metrics, skepctl, reload, restart.
check_smoke() {
    expect "the smoke test passes" in_machine sh /mnt/smoke
}

# series: the names and labels of a scrape, without values, and without the hash of the settings, which differ.
series() { sed -e '/^#/d' -e 's/ [^ ]*$//' -e 's/{hash="[^"]*"/{hash=""/' | sort -u; }

# What the unit hides from the broker, and nothing else may be missing. Where the whole machine is measured, the
# sandbox leaves the broker only its own processes to look at (ProcSubset=pid).
check_metrics() {
    local address='<bind-address>127.0.0.1</bind-address>'
    in_machine tee /run/plain.xml > /dev/null <<END
<skep>
  <listeners><tcp-listener><name>tcp-listener-1883</name><port>1884</port>$address</tcp-listener></listeners>
  <metrics><http><port>9400</port></http></metrics>
  <introspection><unix><path>/run/plain.sock</path></unix><tcp><port>8779</port></tcp></introspection>
</skep>
END
    in_machine systemd-run --quiet --unit=plain -p Type=notify -p WatchdogSec=30s -p FileDescriptorStoreMax=128 \
        /usr/sbin/skep run --config /run/plain.xml --data /run/plain-data
    # Samplers that rest between two measurements have all been asked by the second scrape.
    for _ in 1 2; do
        scrape > "$scratch/unit.prom"
        scrape 9400 > "$scratch/plain.prom"
    done
    in_machine systemctl stop plain.service
    series < "$scratch/unit.prom" > "$scratch/unit.series"
    series < "$scratch/plain.prom" > "$scratch/plain.series"
    comm -13 "$scratch/unit.series" "$scratch/plain.series" > "$scratch/missing"
    comm -23 "$scratch/unit.series" "$scratch/plain.series" > "$scratch/added"
    expect "under the sandbox exactly those metrics are missing that are known to" \
        diff -u packaging/machine/missing-metrics "$scratch/missing"
    expect "and none is there that is not there without it" diff -u /dev/null "$scratch/added"
    { failing plain && echo 'skep_sampler_up{sampler="host_cpu"}'; } | sort > "$scratch/failing"
    expect "the sampler that finds nothing to read says so" diff -u "$scratch/failing" <(failing unit)
}

failing() { sed -n 's/^\(skep_sampler_up{.*}\) 0$/\1/p' "$scratch/$1.prom" | sort; }

as() { in_machine setpriv --reuid="$1" --regid="$1" --init-groups -- "${@:2}"; }

check_introspection() {
    in_machine useradd --system --groups skep third
    in_machine useradd --system bystander
    # A command to change something, not to look: looking would go through the other socket.
    expect "a third user, of group skep, operates through the socket" as third skepctl log-level debug
    expect "and back" as third skepctl log-level info
    local status=0 answer
    answer=$(as bystander skepctl status)
    expect "a user without the group sees everything through the other socket" grep -q "^ *Ready: yes" <<< "$answer"
    as bystander skepctl log-level debug || status=$?
    expect "and may change nothing" [ "$status" -eq 5 ]
}

check_hardening() {
    local score
    score=$(in_machine systemd-analyze security --no-pager skep.service |
        sed -n 's/.*Overall exposure level for skep.service: \([0-9.]*\).*/\1/p')
    say "systemd-analyze security: $score"
    expect "the exposure is at most 1.2" awk -v score="$score" 'BEGIN {exit !(score != "" && score <= 1.2)}'
}

most_resident_kib=$((24 * 1000 * 1000 / 1024))
most_anonymous_kib=$((6 * 1000 * 1000 / 1024))

check_start() {
    local times=() begin ready
    for _ in 1 2 3 4 5; do
        in_machine systemctl restart skep.service
        begin=$(show ExecMainStartTimestampMonotonic)
        ready=$(show ActiveEnterTimestampMonotonic)
        times+=("$((ready - begin))")
    done
    say "from exec to READY, in microseconds, of 5 starts: $(printf '%s\n' "${times[@]}" | sort -n | xargs)"
    # Memory is looked at when the first work is done.
    sleep 5
    local process resident anonymous
    process=$(main_process)
    resident=$(status_line "$process" VmRSS)
    anonymous=$(status_line "$process" RssAnon)
    say "idle: $resident KiB resident, $anonymous KiB of them anonymous"
    expect "idle it is small" [ "$resident" -lt "$most_resident_kib" ]
    expect "and nearly all of that is its program file" [ "$anonymous" -lt "$most_anonymous_kib" ]
}

check_reload() {
    local before
    before=$(main_process)
    put_settings <<'END'
<skep>
  <listeners>
    <tcp-listener><port>1883</port><bind-address>127.0.0.1</bind-address></tcp-listener>
  </listeners>
  <mqtt><packets><max-packet-size>2000</max-packet-size></packets></mqtt>
</skep>
END
    in_machine systemctl reload skep.service
    eventually "reloaded, new settings hold" in_journal "Changed: mqtt/packets/max-packet-size"
    expect "by the same process" runs_still "$before"
    put_settings <<< '<skep><nonsense>'
    in_machine systemctl reload skep.service || true
    expect "faulty settings change nothing" runs_still "$before"
}

check_faulty_settings() {
    local status=0
    put_settings <<'END'
<skep>
  <listeners><tcp-listener><port>123456</port></tcp-listener></listeners>
  <mqtt><packets><max-packet-size>lots</max-packet-size></packets></mqtt>
</skep>
END
    local sum
    sum=$(in_machine sha256sum /etc/skep/config.xml)
    in_machine systemctl restart skep.service 2> /dev/null || status=$?
    expect "a restart with faulty settings fails" [ "$status" -ne 0 ]
    expect "and is not tried again" same "$(show ActiveState) $(show ExecMainStatus)" "failed 78"
    eventually "the first fault stands in the journal" in_journal '123456'
    eventually "and the second" in_journal '"lots"'
    expect "and the file was left alone" same "$(in_machine sha256sum /etc/skep/config.xml)" "$sum"
    in_machine cp /run/skep-config.xml /etc/skep/config.xml
    in_machine systemctl start skep.service
    expect "with good settings it starts again" is_active
}

# event_loop_thread PROCESS: the number, in the machine, of the thread of an event loop: the first serves clients.
event_loop_thread() {
    in_machine grep -r --include=comm -l '^NIO-ELT-' "/proc/$1/task" | cut -d / -f 5 | sort -n | head -n 1
}

check_watchdog() {
    in_machine mkdir -p /run/systemd/system/skep.service.d
    in_machine tee /run/systemd/system/skep.service.d/watchdog.conf > /dev/null <<< $'[Service]\nWatchdogSec=2s'
    in_machine systemctl daemon-reload
    in_machine systemctl restart skep.service
    local before thread
    before=$(main_process)
    thread=$(event_loop_thread "$before")
    [ -n "$thread" ] || broken "no thread of process $before looks like an event loop"
    # Where the watchdog did its work too early, this is no proof.
    sleep 3
    expect "while all event loops answer, the watchdog is content" runs_still "$before"
    touch "$scratch/hang.log"
    nsenter -t "$machine_leader" -p -- /usr/bin/python3 packaging/machine/hang.py "$thread" > "$scratch/hang.log" 2>&1 &
    local hang=$!
    eventually "one event loop was stopped" grep -q stopped "$scratch/hang.log"
    eventually "the process was killed for it, and another runs" runs_anew "$before"
    wait "$hang"
    eventually "systemd says that it was the watchdog" in_journal 'Watchdog timeout'
    in_machine rm -r /run/systemd/system/skep.service.d
    in_machine systemctl daemon-reload
}

# with_connects WHAT COMMAND...: runs a command in the machine while clients connect, and demands that all got in.
with_connects() {
    local what=$1 status=0
    shift
    rm -f "$scratch/stop"
    at_machine /usr/bin/python3 packaging/machine/connects.py 127.0.0.1 1883 200 "$scratch/stop" > "$scratch/connects" &
    local client=$!
    sleep 1
    "$@" || broken "$what"
    sleep 1
    touch "$scratch/stop"
    wait "$client" || status=$?
    say "$what: $(cat "$scratch/connects")"
    expect "$what, no connect was refused" [ "$status" -eq 0 ]
}

check_socket_unit() {
    in_machine systemctl stop skep.service
    in_machine systemctl start skep.socket
    # Which sockets were passed is told to those who look closer.
    put_options "--log-level debug"
    expect "with the socket unit alone, no broker runs" fails is_active
    expect "a client that comes starts it, and gets in" in_machine timeout 30 mosquitto_pub -h 127.0.0.1 -q 1 -t a -m b
    eventually "the broker took the port over by its name" \
        in_journal 'takes over .*listener=tcp-listener-1883' "_PID=$(main_process)"
    in_machine systemctl stop skep.socket skep.service
    put_options ""
    in_machine systemctl start skep.service
    expect "and without the socket unit it opens the port itself" is_active
}

restarts() { for _ in 1 2 3; do in_machine systemctl restart skep.service || return; done; }

check_restart() {
    with_connects "through three restarts" restarts
}

# apt ARGUMENT...: as an administrator would, but nobody answers questions; what was said is shown when it all fails.
apt() { in_machine apt-get -q -y "$@" > "$scratch/apt.log" 2>&1 < /dev/null; }

check_upgrade() {
    local before
    before=$(main_process)
    with_connects "through an upgrade" apt install /mnt/skep-middle.deb
    expect "the new one runs" runs_anew "$before"
    expect "an unchanged settings file is replaced" in_settings 'of the middle version'
    in_machine sed -i 's/of the middle version/of the administrator/' /etc/skep/config.xml
    # Without a person to ask, dpkg stops; with the options that scripts give, it keeps what was changed.
    local status=0
    apt install /mnt/skep.deb || status=$?
    expect "about a changed one somebody is asked" [ "$status" -ne 0 ]
    expect "and it is not replaced before" in_settings 'of the administrator'
    with_connects "through the upgrade that was asked about" \
        apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install /mnt/skep.deb
    expect "it is kept if that is the answer" in_settings 'of the administrator'
    expect "the new settings file stands beside it" in_machine test -e /etc/skep/config.xml.dpkg-dist
    expect "the upgraded service runs" is_active
}

check_dashboards() {
    expect "the dashboards install" apt install /mnt/skep-dashboards.deb
}

check_removal() {
    expect "the package is removed" apt remove skep
    expect "removed, it does not run" fails is_active
    expect "the settings are still there" in_machine test -e /etc/skep/config.xml
    expect "and purged, with the dashboards" apt purge skep skep-dashboards
    files_of_machine > "$scratch/after"
    expect "purged, nothing is left" diff -u "$scratch/before" "$scratch/after"
}

# MARK: - The run

(need_debian lintian dpkg-dev) || skip "the tools cannot be installed"
skep=$(the_package skep)
dashboards=$(the_package skep-dashboards)
scratch=$(mktemp -d)
packages=$scratch/packages
mkdir "$packages"
trap clean_up EXIT
check_packages

[ "$(id -u)" -eq 0 ] || skip "this needs root"
(need_debian curl mmdebstrap procps python3 systemd-container util-linux) ||
    skip "the tools cannot be installed"
machine_make_image || skip "the image of a machine cannot be made; see $machine_log"
machine_is_possible || skip "no machine can be started here; see $machine_log"

make_package "0~1" 's/<skep>/<!-- of the old version -->\n&/'
make_package "0~2" 's/<skep>/<!-- of the middle version -->\n&/'
say "starting a machine"
machine_boot --bind-ro="$packages/skep-0~1.deb:/mnt/skep-old.deb" \
    --bind-ro="$packages/skep-0~2.deb:/mnt/skep-middle.deb" --bind-ro="$skep:/mnt/skep.deb" \
    --bind-ro="$dashboards:/mnt/skep-dashboards.deb" --bind-ro="$root/packaging/debian/tests/smoke:/mnt/smoke"

set -E
trap 'broken "a command in line $LINENO"' ERR
check_install
in_machine cp /etc/skep/config.xml /run/skep-config.xml
check_smoke
check_metrics
check_introspection
check_hardening
check_start
check_reload
check_faulty_settings
check_watchdog
check_restart
check_socket_unit
check_upgrade
check_dashboards
check_removal
say "the packages passed"
