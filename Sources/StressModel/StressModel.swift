package import BrokerValues

/// How loaded the broker is, from 0 (idle) to 10 (about to fail), from measured signals.
///
/// Pure: readings and the time come in, a level comes out. It is meant to be evaluated every
/// ``evaluationMilliseconds``, costs a few hundred instructions, and holds some words for each signal.
///
/// **Normalising.** Each reading becomes a ratio r from 0 to 1 between two named ends (`StressRange`). What was not
/// measured is left out.
///
/// **Smoothing.** For each signal the median of the last three readings, so that a single spike has no effect at all,
/// then a filter of first order: r += (median − r) · t / (T + t), with t the time since the last evaluation, but no
/// more than ``longestStepMilliseconds`` (after a pause one reading does not speak for the whole pause), and T
/// ``riseMilliseconds`` or ``fallMilliseconds``.
///
/// **Score.** The worst signal leads, the others support it:
///
///     lead    = the greatest r of congestion and resources
///     support = Σ weight · r / Σ weight, over all other signals that are present;
///               the weight of effort (processor, its pressure, disk pressure) is multiplied by congestion
///     score   = max(lead + (1 − lead) · supportShare · support,  min(greatest effort r, effortCeiling))
///     congestion = min(1, greatest r of congestion / fullCongestion)
///
/// So one exhausted resource makes level 10 alone; what is missing is in neither sum; and a busy machine on which
/// nothing is late makes level 3 at most, since without congestion effort is in no sum either, and ``effortCeiling``
/// lies below the threshold of ``sheddingLevel``.
///
/// **Hysteresis.** Level n begins when the score reaches n/10 − 0.05, and rising takes effect at once, over several
/// levels if need be. It ends when the score has been ``fallMargin`` below that (at most half the threshold)
/// for ``fallDwellMilliseconds`` without a break, and ``riseDwellMilliseconds`` have passed since the level last rose;
/// then the level goes down by one, and the time below starts anew. Noise that moves the score by less than the margin
/// never moves the level to and fro.
///
/// An exhausted signal brings level 4 after 0.4 s and level 10 after about 2 s; back to 0 takes 16 to 18 s.
package struct StressModel: Sendable {
    /// The highest level.
    package static let highestLevel = 10
    /// From this level on the broker takes on less than it is offered.
    package static let sheddingLevel = 4
    /// How often ``evaluate(_:at:)`` is meant to be called.
    package static let evaluationMilliseconds: UInt64 = 100
    /// How much time one reading may stand for: two evaluations.
    static let longestStepMilliseconds: UInt64 = 200
    /// Time constant of a signal that rises.
    static let riseMilliseconds = 500.0
    /// Time constant of a signal that falls.
    static let fallMilliseconds = 4000.0
    /// A signal that was missing for so long starts from 0 when it comes back.
    static let forgetAfterMilliseconds: UInt64 = 5000
    /// How far the other signals can lift the score towards 1.
    static let supportShare = 0.25
    /// The highest score that effort makes alone: level 3, and below what holds a higher level that congestion brought.
    static let effortCeiling = 0.28
    /// From this ratio of a congestion signal on, effort supports it in full.
    static let fullCongestion = 0.3
    /// The score of a level's threshold lies so much below its tenth.
    static let thresholdOffset = 0.05
    /// The score must fall so far below the threshold of its level before the level can fall.
    static let fallMargin = 0.06
    /// The score must stay there for so long, and the level stays for so long before it falls again.
    static let fallDwellMilliseconds: UInt64 = 1000
    /// A level that has just been reached from below stays for at least so long.
    static let riseDwellMilliseconds: UInt64 = 10_000

    /// From 0 to ``highestLevel``.
    package private(set) var level = 0
    /// The signal that decides the score at this moment; nil while none is above 0.
    package private(set) var leadingSignal: StressSignal?
    /// Milliseconds spent at each level, by level. Their sum is the time between the first and the last evaluation.
    package private(set) var millisecondsAtLevel = [UInt64](repeating: 0, count: highestLevel + 1)
    /// How often the level has changed.
    package private(set) var changes: UInt64 = 0

    private var signals: [StressSignal: SmoothedSignal] = [:]
    private var evaluatedAt: Instant?
    private var lowSince: Instant?
    private var mayFallAt = Instant(milliseconds: 0)

    /// A broker at rest.
    package init() {}

    /// Whether the level asks for taking on less.
    package var isShedding: Bool { level >= Self.sheddingLevel }

    /// A signal's smoothed ratio from 0 to 1; nil when the last evaluation had no reading of it.
    package func ratio(of signal: StressSignal) -> Double? {
        guard let state = signals[signal], state.isPresent else { return nil }
        return state.ratio
    }

    /// Takes new readings and finds the level.
    ///
    /// The first evaluation only starts the time. One that is not later than the one before changes nothing: no time
    /// has passed in which anything could have been measured.
    /// - Returns: The change of the level, if there is one.
    package mutating func evaluate(_ readings: StressReadings, at now: Instant) -> StressLevelChange? {
        guard let last = evaluatedAt else {
            evaluatedAt = now
            take(readings, step: 0, at: now)
            return nil
        }
        guard now > last else { return nil }
        let elapsed = now.milliseconds - last.milliseconds
        evaluatedAt = now
        millisecondsAtLevel[level] &+= elapsed
        take(readings, step: min(elapsed, Self.longestStepMilliseconds), at: now)
        let score = StressScore(ratio(of:))
        leadingSignal = score.leading
        let next = nextLevel(score.value, at: now)
        guard next != level else { return nil }
        defer { level = next }
        changes &+= 1
        return StressLevelChange(from: level, to: next, at: now, leading: leadingSignal)
    }

    private mutating func take(_ readings: StressReadings, step: UInt64, at now: Instant) {
        for signal in StressSignal.allCases {
            if let reading = readings.ratio(of: signal) {
                signals[signal, default: SmoothedSignal()].take(reading, step: step, at: now)
            } else {
                signals[signal]?.miss(at: now)
            }
        }
    }

    private mutating func nextLevel(_ score: Double, at now: Instant) -> Int {
        var next = level
        while next < Self.highestLevel, score >= Self.threshold(next + 1) { next += 1 }
        if next > level { mayFallAt = now.advanced(byMilliseconds: Self.riseDwellMilliseconds) }
        guard next == level, level > 0, score < Self.fallThreshold(level) else {
            lowSince = nil
            return next
        }
        let since = lowSince ?? now
        guard now >= since.advanced(byMilliseconds: Self.fallDwellMilliseconds), now >= mayFallAt else {
            lowSince = since
            return level
        }
        lowSince = now
        return level - 1
    }

    /// The score at which a level begins.
    static func threshold(_ level: Int) -> Double { Double(level) / Double(highestLevel) - thresholdOffset }

    /// The score below which a level can end.
    static func fallThreshold(_ level: Int) -> Double { max(threshold(level) - fallMargin, threshold(level) / 2) }
}
