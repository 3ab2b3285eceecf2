import BrokerCore
import BrokerTestKit
import BrokerValues
import MetricCatalog
import Testing

@Suite("What may stand in a packet")
struct PacketLimitTests {
    @Test(
        "A PUBLISH may be as large as the limit says, with its header, and not a byte larger",
        arguments: [99, 100, 101],
        [MQTTVersion.v311, .v5])
    func packetSize(size: Int, version: MQTTVersion) async throws {
        try await TestBroker.with(limits: .with { $0.maximumPacketSize = 100 }) { broker in
            let client = try await TestClient.connect(broker, version: version)
            #expect(client.connack.properties.number(0x27) == (version == .v5 ? 100 : nil))
            try await client.subscribe("t")
            // Header, topic, and the length of the properties.
            let overhead = version == .v5 ? 6 : 5
            let packet = ClientPacket.publish("t", text(size - overhead))
            #expect(packet.bytes(version).count == size)
            client.send(packet)
            if size <= 100 {
                #expect(try await client.nextPublish().payload.count == size - overhead)
            } else if version == .v5 {
                try await client.expectDisconnect(0x95)
            } else {
                try await client.expectClosed()
            }
            #expect(broker.refusals(.packetSize) == (size <= 100 ? 0 : 1))
        }
    }

    @Test("Packets other than PUBLISH have a limit of their own", arguments: [999, 1_000, 1_001])
    func controlPacketSize(size: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumControlPacketSize = 1_000 }) { broker in
            let client = try await TestClient.connect5(broker)
            try await client.publish("t", text(5_000), qos: 1)
            let packet = ClientPacket.subscribe(9, text(size - 9))
            #expect(packet.bytes(.v5).count == size)
            client.send(packet)
            if size <= 1_000 {
                #expect(try await client.nextSuback().codes == [0])
            } else {
                try await client.expectDisconnect(0x95)
            }
            #expect(broker.refusals(.packetSize) == (size <= 1_000 ? 0 : 1))
        }
    }

    @Test("Of a SUBSCRIBE with too many filters those beyond the limit are refused", arguments: [2, 3, 5])
    func filtersOfSubscribe(count: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumFiltersPerPacket = 3 }) { broker in
            for (version, code) in [(MQTTVersion.v311, 0x80), (.v5, 0x97)] as [(MQTTVersion, UInt8)] {
                let client = try await TestClient.connect(broker, version: version)
                client.send(.subscribe(1, (0..<count).map { FilterRequest("f/\($0)") }))
                #expect(try await client.nextSuback().codes == (0..<count).map { $0 < 3 ? 0 : code })
            }
            #expect(broker.refusals(.filtersPerPacket) == (count > 3 ? 2 : 0))
        }
    }

    @Test("An UNSUBSCRIBE with more filters than the limit ends the connection", arguments: [2, 3, 4])
    func filtersOfUnsubscribe(count: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumFiltersPerPacket = 3 }) { broker in
            let client = try await TestClient.connect5(broker)
            let packet = ClientPacket.unsubscribe(1, (0..<count).map { "f/\($0)" })
            if count <= 3 {
                client.send(packet)
                #expect(try await client.nextUnsuback().codes.count == count)
            } else {
                try await client.expectDisconnect(0x97, after: packet)
            }
            #expect(broker.refusals(.filtersPerPacket) == (count > 3 ? 1 : 0))
        }
    }

    /// A topic, a filter and a will: three ways to name one that is too long.
    private func name(_ topic: String, isAllowed: Bool, in broker: TestBroker) async throws {
        let client = try await TestClient.connect5(broker)
        client.send(.subscribe(1, [FilterRequest(topic), FilterRequest("+/" + topic.dropFirst(2))]))
        #expect(try await client.nextSuback().codes == (isAllowed ? [0, 0] : [0x8F, 0x8F]))
        let will = ConnectFields.Will(topic, "gone")
        if isAllowed {
            client.send(.publish(topic, "x"))
            try await client.expectPublish("x")
            _ = try await TestClient.connect5(broker, will: will)
        } else {
            try await client.expectDisconnect(0x90, after: .publish(topic, "x"))
            try await TestClient.expectRefusal(broker, ConnectFields(version: .v5, will: will), 0x90)
        }
        #expect(broker.refusals(.topicLength) == ((isAllowed ? 0 : 4)))
    }

    @Test("A topic may be as long as the limit says and not a byte longer", arguments: [49, 50, 51])
    func topicLength(length: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumTopicLength = 50 }) { broker in
            try await name("a/" + text(length - 2), isAllowed: length <= 50, in: broker)
        }
    }

    @Test("A topic may have as many levels as the limit says and not one more", arguments: [4, 5, 6])
    func topicLevels(count: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumTopicLevels = 5 }) { broker in
            let topic = (0..<count).map { _ in "l" }.joined(separator: "/")
            try await name(topic, isAllowed: count <= 5, in: broker)
        }
    }

    @Test(
        "A client has as many subscriptions as the limit says; one that it has may be made again", arguments: [2, 3, 4])
    func subscriptions(count: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumSubscriptionsPerClient = 3 }) { broker in
            for (version, code) in [(MQTTVersion.v311, 0x80), (.v5, 0x97)] as [(MQTTVersion, UInt8)] {
                let client = try await TestClient.connect(broker, version: version)
                let filters = ["a", "$share/g/b", "c/#", "d"].prefix(count)
                for (position, filter) in filters.enumerated() {
                    client.send(.subscribe(1, filter))
                    #expect(try await client.nextSuback().codes == [position < 3 ? 0 : code])
                }
                try await client.subscribe("a", qos: 1)
                try await client.subscribe("$share/g/b", qos: 1)
                // Room is made by one that ends.
                try await client.unsubscribe("a")
                try await client.subscribe("d")
            }
            #expect(broker.refusals(.subscriptions) == (count > 3 ? 2 : 0))
        }
    }

    @Test("A client may use aliases up to the maximum, which it is told", arguments: [0, 1, 3, 4, 5] as [UInt16])
    func topicAlias(alias: UInt16) async throws {
        try await TestBroker.with(limits: .with { $0.topicAliasMaximum = 4 }) { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x22) == 4)
            try await client.subscribe("t")
            let packet = ClientPacket.publish("t", "x", properties: [.topicAlias(alias)])
            if (1...4).contains(alias) {
                client.send([packet, .publish("", "y", properties: [.topicAlias(alias)])])
                try await client.expectPublish("x")
                try await client.expectPublish("y")
            } else {
                try await client.expectDisconnect(0x94, after: packet)
            }
        }
    }

    @Test(
        "The broker uses no more aliases than its own limit and the client's allow",
        arguments: [(0, 0), (2, 2), (3, 3), (4, 3)] as [(UInt16, Int)])
    func outboundTopicAlias(wish: UInt16, expected: Int) async throws {
        try await TestBroker.with(limits: .with { $0.outboundTopicAliasMaximum = 3 }) { broker in
            let client = try await TestClient.connect5(broker, properties: [.topicAliasMaximum(wish)])
            try await client.subscribe("#")
            var aliases: Set<Int> = []
            // Twice each: an alias may be set when a topic comes again.
            for number in (0..<10).flatMap({ [$0, $0] }) {
                try await client.publish("t/\(number)", "\(number)")
                let alias = try await client.expectPublish("\(number)").properties.number(0x23)
                if let alias { aliases.insert(alias) }
            }
            #expect(aliases.count == expected)
            #expect(aliases.allSatisfy { (1...3).contains($0) })
        }
    }

    @Test(
        "A client of version 5 has as many publishes open as the Receive Maximum says; one more ends the connection",
        arguments: [2, 3, 4] as [UInt16])
    func receiveMaximum(count: UInt16) async throws {
        try await TestBroker.with(limits: .with { $0.serverReceiveMaximum = 3 }) { broker in
            let client = try await TestClient.connect5(broker)
            #expect(client.connack.properties.number(0x21) == 3)
            for id in 1...min(count, 3) {
                client.send(.publish("t", qos: 2, id: id))
                guard case .pubrec = try await client.next() else { throw TestFailure("PUBREC should come") }
            }
            if count > 3 {
                try await client.expectDisconnect(0x93, after: .publish("t", qos: 2, id: 4))
            } else {
                try await client.ping()
            }
            #expect(broker.refusals(.receiveMaximum) == (count > 3 ? 1 : 0))
            // Clients of MQTT 3 were told of no such limit.
            let old = try await TestClient.connect(broker)
            for id in UInt16(1)...10 {
                old.send(.publish("t", qos: 2, id: id))
                guard case .pubrec = try await old.next() else { throw TestFailure("PUBREC should come") }
            }
            #expect(broker.refusals(.receiveMaximum) == (count > 3 ? 1 : 0))
        }
    }

    /// The beginning of a PUBLISH of a million bytes.
    private func beginning(_ size: Int) -> [UInt8] {
        [0x30] + .varint(1_000_000) + .field("t") + [UInt8](repeating: 0x2E, count: size - 7)
    }

    @Test(
        "Packets that are not whole fill as many bytes as the limit says, and beyond it the largest goes",
        arguments: -1...1)
    func reassembly(difference: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumReassemblyBytes = 200_000 }) { broker in
            let patient = try await TestClient.connect5(broker)
            patient.send(beginning(80_000))
            try await waitUntil("80,000 bytes wait") {
                try await broker.ask { shard, _ in shard.reassemblyBytes } == 80_000
            }
            let greedy = try await TestClient.connect5(broker)
            greedy.send(beginning(120_000 + difference))
            if difference > 0 {
                try await greedy.expectDisconnect(0x97)
            } else {
                let expected = 200_000 + difference
                try await waitUntil("all bytes wait") {
                    try await broker.ask { shard, _ in shard.reassemblyBytes } == expected
                }
                #expect(!greedy.isClosed)
            }
            #expect(!patient.isClosed)
            // Whole packets need no room.
            let other = try await TestClient.connect5(broker)
            try await other.publish("t", text(50_000), qos: 1)
        }
    }

    @Test(
        "Who has sent nothing more of its packet for the time that the limit says goes before who holds more",
        arguments: [true, false])
    func stalledPacket(hasStalled: Bool) async throws {
        let limits = BrokerLimits.with {
            $0.maximumReassemblyBytes = 200_000
            $0.stalledPacketMilliseconds = hasStalled ? 100 : 60_000
        }
        try await TestBroker.with(limits: limits) { broker in
            let small = try await TestClient.connect5(broker)
            small.send(beginning(70_000))
            try await waitUntil("70,000 bytes wait") {
                try await broker.ask { shard, _ in shard.reassemblyBytes } == 70_000
            }
            try await Task.sleep(for: .milliseconds(150))
            let large = try await TestClient.connect5(broker)
            large.send(beginning(150_000))
            try await (hasStalled ? small : large).expectDisconnect(0x97)
            #expect(!(hasStalled ? large : small).isClosed)
        }
    }
}
