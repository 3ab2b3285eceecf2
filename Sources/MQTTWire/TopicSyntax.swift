/// The rules for topic names and topic filters (MQTT 5 section 4.7 and 4.8.2).
package enum TopicSyntax {
    /// What is wrong with a topic name, or nil. The bytes must be valid UTF-8 already.
    ///
    /// - Parameter maximumLevels: levels allowed, a limit of this broker.
    @inline(__always)
    package static func faultInName(_ name: ByteView, maximumLength: Int, maximumLevels: Int) -> String? {
        if name.isEmpty { return "the topic name is empty" }  // [MQTT5-4.7.3-1]
        if name.count > maximumLength { return "the topic name is longer than this broker allows" }
        var levels = 1
        for index in 0..<name.count {
            switch name[index] {
            case UInt8(ascii: "+"), UInt8(ascii: "#"): return "the topic name holds a wildcard"  // [MQTT5-3.3.2-2]
            case UInt8(ascii: "/"): levels &+= 1
            default: break
            }
        }
        return levels > maximumLevels ? "the topic name has more levels than this broker allows" : nil
    }

    /// Whether clients may not publish to a topic: `$SYS` is the broker's own, and `$share` names no topic.
    package static func isReserved(_ topic: ByteView) -> Bool {
        guard topic.count > 0, topic[0] == UInt8(ascii: "$") else { return false }
        // Bytes are compared, not characters: "/" with a combining accent is another character, but still a level.
        return reservedPrefixes.contains { prefix in
            topic.count >= prefix.count && prefix.withByteView { topic.slice(0, $0.count).elementsEqual($0) }
        } || topic.count == 4 && topic.text == "$SYS"
    }

    private static let reservedPrefixes = ["$SYS/", "$share/", "$share:"].map { Array($0.utf8) }

    /// What is wrong with a topic filter (the part behind `$share/group/` for a shared one), or nil.
    package static func faultInFilter(_ filter: ByteView, maximumLength: Int, maximumLevels: Int) -> String? {
        if filter.isEmpty { return "the topic filter is empty" }  // [MQTT5-4.7.3-1]
        if filter.count > maximumLength { return "the topic filter is longer than this broker allows" }
        var levels = 1
        for index in 0..<filter.count {
            let byte = filter[index]
            if byte == UInt8(ascii: "/") { levels += 1 }
            guard byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") else { continue }
            let startsLevel = index == 0 || filter[index - 1] == UInt8(ascii: "/")
            let isLast = index == filter.count - 1
            let endsLevel = isLast || filter[index + 1] == UInt8(ascii: "/")
            if byte == UInt8(ascii: "#"), !(startsLevel && isLast) {  // [MQTT5-4.7.1-1]
                return "# must be the last character of a topic filter and stand alone in its level"
            }
            if byte == UInt8(ascii: "+"), !(startsLevel && endsLevel) {  // [MQTT5-4.7.1-2]
                return "+ must stand alone in its level of a topic filter"
            }
        }
        return levels > maximumLevels ? "the topic filter has more levels than this broker allows" : nil
    }

    /// Whether a valid topic name matches a valid filter (section 4.7).
    package static func isMatch(_ topic: ByteView, filter: ByteView) -> Bool {
        let (plus, hash, slash) = (UInt8(ascii: "+"), UInt8(ascii: "#"), UInt8(ascii: "/"))
        if filter.isEmpty { return topic.isEmpty }
        if topic.count > 0, topic[0] == UInt8(ascii: "$"), filter[0] == plus || filter[0] == hash {
            return false  // [MQTT-4.7.2-1]
        }
        var (at, place) = (0, 0)
        while true {  // both stand at the beginning of a level
            if place < filter.count, filter[place] == hash { return true }
            if place < filter.count, filter[place] == plus {
                place += 1
                while at < topic.count, topic[at] != slash { at += 1 }
            } else {
                while at < topic.count, place < filter.count, topic[at] == filter[place], topic[at] != slash {
                    at += 1
                    place += 1
                }
            }
            let isEnd = (topic: at == topic.count, filter: place == filter.count)
            if !isEnd.topic, topic[at] != slash { return false }
            if !isEnd.filter, filter[place] != slash { return false }
            if isEnd.topic {  // `sport/#` matches `sport`
                return isEnd.filter || place + 2 == filter.count && filter[place + 1] == hash
            }
            if isEnd.filter { return false }
            at += 1
            place += 1
        }
    }

    /// Whether a filter has wildcards. The filter must be valid.
    package static func hasWildcard(_ filter: ByteView) -> Bool {
        for index in 0..<filter.count where filter[index] == UInt8(ascii: "+") || filter[index] == UInt8(ascii: "#") {
            return true
        }
        return false
    }
}

/// A filter as a client wrote it, taken apart into share name and filter.
package struct FilterParts {
    /// The name of the group for a shared subscription.
    package let shareName: ByteView?
    /// What topics are matched against.
    package let filter: ByteView

    private static let prefixes: [[UInt8]] = [Array("$share/".utf8), Array("$share:".utf8)]

    /// Splits `$share/group/filter` [MQTT5-4.8.2-1] and HiveMQ's older `$share:group:filter`.
    ///
    /// - Returns: nil if the prefix is there but the share name is empty or has a wildcard, or no filter follows
    ///   [MQTT5-4.8.2-2].
    package static func split(_ whole: ByteView) -> FilterParts? {
        for prefix in prefixes where whole.count >= prefix.count {
            let matches = prefix.withByteView { whole.slice(0, prefix.count).elementsEqual($0) }
            guard matches else { continue }
            let separator = prefix[prefix.count - 1]
            let rest = whole.dropping(prefix.count)
            var end = 0
            while end < rest.count, rest[end] != separator { end += 1 }
            let name = rest.slice(0, end)
            guard !name.isEmpty, end + 1 < rest.count, !TopicSyntax.hasWildcard(name) else { return nil }
            if separator == UInt8(ascii: ":") {
                for index in 0..<name.count where name[index] == UInt8(ascii: "/") { return nil }
            }
            return FilterParts(shareName: name, filter: rest.dropping(end + 1))
        }
        return FilterParts(shareName: nil, filter: whole)
    }
}
