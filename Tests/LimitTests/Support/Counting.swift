import BrokerCore
import BrokerTestKit
import BrokerTransport
import BrokerValues
import Introspection
import MetricCatalog
import NIOCore

// What the broker says of itself.
extension TestBroker {
    /// A counter, or a gauge, of all event loops together.
    func counter(_ slot: Int) -> Int { runners.reduce(0) { $0 + $1.counters[slot] } }

    /// What a limit has refused.
    func refusals(_ limit: LimitName) -> Int { counter(ShardCounters.limitRefusals.base + limit.counterIndex) }

    /// What all limits together have refused.
    var refusals: Int { LimitName.allCases.reduce(0) { $0 + refusals($1) } }

    /// Messages that did not reach a receiver.
    func drops(_ reason: DropReason) -> Int {
        (0..<3).reduce(0) { $0 + counter(ShardCounters.messagesDropped.base + reason.counterIndex * 3 + $1) }
    }

    /// Messages that did not reach a receiver, for any reason.
    var drops: Int { DropReason.allCases.reduce(0) { $0 + drops($1) } }

    /// How often the broker stopped reading from a client.
    func pauses(_ cause: PauseCause) -> Int { counter(ShardCounters.pauses.base + cause.counterIndex) }

    /// How often a publisher had to wait for a receiver.
    var publisherHolds: Int { counter(ShardCounters.publisherHolds.base) }

    /// Sockets whose CONNECT had to wait.
    var connectsDelayed: Int { counter(ShardCounters.connectsDelayed(listener: 0)) }

    /// Sockets that waited in vain or found no place to wait.
    var connectsThrottled: Int { counter(ShardCounters.connectsThrottled(listener: 0)) }

    /// Bytes that clients have sent in PUBLISH packets.
    var publishBytesReceived: Int { counter(ShardCounters.bytesReceived.base + 3) }

    /// Bytes that clients were sent in PUBLISH packets.
    var publishBytesSent: Int { counter(ShardCounters.bytesSent.base + 3) }

    /// Asks the first event loop.
    func ask<Value: Sendable>(_ body: @escaping @Sendable (Shard, Instant) -> Value) async throws -> Value {
        let runner = runners[0]
        return try await runner.eventLoop.submit { body(runner.shard, ShardRunner.now()) }.get()
    }

    /// A client of the first event loop.
    func snapshot(of client: String) async throws -> ClientSnapshot? {
        try await ask { shard, now in shard.snapshot(of: client, now: now) }
    }

    /// Bytes that the sockets of the first event loop have not taken.
    func unsentBytes() async throws -> Int { try await ask { shard, _ in shard.unsentBytes } }
}
