import BrokerValues

/// What one event loop has dropped: since its start, and since the last report.
///
/// Drops come in floods, so counting one costs a few look-ups and no walk.
struct DropTally: Sendable {
    /// What was dropped for one reason since the last report.
    struct Loss: Sendable {
        /// Clients that are told apart; those beyond are only known to exist.
        static let maximumClients = 1_000

        private(set) var count = 0
        /// The client that lost most, and how many messages.
        private(set) var worst: (client: ClientIdentity, count: Int)?
        private(set) var hasMoreClients = false
        private var clients: [ClientIdentity: Int] = [:]

        var clientCount: Int { clients.count }

        /// - Parameter client: nil where the message was for nobody in particular.
        mutating func add(_ client: ClientIdentity?) {
            count += 1
            guard let client else { return }
            guard clients.count < Self.maximumClients || clients[client] != nil else { return hasMoreClients = true }
            let number = clients[client, default: 0] + 1
            clients[client] = number
            if number > worst?.count ?? 0 { worst = (client, number) }
        }

        /// Adds what another event loop has dropped: a walk over its clients.
        mutating func merge(_ other: Loss) {
            count += other.count
            hasMoreClients = hasMoreClients || other.hasMoreClients
            if other.worst?.count ?? 0 > worst?.count ?? 0 { worst = other.worst }
            for (client, number) in other.clients {
                guard clients.count < Self.maximumClients else { return hasMoreClients = true }
                clients[client, default: 0] += number
            }
        }
    }

    private(set) var totals: [DropReason: Int] = [:]
    private var losses: [DropReason: Loss] = [:]
    /// Reasons for which messages were dropped between the last two reports: they are no news.
    private var going: Set<DropReason> = []

    /// Counts a message; true if it is the first for this reason after a while without.
    mutating func add(_ reason: DropReason, _ client: ClientIdentity?) -> Bool {
        totals[reason, default: 0] += 1
        let isFirst = losses[reason] == nil && !going.contains(reason)
        losses[reason, default: Loss()].add(client)
        return isFirst
    }

    /// What was dropped since this was last asked.
    mutating func takeLosses() -> [DropReason: Loss] {
        defer {
            going = Set(losses.keys)
            losses = [:]
        }
        return losses
    }
}
