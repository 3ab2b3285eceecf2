import BrokerValues
import MQTTWire
import Testing

/// Bodies of CONNECT packets, byte for byte.
enum ConnectBytes {
    static let name3_1: [UInt8] = [0, 6, 0x4D, 0x51, 0x49, 0x73, 0x64, 0x70, 3]
    static let name3_1_1: [UInt8] = [0, 4, 0x4D, 0x51, 0x54, 0x54, 4]
    static let name5: [UInt8] = [0, 4, 0x4D, 0x51, 0x54, 0x54, 5]

    /// Name and level of a version.
    static func head(_ version: ProtocolVersion) -> [UInt8] {
        switch version {
        case .v3_1: name3_1
        case .v3_1_1: name3_1_1
        case .v5: name5
        }
    }

    /// A CONNECT with everything: will of QoS 1 retained, user name, password; no properties.
    static func full(_ version: ProtocolVersion) -> [UInt8] {
        let none: [UInt8] = version == .v5 ? [0] : []
        let will = none + field("w/t") + field([0, 0xFF])
        return head(version) + [0xEE, 0x01, 0x2C] + none + field("c1") + will + field("user") + field([0xFE, 0])
    }
}

/// Decodes the body of a CONNECT.
func connect(_ body: [UInt8], limits: BrokerLimits = BrokerLimits()) throws -> ConnectPacket {
    try body.withByteView { view in try ConnectPacket.decode(view, limits: limits) }
}

@Suite("CONNECT")
struct ConnectTests {
    @Test("All fields are read in every version", arguments: ProtocolVersion.allCases)
    func everything(version: ProtocolVersion) throws {
        let packet = try connect(ConnectBytes.full(version))
        #expect(packet.version == version)
        #expect(packet.cleanStart)
        #expect(packet.keepAlive == 300)
        #expect(packet.clientIdentifier == "c1")
        #expect(packet.userName == "user")
        #expect(packet.password == [0xFE, 0])
        let will = try #require(packet.will)
        #expect(will.delay == 0)
        #expect(will.message.qos == .atLeastOnce)
        #expect(will.message.retain)
        #expect(will.message.expirySeconds == nil)
        #expect(will.message.topicText == "w/t")
        #expect(will.message.parts.properties == [])
        #expect(will.message.parts.payload == [0, 0xFF])
    }

    @Test("The least CONNECT has the standard's defaults", arguments: ProtocolVersion.allCases)
    func least(version: ProtocolVersion) throws {
        let none: [UInt8] = version == .v5 ? [0] : []
        let packet = try connect(ConnectBytes.head(version) + [0x02, 0, 0] + none + [0, 0])
        #expect(packet.clientIdentifier == "")
        #expect(packet.keepAlive == 0)
        #expect(packet.will == nil)
        #expect(packet.userName == nil)
        #expect(packet.password == nil)
        #expect(packet.properties.sessionExpiry == 0)
        #expect(packet.properties.receiveMaximum == 65_535)
        #expect(packet.properties.maximumPacketSize == nil)
        #expect(packet.properties.topicAliasMaximum == 0)
        #expect(!packet.properties.requestResponseInformation)
        #expect(packet.properties.requestProblemInformation)
        #expect(packet.properties.authenticationMethod == nil)
        #expect(packet.properties.authenticationData == nil)
        #expect(packet.properties.userProperties == [])
    }

    @Test("A 3.x session without Clean Session never expires; a version 5 session without Clean Start does at once")
    func cleanSession() throws {
        for version in ProtocolVersion.allCases {
            let none: [UInt8] = version == .v5 ? [0] : []
            let packet = try connect(ConnectBytes.head(version) + [0x00, 0, 0] + none + field("c"))
            #expect(!packet.cleanStart)
            #expect(packet.properties.sessionExpiry == (version == .v5 ? 0 : .max))
        }
    }

    @Test(
        "A CONNECT that is cut anywhere is malformed, and only version 5 may be told",
        arguments: [
            ProtocolVersion.v3_1, .v3_1_1, .v5,
        ])
    func cuts(version: ProtocolVersion) throws {
        let body = ConnectBytes.full(version)
        let versionLength = ConnectBytes.head(version).count
        for length in 0..<body.count {
            let error = #expect(throws: ConnectError.self) { try connect(Array(body.prefix(length))) }
            #expect(error?.error.reason == .malformedPacket, "cut to \(length)")
            let mayAnswer = version == .v5 && length >= versionLength
            #expect(error?.answer == (mayAnswer ? .reasonCode(.malformedPacket) : ConnectError.Answer.none))
        }
    }

    @Test("All properties of CONNECT are read")
    func properties() throws {
        let properties: [UInt8] =
            [0x11, 0, 0, 1, 0, 0x21, 0, 7, 0x27, 0, 0, 2, 0, 0x22, 0, 9, 0x19, 1, 0x17, 0] + [0x15] + field("m")
            + [0x16] + field([0]) + [0x26] + field("a") + field("1") + [0x26] + field("a") + field("")
        let packet = try connect(ConnectBytes.name5 + [0x02, 0, 0] + section(properties) + field("c"))
        #expect(packet.properties.sessionExpiry == 256)
        #expect(packet.properties.receiveMaximum == 7)
        #expect(packet.properties.maximumPacketSize == 512)
        #expect(packet.properties.topicAliasMaximum == 9)
        #expect(packet.properties.requestResponseInformation)
        #expect(!packet.properties.requestProblemInformation)
        #expect(packet.properties.authenticationMethod == "m")
        #expect(packet.properties.authenticationData == [0])
        #expect(
            packet.properties.userProperties == [
                UserProperty(name: "a", value: "1"), UserProperty(name: "a", value: ""),
            ])
    }

    @Test("A will keeps the properties that a subscriber gets, and its delay and expiry apart from them")
    func willProperties() throws {
        let kept: [UInt8] = [0x01, 1, 0x03] + field("text") + [0x26] + field("k") + field("v")
        let properties: [UInt8] = [0x18, 0, 0, 0, 30, 0x02, 0, 0, 1, 0] + kept
        let body = ConnectBytes.name5 + [0x06, 0, 0, 0] + field("c") + section(properties) + field("w") + field("x")
        let will = try #require(try connect(body).will)
        #expect(will.delay == 30)
        #expect(will.message.expirySeconds == 256)
        #expect(will.message.parts.properties == kept)
        #expect(will.message.qos == .atMostOnce)
        #expect(!will.message.retain)
    }
}
