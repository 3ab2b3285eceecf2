package import BrokerCore
package import BrokerValues
package import MQTTWire
import SessionMachine

/// A storage in memory that does what its port promises, as simply as can be, and that outlives the broker that uses it.
///
/// What was submitted becomes safe when the test lets it. A crash is the end of the broker: what was not safe is gone,
/// and ``restore(into:)`` gives the rest to the next one.
package final class ModelStorage {
    private final class Port: StoragePort {
        let clock: StorageClock
        let firstSequence: UInt64
        let kinds: StoredKinds
        var batches: [StorageBatch] = []
        var questions: [LoadQuestion] = []

        init(clock: StorageClock, firstSequence: UInt64, kinds: StoredKinds) {
            self.clock = clock
            self.firstSequence = firstSequence
            self.kinds = kinds
        }

        func submit(_ batch: StorageBatch) { batches.append(batch) }

        func load(_ question: LoadQuestion) { questions.append(question) }
    }

    /// From now on nothing is done, so that what was submitted waits (true).
    package var isHolding = false
    /// Batches that became safe, with what was in them.
    package private(set) var batches: [StorageBatch] = []
    package private(set) var messages: [MessageNumber: StoredMessage] = [:]
    private var receiversLeft: [MessageNumber: Int] = [:]
    package private(set) var sessions: [SessionNumber: SessionRecord] = [:]
    private var subscriptions: [SessionNumber: [[UInt8]: (SubscriptionOptions, UInt32)]] = [:]
    private var wills: [SessionNumber: (message: Message, delaySeconds: UInt32)] = [:]
    private var attributes: [SessionNumber: [[UInt8]: SessionAttribute]] = [:]
    package private(set) var retained: [[UInt8]: Message] = [:]
    /// The stamp of the last batch.
    package private(set) var lastStamp: StorageStamp = 1_000_000
    private var ports: [Port] = []
    private var order = CommitOrder(shardCount: 1)
    private var highestSequence: UInt64 = 0

    /// What it keeps.
    private let kinds: StoredKinds
    /// Messages whose content cannot be read.
    package var unreadable: Set<MessageNumber> = []
    /// The most messages that were asked for in one question.
    package private(set) var largestQuestion = 0

    package init(kinds: StoredKinds = StoredKinds()) { self.kinds = kinds }

    /// Ports for the shards of a broker that begins at `now`, in storage time `stamp`.
    package func ports(_ shardCount: Int, at now: Instant, stamp: StorageStamp) -> [any StoragePort] {
        order = CommitOrder(shardCount: shardCount)
        ports = (0..<shardCount).map { _ in
            Port(
                clock: StorageClock(start: max(stamp, lastStamp), at: now), firstSequence: highestSequence + 1,
                kinds: kinds)
        }
        return ports
    }

    /// Whether something may be done now.
    var isDue: Bool {
        if isHolding { return false }
        return order.writable(ports.map(\.batches)).contains { $0 > 0 }
            || ports.contains { $0.batches.isEmpty && !$0.questions.isEmpty }
    }

    /// Batches that wait to be safe.
    package var waitingCount: Int { ports.reduce(0) { $0 + $1.batches.count } }

    /// Does the next piece of work, whether or not work is held: writes all batches that may be written, or answers a
    /// question of a shard that has none waiting.
    package func work(_ broker: SimulatedBroker) {
        let last = write()
        for (number, batch) in last.enumerated() {
            if let batch { broker.shards[number].batchCommitted(batch, now: broker.now) }
        }
        if last.contains(where: { $0 != nil }) { return }
        for (number, port) in ports.enumerated() where port.batches.isEmpty && !port.questions.isEmpty {
            let question = port.questions.removeFirst()
            return broker.shards[number].messagesLoaded(question.request, answer(question), now: broker.now)
        }
    }

    /// Writes all batches that may be written. Returns the last one of each shard.
    private func write() -> [UInt64?] {
        let waiting = ports.map(\.batches)
        return order.writable(waiting).enumerated().map { number, count in
            for batch in waiting[number].prefix(count) {
                apply(batch)
                order.wasWritten(batch, of: ShardIndex(number))
            }
            ports[number].batches.removeFirst(count)
            return count > 0 ? waiting[number][count - 1].number : nil
        }
    }

    /// Writes what may be written and tells nobody: a crash must follow.
    package func writeSilently() { _ = write() }

    /// What waits could not be written for long; it is tried again.
    package func fail(_ broker: SimulatedBroker) {
        for (number, port) in ports.enumerated() {
            if !port.batches.isEmpty { broker.shards[number].storageDelayed(by: 0, now: broker.now) }
        }
    }

    /// The broker is no more: what was submitted and is not safe is lost.
    package func crash() { ports = [] }

    // MARK: - What is safe

    private func apply(_ batch: StorageBatch) {
        batches.append(batch)
        lastStamp = max(lastStamp, batch.stamp)
        for message in batch.messages {
            messages[message.number] = message
            receiversLeft[message.number] = message.receivers.count
            highestSequence = max(highestSequence, message.number >> 6)
        }
        for number in batch.finished {
            guard let left = receiversLeft[number] else { continue }
            receiversLeft[number] = left > 1 ? left - 1 : nil
            if left <= 1 { messages[number] = nil }
        }
        for session in batch.sessions {
            sessions[session.number] = session
            highestSequence = max(highestSequence, session.number >> 6, session.cursor >> 6)
        }
        for change in batch.subscriptions {
            switch change {
            case .set(let session, let filter, let options, let identifier):
                subscriptions[session, default: [:]][filter] = (options, identifier)
            case .removed(let session, let filter): subscriptions[session]?[filter] = nil
            }
        }
        for change in batch.wills {
            switch change {
            case .set(let session, let message, let delay): wills[session] = (message, delay)
            case .removed(let session): wills[session] = nil
            }
        }
        for change in batch.attributes { apply(change) }
        for message in batch.retained {
            let topic = message.withParts { topic, _, _ in topic.bytes }
            retained[topic] = message.payloadCount == 0 ? nil : message
        }
        for session in batch.endedSessions { end(session) }
    }

    private func apply(_ change: AttributeChange) {
        switch change {
        case .set(let session, let attribute): attributes[session, default: [:]][attribute.key] = attribute
        case .removed(let session, let key):
            attributes[session]?[key] = nil
            if attributes[session]?.isEmpty == true { attributes[session] = nil }
        }
    }

    private func end(_ session: SessionNumber) {
        sessions[session] = nil
        subscriptions[session] = nil
        wills[session] = nil
        attributes[session] = nil
    }

    private func answer(_ question: LoadQuestion) -> [LoadedDelivery] {
        largestQuestion = max(largestQuestion, question.numbers.count)
        return question.numbers.compactMap { number in
            guard !unreadable.contains(number), let message = messages[number],
                let receiver = message.receivers.first(where: { $0.session == question.session })
            else { return nil }
            var delivery = Delivery(
                message: message.message, qos: receiver.qos, retain: receiver.retain,
                subscriptionIdentifiers: receiver.subscriptionIdentifiers)
            delivery.storedNumber = number
            return LoadedDelivery(number: number, delivery: delivery)
        }
    }

    // MARK: - For checks

    /// Payloads of all messages that are safe for a client and that it may not have.
    package func payloads(for client: String) -> Set<String> {
        guard let record = sessions.values.filter({ $0.client == client }).max(by: { $0.number < $1.number }) else {
            return []
        }
        let inFlight = Set(record.inFlight.map(\.number))
        let waiting = messages.values.filter { message in
            message.receivers.contains { $0.session == record.number }
                && (message.number >= record.cursor || inFlight.contains(message.number))
        }
        return Set(waiting.map { text(of: $0.message) })
    }

    /// What is kept of messages, sessions and what belongs to them, apart from retained messages: nothing where nobody
    /// has a session.
    package var leftovers: [String] {
        leftoverMessages.map { "message \($0) is left" } + sessions.values.map { "session \($0) is left" }
            + subscriptions.keys.map { "subscriptions of session \($0) are left" }
            + wills.keys.map { "the will of session \($0) is left" }
            + attributes.keys.map { "attributes of session \($0) are left" }
    }

    /// The messages that are kept.
    package var leftoverMessages: [String] {
        messages.values.sorted { $0.number < $1.number }.map { message in
            "\(text(of: message.message)) (\(message.number)) for \(message.receivers.map(\.session))"
                + ", \(receiversLeft[message.number] ?? 0) left"
        }
    }

    private func text(of message: Message) -> String {
        message.withParts { _, _, payload in String(decoding: payload.bytes, as: UTF8.self) }
    }

    // MARK: - A new broker

    /// Gives a broker that has just begun what is safe.
    package func restore(into broker: SimulatedBroker) {
        let byClient = removeNeedless()
        for client in byClient.keys.sorted() {
            guard let record = byClient[client] else { continue }
            let home = Shard.homeOfStored(Array(client.utf8), shardCount: broker.shardCount, seed: broker.seed)
            broker.shards[home.rawValue].restore(restored(record), lastStamp: lastStamp, now: broker.now)
        }
        for message in retained.values {
            let topic = message.withParts { topic, _, _ in topic.bytes }
            let home = Shard.homeOfStored(topic, shardCount: broker.shardCount, seed: broker.seed)
            broker.shards[home.rawValue].restoreRetained(message, now: broker.now)
        }
    }

    /// Forgets sessions of which there is a later one of the same client, and messages that nobody needs any more.
    /// Returns the other sessions.
    private func removeNeedless() -> [String: SessionRecord] {
        var latest: [String: SessionRecord] = [:]
        for record in sessions.values where (latest[record.client]?.number ?? 0) < record.number {
            latest[record.client] = record
        }
        for record in sessions.values where latest[record.client]?.number != record.number { end(record.number) }
        for message in messages.values {
            let left = message.receivers.count { receiver in
                guard let record = sessions[receiver.session] else { return false }
                return message.number >= record.cursor || record.inFlight.contains { $0.number == message.number }
            }
            receiversLeft[message.number] = left > 0 ? left : nil
            if left == 0 { messages[message.number] = nil }
        }
        return latest
    }

    private func restored(_ record: SessionRecord) -> RestoredSession {
        let inFlight = Set(record.inFlight.map(\.number))
        let queue = messages.keys.sorted().compactMap { number -> StoredEntry? in
            guard number >= record.cursor, !inFlight.contains(number), let message = messages[number],
                let receiver = message.receivers.first(where: { $0.session == record.number })
            else { return nil }
            return StoredEntry(
                number: number, size: UInt32(clamping: message.message.chargedBytes), qos: receiver.qos)
        }
        return RestoredSession(
            record: record,
            subscriptions: (subscriptions[record.number] ?? [:]).map { ($0.key, $0.value.0, $0.value.1) },
            will: wills[record.number], attributes: Array((attributes[record.number] ?? [:]).values), queue: queue)
    }
}
