import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("What a DISCONNECT leads to")
struct DisconnectTests {
    private func machine(_ expiry: UInt32, _ limits: BrokerLimits = BrokerLimits()) -> ConnectionMachine {
        Stage.connected.machine(connect { $0.properties.sessionExpiry = expiry }, limits: limits)
    }

    @Test(
        "Only the code 0 deletes the will",
        arguments: [
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ] as [UInt8])
    func will(code: UInt8) throws {
        var machine = machine(10)
        let reason = ReasonCode(rawValue: code)
        let decision = try machine.disconnectReceived(disconnect(reason), limits: BrokerLimits())
        #expect(decision.deletesWill == (code == 0))
        #expect(decision.reason == reason)
        #expect(decision.sessionExpiry == 10)
        #expect(machine.phase == .ended)
    }

    @Test("A DISCONNECT of 3.x deletes the will", arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func older(version: ProtocolVersion) throws {
        let packet = try [UInt8]().withByteView { body throws(WireError) in
            try DisconnectPacket.decode(body, version: version)
        }
        var machine = Stage.connected.machine(connect(version, cleanStart: false))
        let decision = try machine.disconnectReceived(packet, limits: BrokerLimits())
        #expect(decision.deletesWill)
        #expect(decision.sessionExpiry == .max)
    }

    @Test(
        "The session expiry may be changed, but not raised from 0",
        arguments: [
            (0, nil, 0), (0, 0, 0), (0, 1, nil), (0, .max, nil), (10, nil, 10), (10, 0, 0), (10, 5, 5), (10, 20, 20),
            (10, .max, .max), (.max, 1, 1), (.max, nil, .max),
        ] as [(UInt32, UInt32?, UInt32?)])
    func expiry(before: UInt32, wish: UInt32?, after: UInt32?) throws {
        var machine = machine(before)
        let packet = try disconnect(sessionExpiry: wish)
        guard let after else {
            let error = #expect(throws: WireError.self) {
                try machine.disconnectReceived(packet, limits: BrokerLimits())
            }
            #expect(error?.reason == .protocolError)
            #expect(machine.terms?.sessionExpiry == before)
            return
        }
        #expect(try machine.disconnectReceived(packet, limits: BrokerLimits()).sessionExpiry == after)
        #expect(machine.terms?.sessionExpiry == after)
    }

    @Test("A wish in DISCONNECT is cut to the broker's longest session expiry")
    func cut() throws {
        let limits = limits { $0.maximumSessionExpiry = 100 }
        var machine = machine(50, limits)
        #expect(try machine.disconnectReceived(disconnect(sessionExpiry: .max), limits: limits).sessionExpiry == 100)
    }
}
