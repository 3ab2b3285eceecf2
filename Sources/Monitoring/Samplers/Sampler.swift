/// What measures one subject.
///
/// A sampler answers with a whole value or fails: there is no half value and no zero for what is not known. What may
/// be missing on some machines is an optional part of the value.
package protocol Sampler: ~Copyable, Sendable {
    /// What it measures.
    associatedtype Value: Sendable
    /// Its name.
    static var name: SamplerName { get }
    /// How long a value serves before it is measured again, in nanoseconds; 0 for what is cheap.
    static var minimumInterval: UInt64 { get }
    /// Measures.
    /// - Parameters:
    ///   - buffer: What files are read into.
    ///   - now: Nanoseconds of a monotonic clock.
    mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> Value
}

extension Sampler where Self: ~Copyable {
    /// Cheap, unless the sampler says something else.
    package static var minimumInterval: UInt64 { 0 }
}

/// The subjects. The raw values are label values of the samplers' own metrics: they never change.
package enum SamplerName: String, CaseIterable, Sendable {
    /// ``ProcessMemory``.
    case processMemory = "process_memory"
    /// ``ProportionalMemory``.
    case proportionalMemory = "process_memory_proportional"
    /// ``ProcessCPU``.
    case processCPU = "process_cpu"
    /// ``ProcessActivity``.
    case processActivity = "process_activity"
    /// ``ProcessIO``.
    case processIO = "process_io"
    /// ``FileDescriptors``.
    case fileDescriptors = "file_descriptors"
    /// ``HostLoad``.
    case hostLoad = "host_load"
    /// ``HostMemory``.
    case hostMemory = "host_memory"
    /// ``HostCPU``.
    case hostCPU = "host_cpu"
    /// ``HostPressure``.
    case hostPressure = "host_pressure"
    /// ``HostNetwork``.
    case hostNetwork = "host_network"
    /// ``HostDisks``.
    case hostDisks = "host_disks"
    /// ``CgroupUse``.
    case cgroup
}
