import Glibc
import MetricCatalog

/// How fast a count grows, as the exponentially weighted averages over 1, 5 and 15 minutes of a Dropwizard meter: looked
/// at every 5 seconds, as there.
struct MovingAverage: Sendable {
    static let intervalSeconds = 5.0

    private var last: Double?
    private var rates: [Double]?
    private static let factors = [1.0, 5.0, 15.0].map { 1 - exp(-intervalSeconds / 60 / $0) }

    /// The count now, five seconds after the last time.
    mutating func update(_ count: Double) {
        defer { last = count }
        guard let last else { return }
        let rate = max(0, count - last) / Self.intervalSeconds
        guard let old = rates else {
            rates = [rate, rate, rate]
            return
        }
        rates = zip(old, Self.factors).map { old, factor in old + factor * (rate - old) }
    }

    /// Events a second; 0 before the first two looks.
    func rate(minutes: Int) -> Double {
        guard let rates else { return 0 }
        switch minutes {
        case 1: return rates[0]
        case 5: return rates[1]
        default: return rates[2]
        }
    }
}

/// A histogram over the last minute: readings of a growing histogram, and the difference to an old one.
struct HistogramWindow: Sendable {
    /// Seconds between two readings.
    static let intervalSeconds = 10
    private static let readings = 6

    private var past: [HistogramCounts] = []

    /// A reading, ``intervalSeconds`` after the last one.
    mutating func keep(_ counts: HistogramCounts) {
        past.append(counts)
        if past.count > Self.readings { past.removeFirst() }
    }

    /// What was observed since the oldest reading: 50 to 60 seconds ago, or since the start.
    func recent(_ now: HistogramCounts) -> HistogramCounts {
        past.count < Self.readings ? now : now.since(past[0])
    }
}

/// How much a value grew in the last seconds, from readings once a second.
struct GrowthWindow: Sendable {
    private let seconds: Int
    private var past: [(time: Double, value: Double)] = []

    init(seconds: Int) { self.seconds = seconds }

    /// A reading at a time in seconds.
    mutating func keep(_ value: Double, at time: Double) {
        past.append((time, value))
        while past.count > 2, time - past[1].time >= Double(seconds) { past.removeFirst() }
        if past.count > 4 * seconds + 4 { past.removeFirst() }
    }

    /// The growth, scaled to the window's length; nil before two readings.
    var growth: Double? {
        guard let first = past.first, let last = past.last, last.time > first.time else { return nil }
        return max(0, last.value - first.value) * Double(seconds) / (last.time - first.time)
    }
}
