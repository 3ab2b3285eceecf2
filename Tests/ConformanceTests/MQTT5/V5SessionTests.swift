import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: sessions")
struct V5SessionTests {
    @Test(
        "Clean Start 0 resumes a session with its subscriptions and messages",
        .clauses(
            "MQTT5-3.1.2-5", "MQTT5-3.1.2-6", "MQTT5-3.1.2-23", "MQTT5-3.1.3-2", "MQTT5-3.1.4-4", "MQTT5-3.2.2-3",
            "MQTT5-4.5.0-1"), arguments: [1, 2])
    func resume(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker, id: "publisher")
            for name in ["a", "b"] {
                let client = try await TestClient.connect5(broker, id: name, clean: false, expiry: 60)
                #expect(!client.connack.sessionPresent)
                try await client.subscribe("t/\(name)", qos: 2)
                try await client.disconnect()
            }
            for name in ["a", "b"] {
                for qos in UInt8(1)...2 { try await publisher.publish("t/\(name)", "\(name)\(qos)", qos: qos) }
            }
            // Each round lands on another event loop, if there are two.
            for round in 0..<3 {
                for name in ["b", "a"] {
                    let client = try await TestClient.connect5(broker, id: name, clean: false, expiry: 60)
                    #expect(client.connack.sessionPresent)
                    if round == 0 {
                        for qos in UInt8(1)...2 { #expect(try await client.expectPublish("\(name)\(qos)").qos == qos) }
                    }
                    try await client.expectNothing()
                    try await publisher.publish("t/\(name)", "\(round)", qos: 1)
                    try await client.expectPublish("\(round)")
                    try await client.disconnect()
                    _ = try await TestClient.open(broker)
                }
            }
        }
    }

    @Test(
        "Clean Start 1 drops the session, with its subscriptions, its messages and its open exchanges",
        .clauses("MQTT5-3.1.2-4", "MQTT5-3.1.4-4", "MQTT5-3.2.2-2", "MQTT5-3.2.2-5"), arguments: [1, 2])
    func cleanStart(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker, id: "publisher")
            for skip in [false, true] {
                let client = try await TestClient.connect5(broker, id: "c", expiry: 60)
                try await client.subscribe([FilterRequest("t", qos: 1), FilterRequest("$share/g/s", qos: 1)])
                client.send(.publish("other", "x", qos: 2, id: 5))
                guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
                try await client.disconnect()
                try await publisher.publish("t", "lost", qos: 1)
                try await publisher.publish("s", "lost", qos: 1)
                if skip { _ = try await TestClient.open(broker) }
                let again = try await TestClient.connect5(broker, id: "c", clean: true, expiry: 60)
                #expect(!again.connack.sessionPresent)
                try await publisher.publish("t", "lost", qos: 1)
                try await publisher.publish("s", "lost", qos: 1)
                again.send(.pubrel(5))
                try await again.expect(.pubcomp(.init(5, reason: 0x92)))
                try await again.expectNothing()
                try await again.disconnect()
            }
        }
    }

    @Test(
        "A session without Session Expiry Interval ends with its connection",
        .clauses("MQTT5-3.1.2-23", "MQTT5-4.1.0-2", "MQTT5-3.1.2-6"), arguments: [1, 2])
    func noExpiry(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            for expiry in [nil, 0] as [UInt32?] {
                let client = try await TestClient.connect5(broker, id: "c", clean: false, expiry: expiry)
                try await client.subscribe("t", qos: 1)
                try await client.disconnect()
                let again = try await TestClient.connect5(broker, id: "c", clean: false)
                #expect(!again.connack.sessionPresent)
                try await again.publish("t", "lost", qos: 1)
                try await again.expectNothing()
                try await again.disconnect()
            }
        }
    }

    @Test(
        "A session is kept until its expiry interval has passed, and then dropped",
        .clauses("MQTT5-3.1.2-23", "MQTT5-4.1.0-1", "MQTT5-4.1.0-2"), arguments: [1, 2])
    func expiry(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            // The will comes when the session ends, so that nothing here depends on the time that the test takes.
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("ended/+", qos: 1)
            for name in ["a", "b"] {
                let will = ConnectFields.Will("ended/\(name)", name, properties: [.willDelay(60)])
                let client = try await TestClient.connect5(broker, id: name, will: will, expiry: 1)
                try await client.subscribe("t", qos: 1)
                // Longer than the interval, but open: nothing happens.
                if name == "a" { try await Task.sleep(for: .milliseconds(1200)) }
                try await client.ping()
                client.send(.disconnect(reason: 4))
                try await client.expectClosed()
                try await observer.expectPublish(name)
                let again = try await TestClient.connect5(broker, id: name, clean: false)
                #expect(!again.connack.sessionPresent)
            }
        }
    }

    @Test(
        "DISCONNECT changes the Session Expiry Interval", .clauses("MQTT5-3.1.2-23", "MQTT5-4.1.0-2"),
        arguments: [1, 2])
    func changedExpiry(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let kept = try await TestClient.connect5(broker, id: "kept", expiry: 1)
            kept.send(.disconnect(properties: [.sessionExpiry(600)]))
            try await kept.expectClosed()
            let ended = try await TestClient.connect5(broker, id: "ended", expiry: 600)
            ended.send(.disconnect(properties: [.sessionExpiry(0)]))
            try await ended.expectClosed()
            let endedAgain = try await TestClient.connect5(broker, id: "ended", clean: false)
            #expect(!endedAgain.connack.sessionPresent)
            try await Task.sleep(for: .milliseconds(1500))
            let keptAgain = try await TestClient.connect5(broker, id: "kept", clean: false)
            #expect(keptAgain.connack.sessionPresent)
        }
    }

    @Test(
        "DISCONNECT that raises the Session Expiry Interval from 0 gets 0x82 and does not keep the session",
        .clauses("MQTT5-3.14.2-2"), arguments: [nil, 0] as [UInt32?])
    func raisedExpiry(expiry: UInt32?) async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, id: "c", will: .init("w", "will"), expiry: expiry)
            let ending = try await client.expectDisconnect(0x82, after: .disconnect(properties: [.sessionExpiry(60)]))
            #expect(ending.properties.number(0x11) == nil)
            try await observer.expectPublish("will")
            let again = try await TestClient.connect5(broker, id: "c", clean: false)
            #expect(!again.connack.sessionPresent)
        }
    }

    @Test("A Session Expiry Interval above the broker's limit is answered with the limit", .clauses("MQTT5-3.1.2-23"))
    func limitedExpiry() async throws {
        var limits = BrokerLimits()
        limits.maximumSessionExpiry = 100
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker, expiry: 101)
            #expect(client.connack.properties.number(0x11) == 100)
            let other = try await TestClient.connect5(broker, expiry: 100)
            #expect(other.connack.properties.number(0x11) == nil)
        }
    }

    @Test("A session that expires never is kept", .clauses("MQTT5-3.1.2-23"))
    func never() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: .max)
            try await client.disconnect()
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: .max)
            #expect(again.connack.sessionPresent)
        }
    }

    @Test(
        "After a session is gone the exchanges of the old one are unknown",
        .clauses("MQTT5-3.2.2-5", "MQTT5-2.2.1-5"))
    func oldExchange() async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker, id: "c", clean: false)
            #expect(!client.connack.sessionPresent)
            client.send([.pubrel(11), .pubrec(12), .puback(13), .pubcomp(14)])
            try await client.expect(.pubcomp(.init(11, reason: 0x92)))
            try await client.expect(.pubrel(.init(12, reason: 0x92)))
            try await client.expectNothing()
        }
    }
}
