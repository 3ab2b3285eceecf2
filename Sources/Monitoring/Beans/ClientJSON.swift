import BrokerValues
import Introspection

// Clients, subscriptions and messages in the words of JSON.

extension ClientSnapshot {
    var json: JSONValue {
        [
            "id": .string(clientIdentifier), "state": connection == nil ? "offline" : "online",
            "eventLoop": JSONValue(eventLoop), "sessionExpiry": JSONValue(sessionExpiry), "hasWill": .boolean(hasWill),
            "subscriptions": JSONValue(subscriptionCount), "attributes": JSONValue(attributeCount),
            "queuedMessages": JSONValue(queuedMessages), "queuedBytes": JSONValue(queuedBytes),
            "inflight": JSONValue(inflightMessages),
            "maxQueuedMessages": JSONValue(maximumQueuedMessages), "queueStrategy": .string(queueStrategy.rawValue),
            "restrictions": restrictions.json,
            "disconnectedSeconds": disconnectedSeconds.map { JSONValue($0) } ?? .null,
            "disconnectCause": JSONValue(disconnectCause), "connection": connection?.json ?? .null,
        ]
    }
}

extension ClientSnapshot.ConnectionPart {
    fileprivate var json: JSONValue {
        [
            "address": .string(address), "listener": .string(listener), "protocol": .string(protocolVersion),
            "user": JSONValue(userName), "connectedSeconds": JSONValue(connectedSeconds),
            "keepAlive": JSONValue(keepAliveSeconds), "receivedPublishes": JSONValue(receivedPublishes),
            "sentPublishes": JSONValue(sentPublishes), "receivedBytes": JSONValue(receivedBytes),
            "sentBytes": JSONValue(sentBytes), "inflightQueueSize": JSONValue(inflightQueueSize),
            "unsentBytes": JSONValue(unsentBytes), "credits": JSONValue(credits),
            "pausedBy": JSONValue(pauseCause?.rawValue),
        ]
    }
}

extension SubscriptionSnapshot {
    var json: JSONValue {
        [
            "filter": .string(filter), "qos": JSONValue(qos), "noLocal": .boolean(noLocal),
            "retainAsPublished": .boolean(retainAsPublished), "retainHandling": JSONValue(retainHandling),
            "identifier": JSONValue(identifier),
        ]
    }
}

extension RetainedSnapshot {
    /// Of the preview, bytes that are no text become the character for that.
    var json: JSONValue {
        [
            "topic": .string(topic), "qos": JSONValue(qos), "size": JSONValue(payloadSize),
            "preview": .string(String(decoding: preview, as: UTF8.self)),
            "expiresIn": expiresIn.map { JSONValue($0) } ?? .null,
        ]
    }
}

extension TopicReceivers {
    var json: JSONValue {
        [
            "total": JSONValue(total),
            "receivers": .array(
                receivers.map { receiver in
                    [
                        "id": .string(receiver.clientIdentifier), "filter": .string(receiver.filter),
                        "qos": JSONValue(receiver.qos), "connected": .boolean(receiver.isConnected),
                    ]
                }),
            "groups": .array(groups.map { ["filter": .string($0.filter), "members": JSONValue($0.members)] }),
            "filters": .object(filters.mapValues { JSONValue($0) }),
        ]
    }
}

extension ClientQuery {
    /// - Throws: what is wrong with the query, in words; a key that there is not is wrong, too.
    init(json: [String: JSONValue]) throws(BeanError) {
        self.init()
        for (key, value) in json where value != .null {
            switch key {
            case "id": identifier = try Self.text(key, value)
            case "address": address = try Self.text(key, value)
            case "user": userName = try Self.text(key, value)
            case "connected": isConnected = try Self.flag(key, value)
            case "protocol": protocolVersion = try Self.text(key, value)
            case "listener": listener = try Self.text(key, value)
            case "queuedAbove": queuedAbove = try Self.number(key, value, 0...Int.max)
            case "paused": isPaused = try Self.flag(key, value)
            case "sort":
                guard let order = Order(rawValue: try Self.text(key, value)) else {
                    let known = Order.allCases.map(\.rawValue).joined(separator: ", ")
                    throw BeanError(.badArgument, "clients can be sorted by \(known)")
                }
                self.order = order
            case "reversed": isReversed = try Self.flag(key, value)
            case "cursor": cursor = try Self.text(key, value)
            case "limit": limit = try Self.number(key, value, 1...Self.maximumLimit)
            default: throw BeanError(.badArgument, "a query has no key \(key)")
            }
        }
    }

    private static func text(_ key: String, _ value: JSONValue) throws(BeanError) -> String {
        guard let text = value.string else { throw BeanError(.badArgument, "\(key) must be a text") }
        return text
    }

    private static func flag(_ key: String, _ value: JSONValue) throws(BeanError) -> Bool {
        guard let flag = value.boolean else { throw BeanError(.badArgument, "\(key) must be true or false") }
        return flag
    }

    fileprivate static func number(
        _ key: String, _ value: JSONValue, _ bounds: ClosedRange<Int>
    ) throws(BeanError) -> Int {
        guard let number = value.integer, let whole = Int(exactly: number), bounds.contains(whole) else {
            throw BeanError(
                .badArgument, "\(key) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return whole
    }
}

extension ClientRestrictions {
    /// Only what is set.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["maxPublishSize"] = maximumPublishSize.map { JSONValue($0) }
        members["outgoingBytesPerSecond"] = outgoingBytesPerSecond.map { JSONValue($0) }
        members["incomingBytesPerSecond"] = incomingBytesPerSecond.map { JSONValue($0) }
        members["writeBufferHigh"] = writeBuffer.map { JSONValue($0.highThreshold) }
        members["writeBufferLow"] = writeBuffer.map { JSONValue($0.lowThreshold) }
        members["maxQueuedMessages"] = maximumQueuedMessages.map { JSONValue($0) }
        members["queueStrategy"] = queueStrategy.map { .string($0.rawValue) }
        members["sessionExpiry"] = sessionExpiry.map { JSONValue($0) }
        members["inflightQueueSize"] = inflightQueueSize.map { JSONValue($0) }
        return .object(members)
    }

    /// - Throws: what is wrong, in words.
    init(json: [String: JSONValue]) throws(BeanError) {
        self.init()
        var thresholds: (high: Int?, low: Int?)
        for (key, value) in json where value != .null {
            switch key {
            case "maxPublishSize": maximumPublishSize = try Self.positive(key, value)
            case "outgoingBytesPerSecond": outgoingBytesPerSecond = try Self.positive(key, value)
            case "incomingBytesPerSecond": incomingBytesPerSecond = try Self.positive(key, value)
            case "writeBufferHigh": thresholds.high = try Self.positive(key, value)
            case "writeBufferLow": thresholds.low = try Self.positive(key, value)
            case "maxQueuedMessages": maximumQueuedMessages = try ClientQuery.number(key, value, 0...1_000_000_000)
            case "queueStrategy":
                guard let strategy = value.string.flatMap(BrokerLimits.QueueStrategy.init(rawValue:)) else {
                    throw BeanError(.badArgument, "queueStrategy must be discard or discard-oldest")
                }
                queueStrategy = strategy
            case "sessionExpiry":
                sessionExpiry = UInt32(clamping: try ClientQuery.number(key, value, 0...Int(UInt32.max)))
            case "inflightQueueSize": inflightQueueSize = try ClientQuery.number(key, value, 1...65_535)
            default: throw BeanError(.badArgument, "there is no restriction \(key)")
            }
        }
        guard thresholds.high != nil || thresholds.low != nil else { return }
        guard let high = thresholds.high, let low = thresholds.low,
            let buffer = WriteBuffer(highThreshold: high, lowThreshold: low)
        else {
            throw BeanError(.badArgument, "writeBufferHigh and writeBufferLow are set together, high not below low")
        }
        writeBuffer = buffer
    }

    private static func positive(_ key: String, _ value: JSONValue) throws(BeanError) -> Int {
        try ClientQuery.number(key, value, 1...Int(Int32.max))
    }
}
