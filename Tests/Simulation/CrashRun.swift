import BrokerCore
import BrokerValues
import MQTTWire
import RandomKit
import SimulationKit

/// One run of a broker that crashes again and again on the same storage, with clients that keep to the protocol.
final class CrashRun {
    private var random: SeededGenerator
    private let seed: Int
    private let storage = ModelStorage()
    private var broker: SimulatedBroker
    private let steps = StepCounter()
    private let publishers: [ReturningPublisher]
    private let subscribers: [ReturningSubscriber]
    private let wills: [ReturningWill]
    /// Of the clients whose sessions last.
    private let keepers: [AttributeKeeper]
    private var limits = BrokerLimits()
    /// How often the broker has crashed.
    private(set) var crashes = 0
    /// How many changes of attributes were answered.
    var attributeAnswers: Int { keepers.reduce(0) { $0 + $1.answers } }
    /// What was not as it must be when the broker crashed.
    private var early: [String] = []

    private var clients: [ReturningClient] { publishers + subscribers + wills }

    init(seed: Int) {
        self.seed = seed
        var random = SeededGenerator(seed: UInt64(seed))
        limits.maximumInflight = UInt16(1 + random.below(8))
        broker = Self.makeBroker(&random, limits, storage, downtime: 0)
        let steps = steps
        publishers = (0..<4).map {
            ReturningPublisher($0, version: $0 == 3 ? .v5 : .v3_1_1, steps: steps)
        }
        subscribers = [
            ReturningSubscriber(0, qos: 2, filters: ["t/#", "r/#", "w/#"], version: .v5, steps: steps),
            ReturningSubscriber(1, qos: 2, filters: ["t/#"], version: .v3_1_1, steps: steps),
            ReturningSubscriber(2, qos: 1, filters: ["t/#"], version: .v5, steps: steps),
        ]
        wills = (0..<2).map { ReturningWill($0, seed: UInt64(seed), steps: steps) }
        keepers = (publishers as [ReturningClient] + subscribers).enumerated().map { number, client in
            AttributeKeeper(client, seed: UInt64(seed) &* 31 &+ UInt64(number))
        }
        self.random = random
        for client in publishers as [ReturningClient] + subscribers { connect(client) }
        rest()
    }

    private static func makeBroker(
        _ random: inout SeededGenerator, _ limits: BrokerLimits, _ storage: ModelStorage, downtime: UInt64
    ) -> SimulatedBroker {
        SimulatedBroker(
            shardCount: 1 + random.below(4), limits: limits, mailOrder: random.chance(50) ? .arrival : .pairwise,
            seed: random.next(), storage: storage, downtime: downtime)
    }

    // MARK: - Steps

    /// Chance rules.
    func play(_ count: Int = 1200) {
        let crashEvery = 60 + random.below(400)
        for _ in 0..<count {
            steps.count += 1
            if random.below(crashEvery) == 0 { crash() }
            switch random.below(100) {
            case 0..<58: _ = broker.step(&random)
            case 58..<67: publish()
            case 67..<72: random.pick(keepers)?.change(broker)
            case 72..<90:
                let count = 1 + random.below(300)
                random.pick(clients)?.read(broker, count)
                random.pick(publishers)?.read(broker)
            case 90..<95: comeOrGo()
            case 95..<96: storage.isHolding.toggle()
            case 96..<97: if random.chance(30) { storage.fail(broker) }
            case 97..<98: random.pick(subscribers)?.changeMind()
            default: broker.advance(milliseconds: UInt64(random.below(300)))
            }
        }
    }

    private func publish() {
        let (isRetained, clears) = (random.chance(25), random.chance(20))
        let number = random.below(publishers.count)
        // One QoS for each retained topic: a QoS 1 message that comes once more must not undo a later one of QoS 2.
        let qos = isRetained ? 1 + number % 2 : 1 + random.below(2)
        publishers[number].publish(isRetained ? "r" : "t", qos: UInt8(qos), clears: isRetained && clears)
    }

    private func comeOrGo() {
        guard let client = random.pick(clients) else { return }
        if client.hasLink, random.chance(40) {
            if let will = client as? ReturningWill, random.chance(40) { return will.disconnect() }
            client.lose()
        } else if !client.hasLink || random.chance(50) {
            connect(client)
        }
    }

    private func connect(_ client: ReturningClient) {
        let capacity = random.chance(30) ? 64 + random.below(200) : 1 << 20
        client.connect(
            broker, shard: random.below(broker.shardCount), capacity: capacity, losesOld: random.chance(50))
    }

    private func crash() {
        crashes += 1
        // Some of what was on its way to clients arrives all the same.
        for client in clients where random.chance(30) { client.read(broker) }
        if random.chance(30) { storage.writeSilently() }
        early += losses()
        storage.crash()
        for client in clients { client.brokerCrashed() }
        for keeper in keepers {
            keeper.check(broker)
            keeper.brokerCrashed()
        }
        storage.isHolding = false
        broker = Self.makeBroker(&random, limits, storage, downtime: UInt64(random.below(20_000)))
        for keeper in keepers { keeper.brokerBegan(broker) }
    }

    // MARK: - The end

    /// Everybody comes back once more and takes what is there.
    func finish() {
        storage.isHolding = false
        for _ in 0..<20 {
            rest()
            for client in clients where !client.hasLink { connect(client) }
            rest()
            broker.advanceSettling(milliseconds: 400)
            if publishers.allSatisfy(\.isDone), clients.allSatisfy(\.isConnected) { break }
        }
        for will in wills { will.disconnect() }
        rest()
        broker.advanceSettling(milliseconds: 32_000)
        rest()
    }

    /// Lets everything happen that is under way.
    private func rest() {
        var isMoving = true
        while isMoving {
            broker.settle()
            isMoving = false
            for client in clients where client.read(broker) { isMoving = true }
        }
    }

    // MARK: - What must be

    /// What is not as it must be.
    func faults() -> [String] {
        for keeper in keepers { keeper.check(broker) }
        var faults = early + clients.flatMap(\.faults) + keepers.flatMap(\.faults)
        for publisher in publishers where !publisher.isDone { faults.append("\(publisher.name) is not done") }
        faults += losses()
        for subscriber in subscribers { faults += disorder(of: subscriber) }
        faults += willFaults()
        faults += retainedFaults()
        faults += storage.leftoverMessages.map { "a message is left in the storage: \($0)" }
        return faults + leaks()
    }

    /// Acknowledged messages that a subscriber has not got and that are not safe for it.
    private func losses() -> [String] {
        var faults: [String] = []
        for subscriber in subscribers {
            let waiting = storage.payloads(for: subscriber.name)
            for item in publishers.flatMap(\.items)
            where subscriber.mustGet(item) && !subscriber.known.contains(item.text) && !waiting.contains(item.text) {
                faults.append("\(subscriber.name) has lost \(item.text) (QoS \(item.qos)) at step \(steps.count)")
            }
        }
        return faults
    }

    private func disorder(of subscriber: ReturningSubscriber) -> [String] {
        var faults: [String] = []
        let places = Dictionary(uniqueKeysWithValues: subscriber.received.enumerated().map { ($1, $0) })
        for publisher in publishers {
            // Who was not there for the first copy of a QoS 1 message may get its second one late.
            for topic in ["t/", "r/"] where topic == "t/" || subscriber.isAlwaysSubscribed(to: "r/#") {
                for qos in UInt8(1)...2 {
                    let sent = publisher.items.filter { $0.topic.hasPrefix(topic) && $0.qos == qos }
                    let order = sent.compactMap { places[$0.text] }
                    if order != order.sorted() {
                        let got = sent.map(\.text).filter { places[$0] != nil }
                            .sorted { places[$0] ?? 0 < places[$1] ?? 0 }
                        faults.append("\(subscriber.name) got QoS \(qos) out of order: \(got)")
                    }
                }
            }
            guard subscriber.qos == 2 else { continue }
            let once = Set(publisher.items.filter { $0.qos == 2 }.map(\.text))
            let twice = subscriber.repeated.filter { once.contains($0) }
            if !twice.isEmpty { faults.append("\(subscriber.name) got QoS 2 twice: \(twice)") }
        }
        return faults
    }

    private func willFaults() -> [String] {
        let receiver = subscribers[0]
        let twice = receiver.repeated.filter { $0.hasPrefix("will") }.map { "will \($0) came twice" }
        return twice
            + wills.flatMap(\.due).filter { !receiver.known.contains($0) }.map { "will \($0) did not come" }
    }

    /// Each retained topic has one publisher, so what it has published last is there.
    private func retainedFaults() -> [String] {
        var expected: Set<String> = []
        for publisher in publishers {
            if let last = publisher.items.last(where: { $0.isRetained }), !last.text.isEmpty {
                expected.insert(last.text)
            }
        }
        let client = TestClient(broker)
        _ = try? client.exchange(ConnectFields("curious").bytes)
        let found = (try? client.subscribe("r/#", 0))?.compactMap { packet -> String? in
            guard case .publish(let publish) = packet else { return nil }
            return String(decoding: publish.payload, as: UTF8.self)
        }
        client.disconnect()
        let kept = Set(
            storage.retained.values.map { message in
                message.withParts { _, _, payload in String(decoding: payload.bytes, as: UTF8.self) }
            })
        if Set(found ?? []) != expected { return ["retained is \(found ?? []) instead of \(expected)"] }
        return kept == expected ? [] : ["retained in the storage is \(kept) instead of \(expected)"]
    }

    /// All leave: nothing may be left of them.
    private func leaks() -> [String] {
        for client in clients { client.leaveForGood(broker) }
        broker.settle()
        broker.advanceSettling(milliseconds: 1000)
        let inShards = broker.shards.flatMap { shard in
            [
                ("sessions", shard.sessionCount), ("connections", shard.connectionCount),
                ("queued bytes", shard.queuedBytes), ("bytes of packets", shard.reassemblyBytes),
            ].filter { $0.1 != 0 }.map { "shard \(shard.index.rawValue): \($0.1) \($0.0) are left" }
        }
        return inShards + storage.leftovers
    }
}
