extension MetricCatalog {
    /// Standard names of Prometheus' client libraries first.
    static let process: [Metric] = [
        Metric("process_cpu_seconds_total", .counter, "Total user and system CPU time spent.", unit: .seconds),
        Metric("process_open_fds", .gauge, "Number of open file descriptors."),
        Metric("process_max_fds", .gauge, "Maximum number of open file descriptors."),
        Metric("process_virtual_memory_bytes", .gauge, "Virtual memory size.", unit: .bytes),
        Metric("process_resident_memory_bytes", .gauge, "Resident memory size.", unit: .bytes),
        Metric(
            "process_start_time_seconds", .gauge, "Start time of the process since the Unix epoch.", unit: .seconds),
        Metric("process_threads", .gauge, "Number of threads."),
        Metric(
            "skep_process_resident_memory_bytes", .gauge, "Resident memory by what backs it.", unit: .bytes,
            labels: [MetricLabel("kind", ["anonymous", "file", "shared"])]),
        Metric(
            "skep_process_proportional_memory_bytes", .gauge,
            "Resident memory with shared pages counted in proportion; read once a minute, since it is expensive.",
            unit: .bytes),
        Metric(
            "skep_process_resident_memory_peak_bytes", .gauge, "Largest resident memory so far.", unit: .bytes),
        Metric("skep_process_virtual_memory_peak_bytes", .gauge, "Largest virtual memory so far.", unit: .bytes),
        Metric("skep_process_data_memory_bytes", .gauge, "Size of data, heap and stack.", unit: .bytes),
        Metric("skep_process_swap_bytes", .gauge, "Memory of the process that is swapped out.", unit: .bytes),
        Metric(
            "skep_process_cpu_seconds_total", .counter, "CPU time spent, by mode.", unit: .seconds,
            labels: [MetricLabel("mode", ["user", "system"])]),
        Metric(
            "skep_thread_cpu_seconds_total", .counter, "CPU time spent by the threads that run event loops.",
            unit: .seconds,
            labels: [
                MetricLabel("thread", configured: "the event loops"), MetricLabel("mode", ["user", "system"]),
            ]),
        Metric(
            "skep_process_context_switches_total", .counter, "Context switches.",
            labels: [MetricLabel("kind", ["voluntary", "involuntary"])]),
        Metric(
            "skep_process_page_faults_total", .counter, "Page faults.",
            labels: [MetricLabel("kind", ["minor", "major"])]),
        Metric(
            "skep_process_disk_bytes_total", .counter, "Bytes that the process had read from and written to disks.",
            unit: .bytes, labels: [MetricLabel("direction", ["read", "written"])]),
    ]

    static let host: [Metric] = [
        Metric("skep_host_load1", .gauge, "Load average of the machine over 1 minute."),
        Metric("skep_host_load5", .gauge, "Load average of the machine over 5 minutes."),
        Metric("skep_host_load15", .gauge, "Load average of the machine over 15 minutes."),
        Metric("skep_host_memory_bytes", .gauge, "Memory of the machine.", unit: .bytes),
        Metric("skep_host_memory_available_bytes", .gauge, "Memory that programs can still get.", unit: .bytes),
        Metric("skep_host_memory_free_bytes", .gauge, "Memory that nothing uses.", unit: .bytes),
        Metric("skep_host_swap_bytes", .gauge, "Swap space of the machine.", unit: .bytes),
        Metric("skep_host_swap_free_bytes", .gauge, "Swap space that nothing uses.", unit: .bytes),
        Metric("skep_host_uptime_seconds", .gauge, "Time since the machine started.", unit: .seconds),
        Metric(
            "skep_host_cpu_seconds_total", .counter, "CPU time of the whole machine, by whether it was used.",
            unit: .seconds, labels: [MetricLabel("state", ["busy", "idle"])]),
        Metric("skep_host_cpus", .gauge, "Processors that the process may run on."),
        Metric(
            "skep_pressure_ratio", .gauge,
            "Share of the last 10 seconds in which tasks waited for a resource (PSI avg10).", unit: .ratio,
            labels: [
                MetricLabel("resource", ["cpu", "memory", "io"]), MetricLabel("share", ["some", "full"]),
            ]),
        Metric(
            "skep_pressure_seconds_total", .counter, "Time in which tasks waited for a resource (PSI).",
            unit: .seconds,
            labels: [
                MetricLabel("resource", ["cpu", "memory", "io"]), MetricLabel("share", ["some", "full"]),
            ]),
        Metric(
            "skep_host_network_bytes_total", .counter, "Bytes that network interfaces have moved.", unit: .bytes,
            labels: [
                MetricLabel("interface", configured: "the network interfaces, 32 at most"),
                MetricLabel("direction", ["received", "sent"]),
            ]),
        Metric(
            "skep_host_disk_bytes_total", .counter, "Bytes that disks have moved.", unit: .bytes,
            labels: [
                MetricLabel("device", configured: "the disks, 64 at most"),
                MetricLabel("direction", ["read", "written"]),
            ]),
    ]

    /// The control group, version 2: what a container may use.
    static let control: [Metric] = [
        Metric("skep_cgroup_memory_bytes", .gauge, "Memory that the control group uses.", unit: .bytes),
        Metric(
            "skep_cgroup_memory_limit_bytes", .gauge, "Memory that the control group may use; absent without a limit.",
            unit: .bytes),
        Metric("skep_cgroup_oom_kills_total", .counter, "Processes of the control group killed for lack of memory."),
        Metric(
            "skep_cgroup_cpu_limit", .gauge, "Processors that the control group may use; absent without a limit."),
        Metric(
            "skep_cgroup_cpu_seconds_total", .counter, "CPU time of the control group, by mode.", unit: .seconds,
            labels: [MetricLabel("mode", ["user", "system"])]),
        Metric(
            "skep_cgroup_cpu_throttled_seconds_total", .counter,
            "Time in which the control group had used up its share.", unit: .seconds),
        Metric("skep_cgroup_pids", .gauge, "Threads and processes in the control group."),
        Metric("skep_cgroup_pids_limit", .gauge, "Threads and processes that it may have; absent without a limit."),
    ]

    static let broker: [Metric] = [
        Metric(
            "skep_build_info", .info, "What is running.",
            labels: [
                MetricLabel("version", configured: "Skep's version"),
                MetricLabel("swift", configured: "the compiler's version"),
            ]),
        Metric("skep_uptime_seconds", .gauge, "Time since the broker started.", unit: .seconds),
        Metric(
            "skep_configuration_info", .info, "The settings in force: a hash that changes when any of them does.",
            labels: [MetricLabel("hash", configured: "the hash of the settings")]),
        Metric(
            "skep_configuration_load_time_seconds", .gauge, "When the settings were read, since the Unix epoch.",
            unit: .seconds),
        Metric("skep_event_loops", .gauge, "Event loops that serve clients."),
        Metric(
            "skep_log_lines_dropped_total", .counter,
            "Log lines that were left out because whoever reads the log did not keep up."),
        Metric("skep_scrapes_total", .counter, "Renderings of the metrics."),
        Metric("skep_scrape_duration_seconds", .gauge, "Time that the last rendering took.", unit: .seconds),
        Metric("skep_scrape_bytes", .gauge, "Size of the last rendering.", unit: .bytes),
        Metric(
            "skep_sampler_up", .gauge, "Whether a sampler could read what it reads: 1 or 0.",
            labels: [MetricLabel("sampler", configured: "the samplers")]),
        Metric(
            "skep_sampler_errors_total", .counter, "Times that a sampler could not.",
            labels: [MetricLabel("sampler", configured: "the samplers")]),
        Metric(
            "skep_sampler_duration_seconds", .gauge, "Time that a sampler last took.", unit: .seconds,
            labels: [MetricLabel("sampler", configured: "the samplers")]),
    ]
}
