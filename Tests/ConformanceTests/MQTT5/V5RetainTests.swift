import BrokerTestKit
import Testing

@Suite("MQTT 5: retained messages")
struct V5RetainTests {
    /// What a new subscription of a new client gets, as payloads.
    private static func retained(_ broker: TestBroker, _ filter: String) async throws -> [String] {
        let client = try await TestClient.connect5(broker)
        try await client.subscribe(filter, qos: 2)
        // What belongs to the SUBSCRIBE is sent before what is published behind it.
        try await client.subscribe("end/of/\(filter.utf8.count)")
        try await client.publish("end/of/\(filter.utf8.count)", "end")
        var texts: [String] = []
        while true {
            let publish = try await client.takePublish()
            if publish.text == "end" { break }
            #expect(publish.retain)
            texts.append(publish.text)
        }
        try await client.disconnect()
        return texts
    }

    @Test(
        "A retained message is kept, replaced, and removed by an empty one",
        .clauses("MQTT5-3.3.1-5", "MQTT5-3.3.1-6", "MQTT5-3.3.1-7", "MQTT5-3.3.1-8"), arguments: [1, 2])
    func keepReplaceRemove(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let live = try await TestClient.connect5(broker)
            try await live.subscribe("r/t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 {
                try await publisher.publish("r/t", "first \(qos)", qos: qos, retain: true)
                #expect(try await Self.retained(broker, "r/t") == ["first \(qos)"])
                try await publisher.publish("r/t", "second \(qos)", qos: qos, retain: true)
                #expect(try await Self.retained(broker, "r/+") == ["second \(qos)"])
                // Without RETAIN nothing changes, with an empty payload neither.
                try await publisher.publish("r/t", "live", qos: qos)
                try await publisher.publish("r/t", "", qos: qos)
                #expect(try await Self.retained(broker, "#") == ["second \(qos)"])
                try await publisher.publish("r/t", "", qos: qos, retain: true)
                #expect(try await Self.retained(broker, "r/t").isEmpty)
                for text in ["first \(qos)", "second \(qos)", "live", "", ""] {
                    let publish = try await live.expectPublish(text)
                    #expect(publish.qos == qos && !publish.retain)
                }
            }
            try await live.expectNothing()
        }
    }

    @Test("Retained messages outlive the session of their publisher", .clauses("MQTT5-3.3.1-5"), arguments: [1, 2])
    func publisherGone(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for number in 1...6 {
                let publisher = try await TestClient.connect5(broker)
                try await publisher.publish("r/\(number)", "\(number)", qos: 1, retain: true)
                try await publisher.disconnect()
            }
            #expect(Set(try await Self.retained(broker, "r/#")) == Set((1...6).map { "\($0)" }))
        }
    }

    @Test(
        "A retained message is delivered at the lower of its QoS and the granted one, with its properties",
        .clauses("MQTT5-3.8.4-8", "MQTT5-3.3.1-9", "MQTT5-3.3.2-18"), arguments: [1, 2])
    func qosAndProperties(loops: Int) async throws {
        let properties: [WireProperty] = [.user("b", "1"), .contentType("t"), .user("a", "2")]
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 {
                try await publisher.publish("r/\(qos)", "x", qos: qos, retain: true, properties: properties)
            }
            for granted in UInt8(0)...2 {
                for qos in UInt8(0)...2 {
                    let client = try await TestClient.connect5(broker)
                    try await client.subscribe("r/\(qos)", qos: granted, properties: [.subscriptionIdentifier(7)])
                    let publish = try await client.expectPublish("x")
                    #expect(publish.qos == min(qos, granted) && publish.retain && !publish.dup)
                    #expect(publish.properties.filter { $0.id != 0x0B } == properties)
                    #expect(publish.properties.all(0x0B) == [.subscriptionIdentifier(7)])
                }
            }
        }
    }

    @Test(
        "Retain Handling decides whether retained messages are sent",
        .clauses("MQTT5-3.3.1-9", "MQTT5-3.3.1-10", "MQTT5-3.3.1-11", "MQTT5-3.8.4-4"), arguments: [1, 2])
    func handling(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("r", "x", qos: 1, retain: true)
            let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
            func subscribe(_ client: TestClient, _ handling: UInt8, gets: Bool) async throws {
                try await client.subscribe([FilterRequest("r", qos: 1, retainHandling: handling)])
                if gets { #expect(try await client.expectPublish("x").retain) }
                try await client.expectNothing()
            }
            try await subscribe(client, 2, gets: false)
            // The subscription is there, although nothing was sent for it.
            try await subscribe(client, 1, gets: false)
            try await subscribe(client, 0, gets: true)
            try await subscribe(client, 0, gets: true)
            try await subscribe(client, 1, gets: false)
            try await client.unsubscribe("r")
            try await subscribe(client, 1, gets: true)
            // New is what is new in the session, not in the connection.
            try await client.disconnect()
            for _ in 0..<2 {
                let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                try await subscribe(again, 1, gets: false)
                try await again.disconnect()
            }
            let fresh = try await TestClient.connect5(broker, id: "c", clean: true)
            try await subscribe(fresh, 1, gets: true)
        }
    }

    @Test(
        "RETAIN follows Retain As Published on live messages and is set on those of a SUBSCRIBE",
        .clauses("MQTT5-3.3.1-12", "MQTT5-3.3.1-13"), arguments: [1, 2])
    func retainAsPublished(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let plain = try await TestClient.connect5(broker)
            try await plain.subscribe([FilterRequest("r/+", qos: 2)])
            let keeping = try await TestClient.connect5(broker)
            try await keeping.subscribe([FilterRequest("r/+", qos: 2, retainAsPublished: true)])
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 {
                for retain in [true, false] {
                    try await publisher.publish("r/\(qos)", "x", qos: qos, retain: retain)
                    #expect(try await !plain.expectPublish("x").retain)
                    #expect(try await keeping.expectPublish("x").retain == retain)
                }
            }
            for rap in [true, false] {
                let later = try await TestClient.connect5(broker)
                try await later.subscribe([FilterRequest("r/1", qos: 2, retainAsPublished: rap)])
                #expect(try await later.expectPublish("x").retain)
            }
        }
    }

    @Test("Retain As Published holds for messages that were queued", .clauses("MQTT5-3.3.1-12", "MQTT5-3.3.1-13"))
    func queued() async throws {
        try await TestBroker.with { broker in
            for rap in [true, false] {
                let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
                let filter = FilterRequest("q", qos: 1, retainAsPublished: rap, retainHandling: 2)
                try await client.subscribe([filter])
                try await client.disconnect()
                let publisher = try await TestClient.connect5(broker)
                try await publisher.publish("q", "kept", qos: 1, retain: true)
                try await publisher.publish("q", "not kept", qos: 1)
                let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                #expect(try await again.expectPublish("kept").retain == rap)
                #expect(try await !again.expectPublish("not kept").retain)
            }
        }
    }

    @Test(
        "A wildcard filter gets every retained message that it matches", .clauses("MQTT5-3.3.1-9", "MQTT5-4.7.2-1"),
        arguments: [1, 2])
    func wildcards(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            let topics = ["a", "a/b", "a/b/c", "a/c", "/a", "a/", "b", "$x/a", "$x"]
            for topic in topics { try await publisher.publish(topic, topic, qos: 1, retain: true) }
            let expected: [(String, [String])] = [
                ("#", ["a", "a/b", "a/b/c", "a/c", "/a", "a/", "b"]), ("a/#", ["a", "a/b", "a/b/c", "a/c", "a/"]),
                ("+", ["a", "b"]), ("a/+", ["a/b", "a/c", "a/"]), ("+/+", ["a/b", "a/c", "/a", "a/"]), ("/+", ["/a"]),
                ("$x/#", ["$x", "$x/a"]), ("+/a", ["/a"]), ("$x/+", ["$x/a"]), ("a/+/c", ["a/b/c"]),
            ]
            for (filter, matches) in expected {
                #expect(Set(try await Self.retained(broker, filter)) == Set(matches), "\(filter)")
            }
        }
    }

    @Test("A retained message that has expired at once still replaces the one before", .clauses("MQTT5-3.3.1-5"))
    func expiredReplacement() async throws {
        try await TestBroker.with { broker in
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("r", "old", qos: 1, retain: true)
            try await publisher.publish("r", "new", qos: 1, retain: true, properties: [.messageExpiry(0)])
            #expect(try await Self.retained(broker, "r").isEmpty)
        }
    }
}
