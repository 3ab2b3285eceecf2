package import BrokerCore
package import BrokerValues
package import MQTTWire

extension StorageDatabase {
    /// Reads what is stored, but no content of queued messages, and deletes what nobody needs any more. To be called once,
    /// before anything is written.
    ///
    /// Memory: 40 bytes a session and 16 bytes an entry of a queue, and a few hundred sessions at a time.
    ///
    /// - Parameters:
    ///   - now: the instant that retained messages are stamped with.
    ///   - sessions: gets some sessions at a time, ascending by number; must not call the database.
    ///   - retained: gets each retained message, with what is left of its expiry; 0 is expired.
    package func recover(
        now: Instant, sessions: ([RestoredSession]) -> Void, retained: (Message) -> Void
    ) throws(StorageFailure) -> RecoveryReport {
        var report = RecoveryReport()
        rows = StorageRows()
        remaining = [:]
        report.removedSessions = try removeEarlierSessions()
        var table = try readSessions(&report)
        try readMessages(&table, &report)
        try handOver(table, &report, to: sessions)
        try readRetained(at: now, &report, to: retained)
        rows.wills += report.wills
        rows.subscriptions += report.subscriptions
        rows.attributes += report.attributes
        meta.message = max(meta.message, try greatest("message"))
        meta.session = max(meta.session, try greatest("session"))
        report.greatestMessage = meta.message
        report.greatestSession = meta.session
        report.stamp = meta.stamp
        isRecovered = true
        return report
    }

    func greatest(_ table: String) throws(StorageFailure) -> UInt64 {
        UInt64(max(try connection.integer("SELECT max(number) FROM \(table)"), 0))
    }

    /// Runs `body` in a transaction.
    private func transaction(_ body: () throws(StorageFailure) -> Void) throws(StorageFailure) {
        try statements.begin.run()
        do throws(StorageFailure) {
            try body()
            try statements.commit.run()
        } catch {
            if !connection.isIdle { _ = try? statements.rollback.run() }
            throw error
        }
    }

    // MARK: Sessions

    /// Of sessions of the same client the latest is the one. Returns how many others were deleted.
    private func removeEarlierSessions() throws(StorageFailure) -> Int {
        let statement = try connection.prepare(
            """
            SELECT earlier.number FROM session AS earlier JOIN
                (SELECT client, max(number) AS latest FROM session GROUP BY client HAVING count(*) > 1) AS double
                ON earlier.client = double.client AND earlier.number <> double.latest
            """)
        var numbers: [SessionNumber] = []
        while try statement.step() { numbers.append(statement.number(0)) }
        statement.reset()
        var start = 0
        while start < numbers.count {
            let end = min(start + StorageBounds.recoveryStep, numbers.count)
            try transaction { () throws(StorageFailure) in
                for number in numbers[start..<end] {
                    try statements.deleteSession.run(number)
                    try statements.deleteSubscriptions.run(number)
                    try statements.deleteWill.run(number)
                    try statements.deleteAttributes.run(number)
                }
            }
            try checkpointIfDue()
            start = end
        }
        return numbers.count
    }

    /// The session in the current row of a statement that answers number, client and state.
    static func session(in statement: SQLiteStatement) -> Result<SessionRecord, RecordFault> {
        do throws(RecordFault) {
            guard statement.integer(0) > 0 else { throw .value("number") }
            let client = statement.bytes(1)
            return .success(
                try statement.withBlob(2) { state throws(RecordFault) in
                    try client.withByteView { client throws(RecordFault) in
                        try SessionStateRecord.read(state, number: statement.number(0), client: client)
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    private func readSessions(_ report: inout RecoveryReport) throws(StorageFailure) -> SessionTable {
        var table = SessionTable()
        let statement = try connection.prepare("SELECT number, client, state FROM session ORDER BY number")
        defer { statement.reset() }
        while try statement.step() {
            rows.sessions += 1
            switch Self.session(in: statement) {
            case .success(let session):
                meta.message = max(meta.message, session.cursor)
                if !table.append(session) { throw .unstorable(reason: "too many sessions or messages in flight") }
            case .failure(let fault):
                report.faults.add("session \(statement.integer(0)): \(fault.words)")
                if statement.integer(0) > 0 { table.appendUnreadable(statement.number(0)) }
            }
        }
        return table
    }

    private func handOver(
        _ table: SessionTable, _ report: inout RecoveryReport, to sessions: ([RestoredSession]) -> Void
    ) throws(StorageFailure) {
        let statement = try connection.prepare("SELECT number, client, state FROM session ORDER BY number")
        defer { statement.reset() }
        var belongings = try SessionBelongings(connection, ContentRecord(seed: options.identitySeed))
        var chunk: [RestoredSession] = []
        chunk.reserveCapacity(StorageBounds.sessionStep)
        var index = 0
        while try statement.step() {
            // Those without a number that may be are not in the table.
            guard statement.integer(0) > 0 else { continue }
            defer { index += 1 }
            guard case .success(let record) = Self.session(in: statement), index < table.rows.count else {
                try belongings.skip(statement.number(0))
                continue
            }
            var restored = RestoredSession(record: record, queue: table.queue(index))
            try belongings.take(&restored, &report)
            chunk.append(restored)
            report.sessions += 1
            report.queued += restored.queue.count
            if chunk.count == StorageBounds.sessionStep {
                sessions(chunk)
                chunk.removeAll(keepingCapacity: true)
            }
        }
        if !chunk.isEmpty { sessions(chunk) }
        try belongings.finish(&report)
        rows.subscriptions += belongings.subscriptions.skipped
        rows.wills += belongings.wills.skipped
        rows.attributes += belongings.attributes.skipped
    }

    // MARK: Messages

    private func readMessages(
        _ table: inout SessionTable, _ report: inout RecoveryReport
    ) throws(StorageFailure) {
        let statement = try connection.prepare(
            """
            SELECT number, receivers FROM message WHERE number > ?1 ORDER BY number
                LIMIT \(StorageBounds.recoveryStep)
            """)
        var at: MessageNumber = 0
        var receivers: [ReceiversRecord.Receiver] = []
        var needless: [MessageNumber] = []
        while true {
            try statement.bind(at)
            var count = 0
            while try statement.step() {
                count += 1
                at = statement.number(0)
                try readMessage(at, statement, &receivers, &needless, &table, &report)
            }
            statement.reset()
            if !needless.isEmpty {
                try transaction { () throws(StorageFailure) in
                    for number in needless { try statements.deleteMessage.run(number) }
                }
                report.removedMessages += needless.count
                needless.removeAll(keepingCapacity: true)
                try checkpointIfDue()
            }
            if count < StorageBounds.recoveryStep { return }
        }
    }

    private func readMessage(
        _ number: MessageNumber, _ statement: SQLiteStatement, _ receivers: inout [ReceiversRecord.Receiver],
        _ needless: inout [MessageNumber], _ table: inout SessionTable, _ report: inout RecoveryReport
    ) throws(StorageFailure) {
        do throws(RecordFault) {
            try statement.withBlob(1) { view throws(RecordFault) in
                try ReceiversRecord.read(view, into: &receivers)
            }
        } catch {
            report.faults.add("message \(number): \(error.words)")
            rows.messages += 1
            return
        }
        var needed: UInt32 = 0
        for receiver in receivers {
            guard let need = table.add(number, receiver) else {
                throw .unstorable(reason: "more than \(StorageBounds.mostEntries) entries of queues")
            }
            if need != .none { needed += 1 }
        }
        if needed == 0 {
            needless.append(number)
            return
        }
        if needed > 1 { remaining[number] = needed }
        rows.messages += 1
        report.messages += 1
    }

    // MARK: Retained messages

    private func readRetained(
        at instant: Instant, _ report: inout RecoveryReport, to retained: (Message) -> Void
    ) throws(StorageFailure) {
        let content = ContentRecord(seed: options.identitySeed)
        let now = (instant: instant, stamp: clock.stamp(of: instant))
        let statement = try connection.prepare("SELECT topic, record FROM retained")
        defer { statement.reset() }
        while try statement.step() {
            rows.retained += 1
            let topic = statement.bytes(0)
            do throws(RecordFault) {
                let message = try statement.withBlob(1) { view throws(RecordFault) in
                    try topic.withByteView { topic throws(RecordFault) in
                        try content.retained(view, topic: topic, at: now)
                    }
                }
                retained(message)
                report.retained += 1
            } catch {
                report.faults.add("retained message of \(topic.withByteView { $0.text.prefix(80) }): \(error.words)")
            }
        }
    }
}
