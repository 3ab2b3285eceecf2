package import BrokerValues
package import MQTTWire

/// What a client may publish and subscribe to: the answer of the authority, kept with the client's session so that no
/// packet needs a question.
///
/// Stages are asked in their order until one decides; in each the first rule that covers topic, activity and quality of
/// service does (HiveMQ 3.4, `MqttTopicPermission`). If no stage decides, it is not allowed.
package final class ClientRights: Sendable {
    /// What a rule speaks of.
    package struct Activity: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        /// Those of some bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let publish = Self(rawValue: 1)
        package static let subscribe = Self(rawValue: 2)
    }

    /// Allows or denies something below a topic.
    package struct Rule: Sendable, Hashable {
        /// A topic, with wildcards as in a filter.
        package var topic: [UInt8]
        package let isAllowed: Bool
        package let activity: Activity
        /// A bit for each quality of service, the lowest for 0.
        package let qualities: UInt8
        /// Whether it speaks of messages that are to be retained, and of others; counts for publishing only.
        package let speaksOfRetained: Bool
        package let speaksOfOthers: Bool

        /// A rule.
        package init(
            topic: [UInt8], isAllowed: Bool, activity: Activity, qualities: UInt8 = 0b111,
            speaksOfRetained: Bool = true, speaksOfOthers: Bool = true
        ) {
            self.topic = topic
            self.isAllowed = isAllowed
            self.activity = activity
            self.qualities = qualities
            self.speaksOfRetained = speaksOfRetained
            self.speaksOfOthers = speaksOfOthers
        }

        @inline(__always)
        fileprivate func covers(_ qos: QualityOfService) -> Bool { qualities & (1 << qos.rawValue) != 0 }
    }

    /// What one authorizer says.
    package struct Stage: Sendable, Hashable {
        package var rules: [Rule]
        /// What holds where no rule does; nil to ask the next stage.
        package var otherwise: Bool?
        /// Whether every filter is granted and each message is looked at instead, as Mosquitto does. A `/` at the end of
        /// a topic counts then; else it does not.
        package var filtersDelivery: Bool

        /// A stage.
        package init(rules: [Rule], otherwise: Bool?, filtersDelivery: Bool = false) {
            self.otherwise = otherwise
            self.filtersDelivery = filtersDelivery
            self.rules = rules.map { rule in
                var rule = rule
                if !filtersDelivery, rule.topic.count > 1, rule.topic.last == UInt8(ascii: "/") {
                    rule.topic.removeLast()
                }
                return rule
            }
        }
    }

    private let stages: [Stage]
    /// Whether a subscription that was granted may match messages that may not be delivered.
    package let filtersDelivery: Bool

    /// Whether what may be subscribed to depends on the quality of service.
    private let tellsQualitiesApart: Bool

    /// Rights of these stages; of none, nothing is allowed.
    package init(_ stages: [Stage]) {
        self.stages = stages
        tellsQualitiesApart = stages.contains { stage in
            stage.rules.contains { $0.activity.contains(.subscribe) && $0.qualities != 0b111 }
        }
        filtersDelivery = stages.contains { stage in
            stage.filtersDelivery || stage.rules.contains { !$0.isAllowed && $0.activity.contains(.subscribe) }
        }
    }

    /// Whether a message may be published.
    package func mayPublish(_ topic: ByteView, qos: QualityOfService, retain: Bool) -> Bool {
        for index in stages.indices {
            for rule in stages[index].rules
            where rule.activity.contains(.publish) && rule.covers(qos)
                && (retain ? rule.speaksOfRetained : rule.speaksOfOthers)
            {
                if isMatch(topic, rule, stages[index]) { return rule.isAllowed }
            }
            if let otherwise = stages[index].otherwise { return otherwise }
        }
        return false
    }

    /// Whether a filter may be subscribed to.
    ///
    /// - Parameter filter: without its `$share/<group>/`.
    package func maySubscribe(_ filter: ByteView, qos: QualityOfService) -> Bool {
        for stage in stages {
            if stage.filtersDelivery { return true }
            for rule in stage.rules where rule.activity.contains(.subscribe) && rule.covers(qos) {
                let isCovered = rule.topic.withByteView { wide in
                    FilterCoverage.covers(wide, filter)
                        || Self.trimmed(filter).map { FilterCoverage.covers(wide, $0) } ?? false
                }
                if isCovered { return rule.isAllowed }
            }
            if let otherwise = stage.otherwise { return otherwise }
        }
        return false
    }

    /// Whether a message may be delivered.
    ///
    /// - Parameter qos: with which it is. The subscription was granted that or more, so it may if one of these is allowed.
    package func mayReceive(_ topic: ByteView, qos: QualityOfService) -> Bool {
        if !tellsQualitiesApart { return mayReceive(topic, grantedWith: qos) }
        return QualityOfService.allCases.contains { $0 >= qos && mayReceive(topic, grantedWith: $0) }
    }

    private func mayReceive(_ topic: ByteView, grantedWith qos: QualityOfService) -> Bool {
        for index in stages.indices {
            for rule in stages[index].rules where rule.activity.contains(.subscribe) && rule.covers(qos) {
                if isMatch(topic, rule, stages[index]) { return rule.isAllowed }
            }
            if let otherwise = stages[index].otherwise { return otherwise }
        }
        return false
    }

    /// Where a `/` at the end does not count, a topic with one matches what it does with it and what it does without.
    @inline(__always)
    private func isMatch(_ topic: ByteView, _ rule: Rule, _ stage: Stage) -> Bool {
        rule.topic.withByteView { filter in
            if TopicSyntax.isMatch(topic, filter: filter) { return true }
            if stage.filtersDelivery { return false }
            return Self.trimmed(topic).map { TopicSyntax.isMatch($0, filter: filter) } ?? false
        }
    }

    /// Without the `/` at its end; nil if there is none.
    private static func trimmed(_ topic: ByteView) -> ByteView? {
        topic.count > 1 && topic[topic.count - 1] == UInt8(ascii: "/") ? topic.slice(0, topic.count - 1) : nil
    }
}

extension ClientRights: Equatable {
    /// Equal if they say the same.
    package static func == (left: ClientRights, right: ClientRights) -> Bool {
        left === right || left.stages == right.stages
    }
}

/// Whether a filter matches everything that another one does.
package enum FilterCoverage {
    /// Level by level: `#` covers what is left, `+` one level whatever it is, everything else its equal.
    ///
    /// - Parameters:
    ///   - wide: a topic with wildcards as in a filter.
    ///   - narrow: a valid filter.
    package static func covers(_ wide: ByteView, _ narrow: ByteView) -> Bool {
        // A wildcard at the front covers nothing that begins with a dollar sign [MQTT-4.7.2-1].
        if narrow.count > 0, narrow[0] == UInt8(ascii: "$"), wide.count > 0, isWildcard(wide[0]) { return false }
        var (left, right) = (0, 0)
        while true {
            let wideLevel = level(wide, from: left)
            if wideLevel.count == 1, wideLevel[0] == UInt8(ascii: "#") { return true }
            let narrowLevel = level(narrow, from: right)
            if narrowLevel.count == 1, narrowLevel[0] == UInt8(ascii: "#") { return false }
            let isPlus = wideLevel.count == 1 && wideLevel[0] == UInt8(ascii: "+")
            if !isPlus, !wideLevel.elementsEqual(narrowLevel) { return false }
            left += wideLevel.count + 1
            right += narrowLevel.count + 1
            let (wideEnds, narrowEnds) = (left > wide.count, right > narrow.count)
            if narrowEnds {
                // `a/#` matches `a` as well.
                return wideEnds || (wide.count - left == 1 && wide[left] == UInt8(ascii: "#"))
            }
            if wideEnds { return false }
        }
    }

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") }

    private static func level(_ topic: ByteView, from start: Int) -> ByteView {
        var end = start
        while end < topic.count, topic[end] != UInt8(ascii: "/") { end += 1 }
        return topic.slice(start, end)
    }
}
