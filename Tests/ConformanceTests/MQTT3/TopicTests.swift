import BrokerTestKit
import Testing

/// A filter with topics that it matches and topics that it does not.
private struct FilterCase: CustomTestStringConvertible {
    let filter: String
    let matching: [String]
    let others: [String]

    var testDescription: String { filter }

    init(_ filter: String, _ matching: [String], not others: [String]) {
        self.filter = filter
        self.matching = matching
        self.others = others
    }

    static let all = [
        FilterCase("sport/tennis", ["sport/tennis"], not: ["sport", "sport/tennis/", "/sport/tennis", "sport/tenni"]),
        FilterCase("sport/#", ["sport", "sport/", "sport/a", "sport/a/b//c"], not: ["sports", "/sport", "spor"]),
        FilterCase("#", ["a", "/", "a/b/c", "//"], not: ["$x", "$x/y", "$"]),
        FilterCase("+", ["a", " ", "finance"], not: ["/", "a/b", "/a", "a/", "$x"]),
        FilterCase("/+", ["/a", "/"], not: ["a", "/a/b", "//"]),
        FilterCase("+/+", ["/a", "a/b", "/", "a/"], not: ["a", "a/b/c", "$x/y"]),
        FilterCase("sport/+", ["sport/", "sport/a"], not: ["sport", "sport/a/b", "sport//"]),
        FilterCase("sport/+/player", ["sport/a/player", "sport//player"], not: ["sport/player", "sport/a/b/player"]),
        FilterCase("+/tennis/#", ["a/tennis", "a/tennis/b", "/tennis/"], not: ["tennis", "a/tennis2", "$x/tennis"]),
        FilterCase("$x/#", ["$x", "$x/y", "$x/y/z"], not: ["x", "a/$x", "$xy"]),
        FilterCase("$x/+", ["$x/y", "$x/"], not: ["$x", "$x/y/z"]),
        FilterCase("a/$b", ["a/$b"], not: ["a/b"]),
        FilterCase("a/+/#", ["a/b", "a/b/c", "a/$b", "a/"], not: ["a"]),
        FilterCase("/", ["/"], not: ["//", "a"]),
        FilterCase("//", ["//"], not: ["/", "///"]),
        FilterCase("/#", ["/", "/a", "//"], not: ["a", "a/b"]),
    ]
}

@Suite("MQTT 3.1.1: topics")
struct TopicTests {
    @Test(
        "A filter gets the topics that it matches and no other",
        .clauses("MQTT-3.3.2-3", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.2-1"), arguments: FilterCase.all,
        eventLoopCounts)
    private func matching(example: FilterCase, eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let live = try await TestClient.connect(broker)
            try await live.subscribe(example.filter, qos: 1)
            // Twice: the second time the answer may come from a cache.
            for _ in 0..<2 {
                for topic in example.others + example.matching {
                    try await publisher.publish(topic, topic, qos: 1, retain: true)
                }
                #expect(try await live.takeTexts(example.matching.count) == example.matching)
            }
            try await live.expectNothing()
            let late = try await TestClient.connect(broker)
            try await late.subscribe(example.filter, qos: 1)
            #expect(try await late.takeTexts(example.matching.count).sorted() == example.matching.sorted())
            try await late.expectNothing()
        }
    }

    @Test(
        "What a filter matches follows its subscription at once", .clauses("MQTT-4.7.1-2", "MQTT-4.7.1-3"),
        arguments: eventLoopCounts)
    func changes(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            let client = try await TestClient.connect(broker)
            for filter in ["a/b", "a/+", "a/#", "+/b", "#", "+/+", "a/b"] {
                try await publisher.publish("a/b", "before", qos: 1)
                try await client.subscribe(filter, qos: 1)
                try await publisher.publish("a/b", filter, qos: 1)
                #expect(try await client.takePublish().text == filter)
                try await client.unsubscribe(filter)
                try await publisher.publish("a/b", "after", qos: 1)
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "Topics are compared character by character: no folding, no normalizing, no trimming",
        .clauses("MQTT-4.7.3-4"), arguments: eventLoopCounts)
    func comparison(eventLoops: Int) async throws {
        let topics = [
            "accounts", "ACCOUNTS", "Accounts", "accounts ", " accounts", "/accounts", "accounts/", "\u{E4}",
            "a\u{308}",
            "\u{212B}", "\u{C5}", "A\u{30A}", "\u{FB01}", "fi", "\u{FF41}", "a", "\u{FEFF}a", "\u{200B}a",
        ]
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let publisher = try await TestClient.connect(broker)
            for topic in topics {
                let subscriber = try await TestClient.connect(broker)
                try await subscriber.subscribe(topic, qos: 1)
                for other in topics { try await publisher.publish(other, "x", qos: 1) }
                #expect(try await subscriber.takePublish().topicBytes == Array(topic.utf8))
                try await subscriber.expectNothing()
            }
        }
    }

    @Test("A topic may be as long as its length field allows", .clauses("MQTT-4.7.3-3"), arguments: eventLoopCounts)
    func longest(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops) { broker in
            let client = try await TestClient.connect(broker)
            let topic = String(repeating: "x", count: 65_533) + "/y"
            for filter in [topic, "+/y"] {
                try await client.subscribe(filter)
                try await client.publish(topic, "x")
                #expect(try await client.nextPublish().topic == topic)
                try await client.expectNothing()
                try await client.unsubscribe(filter)
            }
        }
    }

    @Test("Topics of one character and with spaces and empty levels are served", .clauses("MQTT-4.7.3-1"))
    func shortest() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect(broker)
            for topic in ["a", "/", " ", "//", " / "] {
                try await client.subscribe(topic)
                try await client.publish(topic, "x")
                #expect(try await client.nextPublish().topic == topic)
            }
        }
    }
}
