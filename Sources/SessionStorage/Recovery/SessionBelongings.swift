import BrokerCore
import MQTTWire

/// Subscriptions, wills and attributes in the order of their sessions, read alongside these.
struct SessionBelongings {
    private let content: ContentRecord
    private(set) var subscriptions: SessionRows
    private(set) var wills: SessionRows
    private(set) var attributes: SessionRows

    init(_ connection: SQLiteConnection, _ content: ContentRecord) throws(StorageFailure) {
        self.content = content
        subscriptions = try SessionRows(
            connection, "SELECT session, filter, record FROM subscription ORDER BY session, filter")
        wills = try SessionRows(connection, "SELECT session, record FROM will ORDER BY session")
        attributes = try SessionRows(connection, "SELECT session, key, record FROM attribute ORDER BY session, key")
    }

    /// Gives a session what belongs to it. Sessions must come in the order of their numbers.
    mutating func take(_ session: inout RestoredSession, _ report: inout RecoveryReport) throws(StorageFailure) {
        let number = session.record.number
        // What belongs to no session.
        report.orphans += try subscriptions.skip(before: number)
        report.orphans += try wills.skip(before: number)
        report.orphans += try attributes.skip(before: number)
        try takeSubscriptions(&session, &report)
        try takeWill(&session, &report)
        try takeAttributes(&session, &report)
    }

    private mutating func takeSubscriptions(
        _ session: inout RestoredSession, _ report: inout RecoveryReport
    ) throws(StorageFailure) {
        while let row = subscriptions.row(of: session.record.number) {
            switch Self.subscription(in: row) {
            case .success(let subscription):
                session.subscriptions.append(subscription)
                report.subscriptions += 1
                try subscriptions.next()
            case .failure(let fault):
                report.faults.add(
                    "subscription of session \(session.record.number) to \(Self.shown(row.bytes(1))): \(fault.words)")
                try subscriptions.skip()
            }
        }
    }

    private mutating func takeWill(
        _ session: inout RestoredSession, _ report: inout RecoveryReport
    ) throws(StorageFailure) {
        while let row = wills.row(of: session.record.number) {
            switch Self.will(in: row, content) {
            case .success(let will):
                session.will = will
                report.wills += 1
                try wills.next()
            case .failure(let fault):
                report.faults.add("will of session \(session.record.number): \(fault.words)")
                try wills.skip()
            }
        }
    }

    private mutating func takeAttributes(
        _ session: inout RestoredSession, _ report: inout RecoveryReport
    ) throws(StorageFailure) {
        while let row = attributes.row(of: session.record.number) {
            let hasRoom = session.attributes.count < AttributeLimits.count
            switch hasRoom ? Self.attribute(in: row) : .failure(.value("number of attributes")) {
            case .success(let attribute):
                session.attributes.append(attribute)
                report.attributes += 1
                try attributes.next()
            case .failure(let fault):
                report.faults.add(
                    "attribute \(Self.shown(row.bytes(1))) of session \(session.record.number): \(fault.words)")
                try attributes.skip()
            }
        }
    }

    /// Leaves out what belongs to a session that cannot be read, and to none before it.
    mutating func skip(_ session: SessionNumber) throws(StorageFailure) {
        _ = try subscriptions.skip(before: session)
        try subscriptions.skip(session)
        _ = try wills.skip(before: session)
        try wills.skip(session)
        _ = try attributes.skip(before: session)
        try attributes.skip(session)
    }

    /// Counts what is left behind the last session.
    mutating func finish(_ report: inout RecoveryReport) throws(StorageFailure) {
        report.orphans += try subscriptions.finish()
        report.orphans += try wills.finish()
        report.orphans += try attributes.finish()
    }

    private static func shown(_ name: [UInt8]) -> String { name.withByteView { String($0.text.prefix(80)) } }
}

// MARK: - Single rows

extension SessionBelongings {
    /// A subscription, as its session remembers it.
    typealias Subscription = (filter: [UInt8], options: SubscriptionOptions, identifier: UInt32)

    /// The subscription in the current row of a statement that answers session, filter and record.
    static func subscription(in row: SQLiteStatement) -> Result<Subscription, RecordFault> {
        let filter = row.bytes(1)
        do throws(RecordFault) {
            let (options, identifier) = try row.withBlob(2) { view throws(RecordFault) in
                try filter.withByteView { filter throws(RecordFault) in
                    try SubscriptionRecord.read(view, filter: filter)
                }
            }
            return .success((filter, options, identifier))
        } catch {
            return .failure(error)
        }
    }

    /// The will in the current row of a statement that answers session and record.
    static func will(
        in row: SQLiteStatement, _ content: ContentRecord
    ) -> Result<(message: Message, delaySeconds: UInt32), RecordFault> {
        do throws(RecordFault) {
            return .success(try row.withBlob(1) { view throws(RecordFault) in try content.will(view) })
        } catch {
            return .failure(error)
        }
    }

    /// The attribute in the current row of a statement that answers session, key and record.
    static func attribute(in row: SQLiteStatement) -> Result<SessionAttribute, RecordFault> {
        let key = row.bytes(1)
        do throws(RecordFault) {
            return .success(
                try row.withBlob(2) { view throws(RecordFault) in
                    try key.withByteView { key throws(RecordFault) in try AttributeRecord.read(view, key: key) }
                })
        } catch {
            return .failure(error)
        }
    }
}
