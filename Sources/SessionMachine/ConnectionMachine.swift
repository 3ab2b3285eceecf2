package import BrokerValues
package import MQTTWire

/// One connection from its accept to its end: which packets may come when, and what CONNECT, DISCONNECT, AUTH and the
/// clock lead to. Pure: events in, decisions out; whoever calls it does what the decision says.
package struct ConnectionMachine: Sendable {
    /// Where the connection stands.
    package enum Phase: Sendable, Equatable {
        /// Nothing but CONNECT may come, before the deadline [MQTT-3.1.0-1].
        case awaitingConnect(deadline: Instant)
        /// The authority is asked about CONNECT, or its question to the client is open.
        case authenticating(deadline: Instant, clientMayAnswer: Bool)
        /// The session is being fetched; CONNACK is next.
        case opening
        /// CONNACK with success was sent.
        case connected
        /// Nothing that comes is looked at any more [MQTT-3.1.4-5] [MQTT-3.14.4-2].
        case ended
    }

    package private(set) var phase: Phase
    /// When the last packet came; the keep-alive counts from here. Every packet writes it, so it stands beside the phase.
    private var lastPacket: Instant
    /// Set from an acceptable CONNECT on.
    package private(set) var terms: ConnectionTerms?
    /// A re-authentication is open (MQTT 5 section 4.12.1).
    private var isReauthenticating = false

    /// A socket was accepted: the time to CONNECT begins.
    package init(accepted now: Instant, limits: BrokerLimits) {
        phase = .awaitingConnect(deadline: now.advanced(byMilliseconds: limits.connectTimeoutMilliseconds))
        lastPacket = now
    }

    // MARK: Which packet may come when

    /// A packet with this header has arrived.
    ///
    /// - Returns: its type if it may come now.
    /// - Throws: what is wrong with it. In phase `awaitingConnect` nothing is answered [MQTT-3.1.0-1].
    package mutating func packetArrived(_ header: FixedHeader, now: Instant) throws(WireError) -> PacketType {
        lastPacket = now
        guard let type = header.type else { throw .malformed("there is no packet type 0") }
        if let flags = type.requiredFlags, header.flags != flags {  // [MQTT-2.2.2-2]; 3.1 let DUP stand in these
            let dupOf31 = terms?.version == .v3_1 && header.flags & ~0x08 == flags && flags == 2
            if !dupOf31 { throw .malformed("\(type.name) has the flags \(header.flags) instead of \(flags)") }
        }
        switch phase {
        case .awaitingConnect:
            guard type == .connect else { throw .protocolError("the first packet is \(type.name), not CONNECT") }
        case .authenticating(_, let clientMayAnswer):  // [MQTT5-3.1.2-30]
            guard type == .auth && clientMayAnswer || type == .disconnect else {
                throw .protocolError("\(type.name) came while AUTH was due")
            }
        case .opening, .connected, .ended:
            switch type {
            case .connect: throw .protocolError("a second CONNECT came")  // [MQTT-3.1.0-2]
            case .connack, .suback, .unsuback, .pingresp:
                throw .protocolError("\(type.name) came, which only a server sends")
            case .auth:
                guard terms?.version == .v5 else { throw .malformed("there is no packet type 15 before MQTT 5") }
                guard terms?.authenticationMethod != nil else {  // [MQTT5-4.12.0-7]
                    throw .protocolError("AUTH came, but CONNECT named no authentication method")
                }
            case .publish, .puback, .pubrec, .pubrel, .pubcomp, .subscribe, .unsubscribe, .pingreq, .disconnect: break
            }
        }
        return type
    }

    // MARK: CONNECT

    /// What a CONNECT leads to.
    package enum ConnectDecision: Sendable, Equatable {
        /// CONNACK with this reason, then close.
        case refuse(ReasonCode, String)
        /// Ask the authority.
        case authenticate
    }

    /// A well-formed CONNECT has arrived.
    package mutating func connectReceived(
        _ packet: ConnectPacket, limits: BrokerLimits, now: Instant
    ) -> ConnectDecision {
        terms = ConnectionTerms(packet, limits: limits)
        if let (reason, text) = Self.refusal(of: packet, limits: limits) { return .refuse(reason, text) }
        phase = .authenticating(
            deadline: now.advanced(byMilliseconds: limits.authorityTimeoutMilliseconds), clientMayAnswer: false)
        return .authenticate
    }

    private static func refusal(of packet: ConnectPacket, limits: BrokerLimits) -> (ReasonCode, String)? {
        let length = packet.clientIdentifier.utf8.count
        if length == 0 {
            if packet.version == .v3_1 {  // 3.1 knows no empty identifier
                return (.clientIdentifierNotValid, "MQTT 3.1 needs a client identifier")
            }
            if packet.version == .v3_1_1, !packet.cleanStart {  // [MQTT-3.1.3-8]
                return (.clientIdentifierNotValid, "an empty client identifier needs CleanSession 1")
            }
            if !limits.allowEmptyClientIdentifier {
                return (.clientIdentifierNotValid, "this broker does not choose client identifiers")
            }
        }
        if length > limits.maximumClientIdentifierLength {
            return (.clientIdentifierNotValid, "the client identifier is longer than this broker allows")
        }
        guard let will = packet.will?.message else { return nil }
        if will.qos > limits.maximumQoS {  // [MQTT5-3.2.2-12]
            return (.qosNotSupported, "the will's QoS is not supported")
        }
        if will.retain, !limits.retainAvailable {  // [MQTT5-3.2.2-13]
            return (.retainNotSupported, "the will is retained, which is not supported")
        }
        return nil
    }

    /// The authority has let the client in: fetch its session.
    package mutating func authenticated() { if case .authenticating = phase { phase = .opening } }

    /// The authority wants to hear from the client (AUTH 0x18 was sent): the client's answer is next.
    package mutating func challenged(limits: BrokerLimits, now: Instant) {
        let deadline = now.advanced(byMilliseconds: limits.authorityTimeoutMilliseconds)
        if case .authenticating = phase { phase = .authenticating(deadline: deadline, clientMayAnswer: true) }
    }

    /// The broker has decided how long the session outlives the connection, in seconds, whatever the client asked for.
    package mutating func sessionExpirySet(to seconds: UInt32) {
        if terms?.sessionExpiry == seconds { return }
        terms?.sessionExpiry = seconds
        terms?.isSessionExpiryOurs = true
    }

    /// The session is there and CONNACK was sent.
    package mutating func opened(now: Instant) {
        if phase == .opening {
            phase = .connected
            lastPacket = now
        }
    }

    /// The connection is over: every later packet is ignored.
    package mutating func ended() { phase = .ended }

    // MARK: AUTH

    /// What an AUTH leads to.
    package enum AuthDecision: Sendable, Equatable {
        /// The answer to our question in the handshake.
        case continueHandshake
        /// A new authentication on the open connection, or its continuation.
        case reauthenticate
    }

    /// An AUTH has arrived, in a phase that allows it.
    package mutating func authReceived(_ packet: AuthPacket) throws(WireError) -> AuthDecision {
        guard packet.method == terms?.authenticationMethod else {  // [MQTT5-4.12.0-5]
            throw .protocolError("AUTH names another authentication method than CONNECT")
        }
        if case .authenticating(let deadline, _) = phase {
            guard packet.reason == .continueAuthentication else {  // [MQTT5-4.12.0-3]
                throw .protocolError("AUTH in the handshake has another reason code than 0x18")
            }
            phase = .authenticating(deadline: deadline, clientMayAnswer: false)
            return .continueHandshake
        }
        // [MQTT5-4.12.1-1]
        guard packet.reason == (isReauthenticating ? .continueAuthentication : .reauthenticate) else {
            throw .protocolError("AUTH has the reason code \(packet.reason), which does not fit here")
        }
        isReauthenticating = true
        return .reauthenticate
    }

    /// The authority has accepted the re-authentication.
    package mutating func reauthenticated() { isReauthenticating = false }

    // MARK: DISCONNECT

    /// What a DISCONNECT leads to.
    package struct DisconnectDecision: Sendable, Equatable {
        /// Whether the will is deleted [MQTT-3.14.4-3]: only code 0 of version 5 does, and any DISCONNECT of 3.x.
        package let deletesWill: Bool
        /// The session expiry from now on.
        package let sessionExpiry: UInt32
        package let reason: ReasonCode
    }

    /// A DISCONNECT has arrived: the client's last packet.
    package mutating func disconnectReceived(
        _ packet: DisconnectPacket, limits: BrokerLimits
    ) throws(WireError) -> DisconnectDecision {
        let current = terms?.sessionExpiry ?? 0
        // A 0 that is ours, cut from what the client asked for, is not the client's error.
        let isOurs = terms?.isSessionExpiryOurs ?? false
        if let wish = packet.sessionExpiry, wish != 0, current == 0, !isOurs {  // [MQTT5-3.14.2-2]
            throw .protocolError("DISCONNECT raises the session expiry interval from 0")
        }
        phase = .ended
        // The limit may have become smaller since CONNACK; what that granted may still be had.
        let expiry = packet.sessionExpiry.map { min($0, max(current, limits.maximumSessionExpiry)) } ?? current
        terms?.sessionExpiry = expiry
        return DisconnectDecision(
            deletesWill: packet.reason == .success, sessionExpiry: expiry, reason: packet.reason)
    }

    // MARK: Clock

    /// What the clock leads to.
    package enum ClockDecision: Sendable, Equatable {
        /// Nothing before this instant.
        case wait(until: Instant)
        /// No CONNECT came in time: close.
        case connectTimeout
        /// The authority, or the client's answer to it, did not come in time.
        case authenticationTimeout
        /// No packet for one and a half times the keep-alive [MQTT-3.1.2-24].
        case keepAliveExpired
    }

    /// Looks at the clock.
    ///
    /// - Parameter isBlocked: packets wait because of us, so the client's silence says nothing.
    package mutating func clockAdvanced(to now: Instant, isBlocked: Bool) -> ClockDecision {
        switch phase {
        case .awaitingConnect(let deadline): return now >= deadline ? .connectTimeout : .wait(until: deadline)
        case .authenticating(let deadline, _):
            return now >= deadline ? .authenticationTimeout : .wait(until: deadline)
        case .opening, .ended: return .wait(until: .never)
        case .connected:
            guard let interval = terms?.keepAliveMilliseconds else { return .wait(until: .never) }
            if isBlocked { lastPacket = now }
            let deadline = lastPacket.advanced(byMilliseconds: interval)
            return now >= deadline ? .keepAliveExpired : .wait(until: deadline)
        }
    }
}
