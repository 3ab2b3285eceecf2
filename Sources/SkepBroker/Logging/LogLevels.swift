import Introspection
import Logging
import Synchronization

/// What is logged: the level of everything, and those of single clients. Can be changed while the broker runs.
final class LogLevels: Sendable {
    /// Clients with a level of their own at most.
    static let maximumClients = 100

    private let common: Atomic<Int>
    private let clients = Mutex<[String: Logger.Level]>([:])
    private let clientCount = Atomic<Int>(0)

    init(_ level: Logger.Level) { common = Atomic(Self.number(level)) }

    /// The least level that is logged of everything.
    var level: Logger.Level {
        get { Logger.Level.allCases[common.load(ordering: .relaxed)] }
        set { common.store(Self.number(newValue), ordering: .relaxed) }
    }

    private static func number(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

    /// Whether any client has a level of its own: looked at before the name of one is.
    var hasClients: Bool { clientCount.load(ordering: .relaxed) > 0 }

    /// The level of one client; nil for that of everything.
    func level(of client: String) -> Logger.Level? { hasClients ? clients.withLock { $0[client] } : nil }

    var clientLevels: [String: Logger.Level] { clients.withLock { $0 } }

    /// - Parameter level: nil for that of everything.
    /// - Returns: false if too many clients have a level already.
    func set(_ level: Logger.Level?, of client: String) -> Bool {
        clients.withLock { clients in
            guard level == nil || clients[client] != nil || clients.count < Self.maximumClients else { return false }
            clients[client] = level
            clientCount.store(clients.count, ordering: .relaxed)
            return true
        }
    }
}
