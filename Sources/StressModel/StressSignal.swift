/// What the stress level is computed from.
///
/// The raw values are the label values of `skep_stress_signal_ratio{signal=…}`: they never change. A new signal needs
/// a case here, its line in ``weight`` and ``kind``, and its raw value in ``StressReadings`` with the range that
/// normalises it; nothing else.
package enum StressSignal: String, CaseIterable, Sendable {
    /// How late event loops run what is due.
    case eventLoopLag = "event_loop_lag"
    /// Processor time used of what cgroup or machine allow.
    case cpu
    /// Memory used of what cgroup or machine allow.
    case memory
    /// Share of time in which some task waited for a processor.
    case pressureCPU = "pressure_cpu"
    /// Share of time in which some task waited for memory.
    case pressureMemory = "pressure_memory"
    /// Share of time in which some task waited for a disk.
    case pressureIO = "pressure_io"
    /// Bytes in the out buffers of connections.
    case outboundBacklog = "outbound_backlog"
    /// Bytes in message queues.
    case queueMemory = "queue_memory"
    /// Open files and sockets of what the process may have.
    case fileDescriptors = "file_descriptors"
    /// Bytes of mail between shards.
    case mailboxDepth = "mailbox_depth"
    /// How long changes wait until they are safe on disk.
    case storageDelay = "storage_delay"
    /// Bytes of changes that are not safe yet.
    case storageBacklog = "storage_backlog"

    /// What a signal proves.
    package enum Kind: Sendable {
        /// Clients are served later than they could be: work comes in faster than it is done.
        case congestion
        /// Something that ends, and whose end takes the broker down or makes it refuse clients.
        case resource
        /// The machine is busy, which is what it was bought for: this alone is no harm to anybody.
        case effort
    }

    /// What the signal proves, which decides how far it can raise the level alone.
    package var kind: Kind {
        switch self {
        case .eventLoopLag, .outboundBacklog, .mailboxDepth, .storageDelay, .storageBacklog: .congestion
        case .memory, .pressureMemory, .queueMemory, .fileDescriptors: .resource
        case .cpu, .pressureCPU, .pressureIO: .effort
        }
    }

    /// How much the signal says when another one leads.
    var weight: Double {
        switch self {
        case .eventLoopLag, .outboundBacklog, .mailboxDepth, .storageDelay, .storageBacklog: 3
        case .memory, .pressureMemory, .queueMemory: 2
        case .cpu, .pressureCPU, .pressureIO, .fileDescriptors: 1
        }
    }
}
