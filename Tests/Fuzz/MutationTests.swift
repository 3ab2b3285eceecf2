import RandomKit
import BrokerCore
import SimulationKit
import BrokerValues
import FuzzTargets
import MQTTWire
import Testing
import TopicIndex

/// Conversations with faults in them, fed to a broker that serves others at the same time.
@Suite("Mutated conversations")
struct MutationTests {
    private static let casesPerBroker = 250
    /// Every so often the other clients are looked at.
    private static let casesPerWitness = 10

    @Test("No mutation of a valid conversation stops the broker, fills it, or disturbs another client")
    func mutations() throws {
        print("Fuzz: seed \(FuzzSeed.value), \(FuzzSeed.mutations) mutations (SKEP_FUZZ_SEED, SKEP_FUZZ_MUTATIONS)")
        var random = SeededGenerator(seed: FuzzSeed.value)
        var number = 0
        while number < FuzzSeed.mutations {
            let seed = random.next()
            try run(seed: seed, cases: min(Self.casesPerBroker, FuzzSeed.mutations - number))
            number += Self.casesPerBroker
        }
    }

    private func run(seed: UInt64, cases: Int) throws {
        var mutator = Mutator(random: SeededGenerator(seed: seed))
        let broker = SimulatedBroker(shardCount: 2, limits: ShardFuzz.limits)
        let publisher = try TestClient.connected(broker, ConnectFields("witness-publisher", version: .v3_1_1))
        let subscriber = try TestClient.connected(broker, ConnectFields("witness-subscriber"), shard: 1)
        _ = try subscriber.subscribe("witness/only", 1)
        for number in 0..<cases {
            try attack(broker, &mutator, "seed \(seed) case \(number)")
            guard number % Self.casesPerWitness == 0 || number == cases - 1 else { continue }
            let payload = "still here \(number)"
            publisher.publish("witness/only", payload, qos: 1)
            let received = try subscriber.publishes()
            #expect(received.map(\.payload) == [Array(payload.utf8)], "seed \(seed) case \(number)")
            if let identifier = received.first?.identifier { subscriber.acknowledge(.puback, identifier) }
            _ = try publisher.receive()
        }
        publisher.disconnect()
        subscriber.disconnect()
        expectEmpty(broker, seed)
    }

    /// One client sends one mutated conversation and goes.
    private func attack(_ broker: SimulatedBroker, _ mutator: inout Mutator, _ context: String) throws {
        let bytes = mutator.mutated()
        let link = broker.connect(shard: mutator.random.below(2), capacity: 4096)
        var output = 0
        let reads = mutator.random.chance(80)
        for piece in mutator.pieces(bytes) {
            link.clientSends(piece)
            broker.settle()
            if reads { output += link.clientReads().count }
        }
        if mutator.random.chance(10) { broker.advance(milliseconds: UInt64(mutator.random.below(20_000))) }
        broker.settle()
        let limits = broker.limits
        // What waits for a client that does not read: the limit of QoS 0 and one large packet.
        #expect(link.largestUnsent <= limits.maximumUnsentBytes + limits.maximumPacketSize, "\(context)")
        #expect(output <= 256 * 1024 + 64 * bytes.count, "\(context): \(output) bytes for \(bytes.count)")
        if mutator.random.chance(50) { link.clientCloses() } else { link.clientResets() }
        broker.settle()
        _ = link.clientReads()
        broker.settle()
    }

    private func expectEmpty(_ broker: SimulatedBroker, _ seed: UInt64) {
        broker.advanceSettling(milliseconds: 2000)
        broker.advance(milliseconds: 4_000_000)
        broker.advanceSettling(milliseconds: 300)
        for shard in broker.shards {
            #expect(shard.connectionCount == 0, "seed \(seed)")
            #expect(shard.sessionCount == 0, "seed \(seed)")
            #expect(shard.queuedBytes == 0, "seed \(seed)")
            #expect(shard.reassemblyBytes == 0, "seed \(seed)")
            #expect(shard.subscriptions.subscriptionCount == 0, "seed \(seed)")
        }
    }
}
