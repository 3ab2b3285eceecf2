import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("What a CONNECT leads to")
struct ConnectTests {
    /// The reason for which a CONNECT is refused; nil if it is not.
    private func refusal(_ packet: ConnectPacket, _ limits: BrokerLimits = BrokerLimits()) -> ReasonCode? {
        var machine = ConnectionMachine(accepted: .at(0), limits: limits)
        let before = machine.phase
        switch machine.connectReceived(packet, limits: limits, now: .at(0)) {
        case .refuse(let reason, let text):
            #expect(!text.isEmpty)
            #expect(machine.phase == before, "a refused CONNECT opens nothing")
            #expect(machine.terms?.version == packet.version, "the answer needs the version")
            return reason
        case .authenticate:
            #expect(machine.phase == .authenticating(deadline: .at(30_000), clientMayAnswer: false))
            return nil
        }
    }

    @Test(
        "An empty client identifier is for the broker to fill, but not for 3.1, nor for 3.1.1 with an old session",
        arguments: [
            (ProtocolVersion.v3_1, true, true), (.v3_1, false, true), (.v3_1_1, true, false), (.v3_1_1, false, true),
            (.v5, true, false), (.v5, false, false),
        ])
    func emptyIdentifier(version: ProtocolVersion, cleanStart: Bool, isRefused: Bool) {
        let reason = refusal(connect(version, identifier: "", cleanStart: cleanStart))
        #expect(reason == (isRefused ? .clientIdentifierNotValid : nil))
    }

    @Test(
        "A broker that does not choose identifiers refuses an empty one and no other",
        arguments: ProtocolVersion.allCases)
    func noChoice(version: ProtocolVersion) {
        let limits = limits { $0.allowEmptyClientIdentifier = false }
        #expect(refusal(connect(version, identifier: ""), limits) == .clientIdentifierNotValid)
        #expect(refusal(connect(version, identifier: "x"), limits) == nil)
    }

    @Test("The length of a client identifier counts in bytes and may reach the limit, not pass it")
    func length() {
        let limits = limits { $0.maximumClientIdentifierLength = 6 }
        #expect(refusal(connect(identifier: "äöü"), limits) == nil)
        #expect(refusal(connect(identifier: "äöüx"), limits) == .clientIdentifierNotValid)
    }

    @Test("A will may have the highest QoS that is allowed, and no higher one", arguments: QualityOfService.allCases)
    func willQoS(maximum: QualityOfService) {
        let limits = limits { $0.maximumQoS = maximum }
        for qos in QualityOfService.allCases {
            let packet = connect { $0.will = WillPacket(message: message("w", qos: qos)) }
            #expect(refusal(packet, limits) == (qos > maximum ? .qosNotSupported : nil), "QoS \(qos)")
        }
    }

    @Test("A retained will is refused only where nothing is retained", arguments: [false, true], [false, true])
    func willRetain(isRetained: Bool, isAvailable: Bool) {
        let limits = limits { $0.retainAvailable = isAvailable }
        let packet = connect { $0.will = WillPacket(message: message("w", retain: isRetained)) }
        #expect(refusal(packet, limits) == (isRetained && !isAvailable ? .retainNotSupported : nil))
    }

    @Test("A good CONNECT of every version is put before the authority", arguments: ProtocolVersion.allCases)
    func good(version: ProtocolVersion) { #expect(refusal(connect(version)) == nil) }
}
