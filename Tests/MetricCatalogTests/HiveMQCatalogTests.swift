import BrokerValues
import Testing

@testable import MetricCatalog

struct HiveMQCatalogTests {
    @Test("Each of the 150 names of HiveMQ 3.4 is in the catalogue once, with its type and first version")
    func names34() throws {
        let rows = hiveMQ34Names.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.count == 150)
        #expect(Set(rows.map { $0[0] }).count == 150)
        for row in rows {
            let found = HiveMQCatalog.all.filter { $0.name == row[0] }
            #expect(found.count == 1, "\(row[0])")
            #expect(found.first?.kind.rawValue == row[1], "\(row[0])")
            #expect(found.first?.since == row[2], "\(row[0])")
        }
    }

    @Test("No two names are the same, for people or for Prometheus")
    func unique() {
        let names = HiveMQCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
        let series = HiveMQCatalog.all.flatMap { metric -> [String] in
            let name = HiveMQCatalog.prometheusName(metric.name, metric.kind)
            // Summaries have a second series, their count.
            return metric.kind.prometheusType == "summary" ? [name, name + "_count"] : [name]
        }
        #expect(Set(series).count == series.count)
    }

    @Test("Every native metric, label and label value that a name reads is in the catalogue")
    func references() throws {
        let values =
            HiveMQCatalog.all.map(\.value)
            + SystemTopicCatalog.all.compactMap { topic -> HiveMQValue? in
                switch topic.value {
                case .number(let value), .rate(let value, _): value
                case .time, .version, .uptime, .maximumClients: nil
                }
            }
        for (name, wanted) in values.flatMap(\.references) {
            let metric = try #require(MetricCatalog.named(name), "\(name)")
            for (label, labelValues) in wanted {
                let declared = try #require(metric.labels.first { $0.name == label }, "\(name) \(label)")
                guard case .closed(let closed) = declared.values else {
                    #expect(labelValues.isEmpty, "\(name) \(label)")
                    continue
                }
                #expect(Set(labelValues).isSubset(of: closed), "\(name) \(label)")
            }
        }
    }

    @Test("A value has the form that its type needs")
    func forms() throws {
        for metric in HiveMQCatalog.all {
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
            switch metric.value {
            case .histogram(let native, _):
                #expect(metric.kind == .histogram || metric.kind == .timer)
                #expect(try #require(MetricCatalog.named(native)).kind == .histogram)
                #expect((metric.kind == .timer) == (MetricCatalog.named(native)?.unit == .seconds))
            case .sampled: #expect(metric.kind == .histogram)
            case .perLabel(_, let label, _): #expect(metric.name.contains("<\(label)>"))
            case .sum, .total, .difference, .scaled, .ratio, .window, .never:
                #expect(metric.kind != .histogram && metric.kind != .timer, "\(metric.name)")
                let natives = metric.value.references.compactMap { MetricCatalog.named($0.metric) }
                #expect(natives.allSatisfy { $0.kind == .counter || $0.kind == .gauge }, "\(metric.name)")
                // A moving average of something that goes down would make no sense.
                if metric.kind == .meter { #expect(natives.allSatisfy { $0.kind == .counter }, "\(metric.name)") }
            case .absent: break
            }
        }
    }

    @Test("Names become what HiveMQ's Prometheus plugin makes of them")
    func prometheusNames() {
        #expect(
            HiveMQCatalog.prometheusName("com.hivemq.messages.incoming.publish.count", .counter)
                == "com_hivemq_messages_incoming_publish_count")
        #expect(
            HiveMQCatalog.prometheusName("com.hivemq.messages.incoming.publish.rate", .meter)
                == "com_hivemq_messages_incoming_publish_rate_total")
        #expect(
            HiveMQCatalog.prometheusName("com.hivemq.system.os.disks./dev/vda.read-bytes", .gauge)
                == "com_hivemq_system_os_disks__dev_vda_read_bytes")
        #expect(HiveMQCatalog.prometheusName("a:b_c \u{e9}\u{1F41D}0\"\n", .histogram) == "a:b_c___0__")
        #expect(
            HiveMQKind.allCases.map(\.prometheusType) == ["gauge", "gauge", "counter", "summary", "summary"])
        #expect(
            HiveMQCatalog.prometheusHelp("com.hivemq.messages.dropped.rate", .meter)
                == "Generated from Dropwizard metric import (metric=com.hivemq.messages.dropped.rate, type=com.codahale.metrics.Meter)"
        )
        #expect(HiveMQKind.timer.quantileScale == 1e-9)
        #expect(HiveMQKind.histogram.quantileScale == 1)
    }

    @Test("Each reason for a drop has one name of HiveMQ, or is one of those that are in the total only")
    func dropReasons() {
        let placed = HiveMQCatalog.dropNames.flatMap(\.reasons) + HiveMQCatalog.unnamedDropReasons
        #expect(placed.count == DropReason.allCases.count)
        #expect(Set(placed) == Set(DropReason.allCases))
        for (name, reasons) in HiveMQCatalog.dropNames {
            let metric = HiveMQCatalog.named("com.hivemq.messages.dropped.\(name).count")
            #expect(metric?.value.references.first?.labels == ["reason": reasons.map(\.rawValue)], "\(name)")
        }
        #expect(
            HiveMQCatalog.named("com.hivemq.messages.dropped.count")?.value
                == .sum(metric: "skep_messages_dropped_total", where: [:]))
    }

    @Test("Windows are listed once each, and they look at numbers")
    func windows() {
        let all = HiveMQCatalog.windows
        #expect(Set(all).count == all.count)
        #expect(all.contains { $0.value.references.first?.metric == "skep_packets_received_bytes_total" })
        for window in all {
            #expect(window.seconds == 5)
            #expect(window.value.windows.isEmpty)
        }
    }

    @Test("$SYS topics are unique, are all of HiveMQ's, and only the uptime waits for a subscription")
    func systemTopics() {
        let topics = SystemTopicCatalog.all.map(\.topic)
        #expect(Set(topics).count == topics.count)
        #expect(topics.allSatisfy { $0.hasPrefix("$SYS/broker/") && !$0.contains("+") && !$0.contains("#") })
        let minutes = ["1min", "5min", "15min"]
        let hiveMQ =
            [
                "load/bytes/received", "load/bytes/sent", "clients/connected", "clients/maximum",
                "clients/disconnected", "clients/total", "messages/received", "messages/sent",
                "messages/publish/received", "messages/publish/sent", "messages/publish/dropped",
                "messages/retained/count", "subscriptions/count", "time", "version", "uptime",
            ]
            + [
                "connections", "messages/received", "messages/sent", "publish/received", "publish/sent",
                "publish/dropped",
            ].flatMap { name in minutes.map { "load/\(name)/\($0)" } }
        #expect(
            Set(SystemTopicCatalog.all.filter { $0.origin == .hiveMQ }.map(\.topic))
                == Set(hiveMQ.map { "$SYS/broker/" + $0 }))
        #expect(SystemTopicCatalog.all.filter { $0.delivery == .subscription }.map(\.topic) == ["$SYS/broker/uptime"])
        for topic in SystemTopicCatalog.all {
            #expect(topic.help.hasSuffix("."))
            guard case .rate(let value, let minutes) = topic.value else { continue }
            #expect(topic.topic.hasSuffix("/\(minutes)min"))
            #expect(value.references.allSatisfy { MetricCatalog.named($0.metric)?.kind == .counter })
        }
    }

    @Test("The table has every metric, every name with its reason, and every topic")
    func tables() {
        let text = MetricTable.text()
        let markdown = MetricTable.markdown()
        let textLines = Set(text.split(separator: "\n").map { $0.split(separator: "  ").first.map(String.init) ?? "" })
        for metric in MetricCatalog.all {
            #expect(textLines.contains(metric.name))
            #expect(markdown.contains("\n| `\(metric.name)` | "))
        }
        for metric in HiveMQCatalog.all {
            #expect(text.contains("\(metric.name)  \(metric.kind.rawValue)"), "\(metric.name)")
            #expect(markdown.contains("\n| `\(metric.name)` | \(metric.kind.rawValue) |"), "\(metric.name)")
        }
        for topic in SystemTopicCatalog.all {
            #expect(textLines.contains(topic.topic))
            #expect(markdown.contains("\n| `\(topic.topic)` | "))
        }
        for reason in AbsenceReason.allCases {
            #expect(HiveMQCatalog.all.contains { $0.absence == reason }, "\(reason)")
            #expect(text.contains(reason.sentence) && markdown.contains(reason.sentence))
        }
    }

    @Test("Each table of the Markdown has as many cells in every row as in its head")
    func cells() {
        var columns: Int?
        for line in MetricTable.markdown().split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                columns = nil
                continue
            }
            let count = line.replacing("\\|", with: "").count { $0 == "|" }
            #expect(count == columns ?? count, "\(line)")
            columns = count
        }
    }

    @Test("Lines of the text are at most 100 columns wide, unless one word needs more")
    func width() {
        for line in MetricTable.text().split(separator: "\n") where line.hasPrefix(" ") {
            #expect(line.count <= 100 || line.split(separator: " ").count <= 2, "\(line)")
        }
    }
}
