import BrokerValues
import MQTTWire
import NIOCore
import Testing

@Suite("PUBLISH to a client")
struct PublishEncoderTests {
    private func publish(
        _ envelope: PublishEnvelope, _ version: ProtocolVersion, topic: String = "a/b", properties: [UInt8] = [],
        payload: [UInt8] = [1, 2]
    ) -> [UInt8] {
        let bytes = encoded { out in
            Array(topic.utf8).withByteView { topic in
                properties.withByteView { properties in
                    payload.withByteView { payload in
                        out.appendPublish(
                            envelope, version: version, topic: topic, properties: properties, payload: payload)
                    }
                }
            }
        }
        let size = envelope.packetSize(
            version: version, topicCount: topic.utf8.count,
            propertiesCount: version.hasProperties ? properties.count : 0, payloadCount: payload.count)
        #expect(bytes.count == size)
        return bytes
    }

    @Test("The first byte holds DUP, QoS and RETAIN")
    func firstByte() {
        var envelope = PublishEnvelope(qos: .exactlyOnce, retain: true)
        #expect(envelope.firstByte == 0x35)
        envelope.duplicate = true
        #expect(envelope.firstByte == 0x3D)
        #expect(PublishEnvelope(qos: .atMostOnce, retain: false).firstByte == 0x30)
        #expect(PublishEnvelope(qos: .atLeastOnce, retain: false).firstByte == 0x32)
    }

    @Test("A PUBLISH of 3.x has no properties, whatever the message has", arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func old(version: ProtocolVersion) {
        var envelope = PublishEnvelope(qos: .atLeastOnce, retain: false)
        envelope.packetIdentifier = 0x0102
        let seen = publish(envelope, version, properties: [0x01, 1])
        #expect(seen == [0x32, 9, 0, 3, 0x61, 0x2F, 0x62, 1, 2, 1, 2])
        let qos0 = publish(PublishEnvelope(qos: .atMostOnce, retain: true), version)
        #expect(qos0 == [0x31, 7, 0, 3, 0x61, 0x2F, 0x62, 1, 2])
    }

    @Test("A PUBLISH of version 5 has expiry, alias and subscription identifiers before what is forwarded")
    func everything() {
        var envelope = PublishEnvelope(qos: .exactlyOnce, retain: false)
        envelope.packetIdentifier = 7
        envelope.expirySeconds = 0x0102_0304
        envelope.topicAlias = 0x0506
        envelope.subscriptionIdentifiers = [1, 200]
        let seen = publish(envelope, .v5, properties: [0x01, 1])
        let properties: [UInt8] = [2, 1, 2, 3, 4, 0x23, 5, 6, 0x0B, 1, 0x0B, 0xC8, 0x01, 0x01, 1]
        #expect(seen == [0x34, 25, 0, 3, 0x61, 0x2F, 0x62, 0, 7, 15] + properties + [1, 2])
    }

    @Test("With an alias the topic may be left out, and no properties are a length of 0")
    func alias() {
        var envelope = PublishEnvelope(qos: .atMostOnce, retain: false)
        #expect(publish(envelope, .v5) == [0x30, 8, 0, 3, 0x61, 0x2F, 0x62, 0, 1, 2])
        envelope.topicAlias = 3
        envelope.omitsTopic = true
        #expect(publish(envelope, .v5) == [0x30, 8, 0, 0, 3, 0x23, 0, 3, 1, 2])
    }

    @Test("Lengths grow by a byte where they must", arguments: [(122, 2), (123, 3), (16_378, 3), (16_379, 4)])
    func lengths(payload: Int, header: Int) {
        let envelope = PublishEnvelope(qos: .atMostOnce, retain: false)
        let seen = publish(envelope, .v3_1_1, payload: [UInt8](repeating: 9, count: payload))
        #expect(seen.count == header + 5 + payload)
        #expect(seen.dropFirst(header).prefix(5) == [0, 3, 0x61, 0x2F, 0x62])
    }

    @Test("A property section of more than 127 bytes has a longer length")
    func longProperties() {
        let text = [UInt8](repeating: 0x61, count: 125)
        let envelope = PublishEnvelope(qos: .atMostOnce, retain: false)
        let seen = publish(envelope, .v5, properties: [0x03, 0, 125] + text, payload: [])
        #expect(seen == [0x30, 0x87, 0x01, 0, 3, 0x61, 0x2F, 0x62, 0x80, 0x01, 0x03, 0, 125] + text)
    }

    @Test(
        "A shared body is taken in without being copied, with the same bytes on the wire",
        arguments: [ProtocolVersion.v3_1_1, .v5])
    func shared(version: ProtocolVersion) throws {
        let payload = [UInt8](repeating: 0x5A, count: 3000)
        let properties: [UInt8] = [0x26, 0, 1, 0x61, 0, 1, 0x62]
        let message = message(topic: "a/b", properties: properties, payload: payload)
        let slice = try #require(message.sharedBody)
        var envelope = PublishEnvelope(qos: .atLeastOnce, retain: false)
        envelope.packetIdentifier = 1
        var out = OutBuffer()
        message.withParts { topic, properties, payload in
            out.appendPublish(
                envelope, version: version, topic: topic, properties: properties, payload: payload, sharedBody: slice)
        }
        #expect(out.single == nil)
        #expect(drained(&out) == publish(envelope, version, properties: properties, payload: payload))
    }

    @Test("What is encoded decodes to the same again", arguments: ProtocolVersion.allCases, QualityOfService.allCases)
    func roundTrip(version: ProtocolVersion, qos: QualityOfService) throws {
        var envelope = PublishEnvelope(qos: qos, retain: true)
        envelope.packetIdentifier = qos == .atMostOnce ? 0 : 0xFFFF
        envelope.expirySeconds = 60
        try withPublish(publish(envelope, version, properties: [0x01, 0]), version) { view in
            #expect(view.qos == qos)
            #expect(view.retain)
            #expect(!view.duplicate)
            #expect(view.packetIdentifier == envelope.packetIdentifier)
            #expect(view.topic.text == "a/b")
            #expect(view.payload.bytes == [1, 2])
            #expect(view.properties.messageExpiry == (version == .v5 ? 60 : nil))
            #expect(view.properties.forwarded() == (version == .v5 ? [0x01, 0] : []))
        }
    }

    @Test("A copy of a packet has its own first byte and identifier and leaves the original alone")
    func copies() {
        let original: [UInt8] = [0x30, 6, 0, 1, 0x74, 0, 0, 9]
        let bytes = encoded { out in
            original.withByteView { view in
                out.appendPublish(copyOf: view, firstByte: 0x3A, packetIdentifierOffset: 5, packetIdentifier: 0xABCD)
                out.appendPublish(copyOf: view, firstByte: 0x31, packetIdentifierOffset: 0, packetIdentifier: 0xABCD)
                #expect(view.bytes == original)
            }
        }
        #expect(bytes == [0x3A, 6, 0, 1, 0x74, 0xAB, 0xCD, 9, 0x31, 6, 0, 1, 0x74, 0, 0, 9])
    }

    @Test("An identifier that would lie outside of the packet ends the process")
    func outside() async {
        await #expect(processExitsWith: .failure) {
            [UInt8(0x32), 0].withByteView { view in
                var out = OutBuffer()
                out.appendPublish(copyOf: view, firstByte: 0x32, packetIdentifierOffset: 1, packetIdentifier: 1)
            }
        }
    }
}
