package import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

/// A question for the content of stored messages of a session.
struct StoredReading {
    let session: Session
    let numbers: [MessageNumber]
    /// Whether they are in flight, rather than in its queue.
    let isInFlight: Bool
}

// The queue of a client that was away is in the storage alone. When the client returns it is read back piece by piece:
// the next piece is asked for when half of the last one has been sent, so that neither the client nor the storage waits
// for the other, and no more than a piece of each queue is in memory.
extension Shard {
    /// Messages of one piece.
    private static let pieceCount = 1024
    /// Bytes of one piece.
    private static let pieceBytes = 512 * 1024
    /// Messages of a piece while the queues of this shard take much memory.
    private static let smallPieceCount = 32

    /// Asks for the next piece of a queue, if it is time.
    func readQueue(_ session: Session) {
        guard !session.isReading, let journal, let connection = session.connection, connection.closing == .open else {
            return
        }
        let isRoomy = queuedBytes < limits.maximumBrokerQueuedBytes / shardCount / 4
        let count = isRoomy ? Self.pieceCount : Self.smallPieceCount
        guard session.queue.readyCount < count / 2 else { return }
        let numbers = session.queue.numbersToRead(
            maximumCount: count, maximumBytes: isRoomy ? Self.pieceBytes : Self.pieceBytes / 8)
        read(numbers, session, isInFlight: false, journal)
    }

    /// Asks for what was in flight when the broker stopped.
    func readInFlight(_ session: Session) {
        guard !session.isReading, let journal else { return }
        read(Array(session.outbound.unreadNumbers.prefix(Self.pieceCount / 4)), session, isInFlight: true, journal)
    }

    private func read(_ numbers: [MessageNumber], _ session: Session, isInFlight: Bool, _ journal: Journal) {
        guard !numbers.isEmpty else { return }
        session.isReading = true
        let number = makeNumber()
        requests[number] = .reading(StoredReading(session: session, numbers: numbers, isInFlight: isInFlight))
        journal.read(
            LoadQuestion(
                request: number, session: session.storedNumber, numbers: isInFlight ? numbers.sorted() : numbers,
                now: now),
            now: now)
    }

    /// The storage has read what it was asked for. What is missing cannot be read, and is dropped.
    package func messagesLoaded(_ request: RequestNumber, _ answers: [LoadedDelivery], now: Instant) {
        self.now = now
        guard case .reading(let reading) = requests.removeValue(forKey: request) else { return }
        let session = reading.session
        session.isReading = false
        counters.add(ShardCounters.messagesRead, answers.count)
        // It may have ended or moved away meanwhile.
        guard sessions[session.slot] === session, session.isStored else { return }
        if reading.isInFlight {
            inFlightLoaded(session, reading.numbers, answers)
        } else {
            let missing = changeQueue(session) { $0.wasRead(answers, of: reading.numbers) }
            for entry in missing {
                dropped(session.client, .unreadable, entry.qos)
                finishStored(entry.number, session)
            }
        }
        guard let connection = session.connection, connection.closing == .open else {
            changeQueue(session) { $0.pageOut() }
            return
        }
        if session.outbound.isResending { resend(connection, session) }
        drainQueue(session)
    }

    private func inFlightLoaded(_ session: Session, _ numbers: [MessageNumber], _ answers: [LoadedDelivery]) {
        var deliveries: [MessageNumber: Delivery] = [:]
        for answer in answers {
            var delivery = answer.delivery
            delivery.storedNumber = answer.number
            deliveries[answer.number] = delivery
        }
        for number in numbers {
            let delivery = deliveries[number]
            if session.outbound.wasRead(number, delivery), delivery == nil {
                counters.add(ShardCounters.inflightSent, -1)
                dropped(session.client, .unreadable, .atLeastOnce)
                finishStored(number, session)
            }
        }
    }
}
