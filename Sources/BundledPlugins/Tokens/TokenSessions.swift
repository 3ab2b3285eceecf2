import HeapModule
import PluginAPI

/// The connections that were let in by a token: until when, and what they may do.
struct TokenSessions {
    /// A connection: its listener and the client's address, which nobody else has at the same time.
    struct Key: Sendable, Hashable {
        let listener: String
        let address: String

        init(_ connection: ConnectionInformation) {
            listener = connection.listener
            address = connection.address
        }
    }

    struct Entry: Sendable {
        /// Empty as long as it is not known: the broker may choose it.
        var clientIdentifier = ""
        let end: Int64?
        let rules: [AccessRules.Rule]?
        /// The key that has signed the token.
        let key: [UInt8]
        /// Tells entries of the same connection apart.
        let number: UInt64
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
    mutating func insert(_ token: VerifiedToken, _ key: Key, now: Int64) -> Bool {
        guard entries.count < Self.limit || entries[key] != nil else { return false }
        number &+= 1
        entries[key] = Entry(end: token.end, rules: token.rules, key: token.key, number: number)
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
    mutating func takeExpired(now: Int64, limit: Int) -> [(key: Key, clientIdentifier: String)] {
        var result: [(Key, String)] = []
        while result.count < limit, let first = deadlines.min, first.time <= now {
            deadlines.removeMin()
            guard let entry = entries[first.key], entry.number == first.number else { continue }
            if let end = entry.end, end <= now {
                entries[first.key] = nil
                if !entry.clientIdentifier.isEmpty { result.append((first.key, entry.clientIdentifier)) }
            } else if entry.clientIdentifier.isEmpty {
                entries[first.key] = nil
            }
        }
        return result
    }

    /// The connections whose tokens were signed with none of these keys, which are forgotten.
    mutating func take(notSignedWith keys: Set<[UInt8]>) -> [(key: Key, clientIdentifier: String)] {
        let gone = entries.filter { !keys.contains($0.value.key) }
        for key in gone.keys { entries[key] = nil }
        return gone.compactMap { $0.value.clientIdentifier.isEmpty ? nil : ($0.key, $0.value.clientIdentifier) }
    }

    /// Deadlines of entries that are gone do not gather.
    private mutating func tidy() {
        guard deadlines.count > 2_048, deadlines.count > 4 * entries.count else { return }
        let alive = deadlines.unordered.filter { entries[$0.key]?.number == $0.number }
        deadlines = Heap(alive)
    }
}
