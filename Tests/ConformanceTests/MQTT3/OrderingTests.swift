import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: ordering")
struct OrderingTests {
    @Test(
        "Acknowledgements leave in the order of what they acknowledge",
        .clauses("MQTT-4.6.0-2", "MQTT-4.6.0-3", "MQTT-4.6.0-6"), arguments: eventLoopCounts)
    func acknowledgements(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let other = try await TestClient.connect(broker)
            try await other.subscribe("#", qos: 0)
            let client = try await TestClient.connect(broker)
            var packets: [ClientPacket] = []
            var expected: [ServerPacket] = []
            for id in UInt16(1)...200 {
                switch id % 4 {
                case 0:
                    packets.append(.subscribe(id, "never/\(id)", qos: 1))
                    expected.append(.suback(.init(id, [1])))
                case 1, 3:
                    packets.append(.publish("t", "x", qos: 1, id: id))
                    expected.append(.puback(.init(id)))
                default:
                    packets.append(.publish("t", "x", qos: 2, id: id))
                    expected.append(.pubrec(.init(id)))
                }
            }
            client.send(packets)
            for packet in expected { #expect(try await client.next() == packet) }
            let released = stride(from: UInt16(198), to: 0, by: -4)
            client.send(released.map { .pubrel($0) })
            for id in released { #expect(try await client.next() == .pubcomp(.init(id))) }
        }
    }

    @Test(
        "PUBRELs of the broker leave in the order of the PUBRECs", .clauses("MQTT-4.6.0-4", "MQTT-4.6.0-6"),
        arguments: eventLoopCounts)
    func releases(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 2)
            for number in 0..<50 { try await publisher.publish("t", "\(number)", qos: 2) }
            var ids: [UInt16] = []
            for _ in 0..<50 { ids.append(try #require(try await subscriber.nextPublish().packetIdentifier)) }
            let order = ids.indices.map { ids[$0 * 7 % 50] }
            subscriber.send(order.map { .pubrec($0) })
            for id in order { #expect(try await subscriber.next() == .pubrel(.init(id))) }
        }
    }

    @Test(
        "After a reconnect everything in flight is repeated in the original order, and new messages come behind it",
        .clauses("MQTT-4.6.0-1", "MQTT-4.4.0-1", "MQTT-3.3.1-1"), arguments: eventLoopCounts)
    func repeats(eventLoops: Int) async throws {
        var limits = BrokerLimits()
        limits.maximumInflight = 30
        try await TestBroker.with(eventLoops: eventLoops, limits: limits) { broker in
            let publisher = try await TestClient.connect(broker)
            var client = try await TestClient.connect(broker, id: "c", clean: false)
            try await client.subscribe("t", qos: 2)
            for number in 0..<40 { try await publisher.publish("t", "\(number)", qos: UInt8(1 + number % 2)) }
            var open: [ServerPacket.Publish] = []
            for number in 0..<30 {
                let publish = try await client.nextPublish()
                #expect(publish.text == "\(number)")
                if number % 3 == 1 {  // these are finished
                    let id = try #require(publish.packetIdentifier)
                    client.send(publish.qos == 1 ? [.puback(id)] : [.pubrec(id), .pubcomp(id)])
                } else {
                    open.append(publish)
                }
            }
            // Until the broker has taken all of that in: PUBRELs come, and the first of the messages that waited.
            client.send(.pingreq)
            while try await client.next() != .pingresp {}
            for _ in 0..<3 {
                await client.reset()
                client = try await TestClient.connect(broker, id: "c", clean: false)
                for publish in open {
                    var expected = publish
                    expected.dup = true
                    #expect(try await client.nextPublish() == expected)
                }
            }
            // Ten were finished, so the ten that waited have followed, each exactly once.
            for number in 30..<40 { #expect(try await client.nextPublish().text == "\(number)") }
            try await client.expectNothing()
        }
    }

    @Test(
        "Each QoS of a publisher's topic comes in the order in which it was sent",
        .clauses("MQTT-4.6.0-5", "MQTT-4.6.0-6"), arguments: eventLoopCounts)
    func perPublisher(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t/+", qos: 2)
            let count = 300
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in ["a", "b", "c"] {
                    let publisher = try await TestClient.connect(broker)
                    group.addTask {
                        for start in stride(from: 0, to: count, by: 30) {
                            // A burst in one write, all its QoS mixed.
                            publisher.send(
                                (start..<start + 30).map { number in
                                    let qos = UInt8(number % 3)
                                    return .publish(
                                        "t/\(name)", "\(number)", qos: qos, id: qos == 0 ? nil : UInt16(number + 1))
                                })
                            for number in start..<start + 30 where number % 3 > 0 {
                                let packet = try await publisher.next()
                                let id = ServerPacket.Acknowledgement(UInt16(number + 1))
                                #expect(packet == (number % 3 == 1 ? .puback(id) : .pubrec(id)))
                            }
                        }
                    }
                }
                var seen: [String: [Int]] = [:]
                for _ in 0..<3 * count {
                    let publish = try await subscriber.takePublish()
                    seen["\(publish.topic) \(publish.qos)", default: []].append(try #require(Int(publish.text)))
                }
                #expect(seen.count == 9)
                for numbers in seen.values {
                    #expect(
                        numbers.count == count / 3 && numbers == numbers.sorted() && Set(numbers).count == count / 3)
                }
                try await group.waitForAll()
            }
        }
    }
}
