package import BrokerValues

/// One client as operators see it: its session, its connection while it has one, and what it may do.
package struct ClientSnapshot: Sendable, Hashable {
    /// What there is only while the client is connected.
    package struct ConnectionPart: Sendable, Hashable {
        /// Such as `192.0.2.1:49152`.
        package let address: String
        package let listener: String
        /// `3.1`, `3.1.1` or `5`.
        package let protocolVersion: String
        /// QoS 1 and 2 messages that it may leave unacknowledged.
        package let inflightQueueSize: Int
        /// Bytes that its socket has not taken.
        package let unsentBytes: Int
        /// Credits left; negative is debt.
        package let credits: Int
        /// Why it is not read from now; nil while it is.
        package let pauseCause: PauseCause?

        /// Everything about one connection.
        package init(
            address: String, listener: String, protocolVersion: String, inflightQueueSize: Int, unsentBytes: Int,
            credits: Int, pauseCause: PauseCause?
        ) {
            self.address = address
            self.listener = listener
            self.protocolVersion = protocolVersion
            self.inflightQueueSize = inflightQueueSize
            self.unsentBytes = unsentBytes
            self.credits = credits
            self.pauseCause = pauseCause
        }
    }

    package let clientIdentifier: String
    package var connection: ConnectionPart?
    /// Seconds; 4294967295 never expires.
    package var sessionExpiry: UInt32 = 0
    package var subscriptionCount = 0
    package var queuedMessages = 0
    package var queuedBytes = 0
    package var inflightMessages = 0
    /// Messages that may wait for it.
    package var maximumQueuedMessages = 0
    package var queueStrategy = BrokerLimits.QueueStrategy.discard
    /// What was set for this client alone.
    package var restrictions = ClientRestrictions()

    /// A session without messages and without a connection.
    package init(clientIdentifier: String) { self.clientIdentifier = clientIdentifier }
}
