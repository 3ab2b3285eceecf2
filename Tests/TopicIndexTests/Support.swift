import RandomKit
import BrokerValues
import MQTTWire
import TopicIndex

/// Topics and filters from few words, so that they meet often.
enum RandomText {
    private static let words = ["", "a", "b", "c", "$sys", "a long level that fills more than one word"]

    static func topic(_ generator: inout SeededGenerator) -> String {
        let count = Int.random(in: 1...4, using: &generator)
        let levels = (0..<count).map { _ in words.randomElement(using: &generator) ?? "a" }
        let text = levels.joined(separator: "/")
        return text.isEmpty ? "a" : text
    }

    static func filter(_ generator: inout SeededGenerator) -> String {
        var levels = topic(&generator).split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        for index in levels.indices where Int.random(in: 0..<4, using: &generator) == 0 { levels[index] = "+" }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: levels[levels.count - 1] = "#"
        case 1: levels.append("#")
        default: break
        }
        return levels.joined(separator: "/")
    }
}

/// The rules of matching, written as slowly and plainly as the standard has them (section 4.7).
func matches(_ filter: String, _ topic: String) -> Bool {
    let wanted = filter.split(separator: "/", omittingEmptySubsequences: false)
    let given = topic.split(separator: "/", omittingEmptySubsequences: false)
    if topic.hasPrefix("$"), wanted.first == "+" || wanted.first == "#" { return false }
    for (index, level) in wanted.enumerated() {
        if level == "#" { return true }
        guard index < given.count, level == "+" || level == given[index] else { return false }
    }
    return wanted.count == given.count
}

extension String {
    /// Runs `body` with a view of the text's bytes.
    func view<R>(_ body: (ByteView) -> R) -> R { Array(utf8).withByteView { body($0) } }
}

extension Subscriber {
    init(
        _ slot: SessionSlot, qos: QualityOfService = .atMostOnce, noLocal: Bool = false,
        retainAsPublished: Bool = false, identifier: UInt32 = 0
    ) {
        var options = SubscriptionOptions(qos: qos)
        options.noLocal = noLocal
        options.retainAsPublished = retainAsPublished
        self.init(slot: slot, options: options, identifier: identifier)
    }

    static func random(slot: SessionSlot, _ generator: inout SeededGenerator) -> Subscriber {
        Subscriber(
            slot, qos: QualityOfService.allCases.randomElement(using: &generator) ?? .atMostOnce,
            noLocal: Int.random(in: 0..<4, using: &generator) == 0, retainAsPublished: Bool.random(using: &generator),
            identifier: Bool.random(using: &generator) ? 0 : UInt32.random(in: 1...5, using: &generator))
    }
}

extension SubscriptionIndex {
    init() { self.init(seed: 7, cacheBytes: 1 << 20) }

    @discardableResult
    mutating func add(_ filter: String, _ subscriber: Subscriber) -> Change {
        filter.view { insert($0, subscriber) }
    }

    /// Removes by text, as UNSUBSCRIBE does.
    @discardableResult
    mutating func drop(_ filter: String, _ slot: SessionSlot) -> Change? {
        guard let number = filter.view({ number(of: $0) }) else { return nil }
        return remove(number, slot)
    }

    mutating func result(_ topic: String) -> MatchResult { topic.view { match($0) }.result }

    /// The sessions that a topic goes to.
    mutating func slots(_ topic: String) -> [SessionSlot] { result(topic).matches.map(\.slot).sorted() }
}
