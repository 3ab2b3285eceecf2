import BrokerValues
package import Introspection
import MQTTWire

/// A question about clients that was checked, made ready to be asked of thousands of sessions.
package struct ClientFilter: Sendable {
    /// Bytes of a pattern at most: what comparing costs grows with it.
    private static let maximumPatternLength = 256
    /// Comparisons for one identifier at most, a fraction of a millisecond. Only an identifier of many hundred bytes that
    /// is nearly like the pattern at each of them takes more; it counts as one that is not like it.
    private static let maximumComparisons = 100_000

    private let query: ClientQuery
    private let pattern: Wildcard?
    private let patternLength: Int
    private let version: ProtocolVersion?

    /// - Throws: if the question makes no sense.
    package init(_ query: ClientQuery) throws(QueryFailure) {
        self.query = query
        pattern = query.identifier.map { Wildcard($0) }
        patternLength = query.identifier?.utf8.count ?? 0
        if patternLength > Self.maximumPatternLength {
            throw QueryFailure("the pattern is longer than \(Self.maximumPatternLength) bytes")
        }
        guard let name = query.protocolVersion else {
            version = nil
            return
        }
        version = ProtocolVersion.allCases.first { $0.name == name }
        if version == nil { throw QueryFailure("the protocol is 3.1, 3.1.1 or 5, not \(name)") }
    }

    /// What looking at a session costs, in units of looking at an ordinary one.
    func cost(of session: Session) -> Int {
        let address = query.address == nil ? 0 : 3  // it has to be put into words
        return 1 + address + (pattern == nil ? 0 : comparisons(session) / 4096)
    }

    private func comparisons(_ session: Session) -> Int {
        min(session.client.name.utf8.count * patternLength, Self.maximumComparisons)
    }

    /// Whether a session is asked for; the cheap checks come first.
    func matches(_ session: Session) -> Bool {
        let connection = session.connection
        if let wanted = query.isConnected, wanted != (connection != nil) { return false }
        if let wanted = query.isPaused, wanted != (connection?.isPaused ?? false) { return false }
        if let above = query.queuedAbove, session.queue.count <= above { return false }
        if let version, connection?.version != version { return false }
        if let listener = query.listener, connection?.listener.name != listener { return false }
        if let userName = query.userName, !isEqual(connection?.userName, userName) { return false }
        if let pattern, !pattern.matches(session.client.name, maximumSteps: Self.maximumComparisons) {
            return false
        }
        guard let address = query.address else { return true }
        return connection?.link.remoteAddress.utf8.starts(with: address.utf8) ?? false
    }

    /// Bytes are compared: Swift takes texts for equal that are other bytes.
    private func isEqual(_ text: String?, _ other: String) -> Bool {
        text.map { $0.utf8.elementsEqual(other.utf8) } ?? false
    }
}
