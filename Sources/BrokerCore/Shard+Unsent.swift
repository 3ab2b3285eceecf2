import BrokerValues
import MQTTWire
import MetricCatalog

// All bytes that are on their way to clients: in out buffers, and given to sockets that have not taken them.
//
// Each connection has limits of its own, but thousands of clients that do not read would fill the memory all the same.
// So a shard has a share of a limit for the whole broker. Above it, clients that read get what they did before, within
// a smaller backlog; for the others QoS 0 is dropped, and QoS 1 and 2 wait in their queues, which have their limits.
extension Shard {
    /// Bytes of PUBLISH written into out buffers since the shard began.
    var publishBytesSent: Int { counters[ShardCounters.bytesSent.base + Int(PacketType.publish.rawValue)] }

    /// The socket of a connection has taken all but `unsent` bytes.
    func unsentChanged(_ connection: Connection, to unsent: Int) {
        // A socket that died while it was written to keeps nothing.
        let unsent = connection.closing == .closed || connection.departure != nil ? 0 : unsent
        let change = unsent - connection.unsent
        if change == 0 { return }
        connection.unsent = unsent
        unsentBytes += change
        counters.add(ShardCounters.unsentBytes, change)
        if unsent == change { watchForStall(connection) }
    }

    /// Decides whether the shard is above its share. Called when what is unsent has changed, and for one PUBLISH sent in
    /// so many: within a tick the out buffers grow.
    func reviewUnsent() {
        let share = limits.maximumBrokerUnsentBytes / shardCount
        let waiting = unsentBytes + shapedBytes + (publishBytesSent - publishBytesBefore)
        let isFull = waiting > (isUnsentFull ? share / 4 * 3 : share)
        if isFull == isUnsentFull { return }
        isUnsentFull = isFull
        setUnsentThresholds()
    }

    /// From the limits, and from whether the shard is above its share.
    func setUnsentThresholds() {
        let isFull = isUnsentFull
        unsentThreshold = isFull ? 0 : limits.maximumUnsentBytes
        congestionThreshold = isFull ? limits.writeBufferLowThreshold : limits.writeBufferHighThreshold
    }

    /// Whether QoS 0 of this size is dropped; asked only for a connection above ``unsentThreshold``.
    @inline(never)
    func isTooFarBehind(_ connection: Connection, for size: Int) -> Bool {
        let backlog = connection.backlog
        if backlog == 0 { return false }  // a message that alone is larger than the limit is sent by itself
        if backlog + size > limits.maximumUnsentBytes { return true }
        // Only when all clients together are above the limit.
        return connection.unsent > 0 || backlog > limits.writeBufferLowThreshold
    }
}
