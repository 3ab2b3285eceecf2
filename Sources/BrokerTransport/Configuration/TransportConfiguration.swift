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
