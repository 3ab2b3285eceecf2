extension HiveMQCatalog {
    private static let received = "skep_packets_received_total"
    private static let sent = "skep_packets_sent_total"

    /// The packets of MQTT 3 by type; those that MQTT 5 added are in ``later``.
    static let packets: [HiveMQMetric] =
        pair("messages.incoming.total", .all(received), "All MQTT packets received")
        + pair("messages.outgoing.total", .all(sent), "All MQTT packets sent")
        + sizes
        + ["connect", "disconnect", "pingreq", "puback", "pubcomp", "pubrec", "pubrel", "subscribe", "unsubscribe"]
        .flatMap { type in
            pair("messages.incoming.\(type)", .one(received, "type", type), "\(type.uppercased()) packets received")
        }
        + ["connack", "pingresp", "puback", "pubcomp", "pubrec", "pubrel", "suback", "unsuback"].flatMap { type in
            pair("messages.outgoing.\(type)", .one(sent, "type", type), "\(type.uppercased()) packets sent")
        }
        + pair("messages.incoming.publish", .all("skep_publishes_received_total"), "PUBLISH packets received")
        + pair("messages.outgoing.publish", .all("skep_publishes_sent_total"), "PUBLISH packets sent")
        + [
            HiveMQMetric(
                "messages.incoming.publish.retained.count", .counter, .all("skep_retained_publishes_received_total"),
                "PUBLISH packets received with the RETAIN flag.", since: "3.4"),
            HiveMQMetric(
                "messages.outgoing.publish.retained.count", .counter, .all("skep_retained_publishes_sent_total"),
                "PUBLISH packets sent with the RETAIN flag.", since: "3.4"),
        ]

    /// HiveMQ 3 counts sizes without the fixed header; HiveMQ 4 with it, as this broker does.
    private static let sizes = [
        ("messages.incoming.total.bytes", "skep_packet_received_size_bytes", "all MQTT packets received"),
        ("messages.outgoing.total.bytes", "skep_packet_sent_size_bytes", "all MQTT packets sent"),
        ("messages.incoming.publish.bytes", "skep_publish_received_size_bytes", "PUBLISH packets received"),
        ("messages.outgoing.publish.bytes", "skep_publish_sent_size_bytes", "PUBLISH packets sent"),
    ].map { name, metric, what in
        HiveMQMetric(
            name, .histogram, .histogram(metric: metric),
            "Sizes of \(what), fixed header included as in HiveMQ 4; one packet in 64 is looked at.")
    }

    /// The same number as a counter and as a meter.
    static func pair(_ name: String, _ value: HiveMQValue, _ help: String) -> [HiveMQMetric] {
        [
            HiveMQMetric("\(name).count", .counter, value, "\(help)."),
            HiveMQMetric("\(name).rate", .meter, value, "\(help), as a rate."),
        ]
    }
}
