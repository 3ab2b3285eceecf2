import BrokerCore
import BrokerTestKit
import BrokerValues
import Testing

@Suite("MQTT 5: the will")
struct V5WillTests {
    @Test(
        "A connection that breaks off publishes the will, as it was given",
        .clauses("MQTT5-3.1.2-7", "MQTT5-3.1.2-8", "MQTT5-3.1.2-14", "MQTT5-3.1.3-10", "MQTT5-3.3.2-4"),
        arguments: [1, 2], [true, false])
    func brokenOff(loops: Int, reset: Bool) async throws {
        let properties: [WireProperty] = [
            .user("z", "1"), .payloadFormat(1), .user("a", "2"), .contentType("text"), .responseTopic("r"),
            .correlationData([1, 0, 2]), .user("z", "0"),
        ]
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe([FilterRequest("w/+", qos: 2, retainAsPublished: true)])
            for qos in UInt8(0)...2 {
                let will = ConnectFields.Will("w/\(qos)", "text", qos: qos, properties: properties)
                let client = try await TestClient.connect5(broker, id: "c\(qos)", will: will)
                if reset { await client.reset() } else { await client.close() }
                let publish = try await observer.expectPublish("text")
                #expect(publish.topic == "w/\(qos)" && publish.qos == qos && !publish.retain)
                #expect(publish.properties == properties)
            }
            try await observer.expectNothing()
            let later = try await TestClient.connect5(broker)
            try await later.subscribe("w/+")
            try await later.expectNothing()
        }
    }

    @Test("A will with RETAIN becomes a retained message", .clauses("MQTT5-3.1.2-15"), arguments: [1, 2])
    func retained(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, will: .init("w", "text", retain: true))
            await client.reset()
            #expect(try await !observer.expectPublish("text").retain)
            for _ in 0..<2 {
                let later = try await TestClient.connect5(broker)
                try await later.subscribe("w")
                #expect(try await later.expectPublish("text").retain)
            }
        }
    }

    @Test(
        "DISCONNECT 0x00 deletes the will", .clauses("MQTT5-3.1.2-8", "MQTT5-3.1.2-10", "MQTT5-3.14.4-3"),
        arguments: [1, 2], [nil, 0, 60] as [UInt32?])
    func deleted(loops: Int, expiry: UInt32?) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            for packet in [.disconnect(), .disconnect(reason: 0), .disconnect(properties: [.sessionExpiry(0)])]
                as [ClientPacket]
            {
                let client = try await TestClient.connect5(broker, id: "c", will: .init("w", "text"), expiry: expiry)
                client.send(packet)
                try await client.expectClosed()
                // Nor does what ends the session bring it back.
                let again = try await TestClient.connect5(broker, id: "c", clean: true)
                try await again.disconnect()
            }
            try await observer.expectNothing()
        }
    }

    @Test(
        "DISCONNECT with any other reason leaves the will to be published",
        .clauses("MQTT5-3.1.2-8", "MQTT5-3.14.4-3", "MQTT5-3.14.2-1"),
        arguments: [0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99] as [UInt8])
    func otherReasons(reason: UInt8) async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, will: .init("w", "text"))
            client.send(.disconnect(reason: reason))
            try await client.expectClosed()
            try await observer.expectPublish("text")
        }
    }

    @Test(
        "A connection that the broker ends for an error publishes the will", .clauses("MQTT5-3.1.2-8"),
        arguments: [1, 2])
    func errors(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let errors: [(UInt8, ClientPacket)] = [
                (0x81, ClientPacket.pingreq.withFlags(1)), (0x82, .subscribe(1, [])),
                (0x82, .auth(reason: 0x19, properties: [.authenticationMethod("m")])), (0x90, .publish("a/#")),
                (0x82, .connect(version: .v5)),
            ]
            for (code, packet) in errors {
                let client = try await TestClient.connect5(broker, will: .init("w", "\(code)"))
                try await client.expectDisconnect(code, after: packet)
                try await observer.expectPublish("\(code)")
            }
        }
    }

    @Test("A will that was published is not published again", .clauses("MQTT5-3.1.2-10"), arguments: [1, 2])
    func once(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let client = try await TestClient.connect5(broker, id: "c", will: .init("w", "text"), expiry: 60)
            await client.reset()
            try await observer.expectPublish("text")
            for _ in 0..<2 {
                let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
                #expect(again.connack.sessionPresent)
                again.send(.disconnect(reason: 4))
                try await again.expectClosed()
            }
            let last = try await TestClient.connect5(broker, id: "c", clean: true)
            await last.reset()
            try await observer.expectNothing()
        }
    }

    @Test("A new CONNECT replaces the will of the one before", .clauses("MQTT5-3.1.2-7"), arguments: [1, 2])
    func replaced(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w")
            let first = ConnectFields.Will("w", "first", properties: [.willDelay(60)])
            let client = try await TestClient.connect5(broker, id: "c", will: first, expiry: 60)
            try await client.expectNothing()
            let again = try await TestClient.connect5(
                broker, id: "c", clean: false, will: .init("w", "second"), expiry: 60)
            try await client.expectDisconnect(0x8E)
            await again.reset()
            try await observer.expectPublish("second")
            try await observer.expectNothing()
        }
    }

    @Test(
        "The client itself gets its will when it is back, if it subscribes to it", .clauses("MQTT5-4.5.0-1"),
        arguments: [1, 2])
    func own(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let will = ConnectFields.Will("w", "text", qos: 1)
            let client = try await TestClient.connect5(broker, id: "c", will: will, expiry: 60)
            try await client.subscribe([FilterRequest("w", qos: 1)])
            client.send(.disconnect(reason: 4))
            try await client.expectClosed()
            let again = try await TestClient.connect5(broker, id: "c", clean: false, expiry: 60)
            try await again.expectPublish("text")
        }
    }

    @Test("A will to the broker's own topics is not published to subscribers of them", .clauses("MQTT5-4.7.2-1"))
    func systemTopic() async throws {
        try await TestBroker.with { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe([FilterRequest("$SYS/#"), FilterRequest("end")])
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(version: .v5, will: .init("$SYS/fake", "text")))
            let answer = try await client.nextConnack()
            if answer.code == 0 {
                client.send(.disconnect(reason: 4))
            } else {
                #expect(answer.code == 0x90 || answer.code == 0x87)
            }
            try await client.expectClosed()
            try await observer.publish("end", "end")
            try await observer.expectPublish("end")
        }
    }

    @Test("Wills are published when the broker stops", .clauses("MQTT5-3.1.2-8"), arguments: [1, 2])
    func shutdown(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let observer = try await TestClient.connect5(broker)
            try await observer.subscribe("w/+")
            for name in ["a", "b"] {
                _ = try await TestClient.connect5(broker, id: name, will: .init("w/\(name)", "text"), expiry: 60)
            }
            await broker.beginShutdown()
            for _ in 0..<2 { try await observer.expectPublish("text") }
            try await observer.expectDisconnect(0x8B)
        }
    }
}
