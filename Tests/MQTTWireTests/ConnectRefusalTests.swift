import BrokerValues
import MQTTWire
import Testing

@Suite("CONNECT that is refused")
struct ConnectRefusalTests {
    /// The body of a CONNECT with these flags and everything behind the keep-alive.
    private func body(_ version: ProtocolVersion, flags: UInt8, properties: [UInt8] = [], _ rest: [UInt8]) -> [UInt8] {
        let section = version == .v5 ? section(properties) : []
        return ConnectBytes.head(version) + [flags, 0, 0] + section + rest
    }

    private func error(_ body: [UInt8], limits: BrokerLimits = BrokerLimits()) -> ConnectError? {
        #expect(throws: ConnectError.self) { try connect(body, limits: limits) }
    }

    @Test(
        "A wrong name or level is answered in the form that the client can read",
        arguments: [
            ("MQTT", 6, .reasonCode(.unsupportedProtocolVersion)),
            ("MQTT", 0x7F, .reasonCode(.unsupportedProtocolVersion)),
            ("MQTT", 3, .returnCode(.unacceptableProtocolLevel)), ("MQTT", 0, .returnCode(.unacceptableProtocolLevel)),
            ("MQTT", 0x84, .returnCode(.unacceptableProtocolLevel)),
            ("MQIsdp", 4, .returnCode(.unacceptableProtocolLevel)),
            ("MQIsdp", 5, .returnCode(.unacceptableProtocolLevel)), ("mqtt", 4, .none), ("MQTT ", 4, .none),
            ("HTTP", 5, .none), ("", 5, .none),
        ] as [(String, UInt8, ConnectError.Answer)])
    func versions(name: String, level: UInt8, answer: ConnectError.Answer) {
        let seen = error(field(name) + [level, 0x02, 0, 0, 0, 0, 0])
        #expect(seen?.error.reason == .unsupportedProtocolVersion)
        #expect(seen?.answer == answer)
    }

    @Test(
        "Flags that contradict one another are malformed in every version",
        arguments: ProtocolVersion.allCases,
        [
            0x03, 0x01, 0x1E, 0x0A, 0x12, 0x1A, 0x22, 0x2A,
        ] as [UInt8])
    func flags(version: ProtocolVersion, flags: UInt8) {
        let none: [UInt8] = version == .v5 ? [0] : []
        let seen = error(body(version, flags: flags, field("c") + none + field("w") + field("x")))
        #expect(seen?.error.reason == .malformedPacket)
        #expect(seen?.answer == (version == .v5 ? .reasonCode(.malformedPacket) : ConnectError.Answer.none))
    }

    @Test("A password without a user name is legal in version 5 only")
    func passwordAlone() throws {
        let rest = field("c") + field("secret")
        #expect(try connect(body(.v5, flags: 0x42, rest)).password == Array("secret".utf8))
        #expect(error(body(.v3_1_1, flags: 0x42, rest))?.error.reason == .malformedPacket)
        #expect(error(body(.v3_1, flags: 0x42, rest))?.error.reason == .malformedPacket)
    }

    @Test("Bytes behind the last field are malformed", arguments: ProtocolVersion.allCases)
    func leftOver(version: ProtocolVersion) {
        #expect(error(ConnectBytes.full(version) + [0])?.error.reason == .malformedPacket)
        #expect(error(body(version, flags: 0x02, field("c") + field("user")))?.error.reason == .malformedPacket)
    }

    @Test("Client identifier, user name and will topic must be UTF-8", arguments: ProtocolVersion.allCases)
    func text(version: ProtocolVersion) {
        let bad = field([0x61, 0xED, 0xA0, 0x80])
        let none: [UInt8] = version == .v5 ? [0] : []
        #expect(error(body(version, flags: 0x02, bad))?.error.reason == .malformedPacket)
        #expect(error(body(version, flags: 0x82, field("c") + bad))?.error.reason == .malformedPacket)
        let will = field("c") + none + bad + field("x")
        #expect(error(body(version, flags: 0x06, will))?.error.reason == .malformedPacket)
    }

    @Test(
        "A will must have a topic to which a client may publish", arguments: ["", "a/+", "#", "$SYS/x", "$share/g/t"])
    func willTopics(topic: String) {
        let seen = error(body(.v5, flags: 0x06, field("c") + [0] + field(topic) + field("x")))
        #expect(seen?.error.reason == .topicNameInvalid)
        #expect(seen?.answer == .reasonCode(.topicNameInvalid))
        let old = error(body(.v3_1_1, flags: 0x06, field("c") + field(topic) + field("x")))
        #expect(old?.answer == ConnectError.Answer.none)
    }

    @Test("The topic of a will keeps the limits of the broker")
    func willLimits() throws {
        var limits = BrokerLimits()
        limits.maximumTopicLength = 5
        limits.maximumTopicLevels = 2
        let longest = body(.v3_1_1, flags: 0x06, field("c") + field("ab/cd") + field("x"))
        #expect(try connect(longest, limits: limits).will?.message.topicText == "ab/cd")
        let longer = body(.v3_1_1, flags: 0x06, field("c") + field("ab/cde") + field("x"))
        #expect(error(longer, limits: limits)?.error.reason == .topicNameInvalid)
        let deeper = body(.v3_1_1, flags: 0x06, field("c") + field("a/b/c") + field("x"))
        #expect(error(deeper, limits: limits)?.error.reason == .topicNameInvalid)
    }

    @Test(
        "Properties of CONNECT with a fault are refused with the code of the fault",
        arguments: [
            ([0x21, 0, 0], .protocolError), ([0x27, 0, 0, 0, 0], .protocolError), ([0x17, 2], .protocolError),
            ([0x16, 0, 1, 0x61], .protocolError), ([0x22, 0, 1, 0x22, 0, 1], .protocolError),
            ([0x23, 0, 1], .malformedPacket), ([0x18, 0, 0, 0, 1], .malformedPacket), ([0x7F, 0], .malformedPacket),
        ] as [([UInt8], ReasonCode)])
    func properties(bytes: [UInt8], reason: ReasonCode) {
        let seen = error(body(.v5, flags: 0x02, properties: bytes, field("c")))
        #expect(seen?.error.reason == reason)
        #expect(seen?.answer == .reasonCode(reason))
    }

    @Test("A property length that reaches past the packet is malformed")
    func propertyLength() {
        #expect(error(ConnectBytes.name5 + [0x02, 0, 0, 0x7F] + field("c"))?.error.reason == .malformedPacket)
        let overlong = ConnectBytes.name5 + [0x02, 0, 0, 0x80, 0x00] + field("c")
        #expect(error(overlong)?.error.reason == .malformedPacket)
    }
}
