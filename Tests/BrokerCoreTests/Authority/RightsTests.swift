import BrokerCore
import BrokerValues
import MQTTWire
import Testing

/// Rules in short: `+p a/b` allows to publish, `-s a/#` denies to subscribe, `+ps` and no letters mean both; `1` behind
/// the letters is for QoS 1 only, `r` for retained messages only.
private func rights(_ text: String, otherwise: Bool? = nil, filtersDelivery: Bool = false) -> ClientRights {
    let rules = text.split(separator: ",").map { line -> ClientRights.Rule in
        let parts = line.split(separator: " ").map(String.init)
        var activity: ClientRights.Activity = []
        if parts[0].contains("p") { activity.insert(.publish) }
        if parts[0].contains("s") { activity.insert(.subscribe) }
        if activity.isEmpty { activity = [.publish, .subscribe] }
        return ClientRights.Rule(
            topic: Array(parts[1].utf8), isAllowed: parts[0].hasPrefix("+"), activity: activity,
            qualities: parts[0].contains("1") ? 0b010 : 0b111, speaksOfOthers: !parts[0].contains("r"))
    }
    return ClientRights([.init(rules: rules, otherwise: otherwise, filtersDelivery: filtersDelivery)])
}

extension ClientRights {
    fileprivate func publishes(_ topic: String, _ qos: QualityOfService = .atMostOnce, retain: Bool = false) -> Bool {
        Array(topic.utf8).withByteView { mayPublish($0, qos: qos, retain: retain) }
    }

    fileprivate func subscribes(_ filter: String, _ qos: QualityOfService = .atMostOnce) -> Bool {
        Array(filter.utf8).withByteView { maySubscribe($0, qos: qos) }
    }

    fileprivate func receives(_ topic: String, _ qos: QualityOfService = .atMostOnce) -> Bool {
        Array(topic.utf8).withByteView { mayReceive($0, qos: qos) }
    }
}

@Suite("What a client may publish, subscribe to and get")
struct RightsTests {
    @Test("The first rule that covers topic, activity, QoS and retention decides")
    func firstDecides() {
        let rights = rights("-p a/secret,+p a/#,+s1 b,+pr c")
        #expect(!rights.publishes("a/secret"))
        #expect(rights.publishes("a/other"))
        #expect(rights.publishes("a"))
        #expect(!rights.publishes("b", .atLeastOnce))
        #expect(rights.subscribes("b", .atLeastOnce))
        #expect(!rights.subscribes("b", .exactlyOnce))
        #expect(rights.publishes("c", retain: true))
        #expect(!rights.publishes("c"))
    }

    @Test("What nothing decides is not allowed; another default holds where it is said")
    func otherwise() {
        #expect(!ClientRights([]).publishes("a"))
        #expect(!rights("+p a").publishes("b"))
        #expect(rights("-p a", otherwise: true).publishes("b"))
        #expect(!rights("-p a", otherwise: true).publishes("a"))
    }

    @Test("A stage that does not decide leaves it to the next")
    func stages() {
        func stage(_ topic: String, _ isAllowed: Bool) -> ClientRights.Stage {
            .init(
                rules: [.init(topic: Array(topic.utf8), isAllowed: isAllowed, activity: [.publish, .subscribe])],
                otherwise: nil)
        }
        let rights = ClientRights([stage("a", false), stage("#", true)])
        #expect(!rights.publishes("a") && rights.publishes("b"))
        #expect(!rights.subscribes("a") && rights.subscribes("b"))
        #expect(!rights.receives("a") && rights.receives("b"))
    }

    @Test("A slash at the end of a topic does not count, but where each message is looked at")
    func slashes() {
        #expect(rights("+p a/").publishes("a") && rights("+p a").publishes("a/"))
        #expect(rights("+s a/b/").subscribes("a/b"))
        #expect(rights("+p /").publishes("/"))
        #expect(!rights("+p a", filtersDelivery: true).publishes("a/"))
    }

    @Test("A slash at the end leads around no denial: an empty level is one that a wildcard matches")
    func slashesAndDenials() {
        let rights = rights("-ps a/secret/+,+ps a/#")
        #expect(!rights.publishes("a/secret/") && !rights.subscribes("a/secret/") && !rights.receives("a/secret/"))
        #expect(rights.publishes("a/secret") && rights.publishes("a/other/"))
    }

    @Test("What is denied for one QoS is delivered with the others that a subscription may have")
    func deliveryByQuality() {
        let rights = rights("-s1 a,+s a,+s1 b")
        #expect(rights.receives("a", .atMostOnce) && rights.receives("a", .exactlyOnce))
        #expect(rights.receives("a", .atLeastOnce), "a subscription with QoS 2 is allowed")
        #expect(rights.receives("b", .atMostOnce) && rights.receives("b", .atLeastOnce))
        #expect(!rights.receives("b", .exactlyOnce) && !rights.receives("c"))
    }

    @Test(
        "A filter is granted if a rule covers all that it matches",
        arguments: [
            ("#", "a/+/#", true), ("a/#", "a", true), ("a/#", "a/#", true), ("a/#", "a/b/+", true),
            ("a/+", "a/b", true),
            ("a/+", "a/+", true), ("a/+", "a/#", false), ("a/+", "a", false), ("a/b", "a/+", false),
            ("+/b", "a/b", true),
            ("+/b", "#", false), ("a/+/c", "a/b/c", true), ("a/+/c", "a/b/d", false), ("a/+/#", "a/b", true),
            ("a/+/#", "a", false), ("#", "$SYS/a", false), ("$SYS/#", "$SYS/a", true), ("+/a", "$SYS/a", false),
            ("a//b", "a//b", true), ("a/+/b", "a//b", true), ("/a", "/a", true), ("+/a", "/a", true),
        ])
    func coverage(rule: String, filter: String, isCovered: Bool) {
        #expect(rights("+s \(rule)").subscribes(filter) == isCovered)
        let direct = Array(rule.utf8).withByteView { wide in
            Array(filter.utf8).withByteView { FilterCoverage.covers(wide, $0) }
        }
        #expect(direct == isCovered)
    }

    @Test("Coverage means that whatever the filter matches the rule matches too")
    func coverageIsMatching() {
        let levels = ["a", "b", "+", "#", "", "$x"]
        let topics = ["a", "b", "a/a", "a/b", "b/a", "/a", "a/", "$x", "$x/a", "a/b/a", "a//b"]
        var filters: [String] = []
        for first in levels {
            filters.append(first)
            for second in levels where first != "#" { filters.append("\(first)/\(second)") }
        }
        for wide in filters where !wide.isEmpty {
            for narrow in filters where !narrow.isEmpty {
                let isCovered = Array(wide.utf8).withByteView { wide in
                    Array(narrow.utf8).withByteView { FilterCoverage.covers(wide, $0) }
                }
                guard isCovered else { continue }
                for topic in topics where matches(topic, narrow) {
                    #expect(matches(topic, wide), "\(wide) does not match \(topic), which \(narrow) does")
                }
            }
        }
    }

    private func matches(_ topic: String, _ filter: String) -> Bool {
        Array(topic.utf8).withByteView { topic in
            Array(filter.utf8).withByteView { TopicSyntax.isMatch(topic, filter: $0) }
        }
    }

    @Test("Where each message is looked at every filter is granted, and only what is allowed is delivered")
    func filtering() {
        let rights = rights("-s a/secret,+s a/#", otherwise: false, filtersDelivery: true)
        #expect(rights.subscribes("#"))
        #expect(rights.receives("a/b") && !rights.receives("a/secret") && !rights.receives("b"))
        #expect(rights.filtersDelivery)
    }

    @Test("A denial inside of what may be subscribed to makes each message be looked at")
    func denials() {
        #expect(rights("-s a/secret,+s #").filtersDelivery)
        #expect(!rights("-p a/secret,+s #").filtersDelivery)
    }
}
