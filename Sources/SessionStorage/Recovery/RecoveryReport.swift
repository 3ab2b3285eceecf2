package import BrokerCore

/// What was found when the storage was opened.
package struct RecoveryReport: Sendable, Equatable {
    package var sessions = 0
    package var subscriptions = 0
    package var wills = 0
    package var attributes = 0
    package var retained = 0
    /// Messages that somebody waits for.
    package var messages = 0
    /// Entries of all queues together.
    package var queued = 0
    /// Messages that nobody waited for any more, deleted.
    package var removedMessages = 0
    /// Sessions of which there was a later one of the same client, deleted.
    package var removedSessions = 0
    /// Subscriptions, wills and attributes without a session; left as they are.
    package var orphans = 0
    /// What could not be read; left as it is.
    package var faults = StorageFaults()
    /// Greatest numbers that were ever given out; 0 for none.
    package var greatestMessage: MessageNumber = 0
    package var greatestSession: SessionNumber = 0
    /// The last stamp; 0 for none.
    package var stamp: StorageStamp = 0

    /// Nothing found.
    package init() {}
}
