"""Process and host: what the broker uses of the machine, what limits it, and how monitoring itself fares."""

from board import NATIVE_MARKS, Board
from panels import BAD, NOTICE, Panel, graph, numbers
from queries import CPU_LIMIT, MEMORY_LIMIT, OURS, Query, each, rate
import storage

LIMITS = ((0.8, NOTICE), (0.95, BAD))


def _state() -> list[Panel]:
    memory = each("skep_process_resident_memory_bytes{@}")
    cpu = each("rate(skep_process_cpu_seconds_total{@}[@])")
    return [
        numbers(
            "CPU of what is allowed", "Of the broker that uses most. Near 100 % with event-loop lag: too much load, or "
            "too few event loops. Near 100 % without lag: well used.", "percentunit",
            Query(f"max({cpu} / on (job, instance) {CPU_LIMIT})", "CPU"), steps=LIMITS),
        numbers(
            "Memory of the limit", "Resident memory of what control group or machine allow, of the broker with least "
            "room. At 100 % the kernel ends it: see what waits in Clients and sessions.", "percentunit",
            Query(f"max({memory} / on (job, instance) {MEMORY_LIMIT})", "memory"), steps=LIMITS),
        numbers(
            "Open files of the limit", "Each client is one. At 98 % nobody is let in: raise LimitNOFILE, or set "
            "max-connections below it.", "percentunit",
            Query(f"max(process_open_fds{{@}} / process_max_fds{{@}}{OURS})", "files"), steps=LIMITS),
        numbers(
            "Shortest uptime", "Of the chosen brokers. Shorter than you know of: it was restarted; the journal says why.",
            "s", Query("min(skep_uptime_seconds{@})", "uptime"), line=False),
        numbers(
            "Samplers that fail", "Readers of /proc and cgroups that get nothing. A hardened unit hides host_cpu and "
            "host_pressure, and machines with cgroups of version 1 have no cgroup; others are a fault.", "short",
            Query("count(skep_sampler_up{@}) - sum(skep_sampler_up{@})", "failing"), whole=True),
        numbers(
            "Log lines left out", "In the time shown, because whoever reads the log did not keep up: the log is not "
            "complete.", "short",
            Query("sum(increase(skep_log_lines_dropped_total{@}[$__range]))", "lines", instant=True),
            steps=((1, NOTICE),), whole=True, line=False),
    ]


def _cpu() -> list[Panel]:
    return [
        graph(
            "CPU by event loop", "1 is a whole processor: a loop there is at its end, whatever the others do. One loop "
            "much higher than the rest: a heavy client sits on it (skepctl top).", "percentunit",
            Query("sum by (instance, thread) (rate(skep_thread_cpu_seconds_total{@}[@]))", "{{instance}} {{thread}}"),
            steps=((0.9, NOTICE),)),
        graph(
            "CPU of the process", "Processors used, in the program and in the kernel, and what is allowed. Mostly "
            "kernel: many small packets, or many connections that come and go.", "none",
            Query('sum(rate(skep_process_cpu_seconds_total{@, mode="user"}[@]))', "program"),
            Query('sum(rate(skep_process_cpu_seconds_total{@, mode="system"}[@]))', "kernel"),
            Query(f"sum({CPU_LIMIT})", "allowed")),
        graph(
            "Context switches and page faults", "Involuntary switches: others want the processor too. Major faults: "
            "memory is read back from disk, the machine is short of it.", "ops",
            Query(rate("skep_process_context_switches_total", "kind"), "switches {{kind}}"),
            Query(rate("skep_process_page_faults_total", "kind"), "faults {{kind}}")),
    ]


def _memory() -> list[Panel]:
    return [
        graph(
            "Resident memory", "By what backs it. anonymous is what the broker itself keeps: it grows with sessions, "
            "queues and retained messages, and stays when they go. Grows while those do not: report it.", "bytes",
            Query("sum by (kind) (skep_process_resident_memory_bytes{@})", "{{kind}}"), stacked=True),
        graph(
            "Memory and its limit", "Resident memory of each broker, its peak, and what it may use.", "bytes",
            Query("sum by (instance) (skep_process_resident_memory_bytes{@})", "{{instance}} now"),
            Query("max by (instance) (skep_process_resident_memory_peak_bytes{@})", "{{instance}} peak"),
            Query(f"max by (instance) ({MEMORY_LIMIT})", "{{instance}} limit"), logarithmic=True),
        graph(
            "Open files", "Descriptors open and allowed, and threads. Files follow connections; files that grow alone "
            "are a leak.", "short",
            Query(f"sum by (instance) (process_open_fds{{@}}{OURS})", "{{instance}} open"),
            Query(f"sum by (instance) (process_max_fds{{@}}{OURS})", "{{instance}} limit"),
            Query(f"sum by (instance) (process_threads{{@}}{OURS})", "{{instance}} threads"), logarithmic=True),
    ]


def _group() -> list[Panel]:
    return [
        graph(
            "Group: memory", "Memory of the control group, page cache included, and its limit. At the limit the kernel "
            "reclaims, then ends processes.", "bytes",
            Query("sum by (instance) (skep_cgroup_memory_bytes{@})", "{{instance}} used"),
            Query("sum by (instance) (skep_cgroup_memory_limit_bytes{@})", "{{instance}} limit")),
        graph(
            "Group: CPU", "Processors that the control group uses, and may use; and how much of the time it was halted "
            "since its share was used up. Halted at all: raise CPUQuota or cpu.max, it shows as lag.", "none",
            Query("sum by (instance) (rate(skep_cgroup_cpu_seconds_total{@}[@]))", "{{instance}} used"),
            Query("sum by (instance) (skep_cgroup_cpu_limit{@})", "{{instance}} limit"),
            Query(rate("skep_cgroup_cpu_throttled_seconds_total", "instance"), "{{instance}} halted")),
        graph(
            "Group: tasks and kills", "Threads and processes, their limit, and processes that the kernel ended for "
            "lack of memory: after one, look at memory first.", "short",
            Query("sum by (instance) (skep_cgroup_pids{@})", "{{instance}} tasks"),
            Query("sum by (instance) (skep_cgroup_pids_limit{@})", "{{instance}} limit"),
            Query("sum by (instance) (increase(skep_cgroup_oom_kills_total{@}[@]))", "{{instance}} killed"),
            logarithmic=True),
    ]


def _machine() -> list[Panel]:
    return [
        graph(
            "Pressure", "Share of time in which tasks waited for CPU, memory or disk: some of them, or all (full). "
            "Memory above a few percent: the machine is short of it. Of the control group where it has its own.", "percentunit",
            Query("max by (resource, share) (skep_pressure_ratio{@})", "{{resource}} {{share}}")),
        graph(
            "Machine: CPU and load", "Share of all processors in use, and load for each processor. Busy while the "
            "broker is not: a neighbour takes the CPU.", "percentunit",
            Query('sum by (instance) (rate(skep_host_cpu_seconds_total{@, state="busy"}[@])) / '
                  "sum by (instance) (rate(skep_host_cpu_seconds_total{@}[@]))", "{{instance}} busy"),
            Query("max by (instance) (skep_host_load1{@} / skep_host_cpus{@})", "{{instance}} load")),
        graph(
            "Machine: memory", "Available to programs, all, and swap in use. Little available and swap that grows: "
            "everything becomes slow before it ends.", "bytes",
            Query("max by (instance) (skep_host_memory_available_bytes{@})", "{{instance}} available"),
            Query("max by (instance) (skep_host_memory_bytes{@})", "{{instance}} all"),
            Query("max by (instance) (skep_host_swap_bytes{@} - skep_host_swap_free_bytes{@})", "{{instance}} swapped")),
        graph(
            "Machine: network", "Bytes by interface. Compare with what it can carry.", "Bps",
            Query(rate("skep_host_network_bytes_total", "interface, direction"), "{{interface}} {{direction}}")),
        graph(
            "Machine: disks", "Bytes by disk, all programs.", "Bps",
            Query(rate("skep_host_disk_bytes_total", "device, direction"), "{{device}} {{direction}}")),
        graph(
            "Disk use of the broker", "Bytes that the broker itself had read from and written to disks: the storage, the "
            "program itself and logs.", "Bps",
            Query(rate("skep_process_disk_bytes_total", "direction"), "{{direction}}")),
    ]


def _monitoring() -> list[Panel]:
    return [
        graph(
            "Scrape", "How long a scrape takes as Prometheus sees it, and the broker's own part of it. The former "
            "alone is high: network, or Prometheus.", "s",
            Query(f"max by (instance) (scrape_duration_seconds{{@}}{OURS})", "{{instance}} whole"),
            Query("max by (instance) (skep_scrape_duration_seconds{@})", "{{instance}} in the broker")),
        graph(
            "Size of a scrape", "Bytes of the answer before compression. Grows only with listeners, disks and "
            "interfaces.", "bytes", Query("max by (instance) (skep_scrape_bytes{@})", "{{instance}}")),
        graph(
            "Samplers", "Whether each reader of /proc and cgroups works, and how long it takes: microseconds. A slow "
            "one means a slow kernel or a huge table.", "s",
            Query("max by (sampler) (skep_sampler_duration_seconds{@})", "{{sampler}}")),
    ]


def board() -> Board:
    """The dashboard."""
    return Board(
        "skep-process", "Skep / Process and host",
        "What the brokers use of their machines, what limits them, and how monitoring itself fares.",
        "skep_build_info", NATIVE_MARKS,
        [
            ("", True, _state()), ("CPU", True, _cpu()), ("Memory and files", True, _memory()),
            ("Storage", True, storage.safety()), ("Storage: what it holds", False, storage.content()),
            ("Control group (version 2)", True, _group()),
            ("Machine (a hardened unit hides a part of it)", False, _machine()),
            ("Monitoring", False, _monitoring()),
        ])
