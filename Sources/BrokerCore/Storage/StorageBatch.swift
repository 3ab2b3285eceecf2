package import BrokerValues
package import MQTTWire

/// Changes of state of one shard that become safe together.
///
/// A batch holds what is left of the changes when it is handed over: a message that all its receivers have acknowledged
/// meanwhile is not in it, and a session that changed a hundred times is in it once. Within a batch messages come first,
/// then ``finished``, then sessions and what belongs to them, then ``endedSessions``.
package struct StorageBatch: Sendable {
    /// Given out by the shard, ascending.
    package let number: UInt64
    /// Messages with durable receivers, in the order of their numbers.
    package var messages: [StoredMessage] = []
    /// Numbers of messages of earlier batches, one for each receiver that needs them no more.
    package var finished: [MessageNumber] = []
    /// Sessions that are new or have changed, as they are now.
    package var sessions: [SessionRecord] = []
    /// In the order in which they happened.
    package var subscriptions: [SubscriptionChange] = []
    /// In the order in which they happened.
    package var wills: [WillChange] = []
    /// In the order in which they happened.
    package var attributes: [AttributeChange] = []
    /// In the order in which they were published; one without payload clears its topic [MQTT-3.3.1-10].
    package var retained: [Message] = []
    /// Sessions that are no more; what their queues held stands in ``finished``.
    package var endedSessions: [SessionNumber] = []
    /// How much mail that has to be safe had gone to each shard when it was handed over, and how much from each had been
    /// taken in, see ``CommitOrder``; empty where there is one shard only.
    package var sent: [UInt64] = []
    package var taken: [UInt64] = []
    /// Storage time of the shard when it was handed over, see ``StorageClock``.
    package var stamp: StorageStamp = 0

    /// An empty batch.
    package init(number: UInt64) { self.number = number }

    /// Whether there is nothing to write; batches of other shards may wait for it all the same.
    package var isEmpty: Bool {
        messages.isEmpty && finished.isEmpty && sessions.isEmpty && subscriptions.isEmpty && wills.isEmpty
            && attributes.isEmpty && retained.isEmpty && endedSessions.isEmpty
    }

    /// How many changes it holds.
    package var count: Int {
        messages.count + finished.count + sessions.count + subscriptions.count + wills.count + attributes.count
            + retained.count + endedSessions.count
    }
}

/// Names a stored message: ascending in the order of arrival at a shard, unique among all shards and for all time. The
/// low six bits are the shard's.
package typealias MessageNumber = UInt64

/// Names a stored session for all time. A client that begins a new session gets a new number.
package typealias SessionNumber = UInt64

/// Milliseconds since 1970 by the clock of the storage, see ``StorageClock``.
package typealias StorageStamp = UInt64

/// The clock of what is stored: the wall clock as it was when the broker started, and what has passed since on the
/// monotonic clock. Steps of the wall clock while the broker runs do not touch it.
package struct StorageClock: Sendable {
    private let start: StorageStamp
    private let instant: Instant

    /// - Parameters:
    ///   - start: the wall clock at `instant`, or the last stored stamp if that is later: a clock that has been put back
    ///     counts as no time passed.
    package init(start: StorageStamp, at instant: Instant) {
        self.start = start
        self.instant = instant
    }

    /// The stamp of an instant; of one before the start, the start.
    package func stamp(of instant: Instant) -> StorageStamp {
        start + UInt64(instant.nanoseconds(since: self.instant)) / 1_000_000
    }
}

/// A message that at least one durable session waits for. It is stored once for all of them.
package struct StoredMessage: Sendable {
    package let number: MessageNumber
    package let message: Message
    package var receivers: [StoredReceiver]

    /// A message for these sessions.
    package init(number: MessageNumber, message: Message, receivers: [StoredReceiver]) {
        self.number = number
        self.message = message
        self.receivers = receivers
    }
}

/// One session that a message waits for, and how it gets it.
package struct StoredReceiver: Sendable, Equatable {
    package let session: SessionNumber
    package let qos: QualityOfService
    package let retain: Bool
    /// Identifiers of the subscriptions that matched [MQTT5-3.3.4-4].
    package let subscriptionIdentifiers: [UInt32]?

    /// A receiver.
    package init(session: SessionNumber, qos: QualityOfService, retain: Bool, subscriptionIdentifiers: [UInt32]?) {
        self.session = session
        self.qos = qos
        self.retain = retain
        self.subscriptionIdentifiers = subscriptionIdentifiers
    }
}

/// A session as it is at the end of a batch, without its queue: of the stored messages that name it as a receiver, those
/// below ``cursor`` are done unless they are in ``inFlight``, and the others wait in its queue.
package struct SessionRecord: Sendable, Equatable {
    package let number: SessionNumber
    package let client: String
    /// Seconds; `.max` for never [MQTT5-3.1.2.11.2].
    package var expirySeconds: UInt32
    /// When its client went; nil while it is connected.
    package var offlineSince: StorageStamp?
    package var cursor: MessageNumber
    /// What was sent and is not finished, in the order of sending [MQTT-4.6.0-1].
    package var inFlight: [InFlightMessage]
    /// Identifiers of QoS 2 publishes from the client that wait for their PUBREL [MQTT-4.3.3-2].
    package var unreleased: [UInt16]

    /// A session's state.
    package init(
        number: SessionNumber, client: String, expirySeconds: UInt32, offlineSince: StorageStamp?,
        cursor: MessageNumber, inFlight: [InFlightMessage], unreleased: [UInt16]
    ) {
        self.number = number
        self.client = client
        self.expirySeconds = expirySeconds
        self.offlineSince = offlineSince
        self.cursor = cursor
        self.inFlight = inFlight
        self.unreleased = unreleased
    }
}

/// A subscription has come, changed or gone.
package enum SubscriptionChange: Sendable {
    case set(SessionNumber, filter: [UInt8], SubscriptionOptions, identifier: UInt32)
    case removed(SessionNumber, filter: [UInt8])
}

/// A will was left with the broker, or is no more.
package enum WillChange: Sendable {
    case set(SessionNumber, Message, delaySeconds: UInt32)
    case removed(SessionNumber)
}

/// A session was given an attribute, which may take the place of another, or one was taken from it.
package enum AttributeChange: Sendable, Equatable {
    case set(SessionNumber, SessionAttribute)
    case removed(SessionNumber, key: [UInt8])

    /// Bytes of memory while it waits.
    var chargedBytes: Int {
        switch self {
        case .set(_, let attribute): attribute.chargedBytes
        case .removed(_, let key): 96 + key.count
        }
    }
}

// MARK: - What comes back

/// A stored message in a session's queue, without its content.
package struct StoredEntry: Sendable, Equatable {
    package let number: MessageNumber
    /// What a queue is charged for the message, see ``Delivery/chargedBytes``.
    package let size: UInt32
    package let qos: QualityOfService

    /// An entry.
    package init(number: MessageNumber, size: UInt32, qos: QualityOfService) {
        self.number = number
        self.size = size
        self.qos = qos
    }
}

/// A session as it was stored.
package struct RestoredSession: Sendable {
    package var record: SessionRecord
    package var subscriptions: [(filter: [UInt8], options: SubscriptionOptions, identifier: UInt32)]
    package var will: (message: Message, delaySeconds: UInt32)?
    package var attributes: [SessionAttribute]
    /// What waits for it, in the order of the numbers.
    package var queue: [StoredEntry]

    /// A session and all that belongs to it.
    package init(
        record: SessionRecord,
        subscriptions: [(filter: [UInt8], options: SubscriptionOptions, identifier: UInt32)] = [],
        will: (message: Message, delaySeconds: UInt32)? = nil, attributes: [SessionAttribute] = [],
        queue: [StoredEntry] = []
    ) {
        self.record = record
        self.subscriptions = subscriptions
        self.will = will
        self.attributes = attributes
        self.queue = queue
    }
}

/// A question for the content of stored messages of one session.
package struct LoadQuestion: Sendable {
    package let request: RequestNumber
    package let session: SessionNumber
    /// Ascending.
    package let numbers: [MessageNumber]
    /// The instant that the messages are stamped with; what is left of their expiry counts from there.
    package let now: Instant

    /// A question.
    package init(request: RequestNumber, session: SessionNumber, numbers: [MessageNumber], now: Instant) {
        self.request = request
        self.session = session
        self.numbers = numbers
        self.now = now
    }
}

/// The content of a stored message, as one session gets it.
package struct LoadedDelivery: Sendable {
    package let number: MessageNumber
    package let delivery: Delivery

    /// An answer.
    package init(number: MessageNumber, delivery: Delivery) {
        self.number = number
        self.delivery = delivery
    }
}
