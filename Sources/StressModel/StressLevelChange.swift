package import BrokerValues

/// The stress level has changed.
package struct StressLevelChange: Sendable, Equatable {
    /// The level before, 0 to 10.
    package let from: Int
    /// The level now, 0 to 10.
    package let to: Int
    /// When it was found.
    package let at: Instant
    /// The signal that leads at this moment; nil when none is above 0.
    package let leading: StressSignal?
}
