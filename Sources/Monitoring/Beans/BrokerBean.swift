import FoundationEssentials
import Glibc
import Introspection

/// `skep:type=Broker`: the broker as a whole.
enum BrokerBean {
    static func make(_ context: BeanContext, _ monitor: Monitor) -> ManagedBean {
        ManagedBean(
            ObjectName("skep", ["type": "Broker"]), className: "Broker", "The broker as a whole.",
            attributes: identity(context) + counts + rates, operations: operations(context, monitor))
    }

    private static func identity(_ context: BeanContext) -> [BeanAttribute] {
        [
            BeanAttribute("Version", .string, "The version of the broker.") { _ in .string(context.version) },
            BeanAttribute("SwiftVersion", .string, "The compiler that built it.") { _ in
                .string(context.swiftVersion)
            },
            BeanAttribute("ProcessId", .int, "The process.") { _ in JSONValue(getpid()) },
            BeanAttribute("Status", .string, "starting, running or draining.") { _ in .string(context.status()) },
            BeanAttribute("StartTime", .string, "When it was started (ISO 8601).") { .string(time($0.started)) },
            BeanAttribute("UptimeSeconds", .double, "Seconds since then.") { JSONValue($0.uptime) },
            BeanAttribute("EventLoops", .int, "Event loops that serve clients.") { JSONValue($0.eventLoops.count) },
            BeanAttribute("SettingsSource", .string, "The settings file.") { .string($0.settings.source) },
            BeanAttribute("SettingsHash", .string, "Changes when any setting does.") { .string($0.settings.hash) },
            BeanAttribute("SettingsLoadTime", .string, "When they were read (ISO 8601).") {
                .string(time($0.settings.loaded))
            },
        ]
    }

    private static let counts: [BeanAttribute] = [
        .sum("Connections", "skep_connections"),
        .sum("Sessions", "skep_sessions"),
        .sum("Subscriptions", "skep_subscriptions"),
        .sum("RetainedMessages", "skep_retained_messages"),
        .sum("QueuedMessages", "skep_queued_messages"),
        .sum("QueuedBytes", "skep_queued_bytes"),
        .sum("PublishesReceived", "skep_publishes_received_total"),
        .sum("PublishesSent", "skep_publishes_sent_total"),
        .sum("BytesReceived", "skep_packets_received_bytes_total"),
        .sum("BytesSent", "skep_packets_sent_bytes_total"),
        .sum("MessagesDropped", "skep_messages_dropped_total"),
        .byLabel("MessagesDroppedByReason", "skep_messages_dropped_total"),
        .byLabel("DisconnectsByReason", "skep_disconnects_total"),
    ]

    private static let rates = BrokerRate.allCases.map { rate in
        BeanAttribute(rate.rawValue, .double, "Growth of \(rate.metric) a second, over the last two seconds.") {
            JSONValue($0.rates[rate] ?? 0)
        }
    }

    private static func operations(_ context: BeanContext, _ monitor: Monitor) -> [BeanOperation] {
        [
            BeanOperation(
                "readiness", returns: .map, access: .everybody,
                "What /readyz says: whether it takes clients, and why not."
            ) { _ throws(BeanError) in
                let report = monitor.readiness()
                let checks = report.checks.map { check in
                    JSONValue.object([
                        "name": .string(check.name), "ok": .boolean(check.isOK), "detail": .string(check.detail),
                    ])
                }
                return ["ok": .boolean(report.isOK), "checks": .array(checks)]
            },
            BeanOperation(
                "reload", returns: .map, access: .operators,
                "Reads the settings again, as at SIGHUP; a file with faults changes nothing."
            ) { _ throws(BeanError) in json(await context.controls.reload()) },
            BeanOperation(
                "drain", returns: .void, access: .operators,
                "Stops the broker, as at SIGTERM: no new clients, wills and farewells, the end."
            ) { _ throws(BeanError) in
                context.controls.drain()
                return .null
            },
            BeanOperation(
                "resetHistograms", returns: .void, access: .operators, "All histograms begin anew."
            ) { _ throws(BeanError) in
                monitor.resetHistograms()
                return .null
            },
        ]
    }

    private static func json(_ report: ReloadReport) -> JSONValue {
        [
            "changes": .array(
                report.changes.map { change in
                    [
                        "option": .string(change.option), "from": .string(change.old), "to": .string(change.new),
                        "needsRestart": .boolean(change.needsRestart),
                    ]
                }),
            "faults": .array(report.faults.map { .string($0) }),
            "warnings": .array(report.warnings.map { .string($0) }),
        ]
    }

    private static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }
}
