package import BrokerCore
import BrokerValues
import Glibc
import MQTTWire

extension StorageDatabase {
    /// The content of stored messages as one session gets them, in the order of the question. What is not there or cannot
    /// be read is left out and counted in ``loadFaults``.
    ///
    /// A message has its arrival at the question's instant, and as its expiry what is left of it then; 0 is expired.
    package func load(_ question: LoadQuestion) throws(StorageFailure) -> [LoadedDelivery] {
        let now = (instant: question.now, stamp: clock.stamp(of: question.now))
        var result: [LoadedDelivery] = []
        result.reserveCapacity(question.numbers.count)
        var attempts = Self.furtherAttempts
        for number in question.numbers {
            switch try loadOrSkip(number, for: question.session, at: now, &attempts) {
            case .success(let delivery?): result.append(LoadedDelivery(number: number, delivery: delivery))
            case .success(nil): loadFaults.add("message \(number) for session \(question.session): not there")
            case .failure(let fault):
                loadFaults.add("message \(number) for session \(question.session): \(fault.words)")
            }
        }
        return result
    }

    /// Attempts that one question has beside the first of each message.
    private static let furtherAttempts = 8

    /// Damage of one message costs no other; whatever else has failed may pass.
    ///
    /// SQLite tells damage from a disk that has failed to read, which may pass as well, by nothing: so what looks like
    /// damage is looked at again.
    private func loadOrSkip(
        _ number: MessageNumber, for session: SessionNumber, at now: (instant: Instant, stamp: StorageStamp),
        _ attempts: inout Int
    ) throws(StorageFailure) -> Result<Delivery?, RecordFault> {
        while true {
            do throws(StorageFailure) { return try load(number, for: session, at: now) } catch {
                guard case .corrupt = error else { throw error }
                guard attempts > 0 else { return .failure(.unreadable) }
                attempts -= 1
                usleep(10_000)
            }
        }
    }

    private func load(
        _ number: MessageNumber, for session: SessionNumber, at now: (instant: Instant, stamp: StorageStamp)
    ) throws(StorageFailure) -> Result<Delivery?, RecordFault> {
        // Such a number is in no row; one may stand in a damaged session.
        guard number <= StorageBounds.greatestNumber else { return .success(nil) }
        let statement = statements.loadMessage
        try statement.bind(number)
        defer { statement.reset() }
        guard try statement.step() else { return .success(nil) }
        do throws(RecordFault) {
            let receiver = try statement.withBlob(0) { view throws(RecordFault) in
                try ReceiversRecord.find(session, in: view)
            }
            guard let receiver else { return .success(nil) }
            let content = ContentRecord(seed: options.identitySeed)
            let message = try statement.withBlob(1) { view throws(RecordFault) in try content.body(view, at: now) }
            return .success(
                Delivery(
                    message: message, qos: receiver.qos, retain: receiver.retain,
                    subscriptionIdentifiers: receiver.subscriptionIdentifiers))
        } catch {
            return .failure(error)
        }
    }
}
