package import MQTTWire

/// A client for tests in which the order of events does not matter: everything it sends is handled at once.
package final class TestClient {
    package let broker: SimulatedBroker
    package let link: SimulatedLink
    package let version: ProtocolVersion
    private var reader: ServerPacketReader
    private var nextIdentifier = 0

    /// Opens a socket and says nothing yet.
    package init(_ broker: SimulatedBroker, version: ProtocolVersion = .v5, shard: Int = 0, capacity: Int = 1 << 20) {
        self.broker = broker
        self.version = version
        link = broker.connect(shard: shard, capacity: capacity)
        reader = ServerPacketReader(version: version)
    }

    /// Connects; the CONNACK is taken.
    package static func connected(
        _ broker: SimulatedBroker, _ fields: ConnectFields, shard: Int = 0, capacity: Int = 1 << 20
    ) throws -> TestClient {
        let client = TestClient(broker, version: fields.version, shard: shard, capacity: capacity)
        client.link.clientSends(fields.bytes)
        _ = try client.takeConnack()
        return client
    }

    /// Takes the CONNACK; what came behind it is received later. Returns whether a session was present.
    package func takeConnack() throws -> Bool {
        let answer = try receive()
        guard case .connack(let isPresent, 0, _) = answer.first else { throw Refused(answer: answer) }
        pending = Array(answer.dropFirst())
        return isPresent
    }

    /// CONNECT was not answered with success.
    package struct Refused: Error {
        package let answer: [ServerPacket]
    }

    /// Packets that came behind the CONNACK.
    private var pending: [ServerPacket] = []

    /// Sends bytes and lets the broker come to rest.
    package func send(_ bytes: [UInt8]) {
        link.clientSends(bytes)
        broker.settle()
    }

    /// All packets that can be read now.
    package func receive() throws -> [ServerPacket] {
        broker.settle()
        while link.hasBytesForClient {
            reader.append(link.clientReads())
            broker.settle()
        }
        defer { pending = [] }
        return pending + (try reader.all())
    }

    /// Sends bytes and returns everything that comes back.
    package func exchange(_ bytes: [UInt8]) throws -> [ServerPacket] {
        send(bytes)
        return try receive()
    }

    /// A packet identifier that was not used before.
    package func identifier() -> Int {
        nextIdentifier += 1
        return nextIdentifier
    }

    /// Subscribes; returns what came back.
    package func subscribe(_ filter: String, _ options: UInt8 = 1) throws -> [ServerPacket] {
        try exchange(ClientPacket.subscribe(identifier(), [(filter, options)], version: version))
    }

    /// Publishes text, with an identifier of its own for QoS 1 and 2.
    package func publish(_ topic: String, _ payload: String, qos: UInt8 = 0, retain: Bool = false) {
        send(
            ClientPacket.publish(
                topic, Array(payload.utf8), qos: qos, identifier: qos == 0 ? 0 : identifier(), retain: retain,
                version: version))
    }

    /// The payloads of all publishes that can be read now, as text.
    package func payloads() throws -> [String] {
        try publishes().map { String(decoding: $0.payload, as: UTF8.self) }
    }

    /// All publishes that can be read now.
    package func publishes() throws -> [ReceivedPublish] {
        try receive().compactMap { packet in
            if case .publish(let publish) = packet { return publish }
            return nil
        }
    }

    package func acknowledge(_ type: PacketType, _ identifier: Int, reason: UInt8? = nil) {
        send(ClientPacket.acknowledgement(type, identifier, reason: reason))
    }

    /// The connection is lost.
    package func lose() {
        link.clientResets()
        broker.settle()
    }

    /// The client says goodbye.
    package func disconnect() {
        send(ClientPacket.disconnect())
        link.clientCloses()
        broker.settle()
    }

    /// Whether the broker has closed the connection.
    package var isClosed: Bool { link.isAtEndForClient }
}
