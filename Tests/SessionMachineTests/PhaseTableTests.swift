import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("Which packet may come when")
struct PhaseTableTests {
    private static let fromClients: Set<PacketType> = [
        .publish, .puback, .pubrec, .pubrel, .pubcomp, .subscribe, .unsubscribe, .pingreq, .disconnect,
    ]

    /// The whole table for a connection of version 5 that named an authentication method.
    private static let allowed: [Stage: Set<PacketType>] = [
        .awaitingConnect: [.connect],
        .authenticating: [.disconnect],
        .challenged: [.disconnect, .auth],
        .opening: fromClients.union([.auth]),
        .connected: fromClients.union([.auth]),
        .ended: fromClients.union([.auth]),
    ]

    private func outcome(_ type: PacketType, _ machine: inout ConnectionMachine) throws -> ReasonCode? {
        let header = try header(type)
        do throws(WireError) {
            #expect(try machine.packetArrived(header, now: .at(1)) == type)
            return nil
        } catch { return error.reason }
    }

    @Test("In each phase each type is let in or is a protocol error", arguments: Stage.allCases, PacketType.allCases)
    func table(stage: Stage, type: PacketType) throws {
        var machine = stage.machine(connect { $0.properties.authenticationMethod = "m" })
        let isAllowed = try #require(Self.allowed[stage]).contains(type)
        let phase = machine.phase
        #expect(try outcome(type, &machine) == (isAllowed ? nil : .protocolError))
        #expect(machine.phase == phase, "a header alone moves nothing")
    }

    @Test(
        "AUTH needs an authentication method in CONNECT, and there is no such packet before version 5",
        arguments: [Stage.opening, .connected], ProtocolVersion.allCases)
    func authWithoutMethod(stage: Stage, version: ProtocolVersion) throws {
        var machine = stage.machine(connect(version))
        #expect(try outcome(.auth, &machine) == (version == .v5 ? .protocolError : .malformedPacket))
    }

    @Test(
        "All other packets may come in every version once the session is open", arguments: ProtocolVersion.allCases,
        fromClients)
    func versions(version: ProtocolVersion, type: PacketType) throws {
        var machine = Stage.connected.machine(connect(version))
        #expect(try outcome(type, &machine) == nil)
    }

    @Test("Packet type 0 is malformed in every phase", arguments: Stage.allCases)
    func typeZero(stage: Stage) throws {
        var machine = stage.machine(connect())
        let header = try header(firstByte: 0)
        let error = #expect(throws: WireError.self) { try machine.packetArrived(header, now: .at(1)) }
        #expect(error?.reason == .malformedPacket)
    }

    @Test(
        "Flags other than those the standard fixes are malformed", arguments: ProtocolVersion.allCases,
        PacketType.allCases)
    func flags(version: ProtocolVersion, type: PacketType) throws {
        guard let required = type.requiredFlags else { return try publishFlags(version: version) }
        for flags in 0..<16 as Range<UInt8> where flags != required {
            var machine = Stage.connected.machine(connect(version) { $0.properties.authenticationMethod = "m" })
            let isOldDup = version == .v3_1 && required == 2 && flags == 10
            let header = try header(type, flags: flags)
            var reason: ReasonCode?
            do throws(WireError) { _ = try machine.packetArrived(header, now: .at(1)) } catch { reason = error.reason }
            #expect(reason == (isOldDup ? nil : .malformedPacket), "flags \(flags)")
        }
    }

    private func publishFlags(version: ProtocolVersion) throws {
        for flags in 0..<16 as Range<UInt8> {
            var machine = Stage.connected.machine(connect(version))
            #expect(try machine.packetArrived(header(.publish, flags: flags), now: .at(1)) == .publish)
        }
    }

    @Test("A connection goes through its phases in order and cannot skip one")
    func order() {
        var machine = ConnectionMachine(accepted: .at(0), limits: BrokerLimits())
        #expect(machine.terms == nil)
        let first = machine.phase
        machine.authenticated()
        machine.challenged(limits: BrokerLimits(), now: .at(0))
        machine.opened(now: .at(0))
        #expect(machine.phase == first)
        #expect(machine.connectReceived(connect(), limits: BrokerLimits(), now: .at(5)) == .authenticate)
        #expect(machine.terms != nil)
        #expect(machine.phase == .authenticating(deadline: .at(30_005), clientMayAnswer: false))
        machine.opened(now: .at(6))
        #expect(machine.phase == .authenticating(deadline: .at(30_005), clientMayAnswer: false))
        machine.authenticated()
        #expect(machine.phase == .opening)
        machine.challenged(limits: BrokerLimits(), now: .at(6))
        #expect(machine.phase == .opening)
        machine.opened(now: .at(7))
        #expect(machine.phase == .connected)
        machine.ended()
        machine.authenticated()
        machine.opened(now: .at(8))
        #expect(machine.phase == .ended)
    }
}
