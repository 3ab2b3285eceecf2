import BrokerValues
import Introspection
import MetricCatalog

/// `skep:type=Plugins`, and `skep:type=Plugin,name=…` for each: what plugins do, and which of them fail.
enum PluginBeans {
    static func all(_ context: BeanContext) -> [ManagedBean] {
        [summary(context.plugins.map(\.name))] + context.plugins.map(plugin)
    }

    private static func summary(_ names: [String]) -> ManagedBean {
        ManagedBean(
            ObjectName("skep", ["type": "Plugins"]), className: "Plugins", "All plugins, and what slows logins.",
            attributes: [
                BeanAttribute("Names", .list, "The plugins, in the order in which they are asked.") { _ in
                    .array(names.map { .string($0) })
                },
                BeanAttribute(
                    "CallSeconds", .map,
                    "How long callers have waited, by what was called: count, median, 99th percentile and maximum."
                ) { readings in
                    guard let metric = MetricCatalog.named("skep_plugin_call_duration_seconds") else { return .null }
                    let series = readings.snapshot.histograms(of: metric).map { labels, counts in
                        (labels.joined(), seconds(counts))
                    }
                    return .object(Dictionary(series) { first, _ in first })
                },
                .sum("ServiceCallsRefused", "skep_plugin_service_calls_refused_total"),
                .sum("JobsStarted", "skep_plugin_jobs_started_total"),
                .sum("JobsCompleted", "skep_plugin_jobs_completed_total"),
                .sum("JobsRunning", "skep_plugin_jobs_running"),
                .byLabel("JobsPlanned", "skep_plugin_jobs_planned_total"),
                .sum("JobOverruns", "skep_plugin_job_overruns_total"),
                .sum("LoginsDelayed", "skep_logins_delayed_total"),
                .sum("LoginsRefused", "skep_logins_refused_total"),
                .sum("LoginAddresses", "skep_login_addresses"),
            ])
    }

    private static func seconds(_ counts: HistogramCounts) -> JSONValue {
        func quantile(_ share: Double) -> JSONValue { JSONValue((counts.quantile(share) ?? 0) * 1e-9) }
        return ["count": JSONValue(counts.count), "p50": quantile(0.5), "p99": quantile(0.99), "max": quantile(1)]
    }

    private static func plugin(_ plugin: BeanContext.Plugin) -> ManagedBean {
        @Sendable func own(_ readings: BeanReadings, _ metric: String) -> [MetricSeries] {
            readings.snapshot[metric].filter { $0.labels.first == plugin.name }
        }
        @Sendable func sum(_ readings: BeanReadings, _ metric: String) -> JSONValue {
            JSONValue(own(readings, metric).reduce(0) { $0 + $1.value })
        }
        @Sendable func parts(_ readings: BeanReadings, _ metric: String) -> JSONValue {
            .object(
                Dictionary(own(readings, metric).map { ($0.labels.last ?? "", JSONValue($0.value)) }) { first, _ in
                    first
                })
        }
        return ManagedBean(
            ObjectName("skep", ["type": "Plugin", "name": plugin.name]), className: "Plugin",
            "A plugin that is loaded.",
            attributes: [
                BeanAttribute("Name", .string, "Its name.") { _ in .string(plugin.name) },
                BeanAttribute("Version", .string, "Its version.") { _ in .string(plugin.version) },
                BeanAttribute("Author", .string, "Who has written it.") { _ in .string(plugin.author) },
                BeanAttribute("Calls", .long, "Calls to it.") { sum($0, "skep_plugin_calls_total") },
                BeanAttribute(
                    "OpenCalls", .long,
                    "Calls that have not returned, those among them that nobody waits for any more."
                ) { sum($0, "skep_plugin_calls_open") },
                BeanAttribute("Failures", .map, "Calls that have brought no answer, by why.") {
                    parts($0, "skep_plugin_failures_total")
                },
                BeanAttribute("ThrottledCalls", .long, "Its calls of services that were refused as too many.") {
                    sum($0, "skep_plugin_throttled_calls_total")
                },
                BeanAttribute("Counters", .map, "What it counts itself.") { parts($0, "skep_plugin_counter_total") },
            ])
    }
}
