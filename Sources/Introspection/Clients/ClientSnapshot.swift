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
        package var userName: String?
        /// For how long it has been connected.
        package var connectedSeconds = 0.0
        /// 0 for none.
        package var keepAliveSeconds = 0
        /// Publishes since it connected, and bytes of all packets.
        package var receivedPublishes = 0
        package var sentPublishes = 0
        package var receivedBytes = 0
        package var sentBytes = 0
        /// QoS 1 and 2 messages that it may leave unacknowledged.
        package var inflightQueueSize = 0
        /// Bytes that its socket has not taken.
        package var unsentBytes = 0
        /// Credits left; negative is debt.
        package var credits = 0
        /// Why it is not read from now; nil while it is.
        package var pauseCause: PauseCause?

        /// A connection; everything else is set afterwards.
        package init(address: String, listener: String, protocolVersion: String) {
            self.address = address
            self.listener = listener
            self.protocolVersion = protocolVersion
        }
    }

    package let clientIdentifier: String
    package var connection: ConnectionPart?
    /// The event loop that has the session.
    package var eventLoop = 0
    /// Since when it is away, and why its last connection ended, in the words of ``DisconnectCause``; nil while it is
    /// connected, and of a session that has not had a connection here.
    package var disconnectedSeconds: Double?
    package var disconnectCause: String?
    /// Seconds; 4294967295 never expires.
    package var sessionExpiry: UInt32 = 0
    package var hasWill = false
    package var subscriptionCount = 0
    /// Attributes that plugins have given to its session.
    package var attributeCount = 0
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
