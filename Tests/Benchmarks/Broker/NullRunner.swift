import BrokerCore
import BrokerValues
import MQTTWire
import MetricCatalog

/// Runs one whole shard, with all that it does by default, without sockets and with a clock of its own: a tenth of a
/// millisecond for each tick.
final class NullRunner: ShardHost {
    /// How often a shard is told that time has passed: every tenth of a second.
    private static let ticksOfClock = 1000

    private(set) var now = Instant(milliseconds: 1_000_000)
    private var madeShard: Shard?
    private var isTickNeeded = false
    private var wakeAt = Instant.never
    private var ticks = 0
    private var random: UInt64 = 0
    /// Clients that have something to say.
    private var talkers: ContiguousArray<NullClient> = []
    /// Memory that changes places with what a client says, while that is handled.
    private var spare: [UInt8] = []

    init() {
        let limits = BrokerLimits()
        let gates = BrokerGates(listenerCount: 1)
        gates.apply(limits, connectRates: [nil], now: now)
        madeShard = Shard(
            index: ShardIndex(0), shardCount: 1, limits: limits, host: self, ports: BrokerPorts(), seed: 0x5EED,
            counters: CounterBlock(listeners: 1), gates: gates, now: now)
    }

    var shard: Shard {
        guard let madeShard else { preconditionFailure("the shard is made in init and never taken away") }
        return madeShard
    }

    // MARK: - ShardHost

    func instant() -> Instant { now }

    func tickNeeded() { isTickNeeded = true }

    func post(_ mail: [ShardMail], to shard: ShardIndex) { preconditionFailure("there is no other shard") }

    func wake(at instant: Instant) { wakeAt = instant }

    func randomNumber() -> UInt64 {
        random &+= 1
        return random
    }

    // MARK: - Clients

    /// A socket is accepted.
    func accept(_ client: NullClient) -> Connection {
        shard.accepted(client, listener: ListenerIdentity("null", number: 0), now: now)
    }

    /// What a client sends arrives in one read.
    func read(_ bytes: [UInt8], of client: NullClient) {
        guard let connection = client.connection else { preconditionFailure("the client is not connected") }
        let handled = bytes.withByteView { shard.received(connection, $0, now: now) }
        precondition(handled == bytes.count, "not all of a read was handled")
    }

    /// A client has something to say, or may go on with it.
    func talks(_ client: NullClient) { talkers.append(client) }

    private func readReplies(of client: NullClient) {
        guard let connection = client.connection else { return }
        swap(&client.replies, &spare)
        let handled = spare.withByteView { shard.received(connection, $0, now: now) }
        if handled < spare.count { client.replies.insert(contentsOf: spare[handled...], at: 0) }
        spare.removeAll(keepingCapacity: true)
    }

    /// Lets everything happen that is due.
    func settle() {
        while true {
            if !talkers.isEmpty {
                let clients = talkers
                talkers.removeAll(keepingCapacity: true)
                for client in clients { readReplies(of: client) }
            } else if isTickNeeded {
                tick()
            } else if wakeAt <= now {
                wakeAt = .never
                shard.woken(now: now)
            } else {
                return
            }
        }
    }

    private func tick() {
        isTickNeeded = false
        shard.endTick(now: now)
        now = now.advanced(byNanoseconds: 100_000)
        ticks += 1
        if ticks == Self.ticksOfClock {
            ticks = 0
            shard.clockAdvanced(to: now)
        }
    }
}
