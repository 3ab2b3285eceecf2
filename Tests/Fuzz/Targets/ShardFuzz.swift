import BrokerCore
package import SimulationKit
package import BrokerValues
import MQTTWire
import TopicIndex

/// Runs scripts against a broker of two shards and looks whether it stays sound.
package final class ShardFuzz {
    /// Small limits, so that few bytes reach them.
    package static let limits: BrokerLimits = {
        var limits = BrokerLimits()
        limits.maximumPacketSize = 64 * 1024
        limits.maximumConnectPacketSize = 16 * 1024
        limits.maximumReassemblyBytes = 256 * 1024
        limits.serverReceiveMaximum = 20
        limits.maximumInflight = 10
        limits.maximumQueuedMessages = 20
        limits.maximumQueuedBytes = 64 * 1024
        limits.maximumUnsentBytes = 64 * 1024
        limits.writeBufferHighThreshold = 8 * 1024
        limits.writeBufferLowThreshold = 1024
        limits.maximumRetainedMessages = 100
        limits.maximumRetainedPerSubscription = 50
        limits.maximumSessions = 1000
        limits.maximumSessionExpiry = 3600
        limits.maximumMessageExpiry = 3600
        return limits
    }()

    package let broker: SimulatedBroker
    private var links: [SimulatedLink]
    /// Bytes that each client has got, in order.
    package private(set) var outputs: [[UInt8]]

    package init(shardCount: Int = 2) {
        broker = SimulatedBroker(shardCount: shardCount, limits: Self.limits)
        links = []
        outputs = [[UInt8]](repeating: [], count: FuzzScript.clientCount)
        for client in 0..<FuzzScript.clientCount { links.append(open(client)) }
    }

    private func open(_ client: Int) -> SimulatedLink {
        broker.connect(shard: client % broker.shardCount, capacity: 16 * 1024)
    }

    /// Runs a script.
    package func run(_ script: FuzzScript) {
        for step in script.steps {
            switch step {
            case .feed(let client, let bytes):
                if links[client].isAtEndForClient { links[client] = open(client) }
                links[client].clientSends(bytes)
                broker.settle()
            case .reset(let client):
                take(client)
                links[client].clientResets()
                broker.settle()
                links[client] = open(client)
            case .read(let client): take(client)
            case .advance(let seconds):
                broker.advance(milliseconds: UInt64(seconds) * 1000)
                broker.settle()
            }
        }
        for client in links.indices { take(client) }
    }

    private func take(_ client: Int) {
        while links[client].hasBytesForClient {
            outputs[client] += links[client].clientReads()
            broker.settle()
        }
    }

    /// The most bytes that one client's socket could not take at a time.
    package var largestUnsent: Int { links.map(\.largestUnsent).max() ?? 0 }

    /// Ends all connections and lets all sessions expire; says what is left that should not be.
    package func leftovers() -> [String] {
        for link in links { link.clientResets() }
        broker.settle()
        broker.advanceSettling(milliseconds: 100)
        broker.advance(milliseconds: 4000 * 1000)
        broker.advanceSettling(milliseconds: 200)
        var found: [String] = []
        for (number, shard) in broker.shards.enumerated() {
            if shard.connectionCount > 0 { found.append("shard \(number): \(shard.connectionCount) connections") }
            if shard.sessionCount > 0 { found.append("shard \(number): \(shard.sessionCount) sessions") }
            if shard.queuedBytes != 0 { found.append("shard \(number): \(shard.queuedBytes) queued bytes") }
            if shard.reassemblyBytes != 0 { found.append("shard \(number): \(shard.reassemblyBytes) reassembly bytes") }
            let subscriptions = shard.subscriptions.subscriptionCount
            if subscriptions > 0 { found.append("shard \(number): \(subscriptions) subscriptions") }
            if shard.subscriptions.filterCount > 0 { found.append("shard \(number): filters without subscribers") }
        }
        return found
    }

    /// For a fuzzer: runs bytes as a script and traps if the broker is not sound afterwards.
    package static func fuzz(_ bytes: [UInt8]) {
        let fuzz = ShardFuzz()
        fuzz.run(FuzzScript(bytes: bytes))
        let leftovers = fuzz.leftovers()
        precondition(leftovers.isEmpty, leftovers.joined(separator: "; "))
    }
}
