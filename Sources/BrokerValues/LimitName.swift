/// A limit that has refused something, in the spelling of logs and metrics.
package enum LimitName: String, Sendable, Hashable, CaseIterable {
    /// Clients connected.
    case connections
    /// Sessions.
    case sessions
    /// Sockets that wait for their CONNECT to be let through.
    case waitingSockets = "waiting_sockets"
    /// CONNECT packets a second, waited for in vain.
    case connectRate = "connect_rate"
    /// A socket that moved no byte for too long while it was slowed.
    case stalledSocket = "stalled_socket"
    /// Bytes of a packet.
    case packetSize = "packet_size"
    /// Bytes of a client identifier.
    case clientIdentifierLength = "client_id_length"
    /// Bytes or levels of a topic.
    case topicLength = "topic_length"
    /// Subscriptions of one client.
    case subscriptions
    /// Topic filters of one packet.
    case filtersPerPacket = "filters_per_packet"
    /// Publishes open towards the broker.
    case receiveMaximum = "receive_maximum"
    /// The highest QoS.
    case qos
    /// Retained messages, which are switched off or whose store is full.
    case retained
    /// Wildcards, shared subscriptions or subscription identifiers, which are switched off.
    case subscriptionKind = "subscription_kind"

    /// The place of the limit in counters.
    package var counterIndex: Int {
        switch self {
        case .connections: 0
        case .sessions: 1
        case .waitingSockets: 2
        case .connectRate: 3
        case .stalledSocket: 4
        case .packetSize: 5
        case .clientIdentifierLength: 6
        case .topicLength: 7
        case .subscriptions: 8
        case .filtersPerPacket: 9
        case .receiveMaximum: 10
        case .qos: 11
        case .retained: 12
        case .subscriptionKind: 13
        }
    }
}
