import BrokerCore
import BrokerTestKit
import BrokerValues
import MetricCatalog
import Introspection
import Testing

@Suite("Who is let in")
struct ConnectionLimitTests {
    @Test(
        "As many clients as the limit says are connected, and the next gets 0x97 or, before version 5, code 3",
        arguments: [2, 3, 4], [1, 2])
    func connections(clients count: Int, eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops, limits: .with { $0.maximumConnections = 3 }) { broker in
            for number in 0..<min(count, 3) { _ = try await TestClient.connect(broker, id: "c\(number)") }
            if count > 3 {
                try await TestClient.expectRefusal(broker, ConnectFields(id: "late", version: .v5), 0x97)
                for version in [MQTTVersion.v31, .v311] {
                    try await TestClient.expectRefusal(broker, ConnectFields(id: "late", version: version), 3)
                }
            }
            #expect(broker.refusals(.connections) == (count > 3 ? 3 : 0))
            #expect(broker.gates.connectionCount == min(count, 3))
        }
    }

    @Test("A client takes its own place, and one that leaves makes room", arguments: [1, 2])
    func ownPlace(eventLoops: Int) async throws {
        try await TestBroker.with(eventLoops: eventLoops, limits: .with { $0.maximumConnections = 2 }) { broker in
            let first = try await TestClient.connect5(broker, id: "a")
            let second = try await TestClient.connect5(broker, id: "b")
            let again = try await TestClient.connect5(broker, id: "a")
            try await first.expectDisconnect(0x8E)
            try await TestClient.expectRefusal(broker, ConnectFields(id: "c", version: .v5), 0x97)
            try await second.disconnect()
            _ = try await TestClient.connect5(broker, id: "c")
            try await again.ping()
            #expect(broker.refusals(.connections) == 1)
        }
    }

    @Test("0 is no limit on connections")
    func unlimitedConnections() async throws {
        try await TestBroker.with { broker in
            for number in 0..<100 { _ = try await TestClient.connect(broker, id: "c\(number)") }
            #expect(broker.gates.connectionCount == 100)
            #expect(broker.refusals == 0)
        }
    }

    @Test(
        "There are as many sessions as the limit says, those of clients that are away included", arguments: [2, 3, 4])
    func sessions(count: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumSessions = 3 }) { broker in
            for number in 0..<min(count, 3) {
                let client = try await TestClient.connect5(broker, id: "c\(number)", expiry: 600)
                try await client.disconnect()
            }
            if count > 3 {
                try await TestClient.expectRefusal(broker, ConnectFields(id: "late", version: .v5), 0x97)
            }
            #expect(broker.refusals(.sessions) == (count > 3 ? 1 : 0))
            // A session that is there takes no new place, and one that ends makes room.
            let again = try await TestClient.connect5(broker, id: "c0", clean: false, expiry: 0)
            #expect(again.connack.sessionPresent)
            try await again.disconnect()
            _ = try await TestClient.connect5(broker, id: "late")
        }
    }

    @Test("A client identifier may be as long as the limit says and not a byte longer", arguments: [22, 23, 24])
    func identifierLength(length: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumClientIdentifierLength = 23 }) { broker in
            let id = String(repeating: "i", count: length)
            if length <= 23 {
                for version in MQTTVersion.allCases {
                    _ = try await TestClient.connect(broker, id: id, version: version)
                }
            } else {
                for (version, code) in [(MQTTVersion.v31, 2), (.v311, 2), (.v5, 0x85)] as [(MQTTVersion, UInt8)] {
                    try await TestClient.expectRefusal(broker, ConnectFields(id: id, version: version), code)
                }
            }
            #expect(broker.refusals(.clientIdentifierLength) == (length <= 23 ? 0 : 3))
        }
    }

    @Test("A client may leave its identifier to the broker, unless that is switched off", arguments: [true, false])
    func emptyIdentifier(isAllowed: Bool) async throws {
        try await TestBroker.with(limits: .with { $0.allowEmptyClientIdentifier = isAllowed }) { broker in
            let fields = ConnectFields(version: .v5)
            if isAllowed {
                let client = try await TestClient.connect5(broker)
                #expect(client.connack.properties.text(0x12)?.isEmpty == false)
            } else {
                try await TestClient.expectRefusal(broker, fields, 0x85)
                try await TestClient.expectRefusal(broker, ConnectFields(version: .v311), 2)
            }
        }
    }

    @Test("A CONNECT may be as large as the limit says; of one that is larger nothing is waited for", arguments: -1...1)
    func connectPacketSize(difference: Int) async throws {
        try await TestBroker.with(limits: .with { $0.maximumConnectPacketSize = 1_000 }) { broker in
            var fields = ConnectFields(id: "c", version: .v5, userName: "")
            let empty = ClientPacket.connect(fields).bytes(.v5).count
            // The remaining length of a packet of this size has one byte more.
            fields.userName = [UInt8](repeating: 0x75, count: 1_000 + difference - empty - 1)
            let packet = ClientPacket.connect(fields).bytes(.v5)
            #expect(packet.count == 1_000 + difference)
            let client = try await TestClient.open(broker, version: .v5)
            if difference <= 0 {
                try await client.connect(fields)
                // The limit is for CONNECT alone.
                try await client.publish("t", text(2_000), qos: 1)
            } else {
                client.send([UInt8](packet.prefix(10)))
                try await client.expectClosed()
            }
            #expect(broker.refusals(.packetSize) == max(difference, 0))
        }
    }

    @Test("A socket has the time that the limit says to send CONNECT, and no client is ended for it")
    func connectTimeout() async throws {
        try await TestBroker.with(limits: .with { $0.connectTimeoutMilliseconds = 500 }) { broker in
            let inTime = try await TestClient.connect(broker)
            let silent = try await TestClient.open(broker)
            let unfinished = try await TestClient.open(broker)
            unfinished.send([0x10, 0x20, 0x00])
            let waited = try await timed {
                let late = try await TestClient.open(broker)
                try await late.expectClosed()
            }
            #expect(waited >= .milliseconds(450))
            try await silent.expectClosed()
            try await unfinished.expectClosed()
            try await inTime.ping()
            #expect(broker.refusals == 0, "these have run into no limit on clients")
        }
    }

    @Test(
        "A keep-alive up to the maximum is the client's own; for a longer one the maximum is announced",
        arguments: [0, 99, 100, 101, 65_535] as [UInt16], [true, false])
    func keepAlive(wish: UInt16, isUnlimitedAllowed: Bool) async throws {
        let limits = BrokerLimits.with {
            $0.maximumKeepAlive = 100
            $0.allowUnlimitedKeepAlive = isUnlimitedAllowed
        }
        try await TestBroker.with(limits: limits) { broker in
            let client = try await TestClient.connect5(broker, keepAlive: wish)
            let isTooLong = wish > 100 || wish == 0 && !isUnlimitedAllowed
            #expect(client.connack.properties.number(0x13) == (isTooLong ? 100 : nil))
            // Others cannot be told: they are let in with their own.
            let old = try await TestClient.connect(broker, keepAlive: wish)
            try await old.ping()
        }
    }

    @Test(
        "A session expiry up to the maximum is the client's own; for a longer one the maximum is announced",
        arguments: [99, 100, 101, .max] as [UInt32])
    func sessionExpiry(wish: UInt32) async throws {
        try await TestBroker.with(limits: .with { $0.maximumSessionExpiry = 100 }) { broker in
            let client = try await TestClient.connect5(broker, id: "c", expiry: wish)
            #expect(client.connack.properties.number(0x11) == (wish > 100 ? 100 : nil))
            #expect(try await broker.snapshot(of: "c")?.sessionExpiry == min(wish, 100))
            // Nor does DISCONNECT reach beyond it.
            client.send(.disconnect(reason: 0, properties: [.sessionExpiry(wish)]))
            try await client.expectClosed()
            #expect(try await broker.snapshot(of: "c")?.sessionExpiry == min(wish, 100))
        }
    }

    @Test(
        "A question to the authority has the time that the limit says, then it counts as refused",
        arguments: [true, false])
    func authorityTimeout(isAnswered: Bool) async throws {
        let authority = ScriptedAuthority { $0.kind == .connect ? .pending : .accept() }
        let limits = BrokerLimits.with { $0.authorityTimeoutMilliseconds = isAnswered ? 30_000 : 300 }
        try await TestBroker.with(limits: limits, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let client = try await TestClient.open(broker, version: .v5)
            client.sendConnect(ConnectFields(id: "c", version: .v5))
            let question = try await authority.nextPending()
            if isAnswered { try await authority.resolve(question, .accept(), in: broker) }
            let answer = try await client.nextConnack()
            #expect((answer.code == 0) == isAnswered)
            #expect(broker.counter(ShardCounters.authentications.base + 3) == (isAnswered ? 0 : 1))
        }
    }

    @Test(
        "What a client left behind that has closed its connection waits for the time that the limit says",
        arguments: [true, false])
    func departedClient(isAnswered: Bool) async throws {
        let authority = ScriptedAuthority { $0.kind == .publish ? .pending : .accept() }
        let limits = BrokerLimits.with { $0.departedClientTimeoutMilliseconds = isAnswered ? 60_000 : 300 }
        try await TestBroker.with(limits: limits, ports: { BrokerPorts(authority: authority.port($0)) }) { broker in
            let subscriber = try await TestClient.connect5(broker)
            try await subscriber.subscribe("t")
            let client = try await TestClient.connect5(broker)
            client.send([.publish("t", "first"), .publish("t", "second")])
            let question = try await authority.nextPending()
            await client.close()
            guard isAnswered else {
                return try await waitUntil("the client is forgotten") { broker.gates.connectionCount == 1 }
            }
            try await authority.resolve(question, .accept(), in: broker)
            try await subscriber.expectPublish("first")
            try await authority.resolve(try await authority.nextPending(), .accept(), in: broker)
            try await subscriber.expectPublish("second")
            try await waitUntil("the client has gone") { broker.gates.connectionCount == 1 }
        }
    }
}
