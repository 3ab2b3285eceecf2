/// What was measured for one evaluation of the stress level, as measured: ``StressModel`` normalises.
///
/// What could not be measured stays nil and is left out. A number that is negative, infinite or not a number counts as
/// not measured too: it comes from a fault of the measurement, and a fault must not shed load.
package struct StressReadings: Sendable, Equatable {
    /// The most that an event loop was late since the last evaluation, in milliseconds.
    package var eventLoopLagMilliseconds: Double?
    /// Processor time of this process since the last evaluation, of what cgroup or machine allow: 0 to 1.
    package var cpuShare: Double?
    /// Resident bytes of the tightest limit: cgroup, or machine.
    package var memory: StressUse?
    /// Share of time, 0 to 1, in which some task stood still for want of a processor (PSI `some`).
    package var cpuStall: Double?
    /// Share of time, 0 to 1, in which some task stood still for want of memory (PSI `some`).
    package var memoryStall: Double?
    /// Share of time, 0 to 1, in which some task stood still for a disk (PSI `some`).
    package var ioStall: Double?
    /// Bytes in all out buffers, of what they may hold together.
    package var outboundBacklog: StressUse?
    /// Bytes in all message queues, of what they may hold together.
    package var queueMemory: StressUse?
    /// Open descriptors of the soft limit.
    package var fileDescriptors: StressUse?
    /// Bytes in the fullest mailbox between two shards, of what it may hold.
    package var mailbox: StressUse?
    /// The mean time in which changes became safe on disk lately, or for how long none has, in milliseconds.
    package var storageDelayMilliseconds: Double?
    /// Bytes of changes of the fullest shard that are not safe yet, of what makes publishers wait.
    package var storageBacklog: StressUse?

    /// Nothing measured yet.
    package init() {}

    /// One signal from 0 (no reason to think of it) to 1 (exhausted); nil when it was not measured.
    func ratio(of signal: StressSignal) -> Double? {
        switch signal {
        case .eventLoopLag: StressRange.eventLoopLagMilliseconds.ratio(eventLoopLagMilliseconds)
        case .cpu: StressRange.cpu.ratio(cpuShare)
        case .memory: StressRange.memory.ratio(memory?.share)
        case .pressureCPU: StressRange.cpuStall.ratio(cpuStall)
        case .pressureMemory: StressRange.memoryStall.ratio(memoryStall)
        case .pressureIO: StressRange.ioStall.ratio(ioStall)
        case .outboundBacklog: StressRange.outboundBacklog.ratio(outboundBacklog?.share)
        case .queueMemory: StressRange.queueMemory.ratio(queueMemory?.share)
        case .fileDescriptors: StressRange.fileDescriptors.ratio(fileDescriptors?.share)
        case .mailboxDepth: StressRange.mailbox.ratio(mailbox?.share)
        case .storageDelay: StressRange.storageDelayMilliseconds.ratio(storageDelayMilliseconds)
        case .storageBacklog: StressRange.storageBacklog.ratio(storageBacklog?.share)
        }
    }
}

/// So much of something that ends.
package struct StressUse: Sendable, Equatable {
    /// What is used, in the unit of the limit.
    package var used: UInt64
    /// What may be used at most. 0 says that nobody knows a limit: the signal is not measured.
    package var limit: UInt64

    /// `used` of `limit`.
    package init(_ used: UInt64, of limit: UInt64) {
        self.used = used
        self.limit = limit
    }

    /// The used share, above 1 when more is used than may be.
    var share: Double? { limit == 0 ? nil : Double(used) / Double(limit) }
}
