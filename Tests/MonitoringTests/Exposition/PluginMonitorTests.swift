import BrokerValues
import Introspection
import MetricCatalog
import Testing

@testable import Monitoring

@Suite("What operators see of plugins")
struct PluginMonitorTests {
    /// Two plugins, of which one has failed and counts.
    static let works: MonitoredPlugins = {
        var plugins = MonitoredPlugins()
        plugins.plugins = [
            MonitoredPlugins.One(
                name: "gate", version: "1", openCalls: 2, calls: 7, failures: [.timedOut: 3], throttledCalls: 6,
                counters: ["of \"its\" own": 5]),
            MonitoredPlugins.One(
                name: "idle", version: "2", openCalls: 0, calls: 0, failures: [:], throttledCalls: 0, counters: [:]),
        ]
        var counts = HistogramCounts()
        counts.observe(3_000_000)
        counts.observe(5_000_000)
        plugins.callDurations[.authentication] = counts
        plugins.jobs.started = 4
        plugins.jobs.durations.observe(1_000_000)
        plugins.serviceCallsRefused = 6
        plugins.loginsDelayed = 8
        plugins.loginsRefused = 9
        plugins.loginAddresses = 1
        return plugins
    }()

    @Test("Each plugin is named with its calls, failures and counters, also those that are 0")
    func eachPlugin() throws {
        let broker = try WatchedBroker()
        #expect(broker.value("skep_plugin_info{plugin=\"gate\",version=\"1\"}") == 1)
        #expect(broker.value("skep_plugin_calls_total{plugin=\"gate\"}") == 7)
        #expect(broker.value("skep_plugin_calls_open{plugin=\"gate\"}") == 2)
        #expect(broker.value("skep_plugin_failures_total{plugin=\"gate\",failure=\"timeout\"}") == 3)
        #expect(broker.value("skep_plugin_failures_total{plugin=\"idle\",failure=\"error\"}") == 0)
        #expect(broker.value("skep_plugin_counter_total{plugin=\"gate\",name=\"of \\\"its\\\" own\"}") == 5)
    }

    @Test("Durations have a series for each callback that was called, and none for others")
    func durations() throws {
        let text = try WatchedBroker().text(.prometheusText)
        let name = "skep_plugin_call_duration_seconds"
        #expect(text.contains("\(name)_count{callback=\"authentication\"} 2\n"))
        #expect(text.contains("\(name)_sum{callback=\"authentication\"} 0.008\n"))
        #expect(text.contains("\(name)_bucket{callback=\"authentication\",le=\"0.004194304\"} 1\n"))
        #expect(text.contains("\(name)_bucket{callback=\"authentication\",le=\"+Inf\"} 2\n"))
        #expect(!text.contains("callback=\"ping\""))
        #expect(text.split(separator: "\n").count { $0 == "# TYPE \(name) histogram" } == 1)
    }

    @Test("Every callback has its timer under HiveMQ's name, also before the first call")
    func hiveMQTimers() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 12_000)
        let text = broker.text(.hiveMQ)
        for callback in PluginCallback.allCases where callback != .scheduled && callback != .beforeSend {
            let name = HiveMQCatalog.prometheusName("com.hivemq.plugin.callbacks.\(callback.rawValue).time", .timer)
            #expect(text.contains("\(name)_count \(callback == .authentication ? 2 : 0)\n"), "\(callback)")
        }
        #expect(text.contains("com_hivemq_plugin_services_rate_limit_exceeded_count 6\n"))
        #expect(text.contains("com_hivemq_plugin_executor_submitted_total 4\n"))
    }

    @Test("An operator who resets the histograms resets those of plugins too")
    func reset() throws {
        let broker = try WatchedBroker()
        broker.monitor.resetHistograms()
        let count = "skep_plugin_call_duration_seconds_count{callback=\"authentication\"}"
        #expect(broker.value(count) == 0)
        #expect(broker.value("skep_plugin_job_duration_seconds_count") == 0)
    }

    @Test("Each plugin is a managed bean, and one is about all")
    func beans() async throws {
        let beans = try WatchedBroker().beans(TestOperations())
        func read(_ name: String) async throws -> [String: JSONValue] {
            let name = try #require(ObjectName(name))
            return try #require(await beans.read([name]).first)
        }
        let gate = try await read("skep:type=Plugin,name=gate")
        #expect(gate["Version"] == "1")
        #expect(gate["Author"] == "somebody")
        #expect(gate["Calls"]?.number == 7)
        #expect(gate["OpenCalls"]?.number == 2)
        #expect(gate["ThrottledCalls"]?.number == 6)
        #expect(gate["Failures"]?.object?["timeout"]?.number == 3)
        #expect(gate["Counters"]?.object?["of \"its\" own"]?.number == 5)
        #expect(try await read("skep:type=Plugin,name=idle")["Calls"]?.number == 0)
        let all = try await read("skep:type=Plugins")
        #expect(all["Names"] == .array(["gate", "idle"]))
        #expect(all["LoginsRefused"]?.number == 9)
        #expect(all["CallSeconds"]?.object?["authentication"]?.object?["count"]?.number == 2)
    }
}
