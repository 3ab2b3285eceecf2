import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("What an AUTH leads to")
struct AuthTests {
    private func machine(_ stage: Stage) -> ConnectionMachine {
        stage.machine(connect { $0.properties.authenticationMethod = "m" })
    }

    @Test("In the handshake the answer is passed on, and another needs another question")
    func handshake() throws {
        var machine = machine(.challenged)
        #expect(try machine.authReceived(auth(.continueAuthentication, method: "m")) == .continueHandshake)
        #expect(machine.phase == .authenticating(deadline: .at(30_000), clientMayAnswer: false))
        #expect(throws: WireError.self) { try machine.packetArrived(header(.auth), now: .at(1)) }
        machine.challenged(limits: BrokerLimits(), now: .at(500))
        #expect(machine.phase == .authenticating(deadline: .at(30_500), clientMayAnswer: true))
        #expect(try machine.packetArrived(header(.auth), now: .at(501)) == .auth)
    }

    @Test("In the handshake a client cannot ask for a new authentication")
    func handshakeReason() throws {
        var machine = machine(.challenged)
        let error = #expect(throws: WireError.self) {
            try machine.authReceived(auth(.reauthenticate, method: "m"))
        }
        #expect(error?.reason == .protocolError)
        #expect(machine.phase == .authenticating(deadline: .at(30_000), clientMayAnswer: true))
    }

    @Test("An AUTH with another method than CONNECT is a protocol error", arguments: [Stage.challenged, .connected])
    func method(stage: Stage) throws {
        for reason in [ReasonCode.continueAuthentication, .reauthenticate] {
            var machine = machine(stage)
            let error = #expect(throws: WireError.self) { try machine.authReceived(auth(reason, method: "M")) }
            #expect(error?.reason == .protocolError)
        }
    }

    @Test("A new authentication begins with 0x19, goes on with 0x18 and can be begun again once it is done")
    func reauthentication() throws {
        var machine = machine(.connected)
        #expect(throws: WireError.self) { try machine.authReceived(auth(.continueAuthentication, method: "m")) }
        #expect(try machine.authReceived(auth(.reauthenticate, method: "m")) == .reauthenticate)
        #expect(throws: WireError.self) { try machine.authReceived(auth(.reauthenticate, method: "m")) }
        #expect(try machine.authReceived(auth(.continueAuthentication, method: "m")) == .reauthenticate)
        #expect(try machine.authReceived(auth(.continueAuthentication, method: "m")) == .reauthenticate)
        machine.reauthenticated()
        #expect(throws: WireError.self) { try machine.authReceived(auth(.continueAuthentication, method: "m")) }
        #expect(try machine.authReceived(auth(.reauthenticate, method: "m")) == .reauthenticate)
        #expect(machine.phase == .connected)
    }
}
