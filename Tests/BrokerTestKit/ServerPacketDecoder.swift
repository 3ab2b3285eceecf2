/// Turns one whole packet from the broker into a ``ServerPacket``, and refuses whatever a broker may not send.
struct ServerPacketDecoder {
    let version: MQTTVersion

    func decode(_ packet: [UInt8]) throws -> ServerPacket {
        do {
            var cursor = ByteCursor(packet)
            let first = try cursor.byte()
            let length = try cursor.varint()
            guard length == cursor.count else { throw TestFailure("the remaining length is wrong") }
            let answer = try decode(first, &cursor)
            guard cursor.isAtEnd else { throw TestFailure("\(cursor.count) bytes are left over") }
            return answer
        } catch let failure as TestFailure {
            throw TestFailure("malformed packet from the broker: \(failure.description): \(hexadecimal(packet))")
        }
    }

    private func decode(_ first: UInt8, _ cursor: inout ByteCursor) throws -> ServerPacket {
        if first & 0xF0 == 0x30 { return .publish(try publish(first, &cursor)) }
        switch first {
        case 0x20: return .connack(try connack(&cursor))
        case 0x40: return .puback(try acknowledgement(&cursor, Self.publishReasons))
        case 0x50: return .pubrec(try acknowledgement(&cursor, Self.publishReasons))
        case 0x62: return .pubrel(try acknowledgement(&cursor, [0, 0x92]))
        case 0x70: return .pubcomp(try acknowledgement(&cursor, [0, 0x92]))
        case 0x90: return .suback(try suback(&cursor))
        case 0xB0: return .unsuback(try unsuback(&cursor))
        case 0xD0: return .pingresp
        case 0xE0 where version == .v5:
            return .disconnect(try ending(&cursor, "DISCONNECT", Self.disconnectReasons))
        case 0xF0 where version == .v5: return .auth(try ending(&cursor, "AUTH", [0, 0x18]))
        default: throw TestFailure("a broker may not send a packet that begins with \(hexadecimal([first]))")
        }
    }

    private func connack(_ cursor: inout ByteCursor) throws -> ServerPacket.Connack {
        let flags = try cursor.byte()
        let code = try cursor.byte()
        guard flags & 0xFE == 0 else { throw TestFailure("reserved CONNACK flags are set") }
        guard flags == 0 || (code == 0 && version != .v31) else {
            throw TestFailure("Session Present is set where it may not")
        }
        guard version == .v5 else {
            guard code <= 5 else { throw TestFailure("unknown return code \(code)") }
            return .init(sessionPresent: flags == 1, code: code)
        }
        guard Self.connackReasons.contains(code) else { throw TestFailure("reason \(code) in CONNACK") }
        return .init(
            sessionPresent: flags == 1, code: code,
            properties: try PropertyDecoder.list(&cursor, allowed: PropertyDecoder.connack))
    }

    private func publish(_ first: UInt8, _ cursor: inout ByteCursor) throws -> ServerPacket.Publish {
        let qos = first >> 1 & 3
        let dup = first & 8 != 0
        guard qos != 3 else { throw TestFailure("QoS 3") }
        guard qos > 0 || !dup else { throw TestFailure("DUP at QoS 0") }
        var publish = ServerPacket.Publish("", "", qos: qos, retain: first & 1 != 0, dup: dup)
        publish.topicBytes = try cursor.string()
        if publish.topicBytes.isEmpty, version != .v5 { throw TestFailure("empty topic") }
        if publish.topicBytes.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) {
            throw TestFailure("wildcard in a topic name")
        }
        if qos > 0 { publish.packetIdentifier = try cursor.packetIdentifier() }
        if version == .v5 {
            publish.properties = try PropertyDecoder.list(&cursor, allowed: PropertyDecoder.publish)
        }
        publish.payload = cursor.remainder()
        return publish
    }

    private func acknowledgement(
        _ cursor: inout ByteCursor, _ reasons: Set<UInt8>
    ) throws -> ServerPacket.Acknowledgement {
        var answer = ServerPacket.Acknowledgement(try cursor.packetIdentifier())
        guard version == .v5, !cursor.isAtEnd else { return answer }
        answer.reason = try cursor.byte()
        guard reasons.contains(answer.reason) else { throw TestFailure("reason \(answer.reason) is not allowed here") }
        if !cursor.isAtEnd {
            answer.properties = try PropertyDecoder.list(&cursor, allowed: PropertyDecoder.acknowledgement)
        }
        return answer
    }

    private func suback(_ cursor: inout ByteCursor) throws -> ServerPacket.SubscriptionAnswer {
        let answer = try subscriptionAnswer(&cursor)
        let allowed: Set<UInt8> = version == .v5 ? Self.subackReasons : [0, 1, 2, 0x80]
        guard !answer.codes.isEmpty, allowed.isSuperset(of: answer.codes) else {
            throw TestFailure("codes that SUBACK does not have")
        }
        return answer
    }

    private func unsuback(_ cursor: inout ByteCursor) throws -> ServerPacket.SubscriptionAnswer {
        let answer = try subscriptionAnswer(&cursor)
        guard answer.codes.isEmpty == (version != .v5), Self.unsubackReasons.isSuperset(of: answer.codes) else {
            throw TestFailure("codes that UNSUBACK does not have")
        }
        return answer
    }

    private func subscriptionAnswer(_ cursor: inout ByteCursor) throws -> ServerPacket.SubscriptionAnswer {
        var answer = ServerPacket.SubscriptionAnswer(try cursor.packetIdentifier())
        if version == .v5 {
            answer.properties = try PropertyDecoder.list(&cursor, allowed: PropertyDecoder.acknowledgement)
        }
        answer.codes = cursor.remainder()
        return answer
    }

    private func ending(
        _ cursor: inout ByteCursor, _ name: String, _ reasons: Set<UInt8>
    ) throws -> ServerPacket.Ending {
        var ending = ServerPacket.Ending()
        guard !cursor.isAtEnd else { return ending }
        ending.reason = try cursor.byte()
        guard reasons.contains(ending.reason) else { throw TestFailure("reason \(ending.reason) in \(name)") }
        if !cursor.isAtEnd {
            ending.properties = try PropertyDecoder.list(
                &cursor, allowed: name == "AUTH" ? PropertyDecoder.auth : PropertyDecoder.disconnect)
        }
        return ending
    }

    private static let connackReasons: Set<UInt8> = [
        0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B,
        0x9C, 0x9D, 0x9F,
    ]
    private static let publishReasons: Set<UInt8> = [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]
    private static let subackReasons: Set<UInt8> = [
        0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
    ]
    private static let unsubackReasons: Set<UInt8> = [0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91]
    private static let disconnectReasons: Set<UInt8> = [
        0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ]
}
