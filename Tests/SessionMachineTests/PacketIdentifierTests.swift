import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("Packet identifiers to a client")
struct PacketIdentifierTests {
    @Test("All 65,535 identifiers can be in use at once, each once, and no message goes out without one")
    func all() {
        var window = OutboundWindow(limit: .max)
        let message = delivery("t", qos: .atLeastOnce)
        var used: Set<UInt16> = []
        while window.isOpen, used.count <= 65_535 { used.insert(window.publishSent(message)) }
        #expect(window.count == 65_535)
        #expect(used.count == 65_535)
        #expect(!used.contains(0))
        #expect(window.pubackReceived(777).words == "completed t")
        #expect(window.isOpen)
        #expect(window.publishSent(message) == 777, "the only free one")
        #expect(!window.isOpen)
    }

    @Test("Identifiers wrap around, so that each rests while the others are used")
    func wrap() {
        var window = OutboundWindow(limit: 1)
        var sequence: [UInt16] = []
        for _ in 0..<12 {
            let identifier = window.publishSent(delivery("t", qos: .atLeastOnce))
            sequence.append(identifier)
            _ = window.pubackReceived(identifier)
        }
        let cycle = Array(sequence.prefix(4))
        #expect(Set(cycle).count == 4)
        #expect(sequence == cycle + cycle + cycle)
    }

    @Test("An identifier that stays in use is passed over however often the others wrap")
    func passedOver() {
        var window = OutboundWindow(limit: 3)
        let kept = window.publishSent(delivery("kept", qos: .exactlyOnce))
        for _ in 0..<1000 {
            let identifier = window.publishSent(delivery("t", qos: .atLeastOnce))
            #expect(identifier != kept)
            #expect(window.pubackReceived(identifier).words == "completed t")
        }
        #expect(window.deliveries().map(\.message.topicText) == ["kept"])
    }

    @Test("Giving memory back does nothing while a message is in flight, and no harm after")
    func trim() {
        var window = OutboundWindow(limit: 2)
        let first = window.publishSent(delivery("a", qos: .atLeastOnce))
        window.trim()
        #expect(window.pubackReceived(first).words == "completed a")
        window.trim()
        #expect(window.isOpen)
        let second = window.publishSent(delivery("b", qos: .atLeastOnce))
        #expect(window.pubackReceived(second).words == "completed b")
        #expect(window.pubackReceived(second).words == "unknown")
    }
}
