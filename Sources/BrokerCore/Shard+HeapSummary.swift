package import Introspection
import MetricCatalog
import TopicIndex

// What a shard keeps in memory. Everything here is counted anyway; nothing is walked.
extension Shard {
    /// What this shard keeps, by kind; every shard names the same kinds in the same order.
    package func heapSummary() -> [HeapPart] {
        clientParts + messageParts + indexParts + waitingParts
    }

    private var clientParts: [HeapPart] {
        [
            HeapPart("connections", count: connections.count, bytes: nil),
            HeapPart("sessions", count: sessions.count, bytes: nil),
            HeapPart("session-attributes", count: attributeUse.count, bytes: attributeUse.bytes),
            HeapPart("owners-elsewhere", count: owners.count, bytes: nil),
            HeapPart("sessions-moving", count: transfers.count + arrivals.count, bytes: nil),
            HeapPart("timers", count: timers.count, bytes: nil),
        ]
    }

    private var messageParts: [HeapPart] {
        [
            HeapPart("queued-messages", count: queuedCount, bytes: queuedBytes),
            HeapPart("inflight-messages", count: counters[ShardCounters.inflightSent.base], bytes: nil),
            HeapPart("unreleased-identifiers", count: counters[ShardCounters.inflightReceived.base], bytes: nil),
            HeapPart("retained-messages", count: retained.count, bytes: retained.bytes),
            HeapPart("wills-due", count: dueWills.count, bytes: nil),
            HeapPart(
                "unsent", count: counters[ShardCounters.connectionsCongested.base], bytes: unsentBytes + shapedBytes),
            HeapPart("incomplete-packets", count: clientPackets.count + strangerPackets.count, bytes: reassemblyBytes),
            HeapPart("idle-buffers", count: bufferPool.count, bytes: nil),
            HeapPart("mail", count: mail.reduce(0) { $0 + $1.queueable }, bytes: mail.reduce(0) { $0 + $1.bytes }),
        ]
    }

    private var indexParts: [HeapPart] {
        [
            HeapPart("subscriptions", count: subscriptions.subscriptionCount, bytes: nil),
            HeapPart("filters", count: subscriptions.filterCount, bytes: nil),
            HeapPart("shared-groups", count: groups.count, bytes: nil),
            HeapPart("match-cache", count: subscriptions.cache.count, bytes: subscriptions.cache.bytes),
        ]
    }

    private var waitingParts: [HeapPart] {
        [
            HeapPart("open-requests", count: requests.count, bytes: nil),
            HeapPart("waiting-wishes", count: waitingWishes.count, bytes: nil),
            HeapPart("held-publishers", count: heldPublishers.count, bytes: nil),
            HeapPart("debts", count: debts.count, bytes: nil),
            HeapPart("waiting-sockets", count: waitingSockets, bytes: nil),
        ]
    }
}
