import Crypto

/// Passwords that were found right a short while ago, so that many clients that come back at once do not each cost a
/// slow hash.
///
/// It is in memory only, under a key that is drawn at the start and never leaves it, and holds no password but a code of
/// user and password together (HMAC-SHA-256). Wrong passwords are never kept. Who can read the broker's memory could try
/// passwords against it fast, but sees the passwords themselves when clients log in. A hit does not make an entry live
/// longer: after its time the slow hash is computed again.
struct VerifiedPasswords {
    typealias Code = [UInt8]

    /// Entries at most: at 32 bytes each a few megabytes with all that belongs to them.
    static let limit = 20_000

    private let lifetime: Duration
    private var times: [Code: ContinuousClock.Instant] = [:]
    /// In the order in which they came, which is that in which they end.
    private var order: [(code: Code, time: ContinuousClock.Instant)] = []
    private var first = 0

    /// - Parameter lifetime: how long a password counts as right; zero for not at all.
    init(lifetime: Duration) { self.lifetime = lifetime }

    /// What is kept of a user with a password; the length keeps `ab` with `c` apart from `a` with `bc`.
    static func code(user: String, password: [UInt8], key: SymmetricKey) -> Code {
        let name = Array(user.utf8)
        let length = lengthBytes(name.count)
        return Array(HMAC<SHA256>.authenticationCode(for: length + name + password, using: key))
    }

    func contains(_ code: Code, now: ContinuousClock.Instant) -> Bool {
        guard let time = times[code] else { return false }
        return now - time < lifetime
    }

    mutating func insert(_ code: Code, now: ContinuousClock.Instant) {
        guard lifetime > .zero, times[code].map({ now - $0 >= lifetime }) ?? true else { return }
        times[code] = now
        order.append((code, now))
        while first < order.count, times.count > Self.limit || now - order[first].time >= lifetime { dropFirst() }
        // What was dropped is given back when it is half of the list.
        if first > 64, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }

    mutating func removeAll() {
        times.removeAll()
        order.removeAll()
        first = 0
    }

    var count: Int { times.count }

    private mutating func dropFirst() {
        let entry = order[first]
        // An entry that came again since has a later time.
        if times[entry.code] == entry.time { times[entry.code] = nil }
        first += 1
    }

    private static func lengthBytes(_ count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }
}
