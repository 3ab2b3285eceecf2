import BrokerValues

@testable import StressModel

/// A model with a clock of its own.
struct Bench {
    var model = StressModel()
    private(set) var now = Instant(milliseconds: 1000)
    private(set) var levels: [Int] = []

    init() { _ = model.evaluate(StressReadings(), at: now) }

    /// Evaluates the same readings `count` times.
    mutating func run(
        _ readings: StressReadings, times count: Int = 1, every step: UInt64 = StressModel.evaluationMilliseconds
    ) {
        for _ in 0..<count { advance(readings, by: step) }
    }

    /// One evaluation `step` milliseconds after the last.
    @discardableResult
    mutating func advance(
        _ readings: StressReadings, by step: UInt64 = StressModel.evaluationMilliseconds
    ) -> StressLevelChange? {
        now = now.advanced(byMilliseconds: step)
        let change = model.evaluate(readings, at: now)
        levels.append(model.level)
        return change
    }

    /// Milliseconds until the level is at least `level`; nil if that takes more than a minute.
    mutating func millisecondsUntil(_ level: Int, with readings: StressReadings) -> UInt64? {
        let start = now
        while model.level < level {
            guard now < start.advanced(bySeconds: 60) else { return nil }
            advance(readings)
        }
        return now.milliseconds - start.milliseconds
    }

    /// Milliseconds until the level is 0; nil if that takes more than a minute.
    mutating func millisecondsUntilCalm() -> UInt64? {
        let start = now
        while model.level > 0 {
            guard now < start.advanced(bySeconds: 60) else { return nil }
            advance(.calm)
        }
        return now.milliseconds - start.milliseconds
    }
}

extension StressReadings {
    /// Everything measured, nothing to speak of.
    static var calm: StressReadings {
        var readings = StressReadings()
        for signal in StressSignal.allCases { readings.set(signal, toRatio: 0) }
        return readings
    }

    /// Calm, but for some signals at a ratio.
    static func calm(but ratios: [StressSignal: Double]) -> StressReadings {
        var readings = calm
        for (signal, ratio) in ratios { readings.set(signal, toRatio: ratio) }
        return readings
    }

    /// One signal, and nothing else measured.
    static func only(_ signal: StressSignal, _ ratio: Double) -> StressReadings {
        var readings = StressReadings()
        readings.set(signal, toRatio: ratio)
        return readings
    }

    /// Gives a signal the raw value that has this ratio.
    mutating func set(_ signal: StressSignal, toRatio ratio: Double) {
        func value(_ range: StressRange) -> Double { range.calm + ratio * (range.exhausted - range.calm) }
        func use(_ range: StressRange) -> StressUse {
            StressUse(UInt64(value(range) * 1_000_000_000), of: 1_000_000_000)
        }
        switch signal {
        case .eventLoopLag: eventLoopLagMilliseconds = value(.eventLoopLagMilliseconds)
        case .cpu: cpuShare = value(.cpu)
        case .memory: memory = use(.memory)
        case .pressureCPU: cpuStall = value(.cpuStall)
        case .pressureMemory: memoryStall = value(.memoryStall)
        case .pressureIO: ioStall = value(.ioStall)
        case .outboundBacklog: outboundBacklog = use(.outboundBacklog)
        case .queueMemory: queueMemory = use(.queueMemory)
        case .fileDescriptors: fileDescriptors = use(.fileDescriptors)
        case .mailboxDepth: mailbox = use(.mailbox)
        case .storageDelay: storageDelayMilliseconds = value(.storageDelayMilliseconds)
        case .storageBacklog: storageBacklog = use(.storageBacklog)
        }
    }
}
