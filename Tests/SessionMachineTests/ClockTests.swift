import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("What the clock leads to")
struct ClockTests {
    private typealias Decision = ConnectionMachine.ClockDecision

    private func look(_ machine: inout ConnectionMachine, at now: UInt64, isBlocked: Bool = false) -> Decision {
        machine.clockAdvanced(to: .at(now), isBlocked: isBlocked)
    }

    @Test("A connection without CONNECT ends at its deadline and not a millisecond before")
    func connectTimeout() throws {
        let limits = limits { $0.connectTimeoutMilliseconds = 1234 }
        var machine = ConnectionMachine(accepted: .at(1000), limits: limits)
        #expect(look(&machine, at: 1000) == .wait(until: .at(2234)))
        #expect(throws: WireError.self) { try machine.packetArrived(header(.pingreq), now: .at(2000)) }
        #expect(look(&machine, at: 2233) == .wait(until: .at(2234)), "no packet prolongs the deadline")
        #expect(look(&machine, at: 2234) == .connectTimeout)
        #expect(look(&machine, at: 9999) == .connectTimeout)
    }

    @Test("The authority's answer, and the client's to it, have their own time each")
    func authentication() throws {
        let limits = limits { $0.authorityTimeoutMilliseconds = 500 }
        var machine = ConnectionMachine(accepted: .at(0), limits: limits)
        let packet = connect { $0.properties.authenticationMethod = "m" }
        _ = machine.connectReceived(packet, limits: limits, now: .at(100))
        #expect(look(&machine, at: 599) == .wait(until: .at(600)))
        #expect(look(&machine, at: 600) == .authenticationTimeout)
        machine.challenged(limits: limits, now: .at(550))
        #expect(look(&machine, at: 1049) == .wait(until: .at(1050)))
        _ = try machine.authReceived(auth(.continueAuthentication, method: "m"))
        #expect(look(&machine, at: 1049) == .wait(until: .at(1050)), "an answer does not prolong the deadline")
        #expect(look(&machine, at: 1050) == .authenticationTimeout)
    }

    @Test("While the session is fetched, and after the end, there is no deadline", arguments: [Stage.opening, .ended])
    func noDeadline(stage: Stage) {
        var machine = stage.machine(connect(keepAlive: 1))
        #expect(look(&machine, at: 1_000_000) == .wait(until: .never))
    }

    @Test(
        "A silent client is given one and a half times its keep-alive, to the millisecond",
        arguments: [1, 2, 3, 60, 65_535] as [UInt16])
    func keepAlive(seconds: UInt16) throws {
        var machine = Stage.connected.machine(connect(keepAlive: seconds))
        let interval = UInt64(seconds) * 1500
        #expect(look(&machine, at: 0) == .wait(until: .at(interval)))
        #expect(look(&machine, at: interval - 1) == .wait(until: .at(interval)))
        #expect(look(&machine, at: interval) == .keepAliveExpired)
        _ = try machine.packetArrived(header(.pingreq), now: .at(700))
        #expect(look(&machine, at: interval + 699) == .wait(until: .at(interval + 700)))
        #expect(look(&machine, at: interval + 700) == .keepAliveExpired)
    }

    @Test(
        "Any packet counts as a sign of life, and CONNACK starts the count",
        arguments: [
            PacketType.publish, .puback, .pubrec, .pubrel, .pubcomp, .subscribe, .unsubscribe, .pingreq, .disconnect,
        ])
    func signOfLife(type: PacketType) throws {
        var machine = Stage.opening.machine(connect(keepAlive: 10))
        machine.opened(now: .at(400))
        #expect(look(&machine, at: 400) == .wait(until: .at(15_400)))
        #expect(try machine.packetArrived(header(type), now: .at(9000)) == type)
        #expect(look(&machine, at: 9000) == .wait(until: .at(24_000)))
    }

    @Test("A keep-alive of 0 is off")
    func off() {
        var machine = Stage.connected.machine(connect(keepAlive: 0))
        #expect(look(&machine, at: .max) == .wait(until: .never))
    }

    @Test("A client whose packets wait because of the broker is not silent")
    func blocked() {
        var machine = Stage.connected.machine(connect(keepAlive: 10))
        #expect(look(&machine, at: 14_999, isBlocked: true) == .wait(until: .at(29_999)))
        #expect(look(&machine, at: 29_998) == .wait(until: .at(29_999)))
        #expect(look(&machine, at: 29_999) == .keepAliveExpired)
    }

    @Test("The broker's keep-alive holds where it has told the client of it")
    func ours() {
        let limits = limits { $0.maximumKeepAlive = 20 }
        var newer = Stage.connected.machine(connect(keepAlive: 100), limits: limits)
        #expect(look(&newer, at: 0) == .wait(until: .at(30_000)))
        var older = Stage.connected.machine(connect(.v3_1_1, keepAlive: 100), limits: limits)
        #expect(look(&older, at: 0) == .wait(until: .at(150_000)))
    }
}
