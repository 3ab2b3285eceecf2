import HeapModule
import PluginAPI

/// The connections that were let in by a token: until when, and what they may do.
struct TokenSessions {
    /// A connection: its listener and the address of its socket, which nobody else has at the same time. What a proxy says
    /// of its client may be the same for several.
    struct Key: Sendable, Hashable {
        let listener: String
        let socket: String

        init(_ connection: ConnectionInformation) {
            listener = connection.listener
            socket = connection.proxy?.proxyAddress ?? connection.address
        }
    }

    struct Entry: Sendable {
        /// Empty as long as it is not known: the broker may choose it.
        var clientIdentifier = ""
        /// The client's own address.
        let address: String
        let end: Int64?
        let rules: [AccessRules.Rule]?
        /// The key that has signed the token.
        let key: [UInt8]
        /// Tells entries of the same connection apart.
        let number: UInt64
    }

    /// A connection that is to be ended.
    struct Ended: Sendable, Hashable {
        let clientIdentifier: String
        let listener: String
        let address: String

        fileprivate init?(_ key: Key, _ entry: Entry) {
            if entry.clientIdentifier.isEmpty { return nil }
            clientIdentifier = entry.clientIdentifier
            listener = key.listener
            address = entry.address
        }
    }

    /// When an entry is to be looked at.
    private struct Deadline: Comparable {
        let time: Int64
        let number: UInt64
        let key: Key

        static func < (left: Self, right: Self) -> Bool { (left.time, left.number) < (right.time, right.number) }
        static func == (left: Self, right: Self) -> Bool { left.time == right.time && left.number == right.number }
    }

    /// Connections that are remembered at most.
    static let limit = 1_000_000
    /// Milliseconds after which who was let in must have been seen as connected; else something else has refused it.
    static let patience: Int64 = 300_000

    private var entries: [Key: Entry] = [:]
    private var deadlines = Heap<Deadline>()
    private var number: UInt64 = 0

    var count: Int { entries.count }

    /// - Returns: false if there is no room.
    mutating func insert(_ token: VerifiedToken, _ connection: ConnectionInformation, now: Int64) -> Bool {
        let key = Key(connection)
        guard entries.count < Self.limit || entries[key] != nil else { return false }
        number &+= 1
        entries[key] = Entry(
            address: connection.address, end: token.end, rules: token.rules, key: token.key, number: number)
        deadlines.insert(Deadline(time: now + Self.patience, number: number, key: key))
        if let end = token.end { deadlines.insert(Deadline(time: end, number: number, key: key)) }
        tidy()
        return true
    }

    /// The client is connected.
    mutating func connected(_ key: Key, clientIdentifier: String) {
        entries[key]?.clientIdentifier = clientIdentifier
    }

    mutating func remove(_ key: Key) { entries[key] = nil }

    func entry(_ key: Key) -> Entry? { entries[key] }

    /// The connections whose tokens have expired, which are forgotten.
    mutating func takeExpired(now: Int64, limit: Int) -> [Ended] {
        var result: [Ended] = []
        while result.count < limit, let first = deadlines.min, first.time <= now {
            deadlines.removeMin()
            guard let entry = entries[first.key], entry.number == first.number else { continue }
            if let end = entry.end, end <= now {
                entries[first.key] = nil
                if let ended = Ended(first.key, entry) { result.append(ended) }
            } else if entry.clientIdentifier.isEmpty {
                entries[first.key] = nil
            }
        }
        return result
    }

    /// The connections whose tokens were signed with none of these keys, which are forgotten.
    mutating func take(notSignedWith keys: Set<[UInt8]>) -> [Ended] {
        let gone = entries.filter { !keys.contains($0.value.key) }
        for key in gone.keys { entries[key] = nil }
        return gone.compactMap { Ended($0.key, $0.value) }
    }

    /// Deadlines of entries that are gone do not gather.
    private mutating func tidy() {
        guard deadlines.count > 2_048, deadlines.count > 4 * entries.count else { return }
        let alive = deadlines.unordered.filter { entries[$0.key]?.number == $0.number }
        deadlines = Heap(alive)
    }
}
