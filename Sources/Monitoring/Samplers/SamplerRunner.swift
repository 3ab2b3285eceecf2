/// Runs all samplers, one after the other, and keeps what they found.
///
/// It belongs to the thread of monitoring, never to an event loop: files of `/proc` can take milliseconds. A whole run
/// takes about 90 microseconds, without what has a minimum interval and without threads. One that fails says so and harms no other.
package struct SamplerRunner: ~Copyable, Sendable {
    private let clock: @Sendable () -> UInt64
    private var buffer = FileBuffer()
    private var processMemory: Sampled<ProcessMemorySampler>
    private var proportionalMemory: Sampled<ProportionalMemorySampler>
    private var processCPU: Sampled<ProcessCPUSampler>
    private var processActivity: Sampled<ProcessActivitySampler>
    private var processIO: Sampled<ProcessIOSampler>
    private var fileDescriptors: Sampled<FileDescriptorsSampler>
    private var hostLoad: Sampled<HostLoadSampler>
    private var hostMemory: Sampled<HostMemorySampler>
    private var hostCPU: Sampled<HostCPUSampler>
    private var hostPressure: Sampled<HostPressureSampler>
    private var hostNetwork: Sampled<HostNetworkSampler>
    private var hostDisks: Sampled<HostDisksSampler>
    private var cgroup: Sampled<CgroupSampler>

    /// Samplers that have not run yet.
    /// - Parameters:
    ///   - threads: The threads whose processor time is told one by one.
    ///   - clock: Nanoseconds of a monotonic clock.
    package init(
        root: ProcRoot = ProcRoot(), threads: [ThreadRule], clock: @escaping @Sendable () -> UInt64
    ) {
        self.clock = clock
        processMemory = Sampled(ProcessMemorySampler(root: root))
        proportionalMemory = Sampled(ProportionalMemorySampler(root: root))
        processCPU = Sampled(ProcessCPUSampler(root: root, threads: threads))
        processActivity = Sampled(ProcessActivitySampler(root: root))
        processIO = Sampled(ProcessIOSampler(root: root))
        fileDescriptors = Sampled(FileDescriptorsSampler(root: root))
        hostLoad = Sampled(HostLoadSampler(root: root))
        hostMemory = Sampled(HostMemorySampler(root: root))
        hostCPU = Sampled(HostCPUSampler(root: root))
        hostPressure = Sampled(HostPressureSampler(root: root))
        hostNetwork = Sampled(HostNetworkSampler(root: root))
        hostDisks = Sampled(HostDisksSampler(root: root))
        cgroup = Sampled(CgroupSampler(root: root))
    }

    /// Runs every sampler whose last value does not serve any more.
    package mutating func run() -> SamplerReadings {
        processMemory.run(&buffer, clock)
        proportionalMemory.run(&buffer, clock)
        processCPU.run(&buffer, clock)
        processActivity.run(&buffer, clock)
        processIO.run(&buffer, clock)
        fileDescriptors.run(&buffer, clock)
        hostLoad.run(&buffer, clock)
        hostMemory.run(&buffer, clock)
        hostCPU.run(&buffer, clock)
        hostPressure.run(&buffer, clock)
        hostNetwork.run(&buffer, clock)
        hostDisks.run(&buffer, clock)
        cgroup.run(&buffer, clock)
        return readings
    }

    /// What the last run found.
    package var readings: SamplerReadings {
        SamplerReadings(
            processMemory: processMemory.reading, proportionalMemory: proportionalMemory.reading,
            processCPU: processCPU.reading, processActivity: processActivity.reading, processIO: processIO.reading,
            fileDescriptors: fileDescriptors.reading, hostLoad: hostLoad.reading, hostMemory: hostMemory.reading,
            hostCPU: hostCPU.reading, hostPressure: hostPressure.reading, hostNetwork: hostNetwork.reading,
            hostDisks: hostDisks.reading, cgroup: cgroup.reading)
    }
}

/// What all samplers found: a value, to be handed from the thread that measures to those who show it.
package struct SamplerReadings: Sendable {
    /// Memory of the process.
    package let processMemory: SamplerReading<ProcessMemory>
    /// Memory of the process, shared pages divided; once a minute.
    package let proportionalMemory: SamplerReading<ProportionalMemory>
    /// Processor time of the process.
    package let processCPU: SamplerReading<ProcessCPU>
    /// Threads, switches, faults, start.
    package let processActivity: SamplerReading<ProcessActivity>
    /// What the process moved from and to disks.
    package let processIO: SamplerReading<ProcessIO>
    /// Open files and sockets.
    package let fileDescriptors: SamplerReading<FileDescriptors>
    /// Load and uptime of the host.
    package let hostLoad: SamplerReading<HostLoad>
    /// Memory of the host.
    package let hostMemory: SamplerReading<HostMemory>
    /// Processor time of the host.
    package let hostCPU: SamplerReading<HostCPU>
    /// Pressure on the host or the cgroup.
    package let hostPressure: SamplerReading<HostPressure>
    /// Network interfaces.
    package let hostNetwork: SamplerReading<HostNetwork>
    /// Disks.
    package let hostDisks: SamplerReading<HostDisks>
    /// The cgroup's use and limits.
    package let cgroup: SamplerReading<CgroupUse>

    /// How each sampler fares, in the order of ``SamplerName``.
    package var statuses: [SamplerStatus] {
        [
            processMemory.status, proportionalMemory.status, processCPU.status, processActivity.status,
            processIO.status, fileDescriptors.status, hostLoad.status, hostMemory.status, hostCPU.status,
            hostPressure.status, hostNetwork.status, hostDisks.status, cgroup.status,
        ]
    }
}
