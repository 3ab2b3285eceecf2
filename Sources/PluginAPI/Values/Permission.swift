/// What a client may or may not do below a topic (HiveMQ's `MqttTopicPermission`).
public struct Permission: Sendable, Hashable {
    /// What it does.
    public enum Effect: Sendable, Hashable {
        case allow, deny
    }

    /// What it speaks of.
    public struct Activity: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        /// Those of some bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let publish = Self(rawValue: 1)
        /// To subscribe, and so to get messages.
        public static let subscribe = Self(rawValue: 2)
        public static let all: Self = [.publish, .subscribe]
    }

    /// Which qualities of service it speaks of.
    public struct Qualities: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        /// Those of some bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let zero = Self(rawValue: 1)
        public static let one = Self(rawValue: 2)
        public static let two = Self(rawValue: 4)
        public static let all: Self = [.zero, .one, .two]
    }

    /// Which messages it speaks of; counts for publishing only.
    public struct Retention: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        /// Those of some bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let retained = Self(rawValue: 1)
        public static let notRetained = Self(rawValue: 2)
        public static let all: Self = [.retained, .notRetained]
    }

    /// A topic, in which `+` and `#` stand for what they stand for in a filter; what a client calls itself must be looked
    /// at for them before it is made a part of one. A `/` at its end does not count.
    public var topic: String
    public var effect: Effect
    public var activity: Activity
    public var qualities: Qualities
    public var retention: Retention

    /// Only topic and effect must be said.
    public init(
        _ effect: Effect, _ topic: String, activity: Activity = .all, qualities: Qualities = .all,
        retention: Retention = .all
    ) {
        self.topic = topic
        self.effect = effect
        self.activity = activity
        self.qualities = qualities
        self.retention = retention
    }
}

/// What one ``Authorizer`` says about a client: the first permission that covers what the client wants decides.
public struct Permissions: Sendable, Hashable {
    /// What holds where no permission does.
    public enum Otherwise: Sendable, Hashable {
        case accept, deny
        /// The next authorizer is asked; the last of them denies.
        case next
    }

    /// What a permission means for a subscription.
    public enum Subscribing: Sendable, Hashable {
        /// A filter is refused unless a permission allows all that it could match.
        case mustBeCovered
        /// Every filter is granted, and each message is looked at before it is delivered, as Mosquitto does.
        case isFiltered
    }

    public var list: [Permission]
    public var otherwise: Otherwise
    public var subscribing: Subscribing

    /// What one authorizer says.
    public init(
        _ list: [Permission], otherwise: Otherwise = .next, subscribing: Subscribing = .mustBeCovered
    ) {
        self.list = list
        self.otherwise = otherwise
        self.subscribing = subscribing
    }

    /// Says nothing about anything.
    public static let none = Permissions([])
}
