import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: topic aliases")
struct V5TopicAliasTests {
    @Test(
        "A client may set, use and rebind every alias up to the server's maximum, at every QoS",
        .clauses("MQTT5-3.3.2-12", "MQTT5-3.3.2-7"), arguments: [1, 2])
    func inbound(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("#", qos: 2)
            let client = try await TestClient.connect5(broker)
            let maximum = UInt16(try #require(client.connack.properties.number(0x22)))
            #expect(maximum >= 1)
            for alias in 1...maximum {
                let qos = UInt8(alias % 3)
                try await client.publish("t/\(alias)", "set", qos: qos, properties: [.topicAlias(alias)])
                #expect(try await subscriber.expectPublish("set").topic == "t/\(alias)")
            }
            for round in ["t", "u"] {
                for alias in (1...maximum).reversed() {
                    for qos in UInt8(0)...2 {
                        try await client.publish("", "use", qos: qos, properties: [.topicAlias(alias)])
                        let publish = try await subscriber.expectPublish("use")
                        #expect(publish.topic == "\(round)/\(alias)" && publish.qos == qos)
                        #expect(publish.properties.isEmpty)
                    }
                    try await client.publish("u/\(alias)", "rebind", properties: [.topicAlias(alias)])
                    #expect(try await subscriber.expectPublish("rebind").topic == "u/\(alias)")
                }
            }
        }
    }

    @Test(
        "An alias of 0 or above the server's maximum gets 0x94",
        .clauses("MQTT5-3.3.2-8", "MQTT5-3.3.2-9", "MQTT5-3.2.2-17"))
    func invalid() async throws {
        try await TestBroker.with { broker in
            for topic in ["t", ""] {
                for qos in UInt8(0)...2 {
                    let client = try await TestClient.connect5(broker)
                    let maximum = UInt16(client.connack.properties.number(0x22) ?? 0)
                    for alias in [0, maximum + 1, .max] {
                        let other = try await TestClient.connect5(broker)
                        let packet = ClientPacket.publish(topic, "x", qos: qos, properties: [.topicAlias(alias)])
                        try await other.expectDisconnect(0x94, after: packet)
                    }
                }
            }
        }
    }

    @Test("A server without aliases announces none and answers any with 0x94", .clauses("MQTT5-3.2.2-18"))
    func off() async throws {
        var limits = BrokerLimits()
        limits.topicAliasMaximum = 0
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x22) == nil)
            try await client.expectDisconnect(0x94, after: .publish("t", properties: [.topicAlias(1)]))
        }
    }

    @Test(
        "No topic and no alias, or one that was not set on this connection, ends it",
        .clauses("MQTT5-3.3.2-1", "MQTT5-3.3.2-7", "MQTT5-4.7.3-1"), arguments: [1, 2])
    func unknown(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for qos in UInt8(0)...2 {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x82, after: .publish("", "x", qos: qos))
                let other = try await TestClient.connect5(broker)
                try await other.publish("t", "x", properties: [.topicAlias(1)])
                let packet = ClientPacket.publish("", "x", qos: qos, properties: [.topicAlias(2)])
                try await other.expectDisconnect(0x82, 0x94, after: packet)
            }
            // Not in the session either.
            for _ in 0..<2 {
                let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
                try await client.publish("t", "x", properties: [.topicAlias(1)])
                try await client.disconnect()
                let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                try await again.expectDisconnect(0x82, 0x94, after: .publish("", "x", properties: [.topicAlias(1)]))
            }
        }
    }

    @Test("Aliases of one client and of one direction mean nothing to another", .clauses("MQTT5-3.3.2-7"))
    func separate() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, properties: [.topicAliasMaximum(3)])
            try await client.subscribe("a")
            try await client.publish("b", "x", properties: [.topicAlias(1)])
            try await client.publish("a", "1")
            #expect(try await client.expectPublish("1").topic == "a")
            try await client.publish("", "x", properties: [.topicAlias(1)])
            try await client.expectNothing()
            let other = try await TestClient.connect5(broker)
            try await other.expectDisconnect(0x82, 0x94, after: .publish("", "x", properties: [.topicAlias(1)]))
        }
    }

    @Test("A client that takes no aliases is sent none", .clauses("MQTT5-3.1.2-27"), arguments: [nil, 0] as [UInt16?])
    func outboundOff(maximum: UInt16?) async throws {
        try await TestBroker.with { broker in
            let properties = maximum.map { [WireProperty.topicAliasMaximum($0)] } ?? []
            let client = try await TestClient.connect5(broker, properties: properties)
            try await client.subscribe("#", qos: 1)
            for _ in 0..<3 {
                try await client.publish("t", "x", qos: 1, properties: [.topicAlias(1)])
                let publish = try await client.expectPublish("x")
                #expect(publish.topic == "t" && publish.properties.number(0x23) == nil)
            }
        }
    }

    @Test(
        "Aliases to a client stay within its maximum and name the right topics",
        .clauses("MQTT5-3.1.2-26", "MQTT5-3.3.2-8", "MQTT5-3.3.2-11", "MQTT5-3.3.2-3"),
        arguments: [1, 3, .max] as [UInt16])
    func outbound(maximum: UInt16) async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(
                broker, id: "c", expiry: 60, properties: [.topicAliasMaximum(maximum)])
            try await client.subscribe("t/+", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            var aliases = AliasTable(maximum: maximum)
            for round in 0..<3 {
                for number in 0..<40 {
                    let qos = UInt8((number + round) % 3)
                    try await publisher.publish("t/\(number)", "x", qos: qos)
                    #expect(try aliases.topic(of: try await client.expectPublish("x")) == "t/\(number)")
                }
            }
            // A new connection begins without any, and what is sent again carries its topic.
            try await publisher.publish("t/0", "open", qos: 1)
            #expect(try aliases.topic(of: try await client.expectUnanswered("open")) == "t/0")
            await client.close()
            let again = try await TestClient.connect5(
                broker, id: "c", clean: false, properties: [.topicAliasMaximum(maximum)])
            var anew = AliasTable(maximum: maximum)
            let resent = try await again.expectPublish("open")
            #expect(try resent.dup && resent.topic == "t/0" && anew.topic(of: resent) == "t/0")
            try await publisher.publish("t/0", "x")
            #expect(try anew.topic(of: try await again.expectPublish("x")) == "t/0")
        }
    }
}

/// What a client remembers of the aliases that the server sets.
private struct AliasTable {
    let maximum: UInt16
    private var topics: [Int: String] = [:]

    init(maximum: UInt16) { self.maximum = maximum }

    mutating func topic(of publish: ServerPacket.Publish) throws -> String {
        guard let alias = publish.properties.number(0x23) else { return publish.topic }
        guard alias <= Int(maximum) else { throw TestFailure("alias \(alias) is above \(maximum)") }
        if !publish.topicBytes.isEmpty { topics[alias] = publish.topic }
        guard let topic = topics[alias] else { throw TestFailure("alias \(alias) was not set") }
        return topic
    }
}
