import BrokerValues
import MQTTWire
import SessionMachine
import Testing

extension Instant {
    static func at(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }
}

extension String {
    /// Runs `body` with a view of the text's bytes.
    func view<R, E: Error>(_ body: (ByteView) throws(E) -> R) throws(E) -> R { try Array(utf8).withByteView(body) }
}

/// The header of a packet without a body.
func header(_ type: PacketType, flags: UInt8? = nil) throws -> FixedHeader {
    try header(firstByte: type.rawValue << 4 | (flags ?? type.requiredFlags ?? 0))
}

func header(firstByte: UInt8) throws -> FixedHeader {
    try #require(try [firstByte, 0].withByteView { bytes throws(WireError) in try FixedHeader.parse(bytes) })
}

/// A message whose topic is all that is told apart.
func message(_ topic: String, qos: QualityOfService = .atLeastOnce, retain: Bool = false) -> Message {
    topic.view { Message.make(topic: $0, properties: .empty, payload: .empty, qos: qos, retain: retain) }
}

func delivery(_ topic: String, qos: QualityOfService) -> Delivery {
    Delivery(message: message(topic, qos: qos), qos: qos, retain: false)
}

func connect(
    _ version: ProtocolVersion = .v5, identifier: String = "c", cleanStart: Bool = true, keepAlive: UInt16 = 0,
    _ change: (inout ConnectPacket) -> Void = { _ in }
) -> ConnectPacket {
    var packet = ConnectPacket(
        version: version, clientIdentifier: identifier, cleanStart: cleanStart, keepAlive: keepAlive)
    change(&packet)
    return packet
}

func limits(_ change: (inout BrokerLimits) -> Void = { _ in }) -> BrokerLimits {
    var limits = BrokerLimits()
    change(&limits)
    return limits
}

/// A decoded AUTH.
func auth(_ reason: ReasonCode, method: String) throws -> AuthPacket {
    let properties = [Property.authenticationMethod.rawValue, 0, UInt8(method.utf8.count)] + Array(method.utf8)
    let body = [reason.rawValue, UInt8(properties.count)] + properties
    return try body.withByteView { bytes throws(WireError) in try AuthPacket.decode(bytes) }
}

/// A DISCONNECT of version 5.
func disconnect(_ reason: ReasonCode = .success, sessionExpiry: UInt32? = nil) throws -> DisconnectPacket {
    var body = [reason.rawValue, 0]
    if let sessionExpiry {
        body = [reason.rawValue, 5, Property.sessionExpiryInterval.rawValue]
        for shift in [24, 16, 8, 0] as [UInt32] { body.append(UInt8(truncatingIfNeeded: sessionExpiry >> shift)) }
    }
    return try body.withByteView { bytes throws(WireError) in try DisconnectPacket.decode(bytes, version: .v5) }
}

/// The phases of a connection, without what they carry.
enum Stage: CaseIterable {
    case awaitingConnect
    case authenticating
    case challenged
    case opening
    case connected
    case ended

    /// A connection that has come this far at instant 0.
    func machine(_ packet: ConnectPacket, limits: BrokerLimits = BrokerLimits()) -> ConnectionMachine {
        var machine = ConnectionMachine(accepted: .at(0), limits: limits)
        if self == .awaitingConnect { return machine }
        _ = machine.connectReceived(packet, limits: limits, now: .at(0))
        if self == .authenticating { return machine }
        if self == .challenged {
            machine.challenged(limits: limits, now: .at(0))
            return machine
        }
        machine.authenticated()
        if self == .opening { return machine }
        machine.opened(now: .at(0))
        if self == .ended { machine.ended() }
        return machine
    }
}
