import BrokerValues
import Introspection
import MetricCatalog
import NIOCore
import Synchronization
import Testing

@testable import Monitoring

/// A clock that a test moves.
final class TestClock: Sendable {
    private let now = Atomic<UInt64>(1_000_000_000_000)

    func advance(milliseconds: UInt64) { now.wrappingAdd(milliseconds * 1_000_000, ordering: .relaxed) }

    var nanoseconds: UInt64 { now.load(ordering: .relaxed) }

    var clock: MonitorClock {
        MonitorClock(monotonic: { self.nanoseconds }, wall: { 1_800_000_000 + Double(self.nanoseconds) / 1e9 })
    }
}

/// A monitor of two shards that the test counts for.
struct WatchedBroker {
    let clock = TestClock()
    let blocks = [CounterBlock(listeners: 2), CounterBlock(listeners: 2)]
    let tree: FakeTree
    let monitor: Monitor
    let isAccepting = Accepting()
    let storage: TestStorage

    final class Accepting: Sendable {
        let value = Atomic<Bool>(true)
    }

    /// What the storage says; nil if there is none.
    final class TestStorage: Sendable {
        let now: Mutex<MonitoredStorage?>
        init(_ storage: MonitoredStorage?) { now = Mutex(storage) }
        func change(_ body: (inout MonitoredStorage) -> Void) {
            now.withLock { storage in
                guard var changed = storage else { return }
                body(&changed)
                storage = changed
            }
        }
    }

    init(storage now: MonitoredStorage? = nil) throws {
        let storage = TestStorage(now)
        self.storage = storage
        tree = try FakeTree()
        let isAccepting = self.isAccepting
        var configuration = MonitorConfiguration(
            version: "1.2.3", swiftVersion: "6.3",
            settings: MonitoredSettings(
                hash: "00ff", loaded: 1_800_000_000, outboundLimit: 1_000_000, queueLimit: 1_000_000,
                mailLimit: 1_000_000),
            processors: 2, acceptFailures: { 3 }, droppedLogLines: { 4 },
            isAccepting: { isAccepting.value.load(ordering: .relaxed) })
        configuration.storage = { storage.now.withLock { $0 } }
        configuration.unsafeBytesLimit = 1_000
        var door = MonitoredDoor(listener: "two\"\\\n")
        door.tls = MonitoredDoor.TLS()
        door.tls?.expiry = 1_900_000_000
        door.proxyRefusals = Dictionary(uniqueKeysWithValues: ProxyRefusal.allCases.map { ($0, 1) })
        door.webSocketRefusals = Dictionary(uniqueKeysWithValues: WebSocketRefusal.allCases.map { ($0, 1) })
        configuration.doors = { [door] in [MonitoredDoor(listener: "one"), door] }
        configuration.plugins = { PluginMonitorTests.works }
        let reader = ShardReader(
            blocks: blocks,
            listeners: [.init(name: "one", transport: "tcp"), .init(name: "two\"\\\n", transport: "tls")])
        monitor = Monitor(reader: reader, configuration: configuration, root: tree.root, clock: clock.clock)
    }

    /// Lets time pass, the shards look at the clock, and the monitor look.
    func run(milliseconds: UInt64, silent: Set<Int> = [], each: (Int) -> Void = { _ in }) {
        for step in 0..<Int(milliseconds / 100) {
            clock.advance(milliseconds: 100)
            for (index, block) in blocks.enumerated() where !silent.contains(index) {
                block.set(ShardCounters.lastSeen, Int(clock.nanoseconds))
            }
            each(step)
            monitor.tick()
        }
    }

    func text(_ format: ExpositionFormat) -> String { String(buffer: monitor.render(format)) }

    /// The number behind a series' name and labels; nil if it is not there.
    func value(_ series: String, _ format: ExpositionFormat = .prometheusText) -> Double? {
        text(format).split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}

struct MonitorTests {
    @Test("Counters of all shards are summed, under their labels")
    func sums() throws {
        let broker = try WatchedBroker()
        broker.blocks[0].add(ShardCounters.publishesReceived.base + 1, 5)
        broker.blocks[1].add(ShardCounters.publishesReceived.base + 1, 7)
        broker.blocks[1].add(ShardCounters.publishesReceived.base, 1)
        broker.blocks[0].add(ShardCounters.messagesDropped.base + DropReason.expired.counterIndex * 3 + 2, 4)
        #expect(broker.value("skep_publishes_received_total{qos=\"1\"}") == 12)
        #expect(broker.value("skep_packets_received_total{type=\"publish\"}") == 13)
        #expect(broker.value("skep_messages_dropped_total{reason=\"expired\",qos=\"2\"}") == 4)
        #expect(broker.value("skep_messages_expired_total") == 4)
        #expect(broker.value("com_hivemq_messages_incoming_publish_count", .hiveMQ) == 13)
        #expect(broker.value("com_hivemq_messages_dropped_count", .hiveMQ) == 4)
    }

    @Test("Settings that were read again are shown, and stress is measured against their limits")
    func settings() throws {
        let broker = try WatchedBroker()
        broker.blocks[0].add(ShardCounters.unsentBytes, 500_000)
        broker.run(milliseconds: 2_000)
        let ratio = "skep_stress_signal_ratio{signal=\"outbound_backlog\"}"
        let before = try #require(broker.value(ratio))
        broker.monitor.settingsChanged(
            MonitoredSettings(
                hash: "beef", loaded: 1_900_000_000, outboundLimit: 50_000_000, queueLimit: 1, mailLimit: 1))
        broker.run(milliseconds: 60_000)
        #expect(try #require(broker.value(ratio)) < before)
        #expect(broker.value("skep_configuration_info{hash=\"beef\"}") == 1)
        #expect(broker.value("skep_configuration_info{hash=\"00ff\"}") == nil)
        #expect(broker.value("skep_configuration_load_time_seconds") == 1_900_000_000)
    }

    @Test("Connections are shown by listener, and a name is escaped")
    func listeners() throws {
        let broker = try WatchedBroker()
        broker.blocks[1].add(ShardCounters.connections(listener: 1, version: 2), 9)
        #expect(
            broker.value(#"skep_connections{listener="two\"\\\n",transport="tls",version="5"}"#) == 9)
        #expect(broker.value("com_hivemq_networking_connections_current", .hiveMQ) == 9)
    }

    @Test("Graceful and ungraceful ends make up all of them")
    func disconnects() throws {
        let broker = try WatchedBroker()
        for (index, _) in MetricLabels.disconnectReasons.enumerated() {
            broker.blocks[index % 2].add(ShardCounters.disconnects.base + index, index + 1)
        }
        #expect(broker.value("skep_connections_closed_total{kind=\"graceful\"}") == 1)
        #expect(broker.value("skep_connections_closed_total{kind=\"ungraceful\"}") == 54)
        #expect(broker.value("com_hivemq_networking_connections_closed_total_count", .hiveMQ) == 55)
        #expect(broker.value("com_hivemq_networking_connections_closed_graceful_count", .hiveMQ) == 1)
    }

    @Test("A histogram's buckets are cumulative and end with the count")
    func histogram() throws {
        let broker = try WatchedBroker()
        for value in [100, 10_000, 20_000, 5_000_000_000, 60_000_000_000] {
            broker.blocks[0].observe(.tickLength, value)
        }
        let text = broker.text(.prometheusText)
        #expect(text.contains("skep_tick_duration_seconds_bucket{le=\"8.192e-06\"} 1\n"))
        #expect(text.contains("skep_tick_duration_seconds_bucket{le=\"1.6384e-05\"} 2\n"))
        #expect(text.contains("skep_tick_duration_seconds_bucket{le=\"8.589934592\"} 4\n"))
        #expect(text.contains("skep_tick_duration_seconds_bucket{le=\"+Inf\"} 5\n"))
        #expect(text.contains("skep_tick_duration_seconds_count 5\n"))
        #expect(text.contains("skep_tick_duration_seconds_sum 65.0000301\n"))
    }

    @Test("HiveMQ's quantiles are of the last minute, its count of all time")
    func slidingWindow() throws {
        let broker = try WatchedBroker()
        let name = "com_hivemq_messages_incoming_publish_bytes"
        broker.run(milliseconds: 1_000) { _ in
            broker.blocks[0].observe(.publishSizeReceived, 100_000)
            broker.blocks[0].add(ShardCounters.publishesReceived.base, 64)
        }
        #expect((broker.value("\(name){quantile=\"0.5\"}", .hiveMQ) ?? 0) > 90_000)
        broker.run(milliseconds: 130_000) { _ in broker.blocks[0].observe(.publishSizeReceived, 4) }
        #expect(broker.value("\(name){quantile=\"0.999\"}", .hiveMQ) == 4)
        #expect(broker.value("\(name)_count", .hiveMQ) == 640)
    }

    @Test("Bytes of the last five seconds are those of the last five seconds")
    func window() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 20_000) { _ in broker.blocks[0].add(ShardCounters.bytesReceived.base + 3, 100) }
        let value = try #require(broker.value("com_hivemq_networking_bytes_read_current", .hiveMQ))
        #expect(abs(value - 5_000) < 1_100)
        broker.run(milliseconds: 10_000)
        #expect(broker.value("com_hivemq_networking_bytes_read_current", .hiveMQ) == 0)
    }

    @Test("Moving averages come near a steady rate")
    func averages() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 120_000) { _ in broker.blocks[1].add(ShardCounters.publishesReceived.base, 50) }
        let topics = broker.monitor.systemTopics()
        let text = try #require(topics.first { $0.topic == "$SYS/broker/load/publish/received/1min" }?.text)
        #expect(abs((Double(text) ?? 0) - 500) < 25)
        #expect(topics.first { $0.topic == "$SYS/broker/messages/publish/received" }?.text == "60000")
        #expect(topics.first { $0.topic == "$SYS/broker/uptime" }?.text == "120")
        #expect(topics.first { $0.topic == "$SYS/broker/version" }?.text == "Skep 1.2.3")
    }

    @Test("A loop that says nothing for a second makes the broker ill, and its return well")
    func health() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 500)
        #expect(broker.monitor.health().isOK)
        broker.run(milliseconds: 1_500, silent: [1])
        let report = broker.monitor.health()
        #expect(!report.isOK)
        #expect(report.checks[0].detail.contains("loop 1"))
        #expect(!broker.monitor.readiness().isOK)
        broker.run(milliseconds: 200)
        #expect(broker.monitor.health().isOK)
    }

    @Test("The broker is not ready while it drains, or while it is above the shedding level")
    func readiness() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 500)
        #expect(broker.monitor.readiness().isOK)
        broker.isAccepting.value.store(false, ordering: .relaxed)
        #expect(broker.monitor.readiness().checks.filter { !$0.isOK }.map(\.name) == ["accepting"])
        broker.isAccepting.value.store(true, ordering: .relaxed)
        broker.blocks[0].set(ShardCounters.queuedBytes, 1_000_000)
        broker.run(milliseconds: 3_000)
        #expect(broker.monitor.stressLevel >= 4)
        #expect(broker.monitor.readiness().checks.filter { !$0.isOK }.map(\.name) == ["stress"])
        #expect(broker.value("skep_stress_leading_signal{signal=\"queue_memory\"}") == 1)
        #expect(broker.value("com_hivemq_supervision_overload_protection_level", .hiveMQ) ?? 0 >= 4)
        broker.blocks[0].set(ShardCounters.queuedBytes, 0)
        broker.run(milliseconds: 30_000)
        #expect(broker.monitor.readiness().isOK)
    }

    @Test("What a sampler could not read is absent, never 0, and the sampler says so")
    func samplers() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 1_000)
        #expect(broker.value("process_resident_memory_bytes") != nil)
        #expect(broker.value("skep_sampler_up{sampler=\"process_memory\"}") == 1)
        try broker.tree.write("proc/self/statm", "what is this")
        broker.run(milliseconds: 1_100)
        #expect(broker.value("skep_sampler_up{sampler=\"process_memory\"}") == 0)
        #expect(broker.value("process_resident_memory_bytes") == nil)
        #expect((broker.value("skep_sampler_errors_total{sampler=\"process_memory\"}") ?? 0) > 0)
        #expect(broker.value("skep_sampler_up{sampler=\"host_load\"}") == 1)
    }
}
