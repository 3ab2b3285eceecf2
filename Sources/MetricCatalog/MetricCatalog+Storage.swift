extension MetricCatalog {
    /// What is kept through restarts.
    package static let storage: [Metric] = [
        Metric(
            "skep_storage_commit_duration_seconds", .histogram,
            "Time from handing a batch of changes to the storage until it is safe.", unit: .seconds,
            source: .shardHistogram(.commit)),
        Metric(
            "skep_storage_batch_changes", .histogram, "Changes that were made safe together.",
            source: .shardHistogram(.batchSize)),
        .counter(
            "skep_storage_publisher_waits_total", ShardCounters.storageHolds,
            "Times that a publisher had to wait because the storage was behind."),
        .counter(
            "skep_storage_messages_elided_total", ShardCounters.elidedMessages,
            "Messages that all their receivers had acknowledged before they were written, so that they never were."),
        .gauge(
            "skep_storage_acknowledgements_waiting", ShardCounters.waitingAcknowledgements,
            "Acknowledgements to clients that wait until what they acknowledge is safe."),
        .gauge(
            "skep_storage_unsafe_bytes", ShardCounters.unsafeBytes, "Bytes of changes that are not safe yet.",
            unit: .bytes),
        .counter(
            "skep_storage_messages_read_total", ShardCounters.messagesRead,
            "Messages that were read back for clients that had been away."),
        .counter(
            "skep_storage_publishes_refused_total", ShardCounters.storageRefusals,
            "QoS 1 and 2 messages refused or held up because the storage has no room."),
        Metric(
            "skep_storage_up", .gauge,
            "1 while what changes is written, 0 from a write that has failed until one that succeeds."),
        Metric(
            "skep_storage_full", .gauge,
            "1 while the database or the file system is at its limit, so that QoS 1 and 2 messages are refused."),
        Metric(
            "skep_storage_tasks", .gauge,
            "Batches and questions that wait for the thread of the storage, or that it works on."),
        Metric("skep_storage_busy", .gauge, "1 while the thread of the storage is at work."),
        Metric(
            "skep_storage_bytes", .gauge, "Bytes of the files of the storage.", unit: .bytes,
            labels: [MetricLabel("part", ["database", "log"])]),
        Metric(
            "skep_storage_reusable_bytes", .gauge, "Bytes of the database file that hold nothing and are used again.",
            unit: .bytes),
        Metric(
            "skep_storage_disk_available_bytes", .gauge,
            "Bytes that the broker may still write on the file system of the storage.",
            unit: .bytes),
        Metric(
            "skep_storage_rows", .gauge, "What is stored now.", labels: [MetricLabel("kind", storageKinds)]),
        Metric("skep_storage_rows_written_total", .counter, "Rows that were put, changed or deleted."),
        Metric("skep_storage_written_bytes_total", .counter, "Bytes of the records that were written.", unit: .bytes),
        Metric("skep_storage_write_failures_total", .counter, "Attempts to write that have failed."),
        Metric(
            "skep_storage_damaged_records", .gauge, "Stored records that could not be read, at the start and since."),
        Metric(
            "skep_storage_recovery_duration_seconds", .gauge, "Time that it took to read what was stored at the start.",
            unit: .seconds),
        Metric(
            "skep_storage_recovered", .gauge, "What was found at the start.",
            labels: [MetricLabel("kind", storageKinds)]),
    ]

    /// Kinds of what is stored, as ``MetricLabel`` values.
    package static let storageKinds = ["message", "session", "subscription", "will", "retained", "attribute"]
}
