package import BrokerValues

/// Why a question could not be answered.
package struct QueryFailure: Error, Sendable, Hashable {
    package let message: String

    /// A question that makes no sense, in words.
    package init(_ message: String) { self.message = message }
}

/// Questions about single clients, sessions and messages. Each is answered in bounded steps: no event loop is kept for
/// longer than a step, and no answer is larger than a page.
package protocol BrokerQueries: Sendable {
    /// Nanoseconds for which an event loop was kept at most by one step of an answer, since the start.
    var longestStep: Int { get }

    /// One page of clients.
    func clients(_ query: ClientQuery) async throws(QueryFailure) -> ClientPage

    /// Everything about one client; nil without a session.
    func client(_ identifier: String) async -> ClientSnapshot?

    /// A page of a client's subscriptions; nil without a session.
    ///
    /// - Parameter limit: at most ``ClientQuery/maximumLimit``.
    func subscriptions(
        of identifier: String, cursor: String?, limit: Int
    ) async throws(QueryFailure) -> Page<SubscriptionSnapshot>?

    /// Who would get a message that is published under the topic now.
    ///
    /// - Parameter limit: receivers that are named, at most ``ClientQuery/maximumLimit``.
    func receivers(of topic: String, limit: Int) async throws(QueryFailure) -> TopicReceivers

    /// A page of the retained messages that a filter matches; `#` is for all but those below `$`.
    func retained(matching filter: String, cursor: String?, limit: Int) async throws(QueryFailure)
        -> Page<RetainedSnapshot>

    /// What is kept in memory, by kind: how many there are, and their bytes where those are counted; summed over all
    /// event loops.
    func heapSummary() async -> [HeapPart]
}

/// One kind of thing that is kept in memory.
package struct HeapPart: Sendable, Hashable {
    /// Such as `sessions`.
    package let name: String
    package var count: Int
    /// Bytes; nil where nobody counts them.
    package var bytes: Int?

    /// A kind of thing.
    package init(_ name: String, count: Int, bytes: Int?) {
        self.name = name
        self.count = count
        self.bytes = bytes
    }
}

/// What operators may do to clients and messages.
package protocol ClientCommands: Sendable {
    /// Ends a client's connection with reason 0x98; its session stays as its expiry says.
    ///
    /// - Returns: false if it is not connected.
    func disconnect(_ identifier: String, publishesWill: Bool) async -> Bool

    /// Ends a client's connection if it has one, and its session with everything in it; its will is published, as for
    /// every session that ends.
    ///
    /// - Returns: false if there is no session.
    func invalidateSession(_ identifier: String) async -> Bool

    /// Sets what one client may do, in place of what was set before.
    ///
    /// - Returns: false if there is no session.
    func setRestrictions(_ restrictions: ClientRestrictions, of identifier: String) async -> Bool

    /// Sets how long a client's session outlives its connection, and leaves its other restrictions as they are.
    ///
    /// - Parameter seconds: 0 ends with the connection, 4294967295 never expires.
    /// - Returns: false if there is no session.
    func setSessionExpiry(_ seconds: UInt32, of identifier: String) async -> Bool

    /// Removes the retained messages that a filter matches.
    ///
    /// - Returns: how many there were.
    func deleteRetained(matching filter: String) async throws(QueryFailure) -> Int
}
