import BrokerValues
import MQTTWire
import RandomKit
import TopicIndex

/// A fleet of a million devices in a hundred regions. Each device has one filter: three of five without wildcards, one
/// with `+`, one with `#`. Each region has a filter for all that its devices say, and one filter takes the commands to all.
struct Fleet {
    /// How a device subscribes.
    enum Kind: String, CaseIterable {
        /// `fleet/r17/d004711/cmd`
        case exact
        /// `fleet/r17/d004711/+/state`
        case plus
        /// `fleet/r17/d004711/data/#`
        case hash

        /// Behind the name of the device.
        fileprivate var filterEnd: StaticString {
            switch self {
            case .exact: "/cmd"
            case .plus: "/+/state"
            case .hash: "/data/#"
            }
        }

        /// Of a topic that the filter matches.
        fileprivate var topicEnd: StaticString {
            switch self {
            case .exact: "/cmd"
            case .plus: "/motor/state"
            case .hash: "/data/log/7"
            }
        }

        /// Filters that match a topic of such a device: its own, its region's, and that for commands.
        var matches: Int { self == .exact ? 3 : 2 }
    }

    static let deviceCount = 1_000_000
    private static let regionCount = 100

    /// The kind of all devices; nil for the mixture.
    let kind: Kind?

    func kind(of device: Int) -> Kind {
        if let kind { return kind }
        switch device % 5 {
        case 3: return .plus
        case 4: return .hash
        default: return .exact
        }
    }

    func filter(of device: Int) -> [UInt8] { Self.name(of: device) + Self.bytes(kind(of: device).filterEnd) }

    func topic(of device: Int) -> [UInt8] { Self.name(of: device) + Self.bytes(kind(of: device).topicEnd) }

    /// Written digit by digit: a million of them are made before anything can be measured.
    private static func name(of device: Int) -> [UInt8] {
        var name = bytes("fleet/r")
        name.append(digits: device % regionCount, 2)
        name += bytes("/d")
        name.append(digits: device, 6)
        return name
    }

    private static func bytes(_ text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        // Safe: the text of a literal lives for ever.
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Subscribes all devices, each with a session of its own.
    func subscribeDevices(_ index: inout SubscriptionIndex) {
        for device in 0..<Self.deviceCount { subscribe(filter(of: device), slot: device, &index) }
    }

    /// Subscribes those who want to hear of many devices.
    func subscribeRegions(_ index: inout SubscriptionIndex) {
        for region in 0..<Self.regionCount {
            var filter = Self.bytes("fleet/r")
            filter.append(digits: region, 2)
            subscribe(filter + Self.bytes("/#"), slot: Self.deviceCount + region, &index)
        }
        subscribe(Self.bytes("fleet/+/+/cmd"), slot: Self.deviceCount + Self.regionCount, &index)
    }

    private func subscribe(_ filter: [UInt8], slot: Int, _ index: inout SubscriptionIndex) {
        let subscriber = Subscriber(
            slot: SessionSlot(slot), options: SubscriptionOptions(qos: .atLeastOnce), identifier: 0)
        _ = filter.withByteView { index.insert($0, subscriber) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(digits number: Int, _ count: Int) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}

/// Topics that are published to, one behind the other in memory, so that reading them costs little.
struct TopicList {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// What all of them together match.
    private(set) var matches = 0

    /// Topics of devices that are chosen at random.
    init(_ fleet: Fleet, count: Int) {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<count {
            let device = random.below(Fleet.deviceCount)
            bytes += fleet.topic(of: device)
            ends.append(bytes.count)
            matches += fleet.kind(of: device).matches
        }
    }

    /// Hands `count` topics to `match`, from the first again at the end; the sum of what it answers.
    @inline(__always)
    func sum(_ count: Int, _ match: (ByteView) -> Int) -> Int {
        bytes.withByteView { bytes in
            var sum = 0
            var number = 0
            var start = 0
            for _ in 0..<count {
                let end = ends[number]
                sum &+= match(bytes.slice(start, end))
                number &+= 1
                start = end
                if number == ends.count {
                    number = 0
                    start = 0
                }
            }
            return sum
        }
    }
}
