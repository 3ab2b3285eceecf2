import BrokerTestKit
import Testing

@Suite("MQTT 5: shared subscriptions")
struct V5SharedTests {
    /// Takes so many messages from several clients, whoever gets them, and returns the texts of each.
    private static func take(_ count: Int, from clients: [TestClient]) async throws -> [[String]] {
        var texts = clients.map { _ in [String]() }
        var total = 0
        try await waitUntil("\(count) messages") {
            for (position, client) in clients.enumerated() {
                client.send(.pingreq)
                while true {
                    let packet = try await client.next()
                    if packet == .pingresp { break }
                    let publish = try #require(packet.publish)
                    texts[position].append(publish.text)
                    if publish.qos == 1 { client.send(.puback(try publish.identifier())) }
                    total += 1
                }
            }
            return total >= count
        }
        return texts
    }

    @Test(
        "Each message goes to one member of a group, in turn, on whatever event loops they are",
        .clauses("MQTT5-4.8.2-1", "MQTT5-4.5.0-1"), arguments: [1, 2], ["$share/g/t/+", "$share:g:t/+"])
    func oneEach(loops: Int, filter: String) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var members: [TestClient] = []
            for _ in 0..<4 { members.append(try await TestClient.connect5(broker)) }
            for member in members { try await member.subscribe(filter, qos: 1) }
            let publishers = [try await TestClient.connect5(broker), try await TestClient.connect5(broker)]
            for (number, publisher) in publishers.enumerated() {
                for count in 0..<40 {
                    try await publisher.publish("t/\(number)", "\(number) \(count)", qos: UInt8(count % 2))
                }
            }
            let texts = try await Self.take(80, from: members)
            #expect(Set(texts.joined()).count == 80 && texts.joined().count == 80)
            for each in texts { #expect(each.count >= 10) }
            for member in members { try await member.expectNothing() }
        }
    }

    @Test(
        "Each group, and each plain subscription, gets its own copy",
        .clauses("MQTT5-4.5.0-1", "MQTT5-4.8.2-1", "MQTT5-4.8.2-2"), arguments: [1, 2])
    func groups(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let filters = ["$share/one/t", "$share/two/t", "$share/one/+", "t", "$share:three:t"]
            var clients: [TestClient] = []
            for filter in filters {
                let client = try await TestClient.connect5(broker)
                try await client.subscribe(filter, qos: 1)
                clients.append(client)
            }
            let publisher = try await TestClient.connect5(broker)
            for number in 0..<5 { try await publisher.publish("t", "\(number)", qos: 1) }
            for client in clients {
                for number in 0..<5 { try await client.expectPublish("\(number)") }
                try await client.expectNothing()
            }
        }
    }

    @Test(
        "A client in a group and with a plain subscription gets both copies, with their identifiers",
        .clauses("MQTT5-3.3.4-5", "MQTT5-3.3.4-3"), arguments: [1, 2])
    func both(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.subscribe("t", qos: 1, properties: [.subscriptionIdentifier(1)])
            try await client.subscribe("$share/g/t", qos: 0, properties: [.subscriptionIdentifier(2)])
            try await client.publish("t", "x", qos: 1)
            var seen: Set<Int> = []
            for _ in 0..<2 {
                let publish = try await client.expectPublish("x")
                let identifiers = publish.properties.all(0x0B)
                #expect(identifiers.count == 1)
                let identifier = try #require(identifiers.number(0x0B))
                #expect(publish.qos == (identifier == 1 ? 1 : 0))
                seen.insert(identifier)
            }
            #expect(seen == [1, 2])
            try await client.expectNothing()
        }
    }

    @Test("The granted QoS of the member holds", .clauses("MQTT5-4.8.2-3", "MQTT5-3.8.4-8"), arguments: [1, 2])
    func grantedQoS(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            var members: [TestClient] = []
            for qos in UInt8(0)...2 {
                let member = try await TestClient.connect5(broker)
                #expect(try await member.subscribe("$share/g/t", qos: qos) == qos)
                members.append(member)
            }
            let publisher = try await TestClient.connect5(broker)
            for qos in UInt8(0)...2 {
                for _ in 0..<6 { try await publisher.publish("t", "\(qos)", qos: qos) }
                for (granted, member) in members.enumerated() {
                    for _ in 0..<2 { #expect(try await member.expectPublish("\(qos)").qos == min(qos, UInt8(granted))) }
                }
            }
        }
    }

    @Test(
        "No Local on a shared subscription gets 0x82", .clauses("MQTT5-3.8.3-4"),
        arguments: ["$share/g/t", "$share:g:t"])
    func noLocal(filter: String) async throws {
        try await TestBroker.with { broker in
            let client = try await TestClient.connect5(broker)
            let requests = [FilterRequest("a"), FilterRequest(filter, noLocal: true)]
            try await client.expectDisconnect(0x82, after: .subscribe(1, requests))
        }
    }

    @Test("A shared subscription gets no retained messages", .clauses("MQTT5-3.3.1-9"), arguments: [1, 2])
    func retained(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let publisher = try await TestClient.connect5(broker)
            try await publisher.publish("t", "old", qos: 1, retain: true)
            let member = try await TestClient.connect5(broker)
            for filter in ["$share/g/t", "$share/g/+", "$share:h:#"] { try await member.subscribe(filter, qos: 1) }
            try await member.expectNothing()
            try await publisher.publish("t", "new", qos: 1)
            for _ in 0..<3 { #expect(try await !member.expectPublish("new").retain) }
        }
    }

    @Test("A group without wildcards for it does not get $ topics", .clauses("MQTT5-4.7.2-1"), arguments: [1, 2])
    func dollar(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let member = try await TestClient.connect5(broker)
            for filter in ["$share/a/#", "$share/b/+/x", "$share:c:#"] { try await member.subscribe(filter) }
            try await member.publish("$mine/x", "hidden")
            try await member.expectNothing()
            try await member.subscribe("$share/d/$mine/#")
            try await member.publish("$mine/x", "shown")
            try await member.expectPublish("shown")
            try await member.expectNothing()
        }
    }

    @Test(
        "UNSUBSCRIBE names the whole filter; the group lives on with the others",
        .clauses("MQTT5-3.10.4-1", "MQTT5-3.10.4-2"), arguments: [1, 2])
    func leave(loops: Int) async throws {
        try await TestBroker.with(eventLoops: loops) { broker in
            let members = [try await TestClient.connect5(broker), try await TestClient.connect5(broker)]
            for member in members { try await member.subscribe("$share/g/t", qos: 1) }
            let publisher = try await TestClient.connect5(broker)
            #expect(try await members[0].unsubscribe("t") == [0x11])
            #expect(try await members[0].unsubscribe("$share/h/t") == [0x11])
            #expect(try await members[0].unsubscribe("$share/g/t") == [0])
            for number in 0..<6 {
                try await publisher.publish("t", "\(number)", qos: 1)
                try await members[1].expectPublish("\(number)")
            }
            try await members[0].expectNothing()
            #expect(try await members[1].unsubscribe("$share/g/t") == [0])
            try await publisher.publish("t", "nobody", qos: 1)
            for member in members { try await member.expectNothing() }
        }
    }
}
