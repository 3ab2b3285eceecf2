/// Where a measured value begins to matter and where there is nothing left: 0 and 1 of its ratio, straight between.
///
/// The numbers are choices of this broker. `calm` is what a healthy broker shows under full load, so that load alone is
/// no stress; `exhausted` lies a little before the end, because at the end it is too late.
struct StressRange: Sendable {
    /// The ratio is 0 up to here.
    let calm: Double
    /// The ratio is 1 from here on.
    let exhausted: Double

    /// Ticks of some milliseconds are how a broker works that reads much and writes once. Half a second is felt by
    /// people, and by clients with short keep-alive.
    static let eventLoopLagMilliseconds = StressRange(calm: 10, exhausted: 500)
    /// The first tenth goes to timers, samplers and scrapes of a broker with nothing to do.
    static let cpu = StressRange(calm: 0.1, exhausted: 1)
    /// Memory is there to be used; the kernel ends who touches the limit.
    static let memory = StressRange(calm: 0.6, exhausted: 0.95)
    /// A queue for processors is common on a busy machine.
    static let cpuStall = StressRange(calm: 0.1, exhausted: 0.9)
    /// Waiting for memory is never healthy: pages are being reclaimed or read back.
    static let memoryStall = StressRange(calm: 0.02, exhausted: 0.4)
    /// Disks make somebody wait whenever they work.
    static let ioStall = StressRange(calm: 0.1, exhausted: 0.9)
    /// A part of the buffers is full whenever the broker sends.
    static let outboundBacklog = StressRange(calm: 0.05, exhausted: 0.9)
    /// Queues hold messages for those who are away: that is their work, not stress.
    static let queueMemory = StressRange(calm: 0.5, exhausted: 0.95)
    /// Every connection takes one; at the end none can be accepted and no file opened.
    static let fileDescriptors = StressRange(calm: 0.7, exhausted: 0.98)
    /// Mail is emptied each tick, so a mailbox that stays filled shows a shard that cannot follow.
    static let mailbox = StressRange(calm: 0.1, exhausted: 0.9)
    /// A disk that spins needs some tens of milliseconds. At a second load is shed; after two, senders give up and send
    /// again.
    static let storageDelayMilliseconds = StressRange(calm: 100, exhausted: 2000)
    /// A quarter is what one long write makes wait. At the end publishers wait whatever the level is.
    static let storageBacklog = StressRange(calm: 0.25, exhausted: 1)

    /// From 0 to 1; nil for what was not measured, is negative or no finite number.
    func ratio(_ value: Double?) -> Double? {
        guard let value, value.isFinite, value >= 0 else { return nil }
        return min(1, max(0, (value - calm) / (exhausted - calm)))
    }
}
