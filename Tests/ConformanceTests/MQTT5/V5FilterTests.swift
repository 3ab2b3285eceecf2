import BrokerTestKit
import Testing

@Suite("MQTT 5: topic names and filters")
struct V5FilterTests {
    /// Section 4.7: the rule in one place, written independently of the broker.
    private static func matches(_ filter: String, _ topic: String) -> Bool {
        let filters = filter.split(separator: "/", omittingEmptySubsequences: false)
        let topics = topic.split(separator: "/", omittingEmptySubsequences: false)
        if topic.hasPrefix("$"), filters[0] == "+" || filters[0] == "#" { return false }
        for (position, part) in filters.enumerated() {
            if part == "#" { return true }
            guard position < topics.count, part == "+" || part == topics[position] else { return false }
        }
        return filters.count == topics.count
    }

    private static let topics = [
        "a", "a/b", "a/b/c", "/a", "a/", "/", "//", "b", "b/b", "A", "a b", "$SYX/a", "$a", "$a/b", "a/$b", "sport",
        "sport/tennis", "sport/tennis/player1", "sport/tennis/player1/ranking", "sport/", "finance",
    ]

    private static let filters = [
        "a", "a/b", "a/+", "+", "+/+", "#", "a/#", "/+", "+/", "/#", "//", "+//", "a/b/#", "+/b", "+/b/#", "+/+/+",
        "$a", "$a/+", "$a/#", "$SYX/#", "+/a", "+/$b", "a/$b", "sport/tennis/player1/#", "sport/tennis/+", "sport/+",
        "sport/#", "+/tennis/#", "A", "a b",
    ]

    @Test(
        "A message goes to those subscriptions whose filter matches its topic, and to no other",
        .clauses("MQTT5-3.3.2-3", "MQTT5-4.7.2-1", "MQTT5-4.7.1-1", "MQTT5-4.7.1-2", "MQTT5-4.5.0-1"),
        arguments: [1, 2], ["", "$share/g/", "$share:h:"])
    func matching(loops: Int, prefix: String) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            for (number, filter) in Self.filters.enumerated() {
                try await client.subscribe(prefix + filter, properties: [.subscriptionIdentifier(number + 1)])
            }
            try await client.subscribe("end")
            let publisher = try await TestClient.connect5(broker)
            for topic in Self.topics {
                try await publisher.publish(topic, topic)
                let expected = Self.filters.indices.filter { Self.matches(Self.filters[$0], topic) }.map { $0 + 1 }
                var seen: [Int] = []
                // A plain client gets one copy, a member of many groups one from each.
                while seen.count < expected.count {
                    let publish = try await client.expectPublish(topic)
                    #expect(publish.topic == topic)
                    let numbers = publish.properties.all(0x0B).compactMap { [$0].number(0x0B) }
                    try #require(!numbers.isEmpty)
                    seen += numbers
                }
                #expect(seen.sorted() == expected, "\(topic)")
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "A topic name with a wildcard ends the connection", .clauses("MQTT5-3.3.2-2", "MQTT5-4.7.0-1"),
        arguments: [0, 1, 2] as [UInt8])
    func wildcardInName(qos: UInt8) async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("#")
            for topic in ["#", "+", "a/#", "a/+/b", "a+", "b#c"] {
                let client = try await TestClient.connect5(broker)
                try await client.expectDisconnect(0x90, 0x81, after: .publish(topic, "x", qos: qos))
            }
            try await observer.expectNothing()
        }
    }

    @Test(
        "Clients cannot publish to the broker's own topics", .clauses("MQTT5-4.7.2-1"), arguments: [0, 1, 2] as [UInt8])
    func systemTopics(qos: UInt8) async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe([FilterRequest("$SYS/#"), FilterRequest("#")])
            let client = try await TestClient.connect5(broker)
            client.send(.publish("$SYS/x", "x", qos: qos, id: qos == 0 ? nil : 4))
            if qos == 1 { try await client.expect(.puback(.init(4, reason: 0x87))) }
            if qos == 2 { try await client.expect(.pubrec(.init(4, reason: 0x87))) }
            try await client.expectNothing()
            try await observer.expectNothing()
        }
    }
}
