package import BrokerValues
package import Introspection
import SessionMachine
import StressModel
import TopicIndex

// Looking through the sessions of a shard in steps. A session keeps its slot for as long as it lives here, so a walk over
// the slots meets each that is there all the time exactly once. One that is on its way here is left out: until it has
// arrived, the shard that it comes from lists it.
extension Shard {
    /// What one step has found.
    package struct ClientStep: Sendable {
        package fileprivate(set) var clients: [ClientSnapshot] = []
        /// Sessions looked at.
        package fileprivate(set) var examined = 0
        /// The slot to go on at; nil if there are no more.
        package fileprivate(set) var next: Int?
        /// Whether it ended because the session at ``next`` is asked for and there was no room for it.
        package fileprivate(set) var isFull = false
    }

    /// Looks at some sessions and tells of those that are asked for, in no order.
    ///
    /// - Parameters:
    ///   - slot: where to begin; below 0 or beyond the end is all right.
    ///   - slots: how many to look at.
    ///   - maximum: how many to tell of; 0 only finds out whether there is one more.
    package func clients(
        _ filter: ClientFilter, from slot: Int, slots: Int, maximum: Int, now: Instant
    ) -> ClientStep {
        self.now = now
        var step = ClientStep()
        step.next = walk(from: slot, slots: slots, filter, &step.examined) { session in
            if step.clients.count >= maximum {
                step.isFull = true
                return false
            }
            step.clients.append(snapshot(of: session))
            return true
        }
        return step
    }

    /// Looks at some sessions and lets a selection take those that come first in its order.
    ///
    /// - Returns: how many were looked at, and the slot to go on at; nil if there are no more.
    package func select(
        _ filter: ClientFilter, into selection: inout ClientSelection, from slot: Int, slots: Int, now: Instant
    ) -> (examined: Int, next: Int?) {
        self.now = now
        var examined = 0
        let next = walk(from: slot, slots: slots, filter, &examined) { session in
            selection.offer(session, rank: rank(of: session, selection.order), shard: index)
            return true
        }
        return (examined, next)
    }

    /// What there is to know about clients that were selected; nil for those whose session is not here any more.
    package func snapshots(
        of candidates: ArraySlice<ClientSelection.Candidate>, now: Instant
    ) -> [ClientSnapshot?] {
        self.now = now
        return candidates.map { candidate in
            guard candidate.shard == index else { return nil }
            return sessions.find(candidate.slot, generation: candidate.generation).map { snapshot(of: $0) }
        }
    }

    /// Hands the sessions that are asked for to `visit` until it returns false or enough were looked at.
    ///
    /// - Returns: the slot to go on at, which is the one that `visit` has refused.
    private func walk(
        from slot: Int, slots: Int, _ filter: ClientFilter, _ examined: inout Int, _ visit: (Session) -> Bool
    ) -> Int? {
        var position = max(0, slot)
        var budget = slots
        while position < sessions.slotCount {
            if budget <= 0 { return position }
            budget -= 1
            if let session = sessions[UInt32(position)], !session.isArriving {
                budget -= filter.cost(of: session) - 1
                if filter.matches(session), !visit(session) { return position }
                examined += 1
            }
            position += 1
        }
        return nil
    }

    /// A session's number in an order. Amounts are negative, so that the largest come first.
    private func rank(of session: Session, _ order: ClientQuery.Order) -> Int {
        switch order {
        case .id: 0
        case .queued: -session.queue.count
        case .queuedBytes: -session.queue.bytes
        case .inflight: -session.outbound.count
        case .unsent: -(session.connection?.backlog ?? 0)
        case .subscriptions: -session.subscriptionCount
        case .received: -(session.connection?.receivedPublishes ?? 0)
        case .sent: -(session.connection?.sentPublishes ?? 0)
        case .receivedBytes: -(session.connection?.receivedBytes ?? 0)
        case .sentBytes: -(session.connection?.sentBytes ?? 0)
        case .credits: session.connection?.credits.credits(refilled: creditBook.refilled) ?? .max
        case .connected: session.connection.map { Int(clamping: $0.connectedAt.nanoseconds) } ?? .max
        }
    }
}
