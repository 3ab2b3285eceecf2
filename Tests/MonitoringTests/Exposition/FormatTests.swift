import MetricCatalog
import Testing

@testable import Monitoring

struct FormatTests {
    /// Lines of a text that are no comments, cut into name, labels and value.
    private func samples(_ text: String) -> [(name: String, labels: String, value: String)] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let end = line.lastIndex(of: " ") ?? line.endIndex
            let series = line[..<end]
            let brace = series.firstIndex(of: "{") ?? series.endIndex
            return (String(series[..<brace]), String(series[brace...]), String(line[end...].dropFirst()))
        }
    }

    @Test("Every sample has a number, belongs to the family announced above it, and stands once")
    func samples() throws {
        for format in ExpositionFormat.allCases {
            let broker = try WatchedBroker()
            broker.run(milliseconds: 2_000)
            let text = broker.text(format)
            var seen: Set<String> = []
            for sample in samples(text) {
                #expect(Double(sample.value) != nil, "\(sample)")
                #expect(seen.insert(sample.name + sample.labels).inserted, "\(sample)")
            }
            let families = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            #expect(Set(families).count == families.count)
            #expect(families.count > 90)
        }
    }

    @Test("OpenMetrics names families without suffix, tells units, and says where it ends")
    func openMetrics() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 2_000)
        let text = broker.text(.openMetrics)
        #expect(text.hasSuffix("# EOF\n"))
        #expect(text.contains("# TYPE skep_publishes_received counter\n"))
        #expect(text.contains("# TYPE skep_build info\n"))
        #expect(text.contains("# UNIT process_resident_memory_bytes bytes\n"))
        #expect(!broker.text(.prometheusText).contains("# EOF"))
    }

    @Test("A metric without a value is left out with its head")
    func absence() throws {
        let broker = try WatchedBroker()
        #expect(!broker.text(.prometheusText).contains("skep_scrape_duration_seconds "))
        #expect(broker.text(.prometheusText).contains("skep_scrape_duration_seconds "))
    }

    @Test("Numbers are written as both formats read them")
    func numbers() {
        #expect(TextWriter.text(of: 0) == "0")
        #expect(TextWriter.text(of: 12_345_678_901) == "12345678901")
        #expect(TextWriter.text(of: 0.25) == "0.25")
        #expect(TextWriter.text(of: 8.192e-06) == "8.192e-06")
        #expect(TextWriter.text(of: .infinity) == "+Inf")
        #expect(TextWriter.text(of: .nan) == "NaN")
    }

    @Test("The help of no metric needs escaping")
    func help() {
        for metric in MetricCatalog.all {
            #expect(!metric.help.contains { "\\\n\"".contains($0) }, "\(metric.name)")
        }
    }

    @Test("Every metric is either counted by the shards or read by somebody")
    func everyMetricHasASource() throws {
        let broker = try WatchedBroker(storage: StorageMonitorTests.works)
        broker.run(milliseconds: 2_000)
        _ = broker.text(.prometheusText)
        let snapshot = broker.monitor.snapshot()
        // What the made-up machine has not got.
        let absent: Set = ["skep_thread_cpu_seconds_total"]
        for metric in MetricCatalog.all where !absent.contains(metric.name) {
            #expect(!snapshot[metric.name].isEmpty || !snapshot.histograms(of: metric).isEmpty, "\(metric.name)")
        }
    }

    @Test("Every name of HiveMQ that has a value is shown")
    func everyHiveMQName() throws {
        let broker = try WatchedBroker(storage: StorageMonitorTests.works)
        broker.run(milliseconds: 12_000)
        let text = broker.text(.hiveMQ)
        // The processors of the made-up machine stand still, so there is no share of them.
        let absent: Set = ["com.hivemq.system.os.global.cpu.total.total", "com.hivemq.system.system-cpu.load"]
        for metric in HiveMQCatalog.all
        where metric.absence == nil && !metric.name.contains("<") && !absent.contains(metric.name) {
            let name = HiveMQCatalog.prometheusName(metric.name, metric.kind)
            #expect(text.contains("# TYPE \(name) \(metric.kind.prometheusType)\n"), "\(metric.name)")
        }
    }
}
