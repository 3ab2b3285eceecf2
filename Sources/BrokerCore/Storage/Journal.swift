import BrokerValues
import DequeModule
import MQTTWire
import SessionMachine

/// What one shard has changed and not yet handed to the storage: the open batch.
///
/// A batch is open while the one before it is written. Whatever is undone meanwhile is never written: most of all the
/// messages that all their receivers have acknowledged. Changes of sessions are noted by session and gathered when the
/// batch is handed over, so a session that changed often is written once.
final class Journal {
    /// A message of the open batch.
    private struct Pending {
        let number: MessageNumber
        /// Nil once nobody needs it any more.
        var message: Message?
        var receivers: ContiguousArray<Receiver>
        /// Where to look first for the next receiver that is done: they mostly are in the order of sending.
        var hint = 0
        var live: Int
    }

    private struct Receiver {
        /// Nil once it is done.
        var session: Session?
        let qos: QualityOfService
        let retain: Bool
        let subscriptionIdentifiers: [UInt32]?
    }

    private let port: any StoragePort
    private let clock: StorageClock
    /// What is kept at all.
    let kinds: StoredKinds
    private let shard: UInt64
    /// Of the next message and the next session; numbers are these with the shard in their low six bits.
    private var nextSequence: UInt64

    /// What has changed so far, for whoever wants to know whether something has.
    private(set) var changes: UInt64 = 0
    private var batch: StorageBatch
    private var pending = Deque<Pending>()
    private var changedSessions: ContiguousArray<Session> = []
    /// The message that was put last, which the next receiver may share.
    private var lastMessage: Message?
    /// Batches that were handed over and are not safe, with what they hold in memory.
    private var handedOver = Deque<(number: UInt64, bytes: Int, count: Int, at: Instant)>()
    private var handedOverBytes = 0
    private var openBytes = 0
    /// Mail to and from each other shard that has to be safe.
    private var sentMail: [UInt64]
    private var takenMail: [UInt64]
    /// Whether there was some since the last batch, so that those of other shards may wait for this one.
    private(set) var isAwaited = false
    /// Messages of open batches that were never written, since they were done before.
    private(set) var elidedCount = 0

    /// Bytes of changes that may wait for the storage before publishers have to; twice that much is there at most when
    /// it is noticed.
    static let maximumBytes = 32 * 1024 * 1024

    init(port: any StoragePort, shard: ShardIndex, shardCount: Int) {
        sentMail = Array(repeating: 0, count: shardCount)
        takenMail = sentMail
        self.port = port
        clock = port.clock
        kinds = port.kinds
        self.shard = UInt64(shard.rawValue)
        nextSequence = max(1, port.firstSequence)
        batch = StorageBatch(number: 1)
    }

    // MARK: - State

    /// Number of the open batch.
    var openNumber: UInt64 { batch.number }

    /// Whether the open batch holds a change that is not undone.
    var hasChanges: Bool {
        livePending > 0 || !changedSessions.isEmpty || !batch.isEmpty || !backlog.isEmpty || isAwaited
    }

    private var livePending = 0
    private var deadPending = 0
    /// Messages that sessions had which have ended, and how many of them go with one batch: some milliseconds' work.
    private var backlog = Deque<MessageNumber>()
    private static let backlogPart = 4_000

    /// The last batch that was handed over and is not safe yet.
    var lastUnsafe: UInt64? { handedOver.last?.number }

    /// Changes that the last of those holds.
    var lastCount: Int { handedOver.last?.count ?? 0 }

    /// The batch that has to be safe for everything up to now to be safe; nil if it is.
    var lastNeeded: UInt64? { hasChanges ? openNumber : lastUnsafe }

    /// Whether so much waits for the storage that publishers have to wait as well.
    var isFull: Bool { bytes > Self.maximumBytes }

    /// Bytes of changes that are not safe yet.
    var bytes: Int { openBytes + handedOverBytes }

    /// Whether the open batch alone is so large that it should be written soon.
    var isHalfFull: Bool { openBytes > Self.maximumBytes / 2 }

    /// Whether there is room for a good while.
    var isEased: Bool { bytes < Self.maximumBytes / 2 }

    /// The stamp of an instant.
    func stamp(of instant: Instant) -> StorageStamp { clock.stamp(of: instant) }

    // MARK: - Messages

    /// A message waits for a durable session, in its queue or in flight.
    func put(_ delivery: inout Delivery, for session: Session) {
        changes &+= 1
        let receiver = Receiver(
            session: session, qos: delivery.qos, retain: delivery.retain,
            subscriptionIdentifiers: delivery.subscriptionIdentifiers)
        if let lastMessage, lastMessage.isSame(as: delivery.message), let last = pending.indices.last {
            delivery.storedNumber = pending[last].number
            pending[last].receivers.append(receiver)
            pending[last].live += 1
            openBytes += MemoryLayout<Receiver>.stride
            return
        }
        let number = nextNumber(for: session)
        delivery.storedNumber = number
        let entry = Pending(number: number, message: delivery.message, receivers: [receiver], live: 1)
        // A number that was set apart has its place among the others.
        let isLast = pending.last.map { $0.number < number } ?? true
        pending.insert(entry, at: isLast ? pending.count : firstPlace(from: number))
        lastMessage = delivery.message
        livePending += 1
        openBytes += delivery.message.chargedBytes
    }

    /// The next message is another one, even if it is the same: a session may get it once more.
    func endFanOut() { lastMessage = nil }

    /// A session needs a message no more: it was acknowledged, dropped, or has expired.
    func finish(_ number: MessageNumber, for session: Session) {
        guard number != 0 else { return }
        if let first = pending.first, number >= first.number, number & 63 == shard, undo(number, session) { return }
        changes &+= 1
        batch.finished.append(number)
        openBytes += MemoryLayout<MessageNumber>.stride
        note(session)
    }

    /// A session that ends needs none of these any more. They are deleted some with each batch: there may be very many,
    /// and after a crash nobody misses them.
    func finishAll(_ numbers: [MessageNumber], for session: Session) {
        for number in numbers where !(number & 63 == shard && undo(number, session)) { backlog.append(number) }
        changes &+= 1
    }

    /// Takes a receiver back out of the open batch. Returns false if the message is none of that.
    private func undo(_ number: MessageNumber, _ session: Session) -> Bool {
        guard let place = place(of: number) else { return false }
        let count = pending[place].receivers.count
        let hint = pending[place].hint
        for step in 0..<count {
            let position = hint + step < count ? hint + step : hint + step - count
            guard pending[place].receivers[position].session === session else { continue }
            pending[place].receivers[position].session = nil
            pending[place].hint = position + 1 < count ? position + 1 : 0
            pending[place].live -= 1
            break
        }
        guard pending[place].live == 0, let message = pending[place].message else { return true }
        openBytes -= message.chargedBytes + (count - 1) * MemoryLayout<Receiver>.stride
        livePending -= 1
        deadPending += 1
        elidedCount += 1
        pending[place].message = nil
        pending[place].receivers = []
        if lastMessage?.isSame(as: message) == true { lastMessage = nil }
        removeDead()
        return true
    }

    /// Messages that are done go from the front at once, those behind one that waits when they are the most.
    private func removeDead() {
        while let first = pending.first, first.message == nil {
            pending.removeFirst()
            deadPending -= 1
        }
        guard deadPending > 1024, deadPending * 2 > pending.count else { return }
        pending.removeAll { $0.message == nil }
        deadPending = 0
    }

    private func place(of number: MessageNumber) -> Int? {
        // Mostly without gaps, so that the difference of the numbers is the place.
        if let first = pending.first {
            let guess = (number &- first.number) >> 6  // far too large for one before it
            if guess < UInt64(pending.count), pending[Int(guess)].number == number { return Int(guess) }
        }
        let place = firstPlace(from: number)
        return place < pending.count && pending[place].number == number ? place : nil
    }

    /// Where the first message is whose number is this one or above.
    private func firstPlace(from number: MessageNumber) -> Int {
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - Sessions

    /// A client has a session that is kept from now on.
    ///
    /// - Parameter sequence: above that of every session that the client had before, on whichever shard: of two that are
    ///   stored the later one counts.
    func begin(_ session: Session, sequence: UInt64) {
        nextSequence = max(nextSequence, sequence)
        session.storedNumber = nextSequence << 6 | shard
        session.cursor = nextSequence << 6
        nextSequence += 1
        note(session)
    }

    /// A session has changed.
    func note(_ session: Session) {
        changes &+= 1
        // One that is on its way here is as the other shard has stored it, until it has arrived.
        if session.isNoted || session.isArriving { return }
        session.isNoted = true
        changedSessions.append(session)
    }

    /// A session is no more.
    func end(_ session: Session) {
        changes &+= 1
        batch.endedSessions.append(session.storedNumber)
        session.storedNumber = 0
    }

    /// Numbers that this shard gives out from now on are above this one.
    func advance(past number: MessageNumber) { nextSequence = max(nextSequence, number >> 6 + 1) }

    /// Numbers that this shard gives out from now on have at least this sequence.
    func advance(to sequence: UInt64) { nextSequence = max(nextSequence, sequence) }

    /// Above what all messages of this shard so far have in their numbers.
    var sequence: UInt64 { nextSequence }

    /// Sets numbers apart for what a session still gets while it leaves for another shard. What it gathers there gets
    /// higher ones, so that the order is right should there be a crash before it has arrived.
    func reserve() -> Range<UInt64> {
        defer { nextSequence += Self.reservedCount }
        return nextSequence..<nextSequence + Self.reservedCount
    }

    /// More than fit into a queue. With 57 bits for the sequence there is room for 10^11 moves.
    private static let reservedCount: UInt64 = 1 << 20

    private func nextNumber(for session: Session) -> MessageNumber {
        if let reserved = session.reservedNumbers, let sequence = reserved.first {
            session.reservedNumbers = reserved.dropFirst()
            return sequence << 6 | shard
        }
        defer { nextSequence += 1 }
        return nextSequence << 6 | shard
    }

    func add(_ change: SubscriptionChange) {
        changes &+= 1
        batch.subscriptions.append(change)
    }

    func add(_ change: WillChange) {
        changes &+= 1
        batch.wills.append(change)
    }

    func add(_ change: AttributeChange) {
        changes &+= 1
        batch.attributes.append(change)
        openBytes += change.chargedBytes
    }

    func retain(_ message: Message) {
        changes &+= 1
        batch.retained.append(message)
        openBytes += message.chargedBytes
    }

    // MARK: - Other shards

    /// Another shard was sent something that it has to make safe.
    func sentMail(to shard: ShardIndex) {
        changes &+= 1
        sentMail[shard.rawValue] += 1
        isAwaited = true
    }

    /// Something from another shard was taken in that has to be safe.
    func tookMail(from shard: ShardIndex) {
        takenMail[shard.rawValue] += 1
        isAwaited = true
    }

    private func fillMail() {
        guard takenMail.count > 1 else { return }
        batch.sent = sentMail
        batch.taken = takenMail
    }

    // MARK: - Handing over

    /// Hands the open batch to the storage and opens the next one.
    ///
    /// - Returns: false if there was nothing to write: what was in it is as good as safe once all before it is.
    func handOver(now: Instant) -> Bool {
        lastMessage = nil
        fillMessages()
        fillSessions()
        fillMail()
        batch.finished.append(contentsOf: backlog.prefix(Self.backlogPart))
        backlog.removeFirst(min(backlog.count, Self.backlogPart))
        let isAwaited = isAwaited
        self.isAwaited = false
        let done = batch
        batch = StorageBatch(number: done.number + 1)
        let bytes = openBytes
        openBytes = 0
        guard !done.isEmpty || isAwaited else { return false }
        var filled = done
        filled.stamp = clock.stamp(of: now)
        handedOver.append((filled.number, bytes, filled.count, now))
        handedOverBytes += bytes
        port.submit(filled)
        return true
    }

    private func fillMessages() {
        batch.messages.reserveCapacity(livePending)
        for entry in pending {
            guard let message = entry.message else { continue }
            var receivers: [StoredReceiver] = []
            receivers.reserveCapacity(entry.live)
            for receiver in entry.receivers {
                guard let session = receiver.session else { continue }
                receivers.append(
                    StoredReceiver(
                        session: session.storedNumber, qos: receiver.qos, retain: receiver.retain,
                        subscriptionIdentifiers: receiver.subscriptionIdentifiers))
                // What was sent already is in flight, under an identifier that has to be kept.
                if !session.isNoted, !session.outbound.isEmpty { note(session) }
            }
            batch.messages.append(StoredMessage(number: entry.number, message: message, receivers: receivers))
        }
        pending.removeAll(keepingCapacity: pending.count < 65_536)
        livePending = 0
        deadPending = 0
    }

    private func fillSessions() {
        batch.sessions.reserveCapacity(changedSessions.count)
        for session in changedSessions {
            session.isNoted = false
            if session.storedNumber == 0 { continue }  // ended meanwhile
            batch.sessions.append(session.record)
        }
        changedSessions.removeAll(keepingCapacity: true)
    }

    /// A batch, and with it all before it, is safe.
    ///
    /// - Returns: what the first of those held, and when it was handed over; nil if none was under way.
    func wasCommitted(_ number: UInt64) -> (count: Int, at: Instant)? {
        let oldest = handedOver.first
        while let first = handedOver.first, first.number <= number {
            handedOverBytes -= first.bytes
            handedOver.removeFirst()
        }
        return oldest.map { ($0.count, $0.at) }
    }

    /// Asks for the content of stored messages. What is asked for may stand in the open batch.
    func read(_ question: LoadQuestion, now: Instant) {
        if hasChanges { _ = handOver(now: now) }
        port.load(question)
    }
}

extension Session {
    /// The session as it is stored.
    var record: SessionRecord {
        SessionRecord(
            number: storedNumber, client: client.name, expirySeconds: expirySeconds,
            offlineSince: offlineSince, cursor: heldCursor ?? queue.firstNumber ?? cursor,
            inFlight: outbound.stored, unreleased: inbound.unreleased.members)
    }
}
