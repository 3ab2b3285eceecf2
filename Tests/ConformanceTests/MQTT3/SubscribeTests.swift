import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 3.1.1: SUBSCRIBE")
struct SubscribeTests {
    @Test(
        "SUBSCRIBE without a filter, with QoS 3 or with reserved bits ends the connection",
        .clauses("MQTT-3.8.3-3", "MQTT-3.8.3-4"))
    func malformed() async throws {
        try await TestBroker.with { broker in
            var client = try await TestClient.connect(broker)
            try await client.expectClosed(after: .subscribe(1, [FilterRequest]()))
            for options in UInt8(3)...255 {
                client = try await TestClient.connect(broker)
                let requests = [FilterRequest("good"), FilterRequest(filter: Array("bad".utf8), options: options)]
                try await client.expectClosed(after: .subscribe(1, requests))
            }
        }
    }

    @Test(
        "SUBACK has the identifier and one code for each filter, in their order",
        .clauses("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-4", "MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2"),
        arguments: eventLoopCounts)
    func codes(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker)
            let requests: [(String, UInt8)] = [
                ("a", 0), ("b/+", 2), ("c/#", 1), ("a", 1), ("/", 2), ("+", 0), ("d//e", 1), ("$SYS/#", 2),
            ]
            client.send(.subscribe(0x0102, requests.map { FilterRequest($0.0, qos: $0.1) }))
            #expect(try await client.next() == .suback(.init(0x0102, requests.map(\.1))))
            for id in UInt16(1)...20 {
                client.send(.subscribe(id, "a/\(id)", qos: UInt8(id % 3)))
                #expect(try await client.next() == .suback(.init(id, [UInt8(id % 3)])))
            }
        }
    }

    @Test(
        "SUBSCRIBEs that come in one write are answered each, in their order", .clauses("MQTT-3.8.4-1", "MQTT-3.8.4-2"),
        arguments: eventLoopCounts)
    func manyAtOnce(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker)
            client.send((1...50).map { .subscribe($0, "a/\($0)/+", qos: 1) })
            for id in UInt16(1)...50 { #expect(try await client.next() == .suback(.init(id, [1]))) }
        }
    }

    @Test(
        "A filter that is not allowed gets 0x80, and the others of the packet count",
        .clauses("MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1"))
    func refused() async throws {
        try await TestBroker.with(ports: { _ in BrokerPorts(authority: RuleAuthority()) }) { broker in
            let invalid = [
                "", "a#", "#/a", "a/#/b", "##", "a/##", "+a", "a+", "a/b+", "a/+b/c", "++", "#+", "+#", "forbidden/t",
            ]
            for filter in invalid {
                let client = try await TestClient.connect(broker)
                client.send(
                    .subscribe(
                        7, [FilterRequest("good/1", qos: 1), FilterRequest(filter), FilterRequest("good/2", qos: 2)]))
                #expect(try await client.next() == .suback(.init(7, [1, 0x80, 2])), "\(filter)")
                for topic in ["good/1", "good/2", "a", "a/b", "a/b/c"] { try await client.publish(topic, topic) }
                #expect(try await client.takeTexts(2) == ["good/1", "good/2"])
                try await client.expectNothing()
            }
        }
    }

    @Test("A broker that is set to have no wildcards refuses every filter with one", .clauses("MQTT-3.8.3-2"))
    func withoutWildcards() async throws {
        var limits = BrokerLimits()
        limits.wildcardSubscriptionsAvailable = false
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect(broker)
            let requests = ["a/+", "a", "#", "+", "a/b/#", "a/b"].map { FilterRequest($0, qos: 1) }
            client.send(.subscribe(1, requests))
            #expect(try await client.next() == .suback(.init(1, [0x80, 1, 0x80, 0x80, 0x80, 1])))
            for topic in ["a/x", "x", "a/b"] { try await client.publish(topic, topic) }
            #expect(try await client.nextPublish().text == "a/b")
            try await client.expectNothing()
        }
    }

    @Test(
        "Subscribing again to the same filter replaces the QoS, sends retained messages again and doubles nothing",
        .clauses("MQTT-3.8.4-3"), arguments: eventLoopCounts)
    func replaced(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            try await publisher.publish("t/a", "kept", qos: 2, retain: true)
            let subscriber = try await TestClient.connect(broker)
            for filter in ["t/a", "t/+"] {
                for qos: UInt8 in [0, 2, 1, 0] {
                    try await subscriber.subscribe(filter, qos: qos)
                    let kept = try await subscriber.takePublish()
                    #expect(kept.retain && kept.text == "kept" && kept.qos == qos)
                    try await publisher.publish("t/a", "live", qos: 2)
                    let live = try await subscriber.takePublish()
                    #expect(!live.retain && live.text == "live" && live.qos == qos)
                    try await subscriber.expectNothing()
                }
                try await subscriber.unsubscribe(filter)
            }
        }
    }

    @Test(
        "The flow of messages has no gap while a subscription is replaced", .clauses("MQTT-3.8.4-3", "MQTT-4.6.0-6"),
        arguments: eventLoopCounts)
    func noGap(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.connect(broker)
            try await subscriber.subscribe("t", qos: 1)
            let count = 400
            async let published: Void = {
                for number in 0..<count { try await publisher.publish("t", "\(number)", qos: 1) }
            }()
            var replacements: UInt16 = 0
            var expected = 0
            while expected < count {
                if expected % 10 == 0 {
                    replacements += 1
                    subscriber.send(.subscribe(replacements, "t", qos: 1))
                }
                let packet = try await subscriber.next()
                guard let publish = packet.publish else {
                    #expect(packet.name == "SUBACK")
                    continue
                }
                #expect(publish.text == "\(expected)" && !publish.dup)
                if let id = publish.packetIdentifier { subscriber.send(.puback(id)) }
                expected += 1
            }
            try await published
        }
    }

    @Test(
        "A message comes at the lower of its own and the granted QoS", .clauses("MQTT-3.8.4-6", "MQTT-3.3.2-3"),
        arguments: eventLoopCounts)
    func effectiveQoS(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.connect(broker)
            for granted in UInt8(0)...2 { try await subscriber.subscribe("g\(granted)/+", qos: granted) }
            for granted in UInt8(0)...2 {
                for published in UInt8(0)...2 {
                    try await publisher.publish("g\(granted)/t", "x", qos: published)
                    let publish = try await subscriber.takePublish()
                    #expect(publish.topic == "g\(granted)/t" && publish.qos == min(granted, published))
                }
            }
        }
    }

    @Test(
        "Overlapping subscriptions get a message at the highest of their QoS", .clauses("MQTT-3.3.5-1"),
        arguments: eventLoopCounts)
    func overlapping(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let subscriber = try await TestClient.connect(broker)
            let orders: [[UInt8]] = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 0, 1], [1, 0, 0]]
            for (round, order) in orders.enumerated() {
                let filters = ["\(round)/a/b", "\(round)/+/b", "\(round)/#"]
                try await subscriber.subscribe(zip(filters, order).map { FilterRequest($0, qos: $1) })
                for qos in UInt8(0)...2 {
                    try await publisher.publish("\(round)/a/b", "x", qos: qos)
                    #expect(try await subscriber.takePublish().qos == min(qos, order.max() ?? 0))
                }
                try await subscriber.expectNothing()
            }
        }
    }
}
