/// Which clients an operator asks for, in which order, and which page of them.
package struct ClientQuery: Sendable, Hashable {
    /// What clients can be sorted by: of amounts the largest come first, and clients with equal ones by identifier. Who is
    /// not connected has no amounts of a connection, and stands behind all others with ``credits`` and ``connected``.
    package enum Order: String, Sendable, Hashable, CaseIterable {
        case id
        /// Messages in the queue.
        case queued
        case queuedBytes = "queued-bytes"
        case inflight
        /// Bytes that the socket has not taken.
        case unsent
        case subscriptions
        /// Publishes received from the client since it connected.
        case received
        /// Publishes sent to the client since it connected.
        case sent
        case receivedBytes = "received-bytes"
        case sentBytes = "sent-bytes"
        /// Credits left, the fewest first.
        case credits
        /// Time of connecting, the earliest first.
        case connected
    }

    /// Clients of one page at most.
    package static let maximumLimit = 1_000

    /// A pattern for the client identifier: `*` stands for any characters, `?` for one.
    package var identifier: String?
    /// The beginning of the address with its port, such as `192.0.2.` or `192.0.2.1:`.
    package var address: String?
    /// The user name, exactly.
    package var userName: String?
    /// Whether it is connected now.
    package var isConnected: Bool?
    /// `3.1`, `3.1.1` or `5`.
    package var protocolVersion: String?
    package var listener: String?
    /// More messages than these wait in its queue.
    package var queuedAbove: Int?
    /// Whether it is not read from now.
    package var isPaused: Bool?
    /// Nil for the cheapest way: as the sessions lie in memory.
    package var order: Order?
    /// The other way round; without an order it plays no part.
    package var isReversed = false
    /// Where the page begins: the ``ClientPage/next`` of the page before it.
    package var cursor: String?
    /// Clients on the page, 1 to ``maximumLimit``.
    package var limit = 100

    /// All clients, in no order.
    package init() {}
}

/// One page of clients.
package struct ClientPage: Sendable, Hashable {
    package let clients: [ClientSnapshot]
    /// Where the next page begins; nil if there is none.
    ///
    /// A client that has a session during the whole walk is on exactly one of the pages. There are exceptions: one that
    /// moves to another event loop meanwhile can be missed or, without an order, be there twice; and so can one whose
    /// amount changes, in an order by that.
    package let next: String?
    /// Sessions that were looked at for this page.
    package let examined: Int

    /// A page.
    package init(clients: [ClientSnapshot], next: String?, examined: Int) {
        self.clients = clients
        self.next = next
        self.examined = examined
    }
}
