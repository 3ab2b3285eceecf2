/// When a value is put in the place of another.
package enum AttributeCondition: Sendable, Hashable {
    case always
    /// If its time stamp is greater than that of the value that is there, or there is none.
    case ifNewer
    /// The same, also for an equal time stamp.
    case ifNewerOrEqual

    /// Whether a value with one time stamp may take the place of a value with another.
    func allows(_ timestamp: Int64, over previous: Int64) -> Bool {
        switch self {
        case .always: true
        case .ifNewer: timestamp > previous
        case .ifNewerOrEqual: timestamp >= previous
        }
    }
}

/// What came of a put.
package struct AttributePut: Sendable, Equatable {
    /// What was there before.
    package let previous: SessionAttribute?
    /// Whether the new value is there now; false if its condition did not hold.
    package let isStored: Bool

    /// What came of it.
    package init(previous: SessionAttribute?, isStored: Bool) {
        self.previous = previous
        self.isStored = isStored
    }
}

/// Why something could not be done with the attributes of a session. Nothing has changed then, but for
/// ``notStored``.
package enum AttributeFailure: Error, Sendable, Hashable {
    /// There is no such session on this shard.
    case absent
    /// It is on its way from one shard to another: every shard has to be asked again in a moment.
    case moving
    /// The key is longer than ``AttributeLimits/keyBytes``.
    case keyTooLong
    /// The value is longer than ``AttributeLimits/valueBytes``.
    case valueTooLong
    /// The session has ``AttributeLimits/count`` attributes of other keys.
    case tooMany
    /// The attributes of all sessions take ``AttributeLimits/brokerBytes``.
    case noMemory
    /// The storage has reached the limit of what it may take.
    case storageFull
    /// Too much waits for the storage: to be tried again later.
    case busy
    /// It is done, but could not be made safe so far: a crash may undo it.
    case notStored
}

/// An answer that waits until what it tells is safe. It is given once.
final class AttributeReply {
    private var answer: ((_ isSafe: Bool) -> Void)?

    init(_ answer: @escaping (_ isSafe: Bool) -> Void) { self.answer = answer }

    /// Gives the answer, if that was not done before.
    func give(isSafe: Bool) {
        let answer = answer
        self.answer = nil
        answer?(isSafe)
    }
}
