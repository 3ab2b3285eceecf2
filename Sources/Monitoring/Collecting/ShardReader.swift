package import MetricCatalog
import StressModel

/// Reads and sums what the shards count.
package struct ShardReader: Sendable {
    /// A listener as its connections are labelled.
    package struct Listener: Sendable, Hashable {
        package let name: String
        package let transport: String

        /// A listener by its name and the transport that it offers.
        package init(name: String, transport: String) {
            self.name = name
            self.transport = transport
        }
    }

    package let blocks: [CounterBlock]
    private let listeners: [Listener]
    /// The label values of each slot's series, made once.
    private let families: [(name: String, family: CounterFamily, labels: [[String]])]

    /// - Parameters:
    ///   - blocks: one for each shard.
    ///   - listeners: in the order of their numbers.
    package init(blocks: [CounterBlock], listeners: [Listener]) {
        self.blocks = blocks
        self.listeners = listeners
        families = MetricCatalog.all.compactMap { metric in
            guard case .shards(let family) = metric.source else { return nil }
            return (metric.name, family, Self.combinations(metric.labels))
        }
    }

    /// All combinations of label values, the last label varying fastest.
    private static func combinations(_ labels: [MetricLabel]) -> [[String]] {
        labels.reduce([[]]) { rows, label in
            guard case .closed(let values) = label.values else { return rows }
            return rows.flatMap { row in values.map { row + [$0] } }
        }
    }

    /// The sum of one slot over all shards.
    package func sum(_ slot: Int) -> Int { blocks.reduce(0) { $0 + $1[slot] } }

    /// The sum of a family's slots over all shards.
    package func sum(_ family: CounterFamily) -> Int {
        (family.base..<(family.base + family.count)).reduce(0) { $0 + sum($1) }
    }

    /// All shards' values of one slot.
    func values(_ family: CounterFamily) -> [Int] { blocks.map { $0[family.base] } }

    /// One histogram of all shards.
    func histogram(_ kind: ShardHistogram) -> HistogramCounts {
        var counts = HistogramCounts()
        for block in blocks { block.read(kind, into: &counts) }
        return counts
    }

    /// Adds everything that the shards count.
    func read(into snapshot: inout MetricSnapshot) {
        for (name, family, labels) in families {
            snapshot.replace(
                name, labels.enumerated().map { ($0.element, Double(sum(family.base + $0.offset))) })
        }
        for metric in MetricCatalog.all {
            if case .shardHistogram(let kind) = metric.source { snapshot.histograms[metric.name] = histogram(kind) }
        }
        addPublishes(&snapshot, "skep_packets_received_total", "skep_publishes_received_total")
        addPublishes(&snapshot, "skep_packets_sent_total", "skep_publishes_sent_total")
        readConnections(into: &snapshot)
        readDerived(into: &snapshot)
    }

    /// Shards count a PUBLISH by its QoS only; among the packet types it is shown all the same.
    private func addPublishes(_ snapshot: inout MetricSnapshot, _ packets: String, _ publishes: String) {
        let sum = snapshot.sum(publishes)
        snapshot.replace(packets, snapshot[packets].map { $0.labels == ["publish"] ? ($0.labels, sum) : $0 })
    }

    private func readConnections(into snapshot: inout MetricSnapshot) {
        for (number, listener) in listeners.enumerated() {
            for (version, name) in MetricLabels.versions.enumerated() {
                let slot = ShardCounters.connections(listener: number, version: version)
                snapshot.set("skep_connections", [listener.name, listener.transport, name], sum(slot))
            }
            let delayed = sum(ShardCounters.connectsDelayed(listener: number))
            snapshot.set("skep_connects_delayed_total", [listener.name], delayed)
            let throttled = sum(ShardCounters.connectsThrottled(listener: number))
            snapshot.set("skep_connects_throttled_total", [listener.name], throttled)
        }
    }

    private func readCredits(into snapshot: inout MetricSnapshot) {
        // All shards follow the same level; while they notice it one after another, the least counts.
        let perTick = values(ShardCounters.creditsPerTick).min() ?? 0
        snapshot.set("skep_credits_per_tick", [], perTick)
        let clients = snapshot.sum("skep_connections")
        let missing = Double(sum(ShardCounters.creditsMissing))
        let full = Double(CreditAccount.full)
        snapshot.set("skep_credits_average", [], clients > 0 ? max(-full, full - missing / clients) : full)
    }

    private func readDerived(into snapshot: inout MetricSnapshot) {
        let disconnects = snapshot["skep_disconnects_total"]
        let graceful = disconnects.first { $0.labels == [MetricLabels.disconnectReasons[0]] }?.value ?? 0
        let all = disconnects.reduce(0) { $0 + $1.value }
        snapshot.set("skep_connections_closed_total", ["graceful"], graceful)
        snapshot.set("skep_connections_closed_total", ["ungraceful"], all - graceful)
        for (number, cause) in MetricLabels.pauseCauses.enumerated() {
            let microseconds = sum(ShardCounters.pausedMicroseconds.base + number)
            snapshot.set("skep_connection_paused_seconds_total", [cause], Double(microseconds) / 1e6)
        }
        readCredits(into: &snapshot)
        let expired = snapshot["skep_messages_dropped_total"].filter { $0.labels[0] == "expired" }
        snapshot.set("skep_messages_expired_total", [], expired.reduce(0) { $0 + $1.value })
    }
}
