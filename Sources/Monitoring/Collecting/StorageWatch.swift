import MetricCatalog

/// How the storage fares, from one look to the next: how long changes take to become safe, and whether any do.
struct StorageWatch: Sendable {
    /// Seconds of a standstill, or of failing, after which clients are better sent elsewhere.
    static let longestStandstill = 10.0
    /// Seconds of it after which the process counts as ill, so that an orchestrator starts it anew: long enough for a
    /// disk that comes back, since nothing is lost while it fails.
    static let illAfter = 600.0
    /// Looks that the mean delay is reckoned over: a second.
    private static let looks = 10

    /// As of the last look; nil without durable storage.
    private(set) var latest: MonitoredStorage?
    /// Nanoseconds and number of all commits, as of the last looks.
    private var commits: [(sum: Int, count: Int)] = []
    /// When it was last seen that changes become safe, or that none waits, and that writing does not fail.
    private var movedAt: UInt64?
    private var fineAt: UInt64?
    private var lookedAt: UInt64 = 0

    /// To be called ten times a second.
    ///
    /// - Parameters:
    ///   - counts: the durations of all commits so far, in nanoseconds.
    ///   - unsafeBytes: changes that are not safe yet.
    mutating func look(_ storage: MonitoredStorage?, commits counts: HistogramCounts, unsafeBytes: Int, at now: UInt64)
    {
        latest = storage
        lookedAt = now
        guard let storage else { return }
        let total = (sum: counts.sum, count: counts.count)
        if unsafeBytes <= 0 || movedAt == nil || total.count != commits.last?.count { movedAt = now }
        if storage.isWriting, movedAt == now || fineAt == nil { fineAt = now }
        commits.append(total)
        if commits.count > Self.looks + 1 { commits.removeFirst() }
    }

    /// The mean duration of the last second's commits, or for how long nothing has become safe, in milliseconds.
    ///
    /// Nil without storage, and while writing fails: less load helps a slow disk, not a broken one. Health and readiness
    /// tell of that.
    var delayMilliseconds: Double? {
        guard let latest, latest.isWriting, let movedAt else { return nil }
        let standstill = Double(lookedAt - min(movedAt, lookedAt)) / 1e6
        guard let first = commits.first, let last = commits.last, last.count > first.count else { return standstill }
        let mean = Double(max(0, last.sum - first.sum)) / Double(last.count - first.count) / 1e6
        return max(mean, standstill)
    }

    /// For how many seconds nothing was written although something should be; 0 if all is well.
    var troubledSeconds: Double {
        guard latest != nil, let fineAt, lookedAt > fineAt else { return 0 }
        return Double(lookedAt - fineAt) / 1e9
    }

    // MARK: - Checks

    /// Whether the process should be started anew because of the storage; nil without storage.
    var healthCheck: HealthReport.Check? {
        guard latest != nil else { return nil }
        return .init(name: "storage", isOK: troubledSeconds < Self.illAfter, detail: detail)
    }

    /// Whether clients should be sent here as far as it depends on the storage; nil without storage.
    var readinessCheck: HealthReport.Check? {
        guard let latest else { return nil }
        let isOK = latest.isWriting && !latest.isFull && troubledSeconds < Self.longestStandstill
        return .init(name: "storage", isOK: isOK, detail: detail)
    }

    private var detail: String {
        guard let latest else { return "nothing is kept through restarts" }
        if !latest.isWriting { return "it cannot write, for \(Int(troubledSeconds)) s now: the log says why" }
        if troubledSeconds >= Self.longestStandstill {
            return "no change has become safe for \(Int(troubledSeconds)) s: the disk does not answer"
        }
        return latest.isFull ? "it has no room: QoS 1 and 2 messages are refused" : "it writes, and has room"
    }
}

extension MonitoredStorage {
    /// What the storage tells, as metrics.
    func read(into snapshot: inout MetricSnapshot) {
        snapshot.set("skep_storage_up", [], isWriting ? 1 : 0)
        snapshot.set("skep_storage_full", [], isFull ? 1 : 0)
        snapshot.set("skep_storage_tasks", [], tasks)
        snapshot.set("skep_storage_busy", [], isBusy ? 1 : 0)
        snapshot.set("skep_storage_bytes", ["database"], databaseBytes)
        snapshot.set("skep_storage_bytes", ["log"], logBytes)
        snapshot.set("skep_storage_reusable_bytes", [], reusableBytes)
        snapshot.set("skep_storage_disk_available_bytes", availableBytes)
        for kind in MetricCatalog.storageKinds {
            snapshot.set("skep_storage_rows", [kind], rows[kind] ?? 0)
            snapshot.set("skep_storage_recovered", [kind], recovered[kind] ?? 0)
        }
        snapshot.set("skep_storage_rows_written_total", [], rowsWritten)
        snapshot.set("skep_storage_written_bytes_total", [], bytesWritten)
        snapshot.set("skep_storage_write_failures_total", [], writeFailures)
        snapshot.set("skep_storage_damaged_records", [], damagedRecords)
        snapshot.set("skep_storage_recovery_duration_seconds", [], recoverySeconds)
    }
}
