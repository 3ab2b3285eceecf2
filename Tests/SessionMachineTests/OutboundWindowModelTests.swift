import RandomKit
import BrokerValues
import MQTTWire
import SessionMachine
import Testing

/// What is in flight, as a plain list in the order of sending.
private struct Model {
    struct Entry {
        var identifier: UInt16
        var topic: String
        var qos: QualityOfService
        var isReleased = false
        var isCounted = true
    }

    var entries: [Entry] = []
    /// What is still to be resent, in order.
    var due: [UInt16] = []
    var limit: Int

    var used: Int { entries.filter(\.isCounted).count }
    var isOpen: Bool { used < limit && due.isEmpty }

    mutating func start(limit: Int) {
        self.limit = limit
        for index in entries.indices { entries[index].isCounted = false }
        due = entries.map(\.identifier)
    }

    mutating func resend() -> String? {
        guard let identifier = due.first, let index = entries.firstIndex(where: { $0.identifier == identifier })
        else { return nil }
        if !entries[index].isReleased {
            guard used < limit else { return nil }
            entries[index].isCounted = true
        }
        due.removeFirst()
        return entries[index].isReleased ? "PUBREL \(identifier)" : "PUBLISH \(identifier) \(entries[index].topic)"
    }

    /// Takes an entry out if it is in the state that the answer needs.
    mutating func finish(_ identifier: UInt16, if fits: (Entry) -> Bool) -> String {
        guard let index = entries.firstIndex(where: { $0.identifier == identifier && fits($0) }) else {
            return "unknown"
        }
        due.removeAll { $0 == identifier }
        let entry = entries.remove(at: index)
        return "completed " + (entry.isReleased ? "-" : entry.topic)
    }

    mutating func pubrec(_ identifier: UInt16, isError: Bool) -> String {
        guard let index = entries.firstIndex(where: { $0.identifier == identifier && $0.qos == .exactlyOnce }) else {
            return "unknown"
        }
        if entries[index].isReleased { return "release" }
        if isError { return finish(identifier) { _ in true } }
        entries[index].isReleased = true
        if due.first == identifier { due.removeFirst() }
        return "release"
    }
}

@Suite("Messages in flight to a client, against a model")
struct OutboundWindowModelTests {
    private struct Pair {
        var window: OutboundWindow
        var model: Model
        var generator: SeededGenerator

        mutating func publish(_ topic: String) -> String? {
            guard model.isOpen else { return nil }
            let qos: QualityOfService = Bool.random(using: &generator) ? .atLeastOnce : .exactlyOnce
            let identifier = window.publishSent(delivery(topic, qos: qos))
            if identifier == 0 { return "the identifier is 0" }
            if model.entries.contains(where: { $0.identifier == identifier }) { return "\(identifier) is in use" }
            model.entries.append(Model.Entry(identifier: identifier, topic: topic, qos: qos))
            return model.used > model.limit ? "more in flight than the limit" : nil
        }

        mutating func answer() -> String? {
            let known = model.entries.randomElement(using: &generator)?.identifier
            let isKnown = Int.random(in: 0..<8, using: &generator) > 0
            let identifier = (isKnown ? known : nil) ?? UInt16.random(in: 0...40, using: &generator)
            let isError = Int.random(in: 0..<4, using: &generator) == 0
            let (actual, expected): (String, String)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                actual = window.pubackReceived(identifier).words
                expected = model.finish(identifier) { $0.qos == .atLeastOnce }
            case 1:
                actual = window.pubrecReceived(identifier, isError: isError).words
                expected = model.pubrec(identifier, isError: isError)
            default:
                actual = window.pubcompReceived(identifier).words
                expected = model.finish(identifier) { $0.isReleased }
            }
            return actual == expected ? nil : "\(identifier): \(actual), not \(expected)"
        }

        mutating func resend() -> String? {
            let (actual, expected) = (window.nextResend()?.words, model.resend())
            return actual == expected ? nil : "resent \(actual ?? "nothing"), not \(expected ?? "nothing")"
        }

        mutating func drop() {
            guard let identifier = model.entries.randomElement(using: &generator)?.identifier else { return }
            window.dropped(identifier)
            _ = model.finish(identifier) { _ in true }
        }

        /// What the window says of itself otherwise than the model.
        func difference() -> String? {
            if window.count != model.entries.count { return "count is \(window.count)" }
            if window.isEmpty != model.entries.isEmpty { return "isEmpty is \(window.isEmpty)" }
            if window.isOpen != model.isOpen { return "isOpen is \(window.isOpen)" }
            if window.isResending != !model.due.isEmpty { return "isResending is \(window.isResending)" }
            let topics = model.entries.filter { !$0.isReleased }.map(\.topic)
            let seen = window.deliveries().map(\.message.topicText)
            return seen == topics ? nil : "deliveries are \(seen), not \(topics)"
        }
    }

    @Test("Identifiers, order, quota and answers are those of a plain list", arguments: Seeds.all)
    func random(seed: UInt64) {
        var pair = Pair(
            window: OutboundWindow(limit: 5), model: Model(limit: 5), generator: SeededGenerator(seed: seed))
        for step in 0..<2_000 {
            var fault: String?
            switch Int.random(in: 0..<100, using: &pair.generator) {
            case 0..<2:
                let limit = Int.random(in: 0...30, using: &pair.generator)
                pair.window.connectionStarted(limit: limit)
                pair.model.start(limit: limit)
            case 2..<4: pair.drop()
            case 4..<6: pair.window.trim()
            case 6..<30: fault = pair.resend()
            case 30..<70: fault = pair.publish("t\(step)")
            default: fault = pair.answer()
            }
            if let fault = fault ?? pair.difference() {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
        }
    }
}
