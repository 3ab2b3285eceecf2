import BrokerTestKit
import Testing

@Suite("MQTT 5: shared subscriptions and sessions")
struct V5SharedSessionTests {
    @Test(
        "Members that are there come before those that are away; if all are away, a durable one keeps the message",
        .clauses("MQTT5-4.5.0-1", "MQTT5-3.1.2-23"), arguments: [1, 2])
    func offline(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let names = ["a", "b"]
            for name in names {
                let member = try await TestClient.connect5(broker, id: name, expiry: 60)
                try await member.subscribe("$share/g/t", qos: 1)
                try await member.disconnect()
            }
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<10 { try await publisher.publish("t", "away \(number)", qos: 1) }
            var texts: Set<String> = []
            var members: [TestClient] = []
            for name in names {
                let member = try await TestClient.connect5(broker, id: name, clean: false, expiry: 60)
                #expect(member.connack.sessionPresent)
                members.append(member)
            }
            for member in members {
                member.send(.pingreq)
                while case let packet = try await member.next(), packet != .pingresp {
                    let publish = try #require(packet.publish)
                    member.send(.puback(try publish.identifier()))
                    texts.insert(publish.text)
                }
            }
            #expect(texts == Set((0..<10).map { "away \($0)" }))
            // One of them goes: all go to the other.
            try await members[0].disconnect()
            try await publisher.ping()
            try await members[1].expectNothing()
            for number in 0..<10 {
                try await publisher.publish("t", "\(number)", qos: 1)
                try await members[1].expectPublish("\(number)")
            }
        }
    }

    @Test(
        "A QoS 2 delivery that was begun with a member is completed with it, and goes to nobody else",
        .clauses("MQTT5-4.8.2-4", "MQTT5-4.3.3-6"), arguments: [1, 2])
    func exactlyOnce(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let member = try await TestClient.connect5(broker, id: "m", expiry: 60)
            try await member.subscribe("$share/g/t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for text in ["sent", "received"] { try await publisher.publish("t", text, qos: 2) }
            let sent = try await member.expectUnanswered("sent")
            let received = try await member.expectUnanswered("received")
            member.send(.pubrec(try received.identifier()))
            try await member.expect(.pubrel(.init(try received.identifier())))
            let other = try await TestClient.connect5(broker)
            try await other.subscribe("$share/g/t", qos: 2)
            try await member.disconnect()
            try await other.expectNothing()
            let again = try await TestClient.connect5(broker, id: "m", clean: false, expiry: 60)
            let resent = try await again.expectUnanswered("sent")
            #expect(resent.dup && resent.packetIdentifier == sent.packetIdentifier)
            try await again.expect(.pubrel(.init(try received.identifier())))
            again.send([.pubrec(try resent.identifier()), .pubcomp(try received.identifier())])
            try await again.expect(.pubrel(.init(try resent.identifier())))
            again.send(.pubcomp(try resent.identifier()))
            for client in [again, other] { try await client.expectNothing() }
        }
    }

    @Test(
        "A QoS 2 delivery whose member's session ends goes to nobody else", .clauses("MQTT5-4.8.2-5"),
        arguments: [1, 2])
    func sessionEnds(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let member = try await TestClient.connect5(broker, id: "m", expiry: 60)
            try await member.subscribe("$share/g/t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for text in ["sent", "received"] { try await publisher.publish("t", text, qos: 2) }
            _ = try await member.expectUnanswered("sent")
            member.send(.pubrec(try await member.expectUnanswered("received").identifier()))
            guard case .pubrel = try await member.next() else { throw TestFailure("PUBREL should come") }
            let other = try await TestClient.connect5(broker)
            try await other.subscribe("$share/g/t", qos: 2)
            member.send(.disconnect(properties: [.sessionExpiry(0)]))
            try await member.expectClosed()
            try await publisher.ping()
            try await other.expectNothing()
            try await publisher.publish("t", "next", qos: 2)
            try await other.expectPublish("next")
            try await other.expectNothing()
        }
    }

    @Test(
        "A message that a member answers with an error is dropped, not passed on",
        .clauses("MQTT5-4.8.2-6", "MQTT5-4.4.0-2"), arguments: [1, 2])
    func refused(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let members = [
                try await TestClient.connect5(broker, id: "a", expiry: 60),
                try await TestClient.connect5(broker, id: "b", expiry: 60),
            ]
            try await members[0].subscribe("$share/g/t", qos: 2)
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(1)...2 { try await publisher.publish("t", "\(qos)", qos: qos) }
            let one = try await members[0].expectUnanswered("1")
            let two = try await members[0].expectUnanswered("2")
            try await members[1].subscribe("$share/g/t", qos: 2)
            members[0].send([.puback(try one.identifier(), reason: 0x80), .pubrec(try two.identifier(), reason: 0x97)])
            for member in members { try await member.expectNothing() }
            for (name, member) in zip(["a", "b"], members) {
                try await member.disconnect()
                let again = try await TestClient.connect5(broker, id: name, clean: false)
                try await again.expectNothing()
            }
        }
    }

    @Test(
        "A durable member that keeps coming back on another event loop loses nothing",
        .clauses("MQTT5-4.5.0-1", "MQTT5-3.1.2-5"), arguments: [1, 2], ["$share/g/t", "t"])
    func wandering(loops: Int, filter: String) async throws {
        let count = 400
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker, id: "p")
            var member = try await TestClient.connect5(broker, id: "m", expiry: 60)
            try await member.subscribe(filter, qos: 1)
            let publishing = Task {
                for number in 0..<count { try await publisher.publish("t", "\(number)", qos: 1) }
            }
            var seen: Set<String> = []
            var last = -1
            while seen.count < count {
                let publish = try await member.nextPublish()
                member.send(.puback(try publish.identifier()))
                let number = try #require(Int(publish.text))
                // A plain subscription keeps the order; what was acknowledged too late may come again.
                if filter == "t", !publish.dup { #expect(number > last) }
                last = max(last, number)
                guard seen.insert(publish.text).inserted, seen.count % 10 == 0, seen.count < count else { continue }
                let next = try await TestClient.connect5(broker, id: "m", clean: false, expiry: 60)
                #expect(next.connack.sessionPresent)
                member = next
            }
            try await publishing.value
            #expect(seen.count == count)
        }
    }
}
