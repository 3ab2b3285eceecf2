/// Quality of service.
public enum QoS: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2

    /// Whether it promises less.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
