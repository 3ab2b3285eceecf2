import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@Suite("Messages in flight that come back from the storage")
struct StoredWindowTests {
    private func resends(_ window: inout OutboundWindow) -> [String] {
        var result: [String] = []
        while let resend = window.nextResend() { result.append(resend.words) }
        return result
    }

    private let inFlight = [
        InFlightMessage(packetIdentifier: 7, awaits: .puback, number: 70),
        InFlightMessage(packetIdentifier: 2, awaits: .pubcomp, number: 0),
        InFlightMessage(packetIdentifier: 5, awaits: .pubrec, number: 50),
    ]

    @Test("Identifiers, steps and order are those that were stored")
    func restores() {
        var window = OutboundWindow(stored: inFlight)
        #expect(window.count == 3)
        #expect(window.stored == inFlight)
        #expect(window.storedNumbers == [70, 50])
        #expect(window.unreadNumbers == [70, 50])
        window.connectionStarted(limit: 10)
        #expect(window.nextResend()?.words == nil, "the first was not read back")
        #expect(window.wasRead(70, delivery("seven", qos: .atLeastOnce)) == true)
        #expect(window.wasRead(50, delivery("five", qos: .exactlyOnce)) == true)
        #expect(window.wasRead(50, delivery("five", qos: .exactlyOnce)) == false, "nobody waits for it any more")
        #expect(resends(&window) == ["PUBLISH 7 seven", "PUBREL 2", "PUBLISH 5 five"])
        #expect(!window.hasUnread)
    }

    @Test("Nothing new is sent before what was stored was sent again, nor under an identifier in use")
    func newMessages() {
        var window = OutboundWindow(stored: inFlight)
        window.connectionStarted(limit: 10)
        #expect(!window.isOpen)
        #expect(window.wasRead(70, delivery("seven", qos: .atLeastOnce)) == true)
        #expect(window.wasRead(50, delivery("five", qos: .exactlyOnce)) == true)
        _ = resends(&window)
        var given: [UInt16] = []
        while window.isOpen { given.append(window.publishSent(delivery("new", qos: .atLeastOnce))) }
        #expect(given.count == 8, "two of ten are in flight; a PUBREL takes none")
        #expect(Set(given).isDisjoint(with: [2, 5, 7]))
        #expect(Set(given).count == given.count)
    }

    @Test("An acknowledgement ends a message whose content was never read back")
    func acknowledgedUnread() {
        var window = OutboundWindow(stored: inFlight)
        window.connectionStarted(limit: 10)
        #expect(window.pubackReceived(7).words == "completed -")
        #expect(window.unreadNumbers == [50])
        guard case .release(let finished) = window.pubrecReceived(5, isError: false) else {
            Issue.record("PUBREC was not taken")
            return
        }
        #expect(finished == 50, "its client owns it now")
        #expect(!window.hasUnread)
        #expect(resends(&window) == ["PUBREL 2", "PUBREL 5"])
    }

    @Test("A message of QoS 1 that cannot be read is given up, and those behind it go on")
    func unreadable() {
        var window = OutboundWindow(stored: [
            InFlightMessage(packetIdentifier: 1, awaits: .puback, number: 10),
            InFlightMessage(packetIdentifier: 2, awaits: .puback, number: 20),
        ])
        window.connectionStarted(limit: 10)
        #expect(window.wasRead(10, nil) == true)
        #expect(window.wasRead(20, delivery("two", qos: .atLeastOnce)) == true)
        #expect(resends(&window) == ["PUBLISH 2 two"])
        #expect(window.count == 1)
    }

    @Test("What was stored wrongly does not trap: identifiers of 0, identical ones, numbers of 0, nothing")
    func nonsense() {
        var window = OutboundWindow(stored: [
            InFlightMessage(packetIdentifier: 0, awaits: .puback, number: 1),
            InFlightMessage(packetIdentifier: 3, awaits: .puback, number: 2),
            InFlightMessage(packetIdentifier: 3, awaits: .pubrec, number: 3),
            InFlightMessage(packetIdentifier: .max, awaits: .pubcomp, number: 0),
        ])
        #expect(window.count == 2)
        #expect(window.stored.map(\.packetIdentifier) == [3, .max])
        window.connectionStarted(limit: 10)
        #expect(window.wasRead(2, nil) == true)
        #expect(resends(&window) == ["PUBREL 65535"])
        #expect(OutboundWindow(stored: []).isEmpty)
    }

    @Test("An identifier rests from PUBCOMP until its release, and is given out again after that")
    func rests() {
        var window = OutboundWindow(stored: [InFlightMessage(packetIdentifier: 1, awaits: .pubcomp, number: 0)])
        window.connectionStarted(limit: .max)
        _ = resends(&window)
        #expect(window.pubcompReceived(1, rests: true).words == "completed -")
        #expect(window.isEmpty)
        #expect(window.stored.isEmpty, "it is done as far as the storage is concerned")
        var given: Set<UInt16> = []
        while window.isOpen { given.insert(window.publishSent(delivery("m", qos: .exactlyOnce))) }
        #expect(given.count == Int(UInt16.max) - 1)
        #expect(!given.contains(1))
        window.release(1)
        #expect(window.isOpen)
        #expect(window.publishSent(delivery("m", qos: .exactlyOnce)) == 1)
    }

    @Test("A second PUBCOMP for an identifier that rests is unknown, and memory is kept until it is free")
    func restingIsNotInFlight() {
        var window = OutboundWindow(stored: [InFlightMessage(packetIdentifier: 1, awaits: .pubcomp, number: 0)])
        window.connectionStarted(limit: 10)
        _ = resends(&window)
        _ = window.pubcompReceived(1, rests: true)
        #expect(window.pubcompReceived(1, rests: true).words == "unknown")
        #expect(window.pubrecReceived(1, isError: false).words == "unknown")
        window.dropped(1)
        window.trim()
        #expect(window.publishSent(delivery("m", qos: .exactlyOnce)) != 1)
        window.releaseAll()
        window.release(1)
        #expect(window.count == 1)
    }
}
