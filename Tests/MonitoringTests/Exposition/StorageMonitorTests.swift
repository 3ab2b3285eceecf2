import BrokerValues
import Introspection
import MetricCatalog
import Testing

@testable import Monitoring

@Suite("What operators see of the storage")
struct StorageMonitorTests {
    static let works: MonitoredStorage = {
        var storage = MonitoredStorage()
        storage.tasks = 3
        storage.isBusy = true
        storage.rows = ["message": 11, "session": 12, "subscription": 13, "will": 14, "retained": 15, "attribute": 16]
        storage.databaseBytes = 21
        storage.logBytes = 22
        storage.reusableBytes = 23
        storage.availableBytes = 24
        storage.rowsWritten = 31
        storage.bytesWritten = 32
        storage.writeFailures = 33
        storage.damagedRecords = 34
        storage.recovered = ["message": 41, "session": 42]
        storage.recoverySeconds = 0.5
        return storage
    }()

    private static let collected = MetricCatalog.storage.filter { $0.source == .collected }

    /// Names of the checks that fail.
    private func failing(_ report: HealthReport) -> [String] { report.checks.filter { !$0.isOK }.map(\.name) }

    /// Lets so many seconds pass in which nobody looks.
    private func pass(_ seconds: UInt64, _ broker: WatchedBroker) {
        broker.run(milliseconds: 1_000)
        broker.clock.advance(milliseconds: seconds * 1_000)
        broker.run(milliseconds: 1_000)
    }

    private func delayRatio(_ broker: WatchedBroker) -> Double? {
        broker.value("skep_stress_signal_ratio{signal=\"storage_delay\"}")
    }

    @Test("Every metric of the storage is filled, with every value of its label")
    func filled() throws {
        let snapshot = try WatchedBroker(storage: Self.works).monitor.snapshot()
        for metric in Self.collected {
            let expected = metric.labels.reduce(1) { count, label in
                if case .closed(let values) = label.values { count * values.count } else { count }
            }
            #expect(snapshot[metric.name].count == expected, "\(metric.name)")
        }
        func value(_ name: String, _ label: String...) -> Double? {
            snapshot[name].first { $0.labels == label }?.value
        }
        #expect(value("skep_storage_up") == 1)
        #expect(value("skep_storage_full") == 0)
        #expect(value("skep_storage_tasks") == 3)
        #expect(value("skep_storage_busy") == 1)
        #expect(value("skep_storage_bytes", "database") == 21)
        #expect(value("skep_storage_bytes", "log") == 22)
        #expect(value("skep_storage_reusable_bytes") == 23)
        #expect(value("skep_storage_disk_available_bytes") == 24)
        let kinds = ["message", "session", "subscription", "will", "retained", "attribute"]
        #expect(kinds.map { value("skep_storage_rows", $0) } == [11, 12, 13, 14, 15, 16])
        #expect(kinds.map { value("skep_storage_recovered", $0) } == [41, 42, 0, 0, 0, 0])
        #expect(value("skep_storage_rows_written_total") == 31)
        #expect(value("skep_storage_written_bytes_total") == 32)
        #expect(value("skep_storage_write_failures_total") == 33)
        #expect(value("skep_storage_damaged_records") == 34)
        #expect(value("skep_storage_recovery_duration_seconds") == 0.5)
    }

    @Test("Without durable storage what only that could tell is absent, never 0, and no check speaks of it")
    func absent() throws {
        let broker = try WatchedBroker()
        broker.run(milliseconds: 1_000)
        let snapshot = broker.monitor.snapshot()
        for metric in Self.collected { #expect(snapshot[metric.name].isEmpty, "\(metric.name)") }
        #expect(broker.monitor.readiness().checks.allSatisfy { $0.name != "storage" })
        #expect(broker.monitor.health().checks.allSatisfy { $0.name != "storage" })
        #expect(broker.value("com_hivemq_persistence_executor_total_tasks", .hiveMQ) == nil)
    }

    @Test("HiveMQ's names tell tasks, threads, payloads and how long writing takes")
    func hiveMQ() throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.run(milliseconds: 6_000)
        broker.blocks[0].observe(.commit, 2_000_000)
        #expect(broker.value("com_hivemq_persistence_executor_total_tasks", .hiveMQ) == 3)
        #expect(broker.value("com_hivemq_persistence_executor_running_threads", .hiveMQ) == 1)
        #expect(broker.value("com_hivemq_persistence_payload_entries_count", .hiveMQ) == 11)
        #expect(broker.value("com_hivemq_persistence_removable_entries_count", .hiveMQ) == 0)
        #expect(broker.value("com_hivemq_persistence_executor_queued_messages_time_count", .hiveMQ) == 1)
        #expect(broker.value("com_hivemq_persistence_executor_subscription_tasks", .hiveMQ) == nil)
    }

    @Test("A storage that cannot write makes the broker not ready at once, and ill after ten minutes")
    func failing() throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.run(milliseconds: 1_000)
        #expect(broker.monitor.readiness().isOK)
        broker.storage.change { $0.isWriting = false }
        broker.run(milliseconds: 1_000)
        #expect(failing(broker.monitor.readiness()) == ["storage"])
        #expect(broker.monitor.health().isOK)
        pass(600, broker)
        #expect(failing(broker.monitor.health()) == ["storage"])
        #expect(delayRatio(broker) == nil, "shedding load mends no disk")
        broker.storage.change { $0.isWriting = true }
        broker.run(milliseconds: 1_000)
        #expect(broker.monitor.readiness().isOK)
        #expect(broker.monitor.health().isOK)
    }

    @Test("A full storage makes the broker not ready, and not ill however long it lasts")
    func full() throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.storage.change { $0.isFull = true }
        pass(900, broker)
        #expect(failing(broker.monitor.readiness()) == ["storage"])
        #expect(broker.monitor.health().isOK)
    }

    @Test("A disk that does not answer raises stress, then readiness ends, then health; one commit mends all")
    func hanging() throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.run(milliseconds: 1_000)
        broker.blocks[1].set(ShardCounters.unsafeBytes, 10)
        broker.run(milliseconds: 6_000)
        #expect(broker.monitor.stressLevel == 10)
        #expect(broker.value("skep_stress_leading_signal{signal=\"storage_delay\"}") == 1)
        broker.run(milliseconds: 6_000)
        #expect(failing(broker.monitor.readiness()).contains("storage"))
        #expect(broker.monitor.health().isOK)
        pass(600, broker)
        #expect(failing(broker.monitor.health()) == ["storage"])
        broker.blocks[1].observe(.commit, 1_000_000)
        broker.run(milliseconds: 100)
        #expect(!failing(broker.monitor.readiness()).contains("storage"))
        #expect(broker.monitor.health().isOK)
    }

    @Test("A storage with nothing to write does not stand still")
    func idle() throws {
        let broker = try WatchedBroker(storage: Self.works)
        pass(900, broker)
        #expect(broker.monitor.readiness().isOK)
        #expect(delayRatio(broker) == 0)
    }

    @Test(
        "Commits of up to 100 ms are no stress, more raises it, and a second sheds load",
        arguments: [(10, 0, 0), (100, 0, 0), (500, 0.21, 2), (1_100, 0.53, 4), (5_000, 1, 10)])
    func slow(milliseconds: Int, ratio: Double, level: Int) throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.blocks[0].set(ShardCounters.unsafeBytes, 10)
        broker.run(milliseconds: 20_000) { _ in broker.blocks[0].observe(.commit, milliseconds * 1_000_000) }
        #expect(abs(try #require(delayRatio(broker)) - ratio) < 0.01)
        #expect(broker.monitor.stressLevel >= level)
    }

    @Test("A shard whose unsafe changes make publishers wait is stress, whatever the others hold")
    func backlog() throws {
        let broker = try WatchedBroker(storage: Self.works)
        broker.run(milliseconds: 10_000) { _ in
            broker.blocks[0].set(ShardCounters.unsafeBytes, 900)
            broker.blocks[0].observe(.commit, 1_000_000)
        }
        let ratio = try #require(broker.value("skep_stress_signal_ratio{signal=\"storage_backlog\"}"))
        #expect(abs(ratio - (0.9 - 0.25) / 0.75) < 0.01)
        #expect(broker.monitor.stressLevel >= 4)
    }

    @Test("The bean shows the same, and its operation makes a backup or says why not")
    func bean() async throws {
        let broker = try WatchedBroker(storage: Self.works)
        let operations = TestOperations()
        let beans = broker.beans(operations)
        broker.blocks[0].observe(.commit, 2_000_000)
        let name = try #require(ObjectName("skep:type=Storage"))
        let values = try #require(await beans.read([name]).first)
        #expect(values["IsWriting"] == true)
        #expect(values["IsFull"] == false)
        #expect(values["Tasks"] == 3)
        #expect(values["Rows"]?["will"] == 14)
        #expect(values["Bytes"]?["log"] == 22)
        #expect(values["CommitSeconds"]?["count"] == 1)
        #expect(values.allSatisfy { $0.value != .null })
        let backup = try #require(beans.description(of: name)?.operations.first { $0.name == "backup" })
        #expect(backup.access == .operators)
        let report = try await beans.invoke(name, backup, arguments: ["/a/b"])
        #expect(report == ["path": "/a/b", "bytes": 4096, "seconds": .number(0.25)])
        let error = await #expect(throws: BeanError.self) {
            try await beans.invoke(name, backup, arguments: ["/taken"])
        }
        #expect(error == BeanError(.failed, "/taken exists already"))
        #expect(operations.orders == ["backup /a/b", "backup /taken"])
    }

    @Test("Without durable storage the bean says so by null")
    func noStorage() async throws {
        let beans = try WatchedBroker().beans(TestOperations())
        let name = try #require(ObjectName("skep:type=Storage"))
        let values = try #require(await beans.read([name]).first)
        #expect(values["IsWriting"] == .null)
        #expect(values["Rows"] == [:])
    }
}
