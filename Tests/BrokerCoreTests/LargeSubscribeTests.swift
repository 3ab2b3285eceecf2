import RandomKit
import BrokerCore
import BrokerValues
import MQTTWire
import SimulationKit
import Testing

@Suite("SUBSCRIBE and UNSUBSCRIBE with many filters")
struct LargeSubscribeTests {
    private struct Setting {
        let broker: SimulatedBroker
        let observer = RecordingObserver()

        init(shardCount: Int = 1, _ change: (inout BrokerLimits) -> Void = { _ in }) {
            var limits = BrokerLimits()
            change(&limits)
            let observer = self.observer
            broker = SimulatedBroker(shardCount: shardCount, limits: limits) { _ in BrokerPorts(observer: observer) }
        }

        func connect(_ name: String, _ version: ProtocolVersion = .v5, shard: Int = 0) throws -> TestClient {
            try TestClient.connected(broker, ConnectFields(name, version: version), shard: shard)
        }

        var refusals: [(count: Int, filter: String, reason: ReasonCode)] {
            observer.facts.compactMap { fact in
                guard case .subscriptionsRefused(_, let count, let filter, let reason) = fact else { return nil }
                return (count, filter, reason)
            }
        }
    }

    private func codes(_ packets: [ServerPacket]) -> [UInt8]? {
        for case .subscription(_, _, let codes) in packets { return codes }
        return nil
    }

    @Test("Equal filters of one packet are one subscription: retained messages come once", arguments: [1, 2])
    func equalFilters(shardCount: Int) throws {
        let setting = Setting(shardCount: shardCount)
        let publisher = try setting.connect("publisher")
        for number in 0..<5 { publisher.publish("r/\(number)", "\(number)", retain: true) }
        let client = try setting.connect("client", shard: shardCount - 1)
        let filters = (0..<2_000).map { ("r/#", UInt8($0 == 1_999 ? 0 : 1)) } + [("other", 2)]
        let answer = try client.exchange(ClientPacket.subscribe(1, filters))
        #expect(codes(answer) == filters.map(\.1))
        let retained = answer.compactMap { packet in
            if case .publish(let publish) = packet { return String(decoding: publish.payload, as: UTF8.self) }
            return nil
        }
        #expect(retained.sorted() == ["0", "1", "2", "3", "4"])
        publisher.publish("r/0", "live", qos: 1)
        let live = try client.publishes()
        #expect(live.count == 1 && live.first?.qos == 0)
        // What is a subscription already gets no retained messages if that was asked for.
        let again = try client.exchange(ClientPacket.subscribe(2, [("r/#", 0x10), ("r/#", 0x10)]))
        #expect(again.count == 1)
    }

    @Test("A new subscription that the same packet repeats gets its retained messages")
    func repeatedOnlyIfNew() throws {
        let setting = Setting()
        let client = try setting.connect("client")
        client.publish("r", "kept", retain: true)
        #expect(try client.exchange(ClientPacket.subscribe(1, [("r", 0x10), ("r", 0x10)])).count == 2)
    }

    @Test("Filters of a SUBSCRIBE beyond the limit are refused one by one", arguments: ProtocolVersion.allCases)
    func tooManyFilters(version: ProtocolVersion) throws {
        let setting = Setting { $0.maximumFiltersPerPacket = 3 }
        let client = try setting.connect("client", version)
        let filters = ["a", "b", "c", "d", "e"].map { ($0, UInt8(0)) }
        #expect(
            codes(try client.exchange(ClientPacket.subscribe(1, Array(filters.prefix(3)), version: version))) == [
                0, 0, 0,
            ])
        #expect(setting.refusals.isEmpty)
        let answer = try client.exchange(ClientPacket.subscribe(2, filters, version: version))
        #expect(setting.refusals.count == 1)
        let refusal = try #require(setting.refusals.first)
        #expect(refusal == (2, "d", .quotaExceeded))
        switch version {
        case .v3_1: #expect(client.isClosed)
        case .v3_1_1: #expect(codes(answer) == [0, 0, 0, 0x80, 0x80])
        case .v5: #expect(codes(answer) == [0, 0, 0, 0x97, 0x97])
        }
    }

    @Test("An UNSUBSCRIBE with more filters than the limit ends the connection")
    func tooManyToUnsubscribe() throws {
        let setting = Setting { $0.maximumFiltersPerPacket = 3 }
        let client = try setting.connect("client")
        #expect(codes(try client.exchange(ClientPacket.unsubscribe(1, ["a", "b", "c"]))) == [0x11, 0x11, 0x11])
        let answer = try client.exchange(ClientPacket.unsubscribe(2, ["a", "b", "c", "d"]))
        #expect(answer == [.disconnect(reason: 0x97)])
        #expect(client.isClosed)
    }

    @Test("A packet that is no PUBLISH has a limit of its own")
    func largeControlPacket() throws {
        let setting = Setting { $0.maximumControlPacketSize = 100 }
        let watcher = try setting.connect("watcher")
        _ = try watcher.subscribe("t", 0)
        let client = try setting.connect(String(repeating: "c", count: 200))
        client.publish("t", String(repeating: ".", count: 1_000))
        #expect(try watcher.payloads().count == 1)
        // Fixed header, identifier, no properties, length and options of the filter: 8 bytes.
        let largest = String(repeating: "f", count: 92)
        #expect(codes(try client.exchange(ClientPacket.subscribe(1, [(largest, 0)]))) == [0])
        #expect(try client.exchange(ClientPacket.subscribe(2, [(largest + "f", 0)])) == [.disconnect(reason: 0x95)])
        #expect(client.isClosed)
    }

    @Test("Refused filters of one packet are told once, with the first")
    func oneFact() throws {
        let setting = Setting { $0.maximumTopicLevels = 2 }
        let client = try setting.connect("client")
        let filters = (0..<500).map { ($0 % 2 == 0 ? "a/\($0)" : "a/b/\($0)", UInt8(0)) }
        #expect(codes(try client.exchange(ClientPacket.subscribe(1, filters)))?.count { $0 == 0x8F } == 250)
        #expect(setting.refusals.count == 1)
        #expect(try #require(setting.refusals.first) == (250, "a/b/1", .topicFilterInvalid))
    }

    @Test("Thousands of shared groups on one filter come, repeat and go in single packets", arguments: [1, 2])
    func sharedGroups(shardCount: Int) throws {
        let setting = Setting(shardCount: shardCount)
        let client = try setting.connect("client", shard: shardCount - 1)
        let names = (0..<5_000).map { "$share/g\($0)/t" }
        let filters = names.map { ($0, UInt8(0)) }
        #expect(codes(try client.exchange(ClientPacket.subscribe(1, filters)))?.count == 5_000)
        let repeats = [(String, UInt8)](repeating: (names[0], 1), count: 5_000)
        #expect(codes(try client.exchange(ClientPacket.subscribe(2, repeats)))?.allSatisfy { $0 == 1 } == true)
        client.publish("t", "x")
        #expect(try client.payloads().count == 5_000)
        let gone = try client.exchange(ClientPacket.unsubscribe(3, Array(names.dropFirst())))
        #expect(codes(gone)?.allSatisfy { $0 == 0 } == true)
        client.publish("t", "y")
        #expect(try client.payloads() == ["y"])
    }

    @Test("Retained messages that a SUBACK promised reach a session that moves away before they come")
    func movedBeforeRetained() throws {
        for seed in 1...100 {
            var random = SeededGenerator(seed: UInt64(seed))
            let setting = Setting(shardCount: 3)
            let publisher = try setting.connect("publisher")
            for number in 0..<12 { publisher.publish("r/\(number)", "\(number)", qos: 1, retain: true) }
            let first = try TestClient.connected(setting.broker, .durable("client"), shard: 0)
            first.link.clientSends(ClientPacket.subscribe(1, [("r/#", 1)]))
            // Up to the SUBACK, and not a step further.
            while !first.link.hasBytesForClient || !setting.broker.canRead(first.link) {
                guard setting.broker.step(&random) else { break }
            }
            var received = Set(try Self.payloads(in: first.link.clientReads()))
            let second = try TestClient.connected(setting.broker, .durable("client"), shard: 1)
            received.formUnion(try second.payloads())
            #expect(received.count == 12, "seed \(seed)")
            if received.count < 12 { return }
        }
    }

    private static func payloads(in bytes: [UInt8]) throws -> [String] {
        var reader = ServerPacketReader(version: .v5)
        reader.append(bytes)
        return try reader.all().compactMap { packet in
            if case .publish(let publish) = packet { return String(decoding: publish.payload, as: UTF8.self) }
            return nil
        }
    }
}
