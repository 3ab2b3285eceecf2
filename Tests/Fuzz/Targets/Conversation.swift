import SimulationKit
package import MQTTWire

/// What one well-behaved client says in one connection: the stuff that mutations are made of.
package struct Conversation: Sendable {
    package let name: String
    package let version: ProtocolVersion
    package let packets: [[UInt8]]

    package var bytes: [UInt8] { packets.flatMap { $0 } }

    /// All conversations, each with a client identifier of its own.
    package static let all: [Conversation] = {
        let versions: [ProtocolVersion] = [.v3_1, .v3_1_1, .v5]
        return versions.flatMap { [flows($0), session($0), retained($0), will($0)] } + [
            properties, aliases, options, shared, large, acknowledgementForms,
        ]
    }()

    private static func connect(_ name: String, _ version: ProtocolVersion, durable: Bool = false) -> [UInt8] {
        durable
            ? ConnectFields.durable(name, version: version, expiry: 60).bytes
            : ConnectFields(name, version: version).bytes
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// All three levels of service both ways: the client hears itself.
    private static func flows(_ version: ProtocolVersion) -> Conversation {
        Conversation(
            name: "flows \(version)", version: version,
            packets: [
                connect("flows\(version)", version),
                ClientPacket.subscribe(1, [("flow/+", 2)], version: version),
                ClientPacket.publish("flow/a", text("zero"), version: version),
                ClientPacket.publish("flow/a", text("one"), qos: 1, identifier: 2, version: version),
                ClientPacket.acknowledgement(.puback, 1),
                ClientPacket.publish("flow/b", text("two"), qos: 2, identifier: 3, version: version),
                ClientPacket.acknowledgement(.pubrel, 3),
                ClientPacket.acknowledgement(.pubrec, 2),
                ClientPacket.acknowledgement(.pubcomp, 2),
                ClientPacket.pingreq,
                ClientPacket.unsubscribe(4, ["flow/+", "never/was"], version: version),
                ClientPacket.disconnect(),
            ])
    }

    /// A session that is left with messages in flight.
    private static func session(_ version: ProtocolVersion) -> Conversation {
        Conversation(
            name: "session \(version)", version: version,
            packets: [
                connect("session\(version)", version, durable: true),
                ClientPacket.subscribe(9, [("s/#", 1), ("s/one", 2), ("#", 0)], version: version),
                ClientPacket.publish("s/one", text("first"), qos: 2, identifier: 10, version: version),
                ClientPacket.publish("s/one", text("second"), qos: 1, identifier: 11, version: version),
                ClientPacket.acknowledgement(.pubrec, 1),
                ClientPacket.publish("s/one", text("first"), qos: 2, identifier: 10, duplicate: true, version: version),
                ClientPacket.acknowledgement(.pubrel, 10),
                ClientPacket.acknowledgement(.pubrel, 77),
            ])
    }

    private static func retained(_ version: ProtocolVersion) -> Conversation {
        Conversation(
            name: "retained \(version)", version: version,
            packets: [
                connect("retained\(version)", version),
                ClientPacket.publish("r/a", text("kept"), retain: true, version: version),
                ClientPacket.publish("r/b/c", text("kept too"), qos: 1, identifier: 1, retain: true, version: version),
                ClientPacket.subscribe(2, [("r/#", 1)], version: version),
                ClientPacket.subscribe(3, [("+/a", 0)], version: version),
                ClientPacket.publish("r/a", [], retain: true, version: version),
                ClientPacket.publish("r/b/c", [], retain: true, version: version),
                ClientPacket.disconnect(),
            ])
    }

    private static func will(_ version: ProtocolVersion) -> Conversation {
        var fields = ConnectFields("will\(version)", version: version)
        fields.keepAlive = 5
        fields.willTopic = "w/gone"
        fields.willPayload = text("gone")
        fields.willQoS = 1
        fields.willRetain = true
        fields.userName = "somebody"
        fields.password = [0, 1, 2, 255]
        if version == .v5 {
            fields.willProperties.add(0x18, uint32: 2)
            fields.willProperties.add(0x02, uint32: 30)
            fields.willProperties.addUserProperty("why", "because")
        }
        return Conversation(
            name: "will \(version)", version: version,
            packets: [fields.bytes, ClientPacket.subscribe(1, [("w/#", 1)], version: version), ClientPacket.pingreq])
    }

    private static var properties: Conversation {
        var fields = ConnectFields("properties")
        fields.properties.add(0x11, uint32: 5)
        fields.properties.add(0x21, uint16: 3)
        fields.properties.add(0x27, uint32: 5000)
        fields.properties.add(0x22, uint16: 2)
        fields.properties.add(0x19, byte: 1)
        fields.properties.add(0x17, byte: 0)
        fields.properties.addUserProperty("name", "value")
        var publish = PropertyBytes()
        publish.add(0x01, byte: 1)
        publish.add(0x02, uint32: 20)
        publish.add(0x03, string: "text/plain")
        publish.add(0x08, string: "answer/here")
        publish.add(0x09, binary: [1, 2, 3])
        publish.addUserProperty("a", "1")
        publish.addUserProperty("a", "2")
        var subscribe = PropertyBytes()
        subscribe.add(0x0B, varint: 268_435_455)
        subscribe.addUserProperty("who", "me")
        var goodbye = PropertyBytes()
        goodbye.add(0x11, uint32: 0)
        goodbye.add(0x1F, string: "tired")
        return Conversation(
            name: "properties", version: .v5,
            packets: [
                fields.bytes,
                ClientPacket.subscribe(1, [("p/+", 2)], properties: subscribe),
                ClientPacket.publish("p/x", text("payload"), qos: 1, identifier: 2, properties: publish),
                ClientPacket.publish("p/x", text("payload"), properties: publish),
                ClientPacket.acknowledgement(.puback, 1, reason: 0x10),
                ClientPacket.disconnect(reason: 0x04, properties: goodbye),
            ])
    }

    private static var aliases: Conversation {
        var first = PropertyBytes()
        first.add(0x23, uint16: 1)
        var expiring = first
        expiring.add(0x02, uint32: 9)
        return Conversation(
            name: "aliases", version: .v5,
            packets: [
                connect("aliases", .v5),
                ClientPacket.subscribe(1, [("alias/#", 1)]),
                ClientPacket.publish("alias/one", text("set"), properties: first),
                ClientPacket.publish("", text("used"), properties: first),
                ClientPacket.publish("alias/two", text("rebound"), qos: 1, identifier: 2, properties: expiring),
                ClientPacket.publish("", text("used again"), qos: 2, identifier: 3, properties: expiring),
            ])
    }

    private static var options: Conversation {
        Conversation(
            name: "options", version: .v5,
            packets: [
                connect("options", .v5),
                ClientPacket.publish("o/a", text("old"), retain: true),
                ClientPacket.subscribe(1, [("o/a", 0x01 | 0x04), ("o/#", 0x08 | 0x10 | 2), ("$SYS/#", 0x20)]),
                ClientPacket.publish("o/a", text("new"), qos: 2, identifier: 2, retain: true),
                ClientPacket.publish("$SYS/x", text("no"), qos: 1, identifier: 3),
                ClientPacket.unsubscribe(4, ["o/a"]),
                ClientPacket.publish("o/a", [], retain: true),
                ClientPacket.disconnect(reason: 0),
            ])
    }

    private static var shared: Conversation {
        Conversation(
            name: "shared", version: .v5,
            packets: [
                connect("shared", .v5, durable: true),
                ClientPacket.subscribe(1, [("$share/g/j/+", 1), ("$share:h:j/#", 2), ("$share//x", 1), ("j/#/x", 0)]),
                ClientPacket.publish("j/1", text("job"), qos: 1, identifier: 2),
                ClientPacket.publish("j/2", text("job"), qos: 2, identifier: 3),
                ClientPacket.acknowledgement(.puback, 1),
                ClientPacket.acknowledgement(.pubrel, 3),
                ClientPacket.unsubscribe(4, ["$share/g/j/+"]),
            ])
    }

    private static var large: Conversation {
        Conversation(
            name: "large", version: .v5,
            packets: [
                connect("large", .v5),
                ClientPacket.subscribe(1, [("l", 2)]),
                ClientPacket.publish("l", [UInt8](repeating: 7, count: 2047)),
                ClientPacket.publish("l", [UInt8](repeating: 8, count: 2048)),
                ClientPacket.publish("l", [UInt8](repeating: 9, count: 3000), qos: 1, identifier: 2),
                ClientPacket.publish("l", [UInt8](repeating: 10, count: 20_000), qos: 2, identifier: 3),
                ClientPacket.pingreq,
                ClientPacket.disconnect(),
            ])
    }

    private static var acknowledgementForms: Conversation {
        let properties: [UInt8] = [0x1F, 0, 2, 0x6F, 0x6B]
        let puback: [UInt8] = [0, 1, 0, UInt8(properties.count)] + properties
        return Conversation(
            name: "forms", version: .v5,
            packets: [
                connect("forms", .v5),
                ClientPacket.subscribe(1, [("f", 2)]),
                ClientPacket.publish("f", text("1"), qos: 1, identifier: 2),
                .packet(0x40, puback),
                ClientPacket.publish("f", text("2"), qos: 2, identifier: 3),
                ClientPacket.acknowledgement(.pubrel, 3, reason: 0),
                ClientPacket.acknowledgement(.pubrec, 2, reason: 0x87),
                ClientPacket.acknowledgement(.pubcomp, 2, reason: 0x92),
                ClientPacket.disconnect(reason: 0x98),
            ])
    }
}
