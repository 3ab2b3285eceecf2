package import BrokerValues
package import MetricCatalog

/// What monitoring has to know of plugins and logins at one moment; without any plugin all is 0.
package struct MonitoredPlugins: Sendable, Hashable {
    /// How one plugin fares.
    package struct One: Sendable, Hashable {
        package let name: String
        package let version: String
        /// Calls that have not returned.
        package let openCalls: Int
        package let calls: Int
        package let failures: [PluginCallFailure: Int]
        /// Its calls of services that were refused because there were too many.
        package let throttledCalls: Int
        /// Its own counters, by name.
        package let counters: [String: Int]

        /// Everything about one plugin.
        package init(
            name: String, version: String, openCalls: Int, calls: Int, failures: [PluginCallFailure: Int],
            throttledCalls: Int, counters: [String: Int]
        ) {
            self.name = name
            self.version = version
            self.openCalls = openCalls
            self.calls = calls
            self.failures = failures
            self.throttledCalls = throttledCalls
            self.counters = counters
        }
    }

    /// Work that plugins do apart from callbacks.
    package struct Jobs: Sendable, Hashable {
        package var started = 0
        package var completed = 0
        package var running = 0
        /// Times that a repeated one was left out because its last run had not ended.
        package var overruns = 0
        package var plannedOnce = 0
        package var plannedRepeatedly = 0
        /// In nanoseconds.
        package var durations = HistogramCounts()

        /// Nothing yet.
        package init() {}
    }

    package var plugins: [One] = []
    /// How long callers have waited, in nanoseconds; only what was called.
    package var callDurations: [PluginCallback: HistogramCounts] = [:]
    package var jobs = Jobs()
    /// Calls of services that were refused because there were too many.
    package var serviceCallsRefused = 0
    package var loginsDelayed = 0
    package var loginsRefused = 0
    /// Addresses from which logins have failed lately.
    package var loginAddresses = 0

    /// No plugin, and no login that has failed.
    package init() {}

    func read(into snapshot: inout MetricSnapshot) {
        for one in plugins {
            snapshot.set("skep_plugin_info", [one.name, one.version], 1.0)
            snapshot.set("skep_plugin_calls_total", [one.name], one.calls)
            snapshot.set("skep_plugin_calls_open", [one.name], one.openCalls)
            snapshot.set("skep_plugin_throttled_calls_total", [one.name], one.throttledCalls)
            for failure in PluginCallFailure.allCases {
                snapshot.set("skep_plugin_failures_total", [one.name, failure.rawValue], one.failures[failure] ?? 0)
            }
            for (name, count) in one.counters.sorted(by: { $0.key < $1.key }) {
                snapshot.set("skep_plugin_counter_total", [one.name, name], count)
            }
        }
        for (callback, counts) in callDurations {
            snapshot.histograms[Metric.seriesKey("skep_plugin_call_duration_seconds", [callback.rawValue])] = counts
        }
        snapshot.set("skep_plugin_service_calls_refused_total", [], serviceCallsRefused)
        snapshot.set("skep_plugin_jobs_started_total", [], jobs.started)
        snapshot.set("skep_plugin_jobs_completed_total", [], jobs.completed)
        snapshot.set("skep_plugin_jobs_running", [], jobs.running)
        snapshot.set("skep_plugin_jobs_planned_total", ["once"], jobs.plannedOnce)
        snapshot.set("skep_plugin_jobs_planned_total", ["repeated"], jobs.plannedRepeatedly)
        snapshot.set("skep_plugin_job_overruns_total", [], jobs.overruns)
        snapshot.histograms["skep_plugin_job_duration_seconds"] = jobs.durations
        snapshot.set("skep_logins_delayed_total", [], loginsDelayed)
        snapshot.set("skep_logins_refused_total", [], loginsRefused)
        snapshot.set("skep_login_addresses", [], loginAddresses)
    }
}
