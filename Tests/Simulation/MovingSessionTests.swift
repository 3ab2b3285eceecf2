import RandomKit
import BrokerCore
import BrokerValues
import Glibc
import SimulationKit
import Testing

/// Whole brokers under a simulated clock and mail, everything from one seed.
///
/// `SKEP_SIMULATION_SEEDS` asks for more runs than the usual, `SKEP_SIMULATION_SEED` repeats one.
@Suite("Simulation")
struct MovingSessionTests {
    private static func number(_ name: String) -> Int? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe Int(String(cString: text))
    }

    static let seeds: [Int] = {
        if let one = number("SKEP_SIMULATION_SEED") { return [one] }
        return Array(1...(number("SKEP_SIMULATION_SEEDS") ?? 150))
    }()

    @Test("Sessions that move between shards under load lose nothing, double no QoS 2 and keep each publisher's order")
    func movingSessions() {
        for seed in Self.seeds {
            let run = SimulationRun(seed: seed)
            run.play()
            run.finish()
            let faults = run.faults()
            #expect(faults == [], "repeat with SKEP_SIMULATION_SEED=\(seed)")
            if !faults.isEmpty { return }
        }
    }
}

/// One run: publishers that publish, subscribers that come and go, events in an order that chance chooses.
final class SimulationRun {
    private var random: SeededGenerator
    private let broker: SimulatedBroker
    private let publishers: [SimulatedPublisher]
    private let subscribers: [DurableSubscriber]

    init(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var limits = BrokerLimits()
        limits.maximumInflight = UInt16(1 + random.below(8))
        let shardCount = 1 + random.below(4)
        let broker = SimulatedBroker(
            shardCount: shardCount, limits: limits, mailOrder: random.chance(50) ? .arrival : .pairwise,
            seed: UInt64(seed))
        subscribers = (0..<3).map { DurableSubscriber("subscriber-\($0)", broker, shard: random.below(shardCount)) }
        publishers = (0..<4).map {
            SimulatedPublisher($0, qos: UInt8(1 + $0 % 2), broker, shard: random.below(shardCount))
        }
        self.random = random
        self.broker = broker
        broker.settle()
        for subscriber in subscribers {
            subscriber.read()
            subscriber.subscribe("t/#")
        }
        rest()
    }

    /// Chance rules.
    func play() {
        for _ in 0..<1500 {
            switch random.below(100) {
            case 0..<60: _ = broker.step(&random)
            case 60..<75: random.pick(publishers)?.publish()
            case 75..<95:
                let count = 1 + random.below(400)
                random.pick(subscribers)?.read(count)
                random.pick(publishers)?.read()
            case 95..<98:
                let (shard, losesOld) = (random.below(broker.shardCount), random.chance(50))
                random.pick(subscribers)?.reconnect(shard: shard, losesOld: losesOld)
            default: broker.advance(milliseconds: UInt64(random.below(300)))
            }
        }
    }

    /// Everybody comes back once more and takes what is there.
    func finish() {
        // A CONNECT that is still under way on another shard would take over what comes now.
        rest()
        for subscriber in subscribers {
            subscriber.reconnect(shard: random.below(broker.shardCount), losesOld: random.chance(50))
        }
        rest()
    }

    /// Lets everything happen that is under way.
    private func rest() {
        var isMoving = true
        while isMoving {
            broker.settle()
            isMoving = false
            for subscriber in subscribers where subscriber.read() { isMoving = true }
            for publisher in publishers where publisher.read() { isMoving = true }
        }
    }

    /// What is not as it must be.
    func faults() -> [String] {
        var faults: [String] = []
        for subscriber in subscribers {
            faults += subscriber.faults.map { "\(subscriber.name): \($0)" }
            for publisher in publishers {
                let prefix = "\(publisher.number):"
                let received = subscriber.received.filter { $0.hasPrefix(prefix) }
                if received != publisher.sent {
                    faults.append("\(subscriber.name) got \(received) of publisher \(publisher.sent)")
                }
                if publisher.qos == 2, subscriber.repeated.contains(where: { $0.hasPrefix(prefix) }) {
                    faults.append("\(subscriber.name) got QoS 2 twice: \(subscriber.repeated)")
                }
            }
        }
        for publisher in publishers where publisher.acknowledged != publisher.sent.count {
            faults.append(
                "publisher \(publisher.number): \(publisher.acknowledged) of \(publisher.sent.count) acknowledged")
        }
        return faults + leaks()
    }

    /// All leave: nothing may be left of them.
    private func leaks() -> [String] {
        for subscriber in subscribers { subscriber.leaveForGood() }
        for publisher in publishers { publisher.leave() }
        rest()
        broker.advanceSettling(milliseconds: 500)
        return broker.shards.flatMap { shard in
            [
                ("sessions", shard.sessionCount), ("connections", shard.connectionCount),
                ("queued bytes", shard.queuedBytes), ("bytes of packets", shard.reassemblyBytes),
            ].filter { $0.1 != 0 }.map { "shard \(shard.index.rawValue): \($0.1) \($0.0) are left" }
        }
    }
}
