/// What a `$SYS` topic tells.
package enum SystemTopicValue: Sendable, Hashable {
    /// A number.
    case number(HiveMQValue)
    /// How fast a count grows, in events a second: the moving average of a HiveMQ meter over so many minutes.
    case rate(HiveMQValue, minutes: Int)
    /// The time of day in seconds since the Unix epoch.
    case time
    /// The broker's version.
    case version
    /// Whole seconds since the broker started.
    case uptime
    /// The largest number of clients that were connected at once since the broker started.
    case maximumClients
}

/// A topic below `$SYS/broker`.
package struct SystemTopic: Sendable, Hashable {
    /// Whose clients look for it.
    package enum Origin: String, Sendable, Hashable {
        case hiveMQ, mosquitto
    }

    /// When a message is sent. HiveMQ's plugin sends both kinds to a client that has just subscribed.
    package enum Delivery: String, Sendable, Hashable {
        /// Again and again: HiveMQ's STANDARD.
        case interval
        /// To a client that subscribes only: HiveMQ's STATIC.
        case subscription
    }

    /// The whole topic.
    package let topic: String
    package let value: SystemTopicValue
    package let origin: Origin
    package let delivery: Delivery
    package let help: String

    init(
        _ topic: String, _ value: SystemTopicValue, _ help: String, _ origin: Origin = .hiveMQ,
        _ delivery: Delivery = .interval
    ) {
        self.topic = "$SYS/broker/" + topic
        self.value = value
        self.help = help
        self.origin = origin
        self.delivery = delivery
    }
}

/// The closed list of `$SYS` topics: those of HiveMQ's plugin, and well-known ones of Mosquitto that have an honest value.
///
/// Where both have a topic, HiveMQ's meaning holds: averages below `load` are per second, where Mosquitto counts per
/// minute. So Mosquitto's averages that HiveMQ lacks are left out; two units side by side would mislead. Also left out:
/// `heap`, since nobody counts it, and `clients/expired`, since ends of sessions are not told apart by cause.
package enum SystemTopicCatalog {
    /// Every topic once.
    package static let all: [SystemTopic] = counts + averages + mosquitto + itself

    private static let received = HiveMQValue.all("skep_packets_received_total")
    private static let sent = HiveMQValue.all("skep_packets_sent_total")
    private static let publishesReceived = HiveMQValue.all("skep_publishes_received_total")
    private static let publishesSent = HiveMQValue.all("skep_publishes_sent_total")
    private static let dropped = HiveMQValue.all("skep_messages_dropped_total")
    private static let bytesReceived = HiveMQValue.all("skep_packets_received_bytes_total")
    private static let bytesSent = HiveMQValue.all("skep_packets_sent_bytes_total")
    private static let online = HiveMQValue.all("skep_connections")
    private static let offline = HiveMQValue.one("skep_sessions", "state", "offline")
    private static let retained = HiveMQValue.all("skep_retained_messages")
    private static let kept = HiveMQValue.total([.all("skep_queued_messages"), retained])
    private static let keptBytes = HiveMQValue.total([.all("skep_queued_bytes"), .all("skep_retained_bytes")])

    private static let counts: [SystemTopic] = [
        SystemTopic("load/bytes/received", .number(bytesReceived), "Bytes of MQTT packets received."),
        SystemTopic("load/bytes/sent", .number(bytesSent), "Bytes of MQTT packets sent."),
        SystemTopic("clients/connected", .number(online), "Clients that are connected."),
        SystemTopic("clients/maximum", .maximumClients, "Most clients that were connected at once."),
        SystemTopic("clients/disconnected", .number(offline), "Sessions whose client is away."),
        SystemTopic("clients/total", .number(.all("skep_sessions")), "Sessions, online and offline."),
        SystemTopic("messages/received", .number(received), "MQTT packets received."),
        SystemTopic("messages/sent", .number(sent), "MQTT packets sent."),
        SystemTopic("messages/publish/received", .number(publishesReceived), "PUBLISH packets received."),
        SystemTopic("messages/publish/sent", .number(publishesSent), "PUBLISH packets sent."),
        SystemTopic("messages/publish/dropped", .number(dropped), "Messages dropped for any reason."),
        SystemTopic("messages/retained/count", .number(retained), "Retained messages kept."),
        SystemTopic("subscriptions/count", .number(.all("skep_subscriptions")), "Subscriptions of all sessions."),
    ]

    private static let averages: [SystemTopic] = [
        ("connections", HiveMQValue.one("skep_packets_received_total", "type", "connect"), "CONNECT packets received"),
        ("messages/received", received, "MQTT packets received"), ("messages/sent", sent, "MQTT packets sent"),
        ("publish/received", publishesReceived, "PUBLISH packets received"),
        ("publish/sent", publishesSent, "PUBLISH packets sent"), ("publish/dropped", dropped, "Messages dropped"),
    ].flatMap { name, value, what in
        [1, 5, 15].map { minutes in
            SystemTopic(
                "load/\(name)/\(minutes)min", .rate(value, minutes: minutes),
                "\(what) each second, averaged over \(minutes) min.")
        }
    }

    private static let mosquitto: [SystemTopic] = [
        SystemTopic("bytes/received", .number(bytesReceived), "Bytes of MQTT packets received.", .mosquitto),
        SystemTopic("bytes/sent", .number(bytesSent), "Bytes of MQTT packets sent.", .mosquitto),
        SystemTopic("clients/active", .number(online), "Clients that are connected.", .mosquitto),
        SystemTopic("clients/inactive", .number(offline), "Sessions whose client is away.", .mosquitto),
        SystemTopic("messages/stored", .number(kept), "Messages that wait for clients or are retained.", .mosquitto),
        SystemTopic(
            "store/messages/count", .number(kept), "Messages that wait for clients or are retained.", .mosquitto),
        SystemTopic(
            "store/messages/bytes", .number(keptBytes), "Bytes of the messages that wait or are retained.", .mosquitto),
        SystemTopic("retained messages/count", .number(retained), "Retained messages kept.", .mosquitto),
        SystemTopic(
            "shared_subscriptions/count", .number(.one("skep_subscriptions", "kind", "shared")),
            "Shared subscriptions of all sessions.", .mosquitto),
        SystemTopic(
            "publish/bytes/received", .number(.one("skep_packets_received_bytes_total", "type", "publish")),
            "Bytes of the PUBLISH packets received; whole packets.", .mosquitto),
        SystemTopic(
            "publish/bytes/sent", .number(.one("skep_packets_sent_bytes_total", "type", "publish")),
            "Bytes of the PUBLISH packets sent; whole packets.", .mosquitto),
        SystemTopic("publish/messages/dropped", .number(dropped), "Messages dropped for any reason.", .mosquitto),
        SystemTopic(
            "publish/messages/received", .number(publishesReceived), "PUBLISH packets received.", .mosquitto),
        SystemTopic("publish/messages/sent", .number(publishesSent), "PUBLISH packets sent.", .mosquitto),
    ]

    private static let itself: [SystemTopic] = [
        SystemTopic("time", .time, "The time in seconds since the Unix epoch."),
        SystemTopic("version", .version, "The broker's version."),
        SystemTopic("uptime", .uptime, "Seconds since the broker started.", .hiveMQ, .subscription),
    ]
}

extension SystemTopicValue: CustomStringConvertible {
    /// Where the value comes from.
    package var description: String {
        switch self {
        case .number(let value): "\(value)"
        case .rate(let value, let minutes): "\(value) a second, averaged over \(minutes) min"
        case .time: "the clock"
        case .version: "the build"
        case .uptime: "skep_uptime_seconds"
        case .maximumClients: "most of skep_connections since the start"
        }
    }
}
