/// Why a client is not read from for a while. Its bytes wait in its socket: nothing is lost.
package enum PauseCause: String, Sendable, Hashable, CaseIterable {
    /// It has used up its credits while the broker is overloaded.
    case credits
    /// All clients together have reached a limit on bytes a second, and take turns.
    case bandwidth
    /// It has reached its own limit on bytes a second.
    case clientRate = "client_rate"
    /// Its CONNECT waits for the rate at which clients are let in.
    case connectRate = "connect_rate"
    /// A receiver of its messages has its queue half full.
    case receiver
    /// Too much is under way to another event loop.
    case mail
    /// It has kept its event loop for long enough at a stretch.
    case turn
    /// The answer to its last packet is on its way: an authority, the storage, the session, or its own socket.
    case answer

    /// The place of the cause in counters.
    package var counterIndex: Int {
        switch self {
        case .credits: 0
        case .bandwidth: 1
        case .clientRate: 2
        case .connectRate: 3
        case .receiver: 4
        case .mail: 5
        case .turn: 6
        case .answer: 7
        }
    }
}
