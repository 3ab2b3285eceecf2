import Synchronization

/// How many handshakes of one listener are under way at a time, over all event loops; the others wait in their order.
final class HandshakeLimit: Sendable {
    /// What somebody who wants to begin is told.
    enum Entry {
        case begin
        /// It is told later, by its ticket.
        case wait(Ticket)
        /// Too many wait.
        case refused
    }

    /// The place of somebody who waits.
    struct Ticket: Hashable {
        fileprivate let number: UInt64
    }

    private struct State {
        var underWay = 0
        /// By the number of the ticket.
        var waiting: [UInt64: @Sendable () -> Void] = [:]
        /// The number that nobody who waits is below, and the next one to give.
        var first: UInt64 = 0
        var next: UInt64 = 0
    }

    /// Sockets of one listener that may wait: each costs a descriptor and what it has sent.
    static let maximumWaiting = 10_000

    private let limit: Int
    private let state = Mutex(State())

    init(_ limit: Int) { self.limit = limit }

    /// Handshakes that are under way.
    var underWay: Int { state.withLock { $0.underWay } }
    /// Sockets that wait for theirs.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// - Parameter begin: called, on whatever thread, when a place is free for somebody who waits; it then has one.
    func enter(_ begin: @escaping @Sendable () -> Void) -> Entry {
        state.withLock { state in
            if state.underWay < limit {
                state.underWay += 1
                return .begin
            }
            guard state.waiting.count < Self.maximumWaiting else { return .refused }
            let number = state.next
            state.next += 1
            state.waiting[number] = begin
            return .wait(Ticket(number: number))
        }
    }

    /// Gives up waiting.
    ///
    /// - Returns: false for somebody who has been given a place meanwhile, and has to leave it.
    func cancel(_ ticket: Ticket) -> Bool { state.withLock { $0.waiting.removeValue(forKey: ticket.number) != nil } }

    /// Gives a place back: the next one gets it.
    func leave() {
        let begin: (@Sendable () -> Void)? = state.withLock { state in
            // Each number is passed once, whoever has given up included.
            while state.first < state.next {
                let number = state.first
                state.first += 1
                if let begin = state.waiting.removeValue(forKey: number) { return begin }
            }
            state.underWay -= 1
            return nil
        }
        begin?()
    }
}
