import BrokerValues
import Testing

@testable import MetricCatalog

struct CatalogTests {
    @Test("No two metrics have the same name")
    func uniqueNames() {
        let names = MetricCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("Names follow the conventions of Prometheus", arguments: MetricCatalog.all)
    func names(metric: Metric) {
        #expect(metric.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
        #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"))
        #expect((metric.kind == .info) == metric.name.hasSuffix("_info"))
        if let unit = metric.unit, metric.name != "skep_stress_signal_ratio" {
            #expect(metric.name.contains("_\(unit.rawValue)"))
        }
        #expect(metric.help.hasSuffix("."))
    }

    @Test("Metrics and logs spell the cause of a disconnect alike")
    func causes() {
        let causes: [DisconnectCause] = [
            .clientDisconnected(reasonCode: 0), .peerClosed, .socketFailed, .keepAliveExpired, .takenOver,
            .protocolError(reasonCode: 0x82), .serverShutdown, .administrative, .limitExceeded(reasonCode: 0x97),
            .serverFailed(reasonCode: 0x80),
        ]
        #expect(causes.map(\.counterIndex) == Array(MetricLabels.disconnectReasons.indices))
        #expect(causes.map(\.name) == MetricLabels.disconnectReasons)
    }

    @Test("The slots of the shards' metrics do not overlap, and each is in one metric")
    func slots() {
        var owners: [Int: String] = [:]
        for metric in MetricCatalog.all {
            guard case .shards(let family) = metric.source else { continue }
            #expect(family.base + family.count <= ShardCounters.fixedCount)
            for slot in family.base..<(family.base + family.count) {
                #expect(owners.updateValue(metric.name, forKey: slot) == nil, "slot \(slot)")
            }
        }
        // Reserved packet types, and what no metric shows as it is.
        let paused = ShardCounters.pausedMicroseconds
        let unseen =
            [6, 22, 38, 54, ShardCounters.lastSeen.base, ShardCounters.latestLag.base]
            + [ShardCounters.creditsPerTick.base] + Array(paused.base..<(paused.base + paused.count))
        #expect(Set(0..<ShardCounters.fixedCount).subtracting(owners.keys) == Set(unseen))
    }

    @Test(
        "A metric of the shards has one slot for each combination of its labels' values", arguments: MetricCatalog.all)
    func combinations(metric: Metric) {
        guard case .shards(let family) = metric.source else { return }
        let count = metric.labels.reduce(1) { product, label in
            guard case .closed(let values) = label.values else { return 0 }
            return product * values.count
        }
        #expect(family.count == count)
    }

    @Test("Each histogram of the shards is in one metric")
    func histograms() {
        let kinds = MetricCatalog.all.compactMap { metric -> ShardHistogram? in
            if case .shardHistogram(let kind) = metric.source { return kind }
            return nil
        }
        #expect(kinds.sorted { $0.rawValue < $1.rawValue } == ShardHistogram.allCases)
    }

    @Test("Reasons have the place that their label has")
    func reasonPlaces() {
        for reason in DropReason.allCases {
            #expect(MetricLabels.dropReasons[reason.counterIndex] == reason.rawValue)
        }
        let causes: [DisconnectCause] = [
            .clientDisconnected(reasonCode: 0), .peerClosed, .socketFailed, .keepAliveExpired, .takenOver,
            .protocolError(reasonCode: 0), .serverShutdown, .administrative, .limitExceeded(reasonCode: 0),
            .serverFailed(reasonCode: 0),
        ]
        #expect(causes.map(\.counterIndex) == Array(0..<MetricLabels.disconnectReasons.count))
        #expect(MetricLabels.connectRefusals[MetricLabels.connectRefusalIndex(of: 0x87)] == "not_authorized")
        #expect(MetricLabels.connectRefusals[MetricLabels.connectRefusalIndex(of: 0x01)] == "other")
    }
}

struct HistogramTests {
    @Test("Every number falls into a bucket that holds it, and buckets follow on each other")
    func buckets() {
        var before = 0
        for index in 0..<LogLinearBuckets.count {
            let upper = LogLinearBuckets.upperBound(of: index)
            #expect(upper > before)
            #expect(LogLinearBuckets.index(of: before) == index)
            #expect(LogLinearBuckets.index(of: upper - 1) == index)
            before = upper
        }
        #expect(LogLinearBuckets.index(of: -5) == 0)
        #expect(LogLinearBuckets.index(of: .max) == LogLinearBuckets.count - 1)
    }

    @Test("A bucket is at most an eighth as wide as its numbers are large")
    func width() {
        for index in 9..<(LogLinearBuckets.count - 1) {
            let lower = LogLinearBuckets.upperBound(of: index - 1)
            #expect((LogLinearBuckets.upperBound(of: index) - lower) * 8 <= lower)
        }
    }

    @Test("Quantiles lie within an eighth of the truth")
    func quantiles() throws {
        let block = CounterBlock()
        for value in 1...10_000 { block.observe(.tickLength, value) }
        var counts = HistogramCounts()
        block.read(.tickLength, into: &counts)
        #expect(counts.count == 10_000)
        #expect(counts.sum == 10_000 * 10_001 / 2)
        for share in [0.5, 0.75, 0.95, 0.98, 0.99, 0.999] {
            let value = try #require(counts.quantile(share))
            #expect(abs(value - share * 10_000) <= share * 10_000 / 8)
        }
        #expect(HistogramCounts().quantile(0.5) == nil)
    }

    @Test("What was observed since an earlier reading is the difference")
    func window() {
        let block = CounterBlock()
        block.observe(.loopLag, 100)
        var earlier = HistogramCounts()
        block.read(.loopLag, into: &earlier)
        block.observe(.loopLag, 5_000)
        var later = HistogramCounts()
        block.read(.loopLag, into: &later)
        let window = later.since(earlier)
        #expect(window.count == 1)
        #expect(window.sum == 5_000)
    }

    @Test("Histograms of several shards add up")
    func merge() {
        let blocks = [CounterBlock(), CounterBlock(), CounterBlock()]
        blocks[0].observe(.loopLag, 1)
        blocks[2].observe(.loopLag, 2)
        var counts = HistogramCounts()
        for block in blocks { block.read(.loopLag, into: &counts) }
        #expect(counts.count == 2)
        #expect(counts.sum == 3)
    }

    @Test("Counters of listeners lie behind the others")
    func listeners() {
        let block = CounterBlock(listeners: 2)
        block.add(ShardCounters.connectsThrottled(listener: 1), 3)
        #expect(block.count == ShardCounters.fixedCount + 10)
        #expect(block[block.count - 1] == 3)
        let slots =
            (0..<2).flatMap { listener in (0..<3).map { ShardCounters.connections(listener: listener, version: $0) } }
            + (0..<2).map { ShardCounters.connectsDelayed(listener: $0) }
            + (0..<2).map { ShardCounters.connectsThrottled(listener: $0) }
        #expect(Set(slots) == Set(ShardCounters.fixedCount..<block.count))
    }
}
