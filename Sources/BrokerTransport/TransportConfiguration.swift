package import BrokerValues

/// One address to listen on.
package struct ListenerConfiguration: Sendable, Hashable {
    /// The name that logs and metrics use; unique among the listeners.
    package var identity: ListenerIdentity
    /// A numeric address or a host name of this machine.
    package var bindAddress: String
    /// 0 lets the system choose (tests do).
    package var port: Int
    /// Whether clients may come without credentials. An authority may still refuse them.
    package var anonymous: Bool
    /// Whether the broker starts without it where this machine has no such address: a host without IPv6 has no ::1.
    package var isOptional: Bool = false
    /// The rate at which clients are let in; nil for as many as come.
    package var connectRate: ConnectRate?

    /// An address with a name.
    package init(
        identity: ListenerIdentity, bindAddress: String, port: Int, anonymous: Bool, isOptional: Bool = false
    ) {
        self.identity = identity
        self.bindAddress = bindAddress
        self.port = port
        self.anonymous = anonymous
        self.isOptional = isOptional
    }
}

/// What the transport needs to know.
package struct TransportConfiguration: Sendable, Hashable {
    package var listeners: [ListenerConfiguration]
    /// Event loops, and so shards: 1 to ``ShardIndex/maximumCount``.
    package var eventLoops: Int
    /// Connections that the kernel may hold before they are accepted.
    package var backlog: Int32 = 4096
    /// Milliseconds that accepting rests when descriptors have run out.
    package var acceptPauseMilliseconds: Int64 = 100
    /// Milliseconds that a shutdown may take to tell clients and to publish wills.
    package var shutdownMilliseconds: Int64 = 4_000

    /// Listeners and loops, everything else at its default.
    package init(listeners: [ListenerConfiguration], eventLoops: Int) {
        self.listeners = listeners
        self.eventLoops = eventLoops
    }
}
