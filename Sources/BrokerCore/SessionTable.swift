import BrokerValues
import TopicIndex

/// The sessions of one shard, by slot and by client.
struct SessionTable {
    private var slots: ContiguousArray<Session?> = []
    private var freeSlots: ContiguousArray<SessionSlot> = []
    private var byClient: [ClientIdentity: Session] = [:]
    private var nextGeneration: UInt32 = 0

    var count: Int { byClient.count }

    var all: Dictionary<ClientIdentity, Session>.Values { byClient.values }

    @inline(__always)
    subscript(slot: SessionSlot) -> Session? { slots[Int(slot)] }

    subscript(client: ClientIdentity) -> Session? { byClient[client] }

    /// The session of a member or match that was noted earlier, if it is still the same.
    func find(_ slot: SessionSlot, generation: UInt32) -> Session? {
        guard Int(slot) < slots.count, let session = slots[Int(slot)], session.generation == generation else {
            return nil
        }
        return session
    }

    /// Makes a session for a client that has none.
    mutating func make(_ client: ClientIdentity, epoch: UInt64, expirySeconds: UInt32) -> Session {
        nextGeneration &+= 1
        let slot = freeSlots.popLast() ?? SessionSlot(slots.count)
        let session = Session(
            client: client, slot: slot, generation: nextGeneration, epoch: epoch, expirySeconds: expirySeconds)
        if Int(slot) == slots.count { slots.append(session) } else { slots[Int(slot)] = session }
        byClient[client] = session
        return session
    }

    mutating func remove(_ session: Session) {
        slots[Int(session.slot)] = nil
        freeSlots.append(session.slot)
        byClient[session.client] = nil
    }
}
