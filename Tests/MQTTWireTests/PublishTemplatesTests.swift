import MQTTWire
import Testing

@Suite("Templates of a PUBLISH")
struct PublishTemplatesTests {
    /// A copy of the form for a version, made of these parts.
    private func form(
        _ templates: PublishTemplates, _ form: Int, topic: String = "a/b", properties: [UInt8] = [0x01, 1],
        payload: [UInt8] = [8, 9]
    ) -> (packet: [UInt8], offset: Int) {
        Array(topic.utf8).withByteView { topic in
            properties.withByteView { properties in
                payload.withByteView { payload in
                    let made = templates.form(form, topic: topic, properties: properties, payload: payload)
                    return (made.packet.bytes, made.packetIdentifierOffset)
                }
            }
        }
    }

    @Test("The form follows from properties and identifier; 3.1 and 3.1.1 share theirs")
    func numbers() {
        for version in [ProtocolVersion.v3_1, .v3_1_1] {
            #expect(PublishTemplates.form(version: version, hasIdentifier: false) == 0)
            #expect(PublishTemplates.form(version: version, hasIdentifier: true) == 1)
        }
        #expect(PublishTemplates.form(version: .v5, hasIdentifier: false) == 2)
        #expect(PublishTemplates.form(version: .v5, hasIdentifier: true) == 3)
    }

    @Test(
        "Each form is encoded as its receivers need it",
        arguments: [
            (0, [0x30, 7, 0, 3, 0x61, 0x2F, 0x62, 8, 9], 0), (1, [0x30, 9, 0, 3, 0x61, 0x2F, 0x62, 0, 0, 8, 9], 7),
            (2, [0x30, 10, 0, 3, 0x61, 0x2F, 0x62, 2, 1, 1, 8, 9], 0),
            (3, [0x30, 12, 0, 3, 0x61, 0x2F, 0x62, 0, 0, 2, 1, 1, 8, 9], 7),
        ] as [(Int, [UInt8], Int)])
    func forms(number: Int, bytes: [UInt8], offset: Int) {
        let templates = PublishTemplates()
        templates.start()
        let made = form(templates, number)
        #expect(made.packet == bytes)
        #expect(made.offset == offset)
    }

    @Test("Forms do not disturb one another")
    func together() {
        let templates = PublishTemplates()
        templates.start()
        let first = (0..<4).map { form(templates, $0).packet }
        let second = (0..<4).map { form(templates, $0).packet }
        #expect(first == second)
        #expect(Set(first).count == 4)
    }

    @Test("A form is encoded once for a message, and anew for the next one")
    func once() {
        let templates = PublishTemplates()
        templates.start()
        let first = form(templates, 0, payload: [1])
        #expect(form(templates, 0, payload: [2]).packet == first.packet)
        templates.start()
        #expect(form(templates, 0, payload: [2]).packet == [0x30, 6, 0, 3, 0x61, 0x2F, 0x62, 2])
    }

    @Test("The packet as it came in is one of the forms, the others are encoded", arguments: 0..<4)
    func incoming(number: Int) {
        let templates = PublishTemplates()
        let packet: [UInt8] = [0x3D, 5, 0, 1, 0x78, 0, 1]
        packet.withByteView { view in
            templates.start(with: view, form: number, packetIdentifierOffset: 5)
            #expect(form(templates, number).packet == packet)
            #expect(form(templates, number).offset == 5)
            for other in 0..<4 where other != number { #expect(form(templates, other).packet[0] == 0x30) }
        }
    }

    @Test("Messages larger than any before them are encoded whole, and small ones after them too")
    func growing() {
        let templates = PublishTemplates()
        for count in [0, 500, 600, 5000, 200_000, 3] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            templates.start()
            for number in 0..<4 {
                let made = form(templates, number, properties: [], payload: payload).packet
                var body: [UInt8] = [0, 3, 0x61, 0x2F, 0x62]
                if number & 1 != 0 { body += [0, 0] }
                if number & 2 != 0 { body += [0] }
                #expect(made == packet(0x30, body + payload), "\(count) bytes, form \(number)")
            }
        }
    }
}
