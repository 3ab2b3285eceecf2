import BrokerValues

extension MetricCatalog {
    private static let plugin = MetricLabel("plugin", configured: "the names of the plugins")

    /// What plugins do, and how logins are slowed.
    static let plugins: [Metric] = [
        Metric(
            "skep_plugin_info", .info, "A plugin that is loaded, and its version.",
            labels: [plugin, MetricLabel("version", configured: "the versions of the plugins")]),
        Metric("skep_plugin_calls_total", .counter, "Calls to a plugin.", labels: [plugin]),
        Metric(
            "skep_plugin_calls_open", .gauge,
            "Calls to a plugin that have not returned, those among them that nobody waits for any more.",
            labels: [plugin]),
        Metric(
            "skep_plugin_failures_total", .counter, "Calls to a plugin that have brought no answer, by why.",
            labels: [plugin, MetricLabel("failure", PluginCallFailure.allCases.map(\.rawValue))]),
        Metric(
            "skep_plugin_call_duration_seconds", .histogram,
            "How long callers have waited for plugins, by what was called; there from the first call on.",
            unit: .seconds, labels: [MetricLabel("callback", PluginCallback.allCases.map(\.rawValue))]),
        Metric(
            "skep_plugin_counter_total", .counter, "What plugins count themselves.",
            labels: [plugin, MetricLabel("name", configured: "the counters that a plugin makes, 32 at most")]),
        Metric(
            "skep_plugin_throttled_calls_total", .counter,
            "Calls of services by a plugin that were refused because plugins had made too many in a second.",
            labels: [plugin]),
        Metric(
            "skep_plugin_service_calls_refused_total", .counter, "The same of all plugins together, also without any."),
        Metric(
            "skep_plugin_jobs_started_total", .counter,
            "Jobs of plugins that were started: blocking ones, and planned ones whose time had come."),
        Metric("skep_plugin_jobs_completed_total", .counter, "Jobs of plugins that have ended."),
        Metric("skep_plugin_jobs_running", .gauge, "Jobs of plugins that run now."),
        Metric(
            "skep_plugin_jobs_planned_total", .counter, "Jobs that plugins have planned.",
            labels: [MetricLabel("kind", ["once", "repeated"])]),
        Metric(
            "skep_plugin_job_overruns_total", .counter,
            "Times that a repeated job was left out because its last run had not ended."),
        Metric(
            "skep_plugin_job_duration_seconds", .histogram, "How long jobs of plugins took.", unit: .seconds),
        Metric(
            "skep_logins_delayed_total", .counter,
            "Logins that had to wait, since many from their address had failed lately."),
        Metric(
            "skep_logins_refused_total", .counter,
            "Logins that were refused unseen, since too many from their address had to wait already."),
        Metric(
            "skep_login_addresses", .gauge, "Addresses from which logins have failed lately, 10,000 at most."),
    ]
}
