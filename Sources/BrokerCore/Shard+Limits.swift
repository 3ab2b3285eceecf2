package import BrokerValues
import MQTTWire
import TopicIndex

/// What CONNACK told a client of MQTT 5 that the broker does.
///
/// Limits can change while the client is connected. What it was told then still holds for it: a packet that the broker
/// has announced to take is no reason to end the connection [MQTT5-3.2.2-11, MQTT5-3.2.2-14].
struct PromisedFeatures {
    private(set) var maximumQoS = QualityOfService.atMostOnce
    private(set) var retained = false
    private(set) var subscriptionIdentifiers = false
    private(set) var wildcards = false
    private(set) var sharedSubscriptions = false

    /// Nothing was promised.
    init() {}

    /// What CONNACK says while these limits are in force.
    init(_ limits: BrokerLimits) {
        maximumQoS = limits.maximumQoS
        retained = limits.retainAvailable
        subscriptionIdentifiers = limits.subscriptionIdentifiersAvailable
        wildcards = limits.wildcardSubscriptionsAvailable
        sharedSubscriptions = limits.sharedSubscriptionsAvailable
    }
}

// New limits in a running shard. Most are read when they are needed, so that they hold from the next packet on; here is
// what was derived from them. Four kinds:
//
// - What client and broker agreed on at CONNECT stays until the client connects again: keep-alive, session expiry,
//   in-flight window, topic aliases, and the broker's Receive Maximum towards a client of MQTT 5.
// - What CONNACK promised a client of MQTT 5 cannot be taken back: the largest packet, QoS, retained messages, and the
//   kinds of subscriptions. More than was promised is granted at once. Clients of MQTT 3 were promised nothing: the new
//   limits hold for them at once.
// - Of what is there already nothing is thrown away: sessions, subscriptions, retained and queued messages above a limit
//   that has become smaller stay; there is only no room for more. With `discard-oldest` the next message for a queue
//   makes it as short as it may be now.
// - Deadlines that run keep the time that they began with.
extension Shard {
    /// New limits are in force. Walks over connections or sessions only where a limit has changed that is kept for each
    /// of them.
    package func limitsChanged(_ limits: BrokerLimits, now: Instant) {
        self.now = now
        let old = self.limits
        self.limits = limits
        bandwidthLimitsChanged()
        setUnsentThresholds()
        reviewUnsent()
        retained.limitsChanged(limits, shardCount: shardCount)
        subscriptions.cache.setMaximumBytes(limits.matchCacheBytes)
        if old.maximumTopicLength != limits.maximumTopicLength || old.maximumTopicLevels != limits.maximumTopicLevels {
            // A topic that is in the cache is not looked at again.
            subscriptions.cache.removeAll()
        }
        if old.maximumPacketSize != limits.maximumPacketSize
            || old.maximumConnectPacketSize != limits.maximumConnectPacketSize
        {
            for connection in connections.all { setInboundPacketSize(connection) }
        }
        if old.smallPacketSize != limits.smallPacketSize {
            for connection in connections.all { setSmallPacketSize(connection) }
        }
        if old.maximumUnsentBytes < limits.maximumUnsentBytes {
            for connection in connections.all { resumeIfPossible(connection) }
        }
        if old.maximumQueuedMessages != limits.maximumQueuedMessages
            || old.maximumQueuedBytes != limits.maximumQueuedBytes
        {
            for session in sessions.all { countState(of: session) }
        }
    }

    func setSmallPacketSize(_ connection: Connection) {
        connection.smallPacketSize = min(limits.smallPacketSize, connection.maximumPublishSize)
    }

    private func setInboundPacketSize(_ connection: Connection) {
        if !connection.isLetIn {
            connection.maximumInboundPacketSize = min(limits.maximumConnectPacketSize, limits.maximumPacketSize)
        } else if connection.version == .v5 {  // [MQTT5-3.2.2-15]
            connection.maximumInboundPacketSize = max(connection.maximumInboundPacketSize, limits.maximumPacketSize)
        } else {
            connection.maximumInboundPacketSize = limits.maximumPacketSize
        }
    }
}
