import Introspection
import MetricCatalog

/// `skep:type=Storage`: what is kept through restarts, how the disk does, and backups. Without durable storage what only
/// that could tell is null.
enum StorageBean {
    static func make(_ controls: any BrokerControls) -> ManagedBean {
        ManagedBean(
            ObjectName("skep", ["type": "Storage"]), className: "Storage", "What is kept through restarts.",
            attributes: state + space + work,
            operations: [
                BeanOperation(
                    "backup",
                    [.init("path", .string, "The file to write, from the root on; it must not be there yet.")],
                    returns: .map, access: .operators,
                    "Copies the storage into a file while it is in use, as the broker's user; returns when that is safe."
                ) { arguments throws(BeanError) in
                    let path = try arguments.text(0)
                    let report = try await controls.backUp(to: path)
                    return [
                        "path": .string(path), "bytes": JSONValue(report.bytes), "seconds": JSONValue(report.seconds),
                    ]
                }
            ])
    }

    private static let state: [BeanAttribute] = [
        flag("IsWriting", "skep_storage_up"), flag("IsFull", "skep_storage_full"), flag("IsBusy", "skep_storage_busy"),
        .sum("Tasks", "skep_storage_tasks"),
        .sum("UnsafeBytes", "skep_storage_unsafe_bytes"),
        .sum("AcknowledgementsWaiting", "skep_storage_acknowledgements_waiting"),
        .sum("WriteFailures", "skep_storage_write_failures_total"),
        .sum("DamagedRecords", "skep_storage_damaged_records"),
    ]

    private static let space: [BeanAttribute] = [
        .byLabel("Rows", "skep_storage_rows"),
        .byLabel("Bytes", "skep_storage_bytes"),
        .sum("ReusableBytes", "skep_storage_reusable_bytes"),
        .sum("AvailableBytes", "skep_storage_disk_available_bytes"),
        .byLabel("Recovered", "skep_storage_recovered"),
        .sum("RecoverySeconds", "skep_storage_recovery_duration_seconds", .double),
    ]

    private static let work: [BeanAttribute] = [
        distribution("CommitSeconds", "skep_storage_commit_duration_seconds", scale: 1e-9),
        distribution("BatchChanges", "skep_storage_batch_changes", scale: 1),
        .sum("RowsWritten", "skep_storage_rows_written_total"),
        .sum("BytesWritten", "skep_storage_written_bytes_total"),
        .sum("MessagesElided", "skep_storage_messages_elided_total"),
        .sum("MessagesRead", "skep_storage_messages_read_total"),
        .sum("PublisherWaits", "skep_storage_publisher_waits_total"),
        .sum("PublishesRefused", "skep_storage_publishes_refused_total"),
    ]

    private static func flag(_ name: String, _ metric: String) -> BeanAttribute {
        BeanAttribute(name, .boolean, MetricCatalog.named(metric)?.help ?? metric) {
            $0.sum(metric).number.map { .boolean($0 > 0) } ?? .null
        }
    }

    /// Of the last minute.
    private static func distribution(_ name: String, _ metric: String, scale: Double) -> BeanAttribute {
        let help = MetricCatalog.named(metric)?.help ?? metric
        return BeanAttribute(name, .map, "\(help) The last minute's count, median, 99th percentile and maximum.") {
            guard let recent = $0.history.recent[metric] else { return .null }
            return [
                "count": JSONValue(recent.count), "p50": JSONValue((recent.quantile(0.5) ?? 0) * scale),
                "p99": JSONValue((recent.quantile(0.99) ?? 0) * scale),
                "max": JSONValue((recent.quantile(1) ?? 0) * scale),
            ]
        }
    }
}
