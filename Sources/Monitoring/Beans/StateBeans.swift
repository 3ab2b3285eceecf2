import BrokerValues
import Introspection
import MetricCatalog
import StressModel

/// The beans that only show: stress, overload protection, limits, event loops, listeners, memory, process.
enum StateBeans {
    static func all(_ context: BeanContext, eventLoops: Int) -> [ManagedBean] {
        [stress, overload, restrictions, memory(context), process] + (0..<eventLoops).map(eventLoop)
            + context.listeners.map(listener)
    }

    private static func name(_ type: String) -> ObjectName { ObjectName("skep", ["type": type]) }

    private static let stress = ManagedBean(
        name("Stress"), className: "Stress", "How the broker feels, and why.",
        attributes: [
            BeanAttribute("Level", .int, "From 0, at ease, to 10.") { JSONValue($0.stress.level) },
            BeanAttribute("LeadingSignal", .string, "The signal that the level comes from; null at level 0.") {
                JSONValue($0.stress.leadingSignal?.rawValue)
            },
            BeanAttribute("Signals", .map, "Each signal, from 0 to 1 and above.") { readings in
                let ratios = StressSignal.allCases.compactMap { signal in
                    readings.stress.ratio(of: signal).map { (signal.rawValue, JSONValue($0)) }
                }
                return .object(Dictionary(ratios) { first, _ in first })
            },
            BeanAttribute("LevelChanges", .long, "How often the level has changed.") { JSONValue($0.stress.changes) },
            BeanAttribute("SecondsAtLevel", .map, "Seconds spent at each level.") { readings in
                let seconds = readings.stress.millisecondsAtLevel.enumerated().map {
                    ("\($0.offset)", JSONValue(Double($0.element) / 1000))
                }
                return .object(Dictionary(seconds) { first, _ in first })
            },
        ])

    private static let overload = ManagedBean(
        name("Overload"), className: "Overload", "What the broker does about its load.",
        attributes: [
            BeanAttribute("IsProtecting", .boolean, "Whether load is shed at high stress levels.") {
                .boolean($0.settings.protectsFromOverload)
            },
            BeanAttribute("IsShedding", .boolean, "Whether load is shed now.") { readings in
                .boolean(readings.settings.protectsFromOverload && readings.stress.isShedding)
            },
            BeanAttribute("Rule", .map, "What is shed at this level; null where there is no limit.") { readings in
                let level = readings.settings.protectsFromOverload ? readings.stress.level : 0
                let rule = SheddingTable.rule(at: level)
                return [
                    "creditsPerTick": JSONValue(rule.creditsPerTick),
                    "connectsPerSecond": rule.connectsPerSecond.map { JSONValue($0) } ?? .null,
                    "willsPerTick": rule.willsPerTick.map { JSONValue($0) } ?? .null,
                    "retainedPerTick": rule.retainedPerTick.map { JSONValue($0) } ?? .null,
                    "isReady": .boolean(rule.isReady),
                ]
            },
            .byLabel("Paused", "skep_connections_paused"),
            .byLabel("Pauses", "skep_connection_pauses_total"),
            .byLabel("PausedSeconds", "skep_connection_paused_seconds_total"),
            .byLabel("LimitRefusals", "skep_limit_refusals_total"),
            .byLabel("ThrottledBytes", "skep_throttled_bytes_total"),
            .sum("ConnectsDelayed", "skep_connects_delayed_total"),
            .sum("ConnectsThrottled", "skep_connects_throttled_total"),
        ])

    private static let restrictions = ManagedBean(
        name("Restrictions"), className: "Restrictions", "The settings that are in force.",
        attributes: [
            BeanAttribute("Limits", .map, "Every option and its value; secrets are masked.") { readings in
                .object(readings.settings.options.mapValues { .string($0) })
            },
            BeanAttribute("Configured", .map, "The options that a file sets, and where.") { readings in
                .object(readings.settings.origins.mapValues { .string($0) })
            },
        ])

    private static func memory(_ context: BeanContext) -> ManagedBean {
        ManagedBean(
            name("Memory"), className: "Memory", "The memory of the process, as the kernel and the broker count it.",
            attributes: [
                .sum("ResidentBytes", "process_resident_memory_bytes"),
                .byLabel("ResidentByKind", "skep_process_resident_memory_bytes"),
                .sum("ProportionalBytes", "skep_process_proportional_memory_bytes"),
                .sum("PeakBytes", "skep_process_resident_memory_peak_bytes"),
                .sum("VirtualBytes", "process_virtual_memory_bytes"),
                .sum("DataBytes", "skep_process_data_memory_bytes"),
                .sum("QueuedBytes", "skep_queued_bytes"),
                .sum("RetainedBytes", "skep_retained_bytes"),
                .sum("UnsentBytes", "skep_unsent_bytes"),
            ],
            operations: [
                BeanOperation(
                    "heapSummary", returns: .list, access: .readers,
                    "What the broker keeps, by kind: how many, and how many bytes where those are counted."
                ) { _ throws(BeanError) in
                    .array(
                        await context.queries.heapSummary().map { part in
                            [
                                "name": .string(part.name), "count": JSONValue(part.count),
                                "bytes": part.bytes.map { JSONValue($0) } ?? .null,
                            ]
                        })
                }
            ])
    }

    private static let process = ManagedBean(
        name("Process"), className: "Process", "The process, as the kernel counts it.",
        attributes: [
            .sum("CPUSeconds", "process_cpu_seconds_total", .double),
            .byLabel("CPUSecondsByMode", "skep_process_cpu_seconds_total"),
            BeanAttribute("CPUShare", .double, "Share of the processors that it may use, over the last second.") {
                $0.cpuShare.map { JSONValue($0) } ?? .null
            },
            .sum("OpenFiles", "process_open_fds"),
            .sum("MaximumFiles", "process_max_fds"),
            .sum("Threads", "process_threads"),
            .byLabel("ContextSwitches", "skep_process_context_switches_total"),
        ])

    private static func eventLoop(_ index: Int) -> ManagedBean {
        func count(_ name: String, _ family: CounterFamily, _ text: String) -> BeanAttribute {
            BeanAttribute(name, .long, text) { $0.eventLoops[index].sum(family) }
        }
        return ManagedBean(
            ObjectName("skep", ["type": "EventLoop", "index": "\(index)"]), className: "EventLoop",
            "One event loop, and what it serves.",
            attributes: [
                count("Sockets", ShardCounters.socketsOpen, "Sockets that are open."),
                count("Sessions", ShardCounters.sessions, "Sessions, online and offline."),
                count("Subscriptions", ShardCounters.subscriptions, "Subscriptions of its sessions."),
                count("QueuedMessages", ShardCounters.queuedMessages, "Messages that wait for its clients."),
                count("QueuedBytes", ShardCounters.queuedBytes, "Bytes of those."),
                count("UnsentBytes", ShardCounters.unsentBytes, "Bytes that sockets have not taken."),
                count("MailBytes", ShardCounters.mailBytes, "Bytes under way to other event loops."),
                count("PublishesReceived", ShardCounters.publishesReceived, "PUBLISH packets received."),
                count("PublishesSent", ShardCounters.publishesSent, "PUBLISH packets sent."),
                BeanAttribute("LagSeconds", .double, "How late its clock was at its last look.") {
                    JSONValue(($0.eventLoops[index].sum(ShardCounters.latestLag).number ?? 0) / 1e9)
                },
                BeanAttribute("SilenceSeconds", .double, "Since it has last looked at its clock.") {
                    JSONValue(Double($0.silences[index]) / 1e9)
                },
            ])
    }

    private static func listener(_ listener: BeanContext.Listener) -> ManagedBean {
        @Sendable func sum(_ readings: BeanReadings, _ metric: String) -> JSONValue {
            JSONValue(readings.snapshot[metric].filter { $0.labels.first == listener.name }.reduce(0) { $0 + $1.value })
        }
        return ManagedBean(
            ObjectName("skep", ["type": "Listener", "name": listener.name]), className: "Listener",
            "An address at which clients come.",
            attributes: [
                BeanAttribute("Name", .string, "Its name.") { _ in .string(listener.name) },
                BeanAttribute("Transport", .string, "What is spoken below MQTT.") { _ in .string(listener.transport) },
                BeanAttribute("Address", .string, "Where it listens.") { _ in .string(listener.address()) },
                BeanAttribute("Connections", .long, "Clients that came here and are connected.") {
                    sum($0, "skep_connections")
                },
                BeanAttribute(
                    "CertificateExpiry", .double,
                    "When its certificate ceases to be valid, in seconds since the Unix epoch; null without TLS."
                ) { _ in listener.certificateExpiry().map { JSONValue(Double($0)) } ?? .null },
                BeanAttribute("HandshakesCompleted", .long, "TLS handshakes that were completed.") { readings in
                    JSONValue(
                        readings.snapshot["skep_tls_handshakes_total"].filter {
                            $0.labels == [listener.name, "completed"]
                        }.reduce(0) { $0 + $1.value })
                },
                BeanAttribute("ConnectsDelayed", .long, "Sockets whose CONNECT had to wait for the connect rate.") {
                    sum($0, "skep_connects_delayed_total")
                },
                BeanAttribute("ConnectsThrottled", .long, "Sockets that waited for it in vain.") {
                    sum($0, "skep_connects_throttled_total")
                },
            ])
    }
}
