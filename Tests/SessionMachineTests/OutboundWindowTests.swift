import BrokerValues
import MQTTWire
import SessionMachine
import Testing

extension OutboundWindow.Answer {
    /// The answer in words, since deliveries cannot be compared.
    var words: String {
        switch self {
        case .completed(let delivery): "completed \(delivery?.message.topicText ?? "-")"
        case .release: "release"
        case .unknown: "unknown"
        }
    }
}

extension OutboundWindow.Resend {
    var words: String {
        switch self {
        case .publish(let identifier, let delivery): "PUBLISH \(identifier) \(delivery.message.topicText)"
        case .pubrel(let identifier): "PUBREL \(identifier)"
        }
    }
}

@Suite("Messages in flight to a client")
struct OutboundWindowTests {
    /// A window with these messages in flight under the identifiers from 1 on.
    private func window(_ qos: [QualityOfService], limit: Int = 10) -> OutboundWindow {
        var window = OutboundWindow(limit: limit)
        for (index, qos) in qos.enumerated() {
            #expect(window.publishSent(delivery("m\(index + 1)", qos: qos)) == UInt16(index + 1))
        }
        return window
    }

    private func resends(_ window: inout OutboundWindow) -> [String] {
        var result: [String] = []
        while let resend = window.nextResend() { result.append(resend.words) }
        return result
    }

    @Test("A new window is closed until a connection opens it")
    func closed() {
        var window = OutboundWindow()
        #expect(!window.isOpen)
        #expect(window.isEmpty)
        window.connectionStarted(limit: 1)
        #expect(window.isOpen)
    }

    @Test("The window closes at its limit and opens with each message that is done")
    func limit() {
        var window = window([.atLeastOnce, .exactlyOnce, .exactlyOnce], limit: 3)
        #expect(!window.isOpen)
        #expect(window.pubackReceived(1).words == "completed m1")
        #expect(window.isOpen)
        _ = window.publishSent(delivery("m4", qos: .atLeastOnce))
        #expect(window.pubrecReceived(2, isError: false).words == "release")
        #expect(!window.isOpen, "a good PUBREC frees nothing")
        #expect(window.pubcompReceived(2).words == "completed -")
        #expect(window.isOpen)
        _ = window.publishSent(delivery("m5", qos: .atLeastOnce))
        #expect(window.pubrecReceived(3, isError: true).words == "completed m3", "a PUBREC with an error ends it")
        #expect(window.isOpen)
    }

    @Test("An answer that does not fit the message's state is unknown and changes nothing")
    func misfit() {
        var window = window([.atLeastOnce, .exactlyOnce])
        #expect(window.pubrecReceived(1, isError: false).words == "unknown")
        #expect(window.pubcompReceived(1).words == "unknown")
        #expect(window.pubackReceived(2).words == "unknown")
        #expect(window.pubcompReceived(2).words == "unknown")
        for identifier in [0, 3, 4, 5, .max] as [UInt16] {
            #expect(window.pubackReceived(identifier).words == "unknown")
            #expect(window.pubrecReceived(identifier, isError: false).words == "unknown")
            #expect(window.pubcompReceived(identifier).words == "unknown")
        }
        #expect(window.count == 2)
        #expect(window.pubrecReceived(2, isError: false).words == "release")
        #expect(window.pubrecReceived(2, isError: false).words == "release", "the PUBREL may have got lost")
        #expect(window.pubackReceived(1).words == "completed m1")
        #expect(window.pubackReceived(1).words == "unknown", "an identifier is free once it was answered")
    }

    @Test("A new connection resends what is open in its order and under its identifiers before anything new")
    func order() {
        var window = window([.atLeastOnce, .exactlyOnce, .atLeastOnce, .exactlyOnce])
        _ = window.pubrecReceived(2, isError: false)
        _ = window.pubackReceived(1)
        #expect(window.publishSent(delivery("m5", qos: .atLeastOnce)) == 1, "the only free one of four")
        window.connectionStarted(limit: 10)
        #expect(window.isResending)
        #expect(!window.isOpen)
        #expect(resends(&window) == ["PUBREL 2", "PUBLISH 3 m3", "PUBLISH 4 m4", "PUBLISH 1 m5"])
        #expect(!window.isResending)
        #expect(window.isOpen)
    }

    @Test("Resending keeps to the new connection's limit, and PUBREL does not count")
    func resendLimit() {
        var window = window([.exactlyOnce, .atLeastOnce, .atLeastOnce, .exactlyOnce])
        _ = window.pubrecReceived(1, isError: false)
        _ = window.pubrecReceived(4, isError: false)
        window.connectionStarted(limit: 1)
        #expect(resends(&window) == ["PUBREL 1", "PUBLISH 2 m2"])
        #expect(window.pubcompReceived(1).words == "completed -")
        #expect(resends(&window) == [], "the end of a message that took no quota gives none back")
        _ = window.pubackReceived(2)
        #expect(resends(&window) == ["PUBLISH 3 m3", "PUBREL 4"])
        #expect(!window.isOpen)
        _ = window.pubackReceived(3)
        #expect(window.isOpen)
    }

    @Test("Nothing is resent twice on one connection, and everything again on the next")
    func twice() {
        var window = window([.atLeastOnce, .atLeastOnce])
        for _ in 0..<2 {
            window.connectionStarted(limit: 10)
            #expect(resends(&window) == ["PUBLISH 1 m1", "PUBLISH 2 m2"])
            #expect(resends(&window) == [])
        }
    }

    @Test("A message that was dropped frees its identifier and its quota, and is not resent")
    func dropped() {
        var window = window([.atLeastOnce, .atLeastOnce, .atLeastOnce], limit: 3)
        window.dropped(2)
        #expect(window.isOpen)
        window.dropped(2)
        window.dropped(0)
        #expect(window.count == 2)
        window.connectionStarted(limit: 3)
        window.dropped(1)
        #expect(resends(&window) == ["PUBLISH 3 m3"])
    }
}
