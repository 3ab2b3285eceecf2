/// The delivery guarantee of a message (MQTT 5 section 4.3, MQTT 3.1.1 section 4.3).
package enum QualityOfService: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2

    /// A stronger guarantee is greater.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
