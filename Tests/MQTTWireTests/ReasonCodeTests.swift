import MQTTWire
import Testing

@Suite("Reason codes")
struct ReasonCodeTests {
    @Test("A server may disconnect with the codes of the DISCONNECT table but for the client's own")
    func disconnect() {
        let table: Set<UInt8> = [
            0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
            0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
        ]
        for code in UInt8.min ... .max {
            let reason = ReasonCode(rawValue: code)
            #expect(ReasonCode.serverMayDisconnect(with: reason) == table.contains(code), "\(reason)")
        }
    }

    @Test("Every code that a peer may send or the broker may disconnect with has a name of its own")
    func names() {
        var names: Set<String> = []
        for code in UInt8.min ... .max {
            let reason = ReasonCode(rawValue: code)
            let isKnown =
                ReasonCode.serverMayDisconnect(with: reason)
                || PacketType.allCases.contains { ReasonCode.clientMaySend(reason, in: $0) }
            if isKnown { #expect(reason.name != nil, "\(reason)") }
            if let name = reason.name {
                #expect(names.insert(name).inserted)
                #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
            }
        }
    }

    @Test("A client has no reason code to send in the packets that carry none")
    func none() {
        let carrying: Set<PacketType> = [.puback, .pubrec, .pubrel, .pubcomp, .disconnect, .auth]
        for type in PacketType.allCases {
            let any = (UInt8.min ... .max).contains { ReasonCode.clientMaySend(ReasonCode(rawValue: $0), in: type) }
            #expect(any == carrying.contains(type), "\(type)")
        }
    }

    @Test("Codes from 0x80 up are errors, and a code prints as the standard writes it")
    func errors() {
        #expect(!ReasonCode(rawValue: 0x7F).isError)
        #expect(ReasonCode(rawValue: 0x80).isError)
        #expect(!ReasonCode.success.isError)
        #expect("\(ReasonCode.sessionTakenOver)" == "0x8E")
        #expect("\(ReasonCode.disconnectWithWill)" == "0x04")
        #expect(ReasonCode.sessionTakenOver.described == "0x8E session_taken_over")
        #expect(ReasonCode(rawValue: 0x7F).described == "0x7F")
        #expect("\(WireError.malformed("x"))" == "x (0x81)")
    }

    @Test(
        "A refusal reaches a 3.x client as the nearest of its six codes",
        arguments: [
            (.success, .accepted), (.unsupportedProtocolVersion, .unacceptableProtocolLevel),
            (.clientIdentifierNotValid, .identifierRejected), (.badUserNameOrPassword, .badUserNameOrPassword),
            (.badAuthenticationMethod, .badUserNameOrPassword), (.notAuthorized, .notAuthorized),
            (.banned, .notAuthorized), (.serverUnavailable, .serverUnavailable), (.serverBusy, .serverUnavailable),
            (.quotaExceeded, .serverUnavailable),
        ] as [(ReasonCode, ConnectReturnCode)])
    func returnCodes(reason: ReasonCode, code: ConnectReturnCode) {
        #expect(ConnectReturnCode(reason) == code)
    }
}
