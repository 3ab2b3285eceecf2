extension HiveMQCatalog {
    private static let busy = HiveMQValue.window(.one("skep_host_cpu_seconds_total", "state", "busy"), seconds: 5)
    private static let everything = HiveMQValue.window(.all("skep_host_cpu_seconds_total"), seconds: 5)

    private static func gauge(_ name: String, _ value: HiveMQValue, _ help: String) -> HiveMQMetric {
        HiveMQMetric(name, .gauge, value, help, since: "3.4")
    }

    /// The machine and the process; HiveMQ has some of them twice, once as the system and once as Java sees them.
    static let system: [HiveMQMetric] = operatingSystem + families + asJavaSeesIt

    private static let operatingSystem = [
        gauge("system.os.file-descriptors.open", .all("process_open_fds"), "File descriptors that are open."),
        gauge("system.os.file-descriptors.max", .all("process_max_fds"), "File descriptors that may be open."),
        gauge("system.os.global.memory.total", .all("skep_host_memory_bytes"), "Memory of the machine, in bytes."),
        gauge(
            "system.os.global.memory.available", .all("skep_host_memory_available_bytes"),
            "Memory that programs can still get, in bytes."),
        gauge("system.os.global.memory.swap.total", .all("skep_host_swap_bytes"), "Swap space, in bytes."),
        gauge(
            "system.os.global.memory.swap.used",
            .difference(.all("skep_host_swap_bytes"), .all("skep_host_swap_free_bytes")),
            "Swap space in use, in bytes."),
        gauge(
            "system.os.global.cpu.total.total", .scaled(.ratio(busy, everything), by: 100),
            "CPU use of the machine over 5 seconds, in percent."),
        gauge(
            "system.os.global.uptime", .all("skep_host_uptime_seconds"), "Time since the machine started, in seconds."),
        gauge(
            "system.os.process.memory.resident-set-size", .all("process_resident_memory_bytes"),
            "Resident memory, in bytes."),
        gauge(
            "system.os.process.memory.virtual", .all("process_virtual_memory_bytes"), "Virtual memory, in bytes."),
        gauge("system.os.process.threads.count", .all("process_threads"), "Threads of the process."),
        gauge(
            "system.os.process.time-spent.user",
            .scaled(.one("skep_process_cpu_seconds_total", "mode", "user"), by: 1_000),
            "CPU time spent in the program, in milliseconds."),
        gauge(
            "system.os.process.time-spent.kernel",
            .scaled(.one("skep_process_cpu_seconds_total", "mode", "system"), by: 1_000),
            "CPU time spent in the kernel, in milliseconds."),
        gauge(
            "system.os.process.disk.bytes-read", .one("skep_process_disk_bytes_total", "direction", "read"),
            "Bytes that the process had read from disks."),
        gauge(
            "system.os.process.disk.bytes-written", .one("skep_process_disk_bytes_total", "direction", "written"),
            "Bytes that the process had written to disks."),
    ]

    /// HiveMQ names disks by their device file.
    private static let families = [
        gauge(
            "system.os.disks./dev/<device>.read-bytes",
            .perLabel(metric: "skep_host_disk_bytes_total", label: "device", where: ["direction": ["read"]]),
            "Bytes read from a disk."),
        gauge(
            "system.os.disks./dev/<device>.write-bytes",
            .perLabel(metric: "skep_host_disk_bytes_total", label: "device", where: ["direction": ["written"]]),
            "Bytes written to a disk."),
        gauge(
            "system.os.network.interface.<interface>.bytes-received",
            .perLabel(metric: "skep_host_network_bytes_total", label: "interface", where: ["direction": ["received"]]),
            "Bytes that an interface received."),
        gauge(
            "system.os.network.interface.<interface>.bytes-sent",
            .perLabel(metric: "skep_host_network_bytes_total", label: "interface", where: ["direction": ["sent"]]),
            "Bytes that an interface sent."),
    ]

    private static let asJavaSeesIt = [
        gauge("system.open-file-descriptor", .all("process_open_fds"), "File descriptors that are open."),
        gauge("system.max-file-descriptor", .all("process_max_fds"), "File descriptors that may be open."),
        gauge(
            "system.physical-memory.free", .all("skep_host_memory_free_bytes"), "Memory that nothing uses, in bytes."),
        gauge("system.physical-memory.total", .all("skep_host_memory_bytes"), "Memory of the machine, in bytes."),
        gauge("system.swap-space.free", .all("skep_host_swap_free_bytes"), "Swap space that nothing uses, in bytes."),
        gauge("system.swap-space.total", .all("skep_host_swap_bytes"), "Swap space, in bytes."),
        gauge(
            "system.process-cpu.load",
            .ratio(
                .window(.all("process_cpu_seconds_total"), seconds: 5), .scaled(.all("skep_host_cpus"), by: 5)),
            "CPU use of the process over 5 seconds, from 0 to 1 for all processors that it may run on."),
        gauge(
            "system.system-cpu.load", .ratio(busy, everything),
            "CPU use of the machine over 5 seconds, from 0 to 1."),
        gauge(
            "system.process-cpu.time", .scaled(.all("process_cpu_seconds_total"), by: 1e9),
            "CPU time spent, in nanoseconds."),
    ]

    static let javaMachine: [HiveMQMetric] =
        ["heap", "non-heap"].flatMap { memory in
            ["init", "used", "committed", "max"].map { size in
                .absent(
                    "jvm.memory.\(memory).\(size)", .gauge, .noJavaMachine,
                    "Memory of a Java machine; the process's memory is under system.os.process.", since: "3.4")
            }
        } + [
            gauge("jvm.threads.count", .all("process_threads"), "Threads of the process."),
            .absent(
                "jvm.threads.peak.count", .gauge, .noJavaMachine, "Most threads that a Java machine had.", since: "3.4"),
            .absent(
                "jvm.threads.daemon.count", .gauge, .noJavaMachine, "Threads that a Java machine does not wait for.",
                since: "3.4"),
            .absent(
                "jvm.garbage-collector.<name>.count", .gauge, .noJavaMachine,
                "Garbage collections: here memory is freed when nothing refers to it.", since: "3.4"),
            .absent(
                "jvm.garbage-collector.<name>.time", .gauge, .noJavaMachine,
                "Time of garbage collections: here memory is freed when nothing refers to it.", since: "3.4"),
        ]
}
