import MQTTWire
import Testing

@Suite("Packets that the server sends")
struct ServerPacketTests {
    @Test("CONNACK of 3.x is four bytes")
    func oldConnack() {
        #expect(encoded { $0.appendConnack(sessionPresent: true, returnCode: .accepted) } == [0x20, 2, 1, 0])
        #expect(encoded { $0.appendConnack(sessionPresent: false, returnCode: .notAuthorized) } == [0x20, 2, 0, 5])
    }

    @Test("CONNACK of version 5 carries its properties in the order in which they were added")
    func connack() {
        var properties = ServerProperties()
        properties.setReasonString("no")
        properties.add(.maximumQoS, byte: 1)
        properties.add(.receiveMaximum, uint16: 0x0102)
        properties.add(.maximumPacketSize, uint32: 0x0102_0304)
        properties.add(.assignedClientIdentifier, string: "id")
        properties.add(.authenticationData, binary: [0xFF])
        let bytes = encoded {
            $0.appendConnack(sessionPresent: true, reason: .success, properties: properties, maximumPacketSize: .max)
        }
        let expected: [UInt8] = [
            0x20, 27, 1, 0, 24, 0x24, 1, 0x21, 1, 2, 0x27, 1, 2, 3, 4, 0x12, 0, 2, 0x69, 0x64, 0x16, 0, 1, 0xFF, 0x1F,
            0,
            2, 0x6E, 0x6F,
        ]
        #expect(bytes == expected)
    }

    @Test("CONNACK without properties says so with a length of 0")
    func bareConnack() {
        let bytes = encoded {
            $0.appendConnack(
                sessionPresent: false, reason: .banned, properties: ServerProperties(), maximumPacketSize: .max)
        }
        #expect(bytes == [0x20, 3, 0, 0x8A, 0])
    }

    @Test("The reason string is left out of a packet that it would make too large for the client")
    func reasonStringLeftOut() {
        var properties = ServerProperties()
        properties.add(.serverKeepAlive, uint16: 9)
        properties.setReasonString("why")
        func connack(_ size: Int) -> [UInt8] {
            encoded {
                $0.appendConnack(
                    sessionPresent: false, reason: .success, properties: properties, maximumPacketSize: size)
            }
        }
        let short: [UInt8] = [0x20, 6, 0, 0, 3, 0x13, 0, 9]
        #expect(connack(14) == [0x20, 12, 0, 0, 9, 0x13, 0, 9, 0x1F, 0, 3, 0x77, 0x68, 0x79])
        #expect(connack(13) == short)
        #expect(connack(8) == short)
        #expect(connack(7) == [])
    }

    @Test("Whoever appends a packet is told whether it fitted the client")
    func told() {
        var out = OutBuffer()
        let none = ServerProperties()
        let small = out.appendConnack(sessionPresent: false, reason: .success, properties: none, maximumPacketSize: 4)
        #expect(!small)
        #expect(out.isEmpty)
        let fits = out.appendConnack(sessionPresent: false, reason: .success, properties: none, maximumPacketSize: 5)
        #expect(fits)
        #expect(out.count == 5)
    }

    @Test(
        "An acknowledgement of success is four bytes",
        arguments: [(.puback, 0x40), (.pubrec, 0x50), (.pubrel, 0x62), (.pubcomp, 0x70)] as [(PacketType, UInt8)])
    func acknowledgements(type: PacketType, first: UInt8) {
        #expect(encoded { $0.appendAcknowledgement(type, packetIdentifier: 0xABCD) } == [first, 2, 0xAB, 0xCD])
        let reason = encoded {
            $0.appendAcknowledgement(
                type, packetIdentifier: 0xABCD, reason: .packetIdentifierNotFound, properties: ServerProperties(),
                maximumPacketSize: .max)
        }
        #expect(reason == [first, 3, 0xAB, 0xCD, 0x92])
        var properties = ServerProperties()
        properties.setReasonString("x")
        let text = encoded {
            $0.appendAcknowledgement(
                type, packetIdentifier: 0xABCD, reason: .packetIdentifierNotFound, properties: properties,
                maximumPacketSize: .max)
        }
        #expect(text == [first, 8, 0xAB, 0xCD, 0x92, 4, 0x1F, 0, 1, 0x78])
    }

    @Test("SUBACK has a code for each filter in every version, UNSUBACK in version 5 only")
    func subscriptions() {
        func acknowledgement(_ type: PacketType, _ version: ProtocolVersion) -> [UInt8] {
            encoded {
                $0.appendSubscriptionAcknowledgement(
                    type, packetIdentifier: 0x0102, codes: [0, 2, 0x80], version: version)
            }
        }
        for version in [ProtocolVersion.v3_1, .v3_1_1] {
            #expect(acknowledgement(.suback, version) == [0x90, 5, 1, 2, 0, 2, 0x80])
            #expect(acknowledgement(.unsuback, version) == [0xB0, 2, 1, 2])
        }
        #expect(acknowledgement(.suback, .v5) == [0x90, 6, 1, 2, 0, 0, 2, 0x80])
        #expect(acknowledgement(.unsuback, .v5) == [0xB0, 6, 1, 2, 0, 0, 2, 0x80])
    }

    @Test("A SUBACK of more than 127 bytes has a longer length, and its size is kept to the byte")
    func longSuback() {
        func suback(_ size: Int) -> [UInt8] {
            encoded {
                $0.appendSubscriptionAcknowledgement(
                    .suback, packetIdentifier: 1, codes: [UInt8](repeating: 1, count: 200), version: .v5,
                    maximumPacketSize: size)
            }
        }
        #expect(suback(206) == [0x90, 0xCB, 0x01, 0, 1, 0] + [UInt8](repeating: 1, count: 200))
        #expect(suback(205) == [])
    }

    @Test("PINGRESP, DISCONNECT and AUTH are written as the standard has them")
    func rest() {
        #expect(encoded { $0.appendPingresp() } == [0xD0, 0])
        let disconnect = encoded { $0.appendDisconnect(reason: .sessionTakenOver, maximumPacketSize: .max) }
        #expect(disconnect == [0xE0, 2, 0x8E, 0])
        #expect(encoded { $0.appendDisconnect(reason: .serverBusy, maximumPacketSize: 3) } == [])
        var properties = ServerProperties()
        properties.add(.authenticationMethod, string: "m")
        let auth = encoded {
            $0.appendAuth(reason: .continueAuthentication, properties: properties, maximumPacketSize: .max)
        }
        #expect(auth == [0xF0, 6, 0x18, 4, 0x15, 0, 1, 0x6D])
    }

    @Test("A reason string is at most 1024 bytes long and binary data at most 65535")
    func bounds() {
        var properties = ServerProperties()
        properties.setReasonString(String(repeating: "x", count: 2000))
        let disconnect = encoded {
            $0.appendDisconnect(reason: .quotaExceeded, properties: properties, maximumPacketSize: .max)
        }
        let head: [UInt8] = [0xE0, 0x86, 0x08, 0x97, 0x83, 0x08, 0x1F, 0x04, 0x00]
        #expect(disconnect == head + [UInt8](repeating: 0x78, count: 1024))
        var binary = ServerProperties()
        binary.add(.authenticationData, binary: [UInt8](repeating: 7, count: 65_536))
        let auth = encoded { $0.appendAuth(reason: .success, properties: binary, maximumPacketSize: .max) }
        #expect(auth.suffix(65_538) == [0x16, 0xFF, 0xFF] + [UInt8](repeating: 7, count: 65_535))
    }
}
