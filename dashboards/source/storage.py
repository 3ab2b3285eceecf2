"""Storage: what is kept through restarts, how fast it becomes safe, and what room there is."""

from panels import BAD, NOTICE, Panel, buckets, graph
from queries import Query, quantile, rate

COMMIT = "skep_storage_commit_duration_seconds"


def safety() -> list[Panel]:
    """Whether and how fast it becomes safe."""
    return [
        graph(
            "Storage works", "1 while the broker writes what it keeps, and 1 while it has no room for more. Where it does "
            "not write, QoS 1 and 2 messages are not acknowledged; where it is full, they are refused.", "none",
            Query("min by (instance) (skep_storage_up{@})", "{{instance}} writes"),
            Query("max by (instance) (skep_storage_full{@})", "{{instance}} is full"), most=1, stairs=True),
        buckets(
            "Commit latency", "How long changes take until they are safe on disk. Every acknowledgement of QoS 1 and 2 "
            "waits for that.", "s", COMMIT),
        graph(
            "Commit latency: quantiles", "Milliseconds for a good disk. Above 100 ms the stress level rises, at a second "
            "load is shed: another program uses the disk, or it ends.", "s",
            Query(quantile(0.5, COMMIT), "p50"), Query(quantile(0.99, COMMIT), "p99"), steps=((0.1, NOTICE), (1, BAD))),
        graph(
            "Waiting for the disk", "Acknowledgements that wait until what they acknowledge is safe, and batches that "
            "the storage has not written. Grows without commits: the disk does not answer.", "short",
            Query("sum(skep_storage_acknowledgements_waiting{@})", "acknowledgements"),
            Query("sum(skep_storage_tasks{@})", "batches and questions"),
            Query("sum(skep_storage_busy{@})", "threads at work")),
        graph(
            "Changes not safe yet", "Bytes of them. At 32 MB in one event loop publishers of QoS 1 and 2 wait.", "bytes",
            Query("max by (instance) (skep_storage_unsafe_bytes{@})", "{{instance}}")),
        graph(
            "Changes in a batch", "Changes that are made safe together. Grows with the load and with slow disks: it is "
            "what makes many messages as cheap as few.", "short",
            Query(quantile(0.5, "skep_storage_batch_changes"), "p50"),
            Query(quantile(0.99, "skep_storage_batch_changes"), "p99")),
    ]


def content() -> list[Panel]:
    """What is kept, and what room it takes."""
    return [
        graph(
            "Stored rows", "What is kept now. Messages that grow while clients are away are their queues: skepctl "
            "clients --offline --sort queued.", "short", Query("sum by (kind) (skep_storage_rows{@})", "{{kind}}")),
        graph(
            "Stored and spared", "Rows written; messages that all receivers had acknowledged before they were written; "
            "messages read back for clients that return; publishers that had to wait for the disk, and messages refused "
            "for lack of room.", "ops",
            Query(rate("skep_storage_rows_written_total"), "rows written"),
            Query(rate("skep_storage_messages_elided_total"), "spared"),
            Query(rate("skep_storage_messages_read_total"), "read back"),
            Query(rate("skep_storage_publisher_waits_total"), "publishers waited"),
            Query(rate("skep_storage_publishes_refused_total"), "refused")),
        graph(
            "Bytes written by the storage", "Records alone; the disk is written several times that, for logs, indexes and "
            "whole pages.", "Bps", Query(rate("skep_storage_written_bytes_total", "instance"), "{{instance}}")),
        graph(
            "Storage: bytes", "The database, its log, and what the database holds without use and uses again first.",
            "bytes", Query("sum by (part) (skep_storage_bytes{@})", "{{part}}"),
            Query("sum(skep_storage_reusable_bytes{@})", "reusable")),
        graph(
            "Storage: room", "Bytes that the broker may still write on the file system. Below min-free-bytes (256 MB) "
            "QoS 1 and 2 messages are refused.", "bytes",
            Query("min by (instance) (skep_storage_disk_available_bytes{@})", "{{instance}}")),
        graph(
            "Recovery", "How long the broker took at its start to read what was stored.", "s",
            Query("max by (instance) (skep_storage_recovery_duration_seconds{@})", "{{instance}}")),
        graph(
            "Storage faults", "Attempts to write that have failed, and records that could not be read. Any: look at the "
            "log and at the disk.", "short",
            Query("sum by (instance) (increase(skep_storage_write_failures_total{@}[@]))", "{{instance}} not written"),
            Query("max by (instance) (skep_storage_damaged_records{@})", "{{instance}} not readable")),
    ]
