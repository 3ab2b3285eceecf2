import BrokerValues
import MQTTWire

/// Bytes that connections hold in packets that have not fully arrived, and the connections that hold the most.
struct ReassemblyAccount {
    /// Who holds less than this is not looked for when it gets too much: the list stays short.
    static let largeHolding = 64 * 1024

    /// Bytes of all connections.
    private(set) var bytes = 0
    /// Connections that hold any.
    private(set) var count = 0
    /// Connections with a large holding, in no order.
    private var large: ContiguousArray<Connection> = []

    /// A connection holds so many bytes now.
    mutating func set(_ connection: Connection, _ count: Int) {
        bytes += count - connection.keptBytes
        self.count += (count > 0 ? 1 : 0) - (connection.keptBytes > 0 ? 1 : 0)
        connection.keptBytes = count
        let isLarge = count >= Self.largeHolding
        if isLarge, connection.keptPosition < 0 {
            connection.keptPosition = large.count
            large.append(connection)
        } else if !isLarge, connection.keptPosition >= 0 {
            let last = large.removeLast()
            if last !== connection {
                large[connection.keptPosition] = last
                last.keptPosition = connection.keptPosition
            }
            connection.keptPosition = -1
        }
    }

    /// Who is to go first: the largest holder of those that have stalled, else of all with a large holding.
    ///
    /// - Parameter stalledMilliseconds: how long a connection has sent nothing that counts as stalled.
    func first(toGoAt now: Instant, stalledMilliseconds: UInt64) -> Connection? {
        var found: Connection?
        var isFoundStalled = false
        for connection in large {
            let isStalled =
                !connection.isPaused && connection.lastKept.advanced(byMilliseconds: stalledMilliseconds) <= now
            let isFirst =
                isStalled == isFoundStalled ? connection.keptBytes > found?.keptBytes ?? -1 : isStalled
            if isFirst { (found, isFoundStalled) = (connection, isStalled) }
        }
        return found
    }
}

// Memory for packets that have not fully arrived. Two limits bound what all clients together can make the broker hold by
// sending packets slowly: one for the clients, and a smaller one beside it for who has not been let in, so that no
// stranger takes anything from a client. Beyond a limit whoever holds most is ended, not whoever comes next.
extension Shard {
    /// Bytes that the connections of this shard hold in packets that have not fully arrived.
    package var reassemblyBytes: Int { clientPackets.bytes + strangerPackets.bytes }

    /// The transport keeps bytes of a connection until more of them come.
    ///
    /// - Parameter before: bytes that it kept until now; more than that is progress.
    package func keeps(_ connection: Connection, bytes: Int, before: Int) {
        guard connection.closing == .open else { return }  // they were given up with the connection
        setKept(connection, bytes)
        guard bytes > before else { return }
        connection.lastKept = now
        if connection.isFrontIncomplete { meterPart(connection, bytes: bytes - before) }
        let isClient = connection.isLetIn
        while isClient ? clientPackets.bytes > limits.maximumReassemblyBytes : strangerPackets.bytes > strangersLimit {
            let account = isClient ? clientPackets : strangerPackets
            let first = account.first(toGoAt: now, stalledMilliseconds: limits.stalledPacketMilliseconds)
            endHolder(first ?? connection)
            if first == nil { return }
        }
    }

    /// An eighth of what clients have, but room for one CONNECT at least.
    private var strangersLimit: Int { max(limits.maximumReassemblyBytes / 8, limits.maximumConnectPacketSize) }

    /// Accounts for what a connection holds, under clients once it was let in.
    func setKept(_ connection: Connection, _ bytes: Int) {
        if connection.keptBytes > 0, connection.isKeptAsClient != connection.isLetIn { giveUpKept(connection) }
        connection.isKeptAsClient = connection.isLetIn
        if connection.isKeptAsClient {
            clientPackets.set(connection, bytes)
        } else {
            strangerPackets.set(connection, bytes)
        }
    }

    /// The connection ends; the transport throws away what it kept.
    func giveUpKept(_ connection: Connection) {
        if connection.keptBytes == 0 { return }
        if connection.isKeptAsClient { clientPackets.set(connection, 0) } else { strangerPackets.set(connection, 0) }
    }

    private func endHolder(_ connection: Connection) {
        guard connection.closing == .open else { return }
        let error = WireError(.quotaExceeded, "the broker holds too many bytes of packets that are not complete")
        if connection.session == nil {
            fail(connection, error)
        } else {
            end(connection, cause: .limitExceeded(reasonCode: error.reason.rawValue), error)
        }
    }
}
