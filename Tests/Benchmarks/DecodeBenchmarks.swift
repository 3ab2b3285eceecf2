import BrokerValues
import MQTTWire
import SimulationKit

/// Packets from clients, from the fixed header on, as the shard decodes them where they stand.
enum DecodeBenchmarks {
    static var all: [Benchmark] {
        [
            publish("qos0", qos: 0, version: .v3_1_1), publish("qos1", qos: 1, version: .v3_1_1),
            publish("qos0-v5", qos: 0, version: .v5), publish("qos1-v5", qos: 1, version: .v5),
            publish("qos1-v5-properties", qos: 1, version: .v5, properties: properties), puback, subscribe, connect,
        ]
    }

    /// Packets of a stream.
    private static let count = 16

    private static var properties: PropertyBytes {
        var properties = PropertyBytes()
        properties.add(0x01, byte: 1)
        properties.add(0x03, string: "application/json")
        properties.add(0x08, string: "fleet/r17/answers")
        properties.add(0x09, binary: Array(0..<8))
        properties.addUserProperty("trace", "4bf92f3577b34da6")
        return properties
    }

    private static func publish(
        _ name: String, qos: UInt8, version: ProtocolVersion, properties: PropertyBytes = PropertyBytes()
    ) -> Benchmark {
        let topic = "fleet/r17/d004711/engine/state"
        let packets = (1...count).flatMap { number in
            ClientPacket.publish(
                topic, [UInt8](repeating: UInt8(number), count: 64), qos: qos, identifier: number, version: version,
                properties: properties)
        }
        let identifiers = qos == 0 ? 0 : (1...count).reduce(0, +)
        return Benchmark(
            "wire.decode.publish-\(name)", period: count,
            resultOfPeriod: count * (topic.utf8.count + 64 + properties.bytes.count) + identifiers
        ) {
            { operations in
                packets.sum(packets: operations) { (header, packet) throws(WireError) in
                    let view = try PublishView.decode(packet, header: header, version: version)
                    return view.topic.count &+ view.payload.count &+ view.properties.section.count
                        &+ Int(view.packetIdentifier)
                }
            }
        }
    }

    private static var puback: Benchmark {
        let packets = (1...count).flatMap { ClientPacket.acknowledgement(.puback, $0) }
        return Benchmark("wire.decode.puback", period: count, resultOfPeriod: (1...count).reduce(0, +)) {
            { operations in
                packets.sum(packets: operations) { (header, packet) throws(WireError) in
                    let body = packet.dropping(header.length)
                    return Int(
                        try AcknowledgementPacket.decode(body, type: .puback, version: .v3_1_1).packetIdentifier)
                }
            }
        }
    }

    private static var subscribe: Benchmark {
        let filters: [(String, UInt8)] = [("fleet/r17/d004711/cmd", 1), ("fleet/r17/d004711/config/#", 1)]
        let packets = (1...count).flatMap { ClientPacket.subscribe($0, filters) }
        let bytes = filters.reduce(0) { $0 + $1.0.utf8.count }
        return Benchmark("wire.decode.subscribe-v5-2", period: count, resultOfPeriod: count * bytes) {
            { operations in
                packets.sum(packets: operations) { (header, packet) throws(WireError) in
                    let view = try SubscribeView.decode(packet.dropping(header.length), version: .v5)
                    return view.entries.reduce(0) { $0 &+ $1.filter.count }
                }
            }
        }
    }

    /// With a will, a user name and a password.
    private static var connect: Benchmark {
        var fields = ConnectFields.durable("d004711", expiry: 3600)
        fields.keepAlive = 60
        fields.willTopic = "fleet/r17/d004711/gone"
        fields.willPayload = Array("bye".utf8)
        fields.userName = "d004711"
        fields.password = Array("secret".utf8)
        let packets = (1...count).flatMap { _ in fields.bytes }
        return Benchmark("wire.decode.connect-v5", period: count, resultOfPeriod: count * (7 + 7 + 6 + 3)) {
            let limits = BrokerLimits()
            return { operations in
                packets.sum(packets: operations) { (header, packet) throws(WireError) in
                    let body = packet.dropping(header.length)
                    guard let connect = try? ConnectPacket.decode(body, limits: limits) else { return .min }
                    return connect.clientIdentifier.utf8.count &+ (connect.userName?.utf8.count ?? 0)
                        &+ (connect.password?.count ?? 0) &+ (connect.will?.message.payloadCount ?? 0)
                }
            }
        }
    }
}
