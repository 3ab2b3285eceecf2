import BrokerCore
import MQTTWire

/// Subscriptions and wills in the order of their sessions, read alongside these.
struct SessionBelongings {
    private let subscriptions: SQLiteStatement
    private let wills: SQLiteStatement
    private let content: ContentRecord
    private var hasSubscription: Bool
    private var hasWill: Bool
    /// Rows that were not handed over.
    private(set) var skippedSubscriptions = 0
    private(set) var skippedWills = 0

    init(_ connection: SQLiteConnection, _ content: ContentRecord) throws(StorageFailure) {
        self.content = content
        subscriptions = try connection.prepare(
            "SELECT session, filter, record FROM subscription ORDER BY session, filter")
        wills = try connection.prepare("SELECT session, record FROM will ORDER BY session")
        hasSubscription = try subscriptions.step()
        hasWill = try wills.step()
    }

    /// Gives a session what belongs to it. Sessions must come in the order of their numbers.
    mutating func take(_ session: inout RestoredSession, _ report: inout RecoveryReport) throws(StorageFailure) {
        let number = Int64(clamping: session.record.number)
        try skip(before: number, &report)
        while hasSubscription, subscriptions.integer(0) == number {
            let filter = subscriptions.bytes(1)
            do throws(RecordFault) {
                let (options, identifier) = try subscriptions.withBlob(2) { view throws(RecordFault) in
                    try filter.withByteView { filter throws(RecordFault) in
                        try SubscriptionRecord.read(view, filter: filter)
                    }
                }
                session.subscriptions.append((filter, options, identifier))
                report.subscriptions += 1
            } catch {
                report.faults.add(
                    "subscription of session \(number) to \(filter.withByteView { $0.text.prefix(80) }): "
                        + error.words)
                skippedSubscriptions += 1
            }
            hasSubscription = try subscriptions.step()
        }
        while hasWill, wills.integer(0) == number {
            do throws(RecordFault) {
                session.will = try wills.withBlob(1) { view throws(RecordFault) in try content.will(view) }
                report.wills += 1
            } catch {
                report.faults.add("will of session \(number): \(error.words)")
                skippedWills += 1
            }
            hasWill = try wills.step()
        }
    }

    /// Leaves out what belongs to a session that cannot be read.
    mutating func skip(_ session: SessionNumber) throws(StorageFailure) {
        let number = Int64(clamping: session)
        while hasSubscription, subscriptions.integer(0) <= number {
            skippedSubscriptions += 1
            hasSubscription = try subscriptions.step()
        }
        while hasWill, wills.integer(0) <= number {
            skippedWills += 1
            hasWill = try wills.step()
        }
    }

    /// What belongs to no session.
    private mutating func skip(before number: Int64, _ report: inout RecoveryReport) throws(StorageFailure) {
        while hasSubscription, subscriptions.integer(0) < number {
            report.orphans += 1
            skippedSubscriptions += 1
            hasSubscription = try subscriptions.step()
        }
        while hasWill, wills.integer(0) < number {
            report.orphans += 1
            skippedWills += 1
            hasWill = try wills.step()
        }
    }

    /// Counts what is left behind the last session.
    mutating func finish(_ report: inout RecoveryReport) throws(StorageFailure) {
        while hasSubscription {
            report.orphans += 1
            skippedSubscriptions += 1
            hasSubscription = try subscriptions.step()
        }
        while hasWill {
            report.orphans += 1
            skippedWills += 1
            hasWill = try wills.step()
        }
        subscriptions.reset()
        wills.reset()
    }
}
