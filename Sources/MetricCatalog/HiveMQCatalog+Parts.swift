/// Names of parts that are not built (the cluster), of overload protection, of the storage, and of plugins.
extension HiveMQCatalog {
    static let overload: [HiveMQMetric] = [
        .absent(
            "cluster.topology-change.time", .timer, .cluster, "Time that changes of the cluster took.", since: "3.2"),
        .absent(
            "cluster.name-request.retry.count", .counter, .cluster, "Times that a node's name was asked for again.",
            since: "3.3"),
        .absent(
            "tombstone-cleanup.time", .timer, .cluster, "Time that removal of deletion marks took.", since: "3.2"),
        .absent("cluster.nodes.count", .gauge, .cluster, "Nodes of the cluster.", since: "3.3"),
        HiveMQMetric(
            "supervision.overload.protection.level", .gauge, .all("skep_stress_level"),
            "How loaded the broker is, from 0 to 10.", since: "3.4"),
        HiveMQMetric(
            "overload-protection.credits.per-tick", .gauge, .all("skep_credits_per_tick"),
            "Credits that a client gets back each tick.", since: "3.4"),
        HiveMQMetric(
            "overload-protection.clients.average-credits", .gauge, .all("skep_credits_average"),
            "Mean credits of all clients.", since: "3.4"),
        HiveMQMetric(
            "overload-protection.clients.using-credits", .gauge, .all("skep_clients_using_credits"),
            "Clients that have used some of their credits.", since: "3.4"),
        HiveMQMetric(
            "overload-protection.clients.backpressure-active", .gauge,
            .one("skep_connections_paused", "cause", "credits"),
            "Clients that are not read from because the broker is overloaded.", since: "3.4"),
    ]

    static let persistence: [HiveMQMetric] =
        [
            ("retained-messages", "3.2"), ("client-session", "3.2"), ("subscription", "3.2"),
            ("queued-messages", "3.2"), ("outgoing-message-flow", "3.2"), ("attribute", "3.3"),
            ("request-event-bus", "3.2"), ("client-group", "3.3"),
        ].flatMap { store, since -> [HiveMQMetric] in
            [
                .absent(
                    "persistence.executor.\(store).tasks", .gauge, .storage, "Tasks that wait for the store \(store).",
                    since: since),
                HiveMQMetric(
                    "persistence.executor.\(store).time", .timer,
                    store == "queued-messages"
                        ? .histogram(metric: "skep_storage_commit_duration_seconds") : .absent(.storage),
                    store == "queued-messages"
                        ? "Time until changes are safe: those of queues, and all others that are written with them."
                        : "Run time of tasks of the store \(store).",
                    since: since),
            ]
        } + [
            HiveMQMetric(
                "persistence.executor.total.tasks", .gauge, .all("skep_storage_tasks"),
                "Tasks that wait for any store: batches of changes, and questions.", since: "3.2"),
            .absent(
                "persistence.executor.nonempty-queues", .gauge, .storage, "Task queues that are not empty.",
                since: "3.2"),
            HiveMQMetric(
                "persistence.executor.running.threads", .gauge, .all("skep_storage_busy"),
                "Threads that run tasks of stores: one or none.", since: "3.2"),
            .absent(
                "persistence.executor.queue-misses", .counter, .storage,
                "Times that a thread looked for a task in vain.", since: "3.2"),
            HiveMQMetric(
                "persistence.payload-entries.count", .gauge, .one("skep_storage_rows", "kind", "message"),
                "Payloads stored: each once, however many sessions wait for it. Those of retained messages are not in it.",
                since: "3.3"),
            HiveMQMetric(
                "persistence.removable-entries.count", .gauge, .never,
                "Payloads that may be removed: here the batch that ends the last need of one deletes it.", since: "3.3"),
        ]

    static let plugins: [HiveMQMetric] =
        [
            HiveMQMetric(
                "plugin.executor.submitted", .meter, .all("skep_plugin_jobs_started_total"),
                "Jobs that plugins started."
            ),
            HiveMQMetric(
                "plugin.executor.running", .counter, .all("skep_plugin_jobs_running"), "Jobs of plugins that run now."),
            HiveMQMetric(
                "plugin.executor.completed", .meter, .all("skep_plugin_jobs_completed_total"),
                "Jobs of plugins that ended."),
            HiveMQMetric(
                "plugin.executor.duration", .timer, .histogram(metric: "skep_plugin_job_duration_seconds"),
                "Duration of plugins' jobs."),
            HiveMQMetric(
                "plugin.executor.scheduled.once", .meter, .one("skep_plugin_jobs_planned_total", "kind", "once"),
                "Jobs that plugins planned once."),
            HiveMQMetric(
                "plugin.executor.scheduled.repetitively", .meter,
                .one("skep_plugin_jobs_planned_total", "kind", "repeated"), "Jobs that plugins planned to repeat."),
            HiveMQMetric(
                "plugin.executor.scheduled.overrun", .counter, .all("skep_plugin_job_overruns_total"),
                "Jobs that took longer than their period."),
            .absent(
                "plugin.executor.scheduled.percent-of-period", .histogram, .notCounted,
                "Share of its period that a job took."),
            HiveMQMetric(
                "plugin.services.rate-limit-exceeded.count", .counter, .all("skep_plugin_service_calls_refused_total"),
                "Calls of plugins that were refused because there were too many.", since: "3.4"),
        ] + callbacks

    private static let callbacks: [HiveMQMetric] =
        ([
            "after-login.success", "after-login.failed", "authentication", "restrictions", "authorization",
            "permissions-disconnect.publish", "permissions-disconnect.subscribe", "connect", "disconnect",
            "publish-received", "publish-send", "subscribe", "puback-send", "puback-received", "suback-send",
            "unsuback-send", "pubcomp-send", "pubcomp-received", "pubrec-send", "pubrec-received", "pubrel-send",
            "pubrel-received", "connack-send", "unsubscribe", "ping",
        ].map { ($0, "3.0") } + [("topic-subscription", "3.2"), ("session-ready", "3.3")])
        .map { callback, since in
            HiveMQMetric(
                "plugin.callbacks.\(callback).time", .timer,
                .histogram(metric: "skep_plugin_call_duration_seconds", labels: [callback]),
                "Time that plugins' callbacks for \(callback) took.", since: since)
        } + [
            .absent(
                "plugin.callbacks.webui-authentication.time", .timer, .noSuchPart,
                "Time that plugins' callbacks for webui-authentication took.", since: "3.4.2")
        ]
}
