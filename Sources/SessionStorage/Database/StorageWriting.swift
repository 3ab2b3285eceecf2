package import BrokerCore
import BrokerValues
import MQTTWire

/// What a write has done.
package struct StorageFigures: Sendable, Equatable {
    /// Rows that were put, changed or deleted.
    package var rows = 0
    /// Bytes of the records that were put.
    package var bytes = 0

    /// Nothing done.
    package init() {}
}

extension StorageDatabase {
    /// What one write changes in memory, so that it can be taken back.
    struct Pass {
        var figures = StorageFigures()
        var rows: StorageRows
        var meta: StorageMeta
        /// Earlier counts of ``StorageDatabase/remaining``, in the order in which they were changed.
        var earlier: [(number: MessageNumber, count: UInt32?)] = []
    }

    /// Writes batches in one transaction: all of them or nothing. After a failure the same batches can be written again.
    package func write(_ batches: [StorageBatch]) throws(StorageFailure) -> StorageFigures {
        guard isRecovered else { throw .unstorable(reason: "nothing may be written before the recovery") }
        var pass = Pass(rows: rows, meta: meta)
        try statements.begin.run()
        do throws(StorageFailure) {
            for index in batches.indices { try write(batches[index], &pass) }
            try writeRetained(batches, &pass)
            try writeMeta(&pass)
            try statements.commit.run()
        } catch {
            for change in pass.earlier.reversed() { remaining[change.number] = change.count }
            // SQLite has rolled back already after some failures. What was first is told.
            if !connection.isIdle { _ = try? statements.rollback.run() }
            throw error
        }
        rows = pass.rows
        meta = pass.meta
        return pass.figures
    }

    private func write(_ batch: StorageBatch, _ pass: inout Pass) throws(StorageFailure) {
        pass.meta.note(batch)
        for index in batch.messages.indices { try write(batch.messages[index], &pass) }
        for number in batch.finished { try finish(number, &pass) }
        for index in batch.sessions.indices { try write(batch.sessions[index], &pass) }
        for index in batch.subscriptions.indices { try write(batch.subscriptions[index], &pass) }
        for index in batch.wills.indices { try write(batch.wills[index], &pass) }
        for index in batch.attributes.indices { try write(batch.attributes[index], &pass) }
        for session in batch.endedSessions { try end(session, &pass) }
    }

    private func write(_ stored: StoredMessage, _ pass: inout Pass) throws(StorageFailure) {
        // Nobody would ever finish it.
        if stored.receivers.isEmpty { return }
        ReceiversRecord.write(stored, to: &first)
        second.begin(.body)
        ContentRecord.write(
            stored.message, stamp: clock.stamp(of: stored.message.arrival), withTopic: true, to: &second)
        pass.figures.rows += try statements.insertMessage.run(stored.number, first.bytes, second.bytes)
        pass.figures.bytes += first.bytes.count + second.bytes.count
        pass.rows.messages += 1
        if stored.receivers.count > 1 {
            setRemaining(stored.number, UInt32(clamping: stored.receivers.count), &pass)
        }
    }

    private func setRemaining(_ number: MessageNumber, _ count: UInt32?, _ pass: inout Pass) {
        pass.earlier.append((number, remaining[number]))
        remaining[number] = count
    }

    /// One receiver needs a message no more.
    private func finish(_ number: MessageNumber, _ pass: inout Pass) throws(StorageFailure) {
        if let count = remaining[number], count > 1 {
            // One with one receiver is not in the table.
            setRemaining(number, count == 2 ? nil : count - 1, &pass)
            return
        }
        let deleted = try statements.deleteMessage.run(number)
        pass.figures.rows += deleted
        pass.rows.messages -= deleted
    }

    private func write(_ session: SessionRecord, _ pass: inout Pass) throws(StorageFailure) {
        if session.cursor > StorageBounds.greatestNumber {
            throw .unstorable(reason: "the cursor \(session.cursor) is greater than what a number may be")
        }
        SessionStateRecord.write(session, to: &second)
        let client = Array(session.client.utf8)
        if try statements.updateSession.run(session.number, client, second.bytes) == 0 {
            try statements.insertSession.run(session.number, client, second.bytes)
            pass.rows.sessions += 1
        }
        pass.figures.rows += 1
        pass.figures.bytes += client.count + second.bytes.count
    }

    private func write(_ change: SubscriptionChange, _ pass: inout Pass) throws(StorageFailure) {
        switch change {
        case .set(let session, let filter, let options, let identifier):
            SubscriptionRecord.write(options, identifier: identifier, to: &second)
            if try statements.updateSubscription.run(session, filter, second.bytes) == 0 {
                try statements.insertSubscription.run(session, filter, second.bytes)
                pass.rows.subscriptions += 1
            }
            pass.figures.rows += 1
            pass.figures.bytes += filter.count + second.bytes.count
        case .removed(let session, let filter):
            let deleted = try statements.deleteSubscription.run(session, filter)
            pass.rows.subscriptions -= deleted
            pass.figures.rows += deleted
        }
    }

    private func write(_ change: WillChange, _ pass: inout Pass) throws(StorageFailure) {
        switch change {
        case .set(let session, let message, let delaySeconds):
            second.begin(.will)
            second.number(UInt64(delaySeconds))
            ContentRecord.write(message, stamp: 0, withTopic: true, to: &second)
            if try statements.updateWill.run(session, second.bytes) == 0 {
                try statements.insertWill.run(session, second.bytes)
                pass.rows.wills += 1
            }
            pass.figures.rows += 1
            pass.figures.bytes += second.bytes.count
        case .removed(let session):
            let deleted = try statements.deleteWill.run(session)
            pass.rows.wills -= deleted
            pass.figures.rows += deleted
        }
    }

    private func write(_ change: AttributeChange, _ pass: inout Pass) throws(StorageFailure) {
        switch change {
        case .set(let session, let attribute):
            AttributeRecord.write(attribute, to: &second)
            if try statements.updateAttribute.run(session, attribute.key, second.bytes) == 0 {
                try statements.insertAttribute.run(session, attribute.key, second.bytes)
                pass.rows.attributes += 1
            }
            pass.figures.rows += 1
            pass.figures.bytes += attribute.key.count + second.bytes.count
        case .removed(let session, let key):
            let deleted = try statements.deleteAttribute.run(session, key)
            pass.rows.attributes -= deleted
            pass.figures.rows += deleted
        }
    }

    private func end(_ session: SessionNumber, _ pass: inout Pass) throws(StorageFailure) {
        let sessions = try statements.deleteSession.run(session)
        let subscriptions = try statements.deleteSubscriptions.run(session)
        let wills = try statements.deleteWill.run(session)
        let attributes = try statements.deleteAttributes.run(session)
        pass.rows.sessions -= sessions
        pass.rows.subscriptions -= subscriptions
        pass.rows.wills -= wills
        pass.rows.attributes -= attributes
        pass.figures.rows += sessions + subscriptions + wills + attributes
    }

    /// Of messages to the same topic only the last is written.
    private func writeRetained(_ batches: [StorageBatch], _ pass: inout Pass) throws(StorageFailure) {
        var seen: Set<[UInt8]> = []
        for batch in batches.reversed() {
            for message in batch.retained.reversed() {
                let topic = message.withParts { topic, _, _ in topic.bytes }
                guard seen.insert(topic).inserted else { continue }
                try writeRetained(message, topic, &pass)
            }
        }
    }

    private func writeRetained(_ message: Message, _ topic: [UInt8], _ pass: inout Pass) throws(StorageFailure) {
        guard message.payloadCount > 0 else {
            let deleted = try statements.deleteRetained.run(0, topic)
            pass.rows.retained -= deleted
            pass.figures.rows += deleted
            return
        }
        second.begin(.retained)
        ContentRecord.write(message, stamp: clock.stamp(of: message.arrival), withTopic: false, to: &second)
        if try statements.updateRetained.run(0, topic, second.bytes) == 0 {
            try statements.insertRetained.run(0, topic, second.bytes)
            pass.rows.retained += 1
        }
        pass.figures.rows += 1
        pass.figures.bytes += topic.count + second.bytes.count
    }

    private func writeMeta(_ pass: inout Pass) throws(StorageFailure) {
        if pass.meta.stamp != meta.stamp { try statements.setMeta.run(pass.meta.stamp, Self.stampKey) }
        if pass.meta.message != meta.message { try statements.setMeta.run(pass.meta.message, Self.messageKey) }
        if pass.meta.session != meta.session { try statements.setMeta.run(pass.meta.session, Self.sessionKey) }
    }

    private static let stampKey = Array("stamp".utf8)
    private static let messageKey = Array("message".utf8)
    private static let sessionKey = Array("session".utf8)
}
