import BrokerValues
import MQTTWire
import TopicIndex

/// The retained messages whose home is this shard.
struct RetainedStore {
    private var index: RetainedIndex
    private var messages: ContiguousArray<Message?> = []
    private var maximumCount = 0
    private var maximumBytes = 0
    private(set) var bytes = 0
    /// Messages and bytes among them that the broker tells of itself: operators count those of their clients.
    private(set) var own = (count: 0, bytes: 0)
    private var sweepPosition = 0

    init(seed: UInt64, limits: BrokerLimits, shardCount: Int) {
        index = RetainedIndex(seed: seed)
        limitsChanged(limits, shardCount: shardCount)
    }

    /// From now on; what is kept stays, also above a limit that has become smaller.
    mutating func limitsChanged(_ limits: BrokerLimits, shardCount: Int) {
        maximumCount = max(1, limits.maximumRetainedMessages / shardCount)
        maximumBytes = max(1, limits.maximumRetainedBytes / shardCount)
    }

    var count: Int { index.count }

    /// Keeps a message in place of the topic's older one, or with an empty payload removes that [MQTT-3.3.1-10].
    ///
    /// - Returns: false if there is no room; the older message is gone all the same, since it is out of date.
    mutating func store(_ message: Message) -> Bool {
        message.withParts { topic, _, _ in
            if let old = index.find(topic) { remove(old) }
            if message.payloadCount == 0 { return true }  // [MQTT-3.3.1-11]
            if count >= maximumCount || bytes + message.chargedBytes > maximumBytes { return false }
            let number = Int(index.insert(topic))
            while messages.count <= number { messages.append(nil) }
            messages[number] = message
            bytes += message.chargedBytes
            if TopicSyntax.isReserved(topic) {
                own.count += 1
                own.bytes += message.chargedBytes
            }
            return true
        }
    }

    private mutating func remove(_ number: Int32) {
        if let message = messages[Int(number)] {
            bytes -= message.chargedBytes
            if message.withParts({ topic, _, _ in TopicSyntax.isReserved(topic) }) {
                own.count -= 1
                own.bytes -= message.chargedBytes
            }
        }
        messages[Int(number)] = nil
        index.remove(number)
    }

    /// The messages that a filter matches, without expired ones.
    ///
    /// - Returns: at most `maximum` messages, and whether these are all.
    func match(_ filter: ByteView, maximum: Int, now: Instant) -> (messages: [Message], isComplete: Bool) {
        var result: [Message] = []
        // Nodes on the way to matching topics count too, so that a filter that matches little cannot walk for ever.
        let isComplete = index.match(filter, maximumSteps: maximum * 16) { number in
            guard let message = messages[Int(number)], !message.isExpired(at: now) else { return true }
            if result.count >= maximum { return false }
            result.append(message)
            return true
        }
        return (result, isComplete)
    }

    /// Hands the messages that a filter matches, expired ones included, to `visit` by position until it returns false or
    /// enough were looked at.
    ///
    /// - Returns: the position to go on at, which is the one that `visit` has refused; nil at the end.
    func walk(_ filter: ByteView, from position: Int, count: Int, _ visit: (Message) -> Bool) -> Int? {
        var position = max(0, position)
        var end = messages.count
        let isExact = !TopicSyntax.hasWildcard(filter)
        if isExact {
            guard let number = index.find(filter), position <= Int(number) else { return nil }
            (position, end) = (Int(number), Int(number) + 1)
        }
        var budget = count
        while position < end {
            if budget <= 0 { return position }
            budget -= 1
            if let message = messages[position],
                isExact || message.withParts({ topic, _, _ in TopicSyntax.isMatch(topic, filter: filter) }),
                !visit(message)
            {
                return position
            }
            position += 1
        }
        return nil
    }

    /// Looks at the next few messages and removes those that have expired. Returns them.
    mutating func sweep(steps: Int, now: Instant) -> [Message] {
        var expired: [Message] = []
        for _ in 0..<min(steps, messages.count) {
            if sweepPosition >= messages.count { sweepPosition = 0 }
            if let message = messages[sweepPosition], message.isExpired(at: now) {
                remove(Int32(sweepPosition))
                expired.append(message)
            }
            sweepPosition += 1
        }
        return expired
    }
}
