import BrokerCore
import BrokerValues
import MQTTWire
import RandomKit
import SessionMachine

@testable import SessionStorage

/// What a broker would keep, in plain collections: makes random batches as a shard would, and says what must come back.
struct StorageModel {
    private struct Session {
        var record: SessionRecord
        var queue: [MessageNumber] = []
        var subscriptions: [[UInt8]: (options: SubscriptionOptions, identifier: UInt32)] = [:]
        var will: (message: Message, delaySeconds: UInt32)?
        var attributes: [[UInt8]: SessionAttribute] = [:]
    }

    private var sessions: [SessionNumber: Session] = [:]
    private var messages: [MessageNumber: StoredMessage] = [:]
    private var receiversLeft: [MessageNumber: Int] = [:]
    private var retained: [String: Message] = [:]
    private var lastMessage: MessageNumber = 0
    private var lastSession: SessionNumber = 0
    private var batches: UInt64 = 0

    /// Messages that are still needed.
    var messageCount: Int { receiversLeft.count }

    private var alive: [SessionNumber] { sessions.keys.sorted() }

    /// Changes the model at random; returns the batch that says so.
    mutating func change(_ random: inout SeededGenerator) -> StorageBatch {
        batches += 1
        var batch = StorageBatch(number: batches)
        batch.stamp = Samples.wallClock + batches
        var changed: Set<SessionNumber> = []
        if random.chance(10), let number = random.pick(alive) { end(number, &batch) }
        while sessions.count < 2 || (sessions.count < 8 && random.chance(20)) { changed.insert(begin(&random)) }
        for _ in 0..<random.below(6) { acknowledge(&random, &batch, &changed) }
        for _ in 0..<random.below(6) { publish(&random, &batch) }
        for _ in 0..<random.below(6) { send(&random, &changed) }
        for _ in 0..<random.below(3) { subscribe(&random, &batch) }
        if random.chance(20) { changeWill(&random, &batch) }
        for _ in 0..<random.below(4) { changeAttribute(&random, &batch) }
        for _ in 0..<random.below(3) {
            let message = Samples.message(
                "topic/\(random.below(5))", random.bytes(random.below(4)), retain: true, publisher: "p")
            batch.retained.append(message)
            retained[message.topicText] = message.payloadCount == 0 ? nil : message
        }
        batch.sessions = changed.sorted().compactMap { sessions[$0]?.record }
        return batch
    }

    private mutating func begin(_ random: inout SeededGenerator) -> SessionNumber {
        lastSession += UInt64(1 + random.below(5))
        let record = SessionRecord(
            number: lastSession, client: "client \(lastSession)", expirySeconds: UInt32(random.below(1000)),
            offlineSince: random.chance(50) ? Samples.wallClock : nil, cursor: lastMessage + 1, inFlight: [],
            unreleased: [])
        sessions[lastSession] = Session(record: record)
        return lastSession
    }

    private mutating func end(_ number: SessionNumber, _ batch: inout StorageBatch) {
        guard let session = sessions.removeValue(forKey: number) else { return }
        for message in session.queue { finish(message, &batch) }
        for message in session.record.inFlight where message.number != 0 { finish(message.number, &batch) }
        batch.endedSessions.append(number)
    }

    private mutating func finish(_ number: MessageNumber, _ batch: inout StorageBatch) {
        batch.finished.append(number)
        receiversLeft[number, default: 1] -= 1
        if receiversLeft[number] == 0 {
            receiversLeft[number] = nil
            messages[number] = nil
        }
    }

    private mutating func publish(_ random: inout SeededGenerator, _ batch: inout StorageBatch) {
        lastMessage += UInt64(1 + random.below(100))
        let receivers = alive.filter { _ in random.chance(60) }.map { number in
            StoredReceiver(
                session: number, qos: random.chance(50) ? .atLeastOnce : .exactlyOnce, retain: random.chance(10),
                subscriptionIdentifiers: random.chance(20) ? [7, UInt32(random.below(1 << 28))] : nil)
        }
        guard !receivers.isEmpty else { return }
        // Some span several pages.
        let size = random.chance(5) ? 20_000 : random.below(300)
        let stored = StoredMessage(
            number: lastMessage,
            message: Samples.message(
                "m/\(lastMessage)", random.bytes(size), properties: random.bytes(random.below(10)),
                expiry: random.chance(20) ? 100 : nil), receivers: receivers)
        batch.messages.append(stored)
        messages[lastMessage] = stored
        receiversLeft[lastMessage] = receivers.count
        for receiver in receivers { sessions[receiver.session]?.queue.append(lastMessage) }
    }

    private mutating func send(_ random: inout SeededGenerator, _ changed: inout Set<SessionNumber>) {
        guard let number = random.pick(alive), var session = sessions[number], !session.queue.isEmpty else { return }
        let message = session.queue.removeFirst()
        session.record.cursor = message + 1
        session.record.inFlight.append(
            InFlightMessage(
                packetIdentifier: UInt16(1 + random.below(60_000)), awaits: random.chance(50) ? .puback : .pubrec,
                number: message))
        if random.chance(30) { session.record.unreleased.append(UInt16(1 + random.below(60_000))) }
        sessions[number] = session
        changed.insert(number)
    }

    private mutating func acknowledge(
        _ random: inout SeededGenerator, _ batch: inout StorageBatch, _ changed: inout Set<SessionNumber>
    ) {
        guard let number = random.pick(alive), var session = sessions[number], !session.record.inFlight.isEmpty
        else { return }
        let message = session.record.inFlight.remove(at: random.below(session.record.inFlight.count))
        sessions[number] = session
        if message.number != 0 { finish(message.number, &batch) }
        changed.insert(number)
    }

    private mutating func subscribe(_ random: inout SeededGenerator, _ batch: inout StorageBatch) {
        guard let number = random.pick(alive) else { return }
        let filter = Array("filter/\(random.below(4))/#".utf8)
        if random.chance(30) {
            sessions[number]?.subscriptions[filter] = nil
            batch.subscriptions.append(.removed(number, filter: filter))
        } else {
            var options = SubscriptionOptions(qos: random.chance(50) ? .atLeastOnce : .exactlyOnce)
            options.noLocal = random.chance(50)
            let identifier = UInt32(random.below(100))
            sessions[number]?.subscriptions[filter] = (options, identifier)
            batch.subscriptions.append(.set(number, filter: filter, options, identifier: identifier))
        }
    }

    private mutating func changeWill(_ random: inout SeededGenerator, _ batch: inout StorageBatch) {
        guard let number = random.pick(alive) else { return }
        if random.chance(30) {
            sessions[number]?.will = nil
            batch.wills.append(.removed(number))
        } else {
            let will = (
                message: Samples.message("will/\(number)", random.bytes(5)), delaySeconds: UInt32(random.below(99))
            )
            sessions[number]?.will = will
            batch.wills.append(.set(number, will.message, delaySeconds: will.delaySeconds))
        }
    }

    private mutating func changeAttribute(_ random: inout SeededGenerator, _ batch: inout StorageBatch) {
        guard let number = random.pick(alive) else { return }
        let key = Array("key \(random.below(6))".utf8)
        if random.chance(30) {
            sessions[number]?.attributes[key] = nil
            batch.attributes.append(.removed(number, key: key))
        } else {
            // Some span several pages.
            let size = random.chance(5) ? AttributeLimits.valueBytes : random.below(50)
            let attribute = SessionAttribute(
                key: key, value: random.bytes(size), timestamp: Int64(bitPattern: random.next()))
            sessions[number]?.attributes[key] = attribute
            batch.attributes.append(.set(number, attribute))
        }
    }

    /// What must be there after a recovery, a line for each session and retained message.
    var summary: [String] {
        let restored = sessions.values.map { session in
            RestoredSession(
                record: session.record,
                subscriptions: session.subscriptions.map { ($0.key, $0.value.options, $0.value.identifier) },
                will: session.will, attributes: Array(session.attributes.values),
                queue: session.queue.compactMap { entry($0, for: session.record.number) })
        }
        return Self.summary(restored, Array(retained.values))
    }

    private func entry(_ number: MessageNumber, for session: SessionNumber) -> StoredEntry? {
        delivery(number, for: session).map {
            StoredEntry(number: number, size: UInt32($0.chargedBytes), qos: $0.qos)
        }
    }

    private func delivery(_ number: MessageNumber, for session: SessionNumber) -> Delivery? {
        guard let stored = messages[number], let receiver = stored.receivers.first(where: { $0.session == session })
        else { return nil }
        return Delivery(
            message: stored.message, qos: receiver.qos, retain: receiver.retain,
            subscriptionIdentifiers: receiver.subscriptionIdentifiers)
    }

    /// Questions for all that waits and is in flight, and what the answers must hold.
    var questions: [(question: LoadQuestion, answer: [Delivery])] {
        alive.compactMap { number in
            guard let session = sessions[number] else { return nil }
            let numbers = (session.queue + session.record.inFlight.map(\.number)).filter { $0 != 0 }.sorted()
            return (
                LoadQuestion(request: 1, session: number, numbers: numbers, now: Samples.start),
                numbers.compactMap { delivery($0, for: number) }
            )
        }
    }

    static func summary(_ sessions: [RestoredSession], _ retained: [Message]) -> [String] {
        let lines = sessions.map { session in
            let subscriptions = session.subscriptions.map {
                "\(String(decoding: $0.filter, as: UTF8.self)) \($0.options) \($0.identifier)"
            }
            let will = session.will.map { "\(Content($0.message).payload) \($0.message.topicText) \($0.delaySeconds)" }
            let queue = session.queue.map { "\($0.number) \($0.size) \($0.qos)" }
            let attributes = session.attributes.map {
                "\(String(decoding: $0.key, as: UTF8.self)) \($0.value) \($0.timestamp)"
            }
            return "session \(session.record) \(subscriptions.sorted()) \(will ?? "-") \(attributes.sorted()) \(queue)"
        }
        return lines.sorted() + retained.map { "retained \(Content($0)) \(Content($0).payload)" }.sorted()
    }
}

extension Recovered {
    /// As ``StorageModel/summary``.
    var summary: [String] { StorageModel.summary(sessions, retained) }
}
