import BrokerValues
import TopicIndex

/// The sessions of one shard, by slot and by client.
///
/// A route looks up thousands of receivers in a row, so the slots hold uncounted references in plain memory: the
/// session, and beside it its connection if messages may be written to that without further questions.
///
/// Safe: `byClient` owns every session that a slot refers to, and a session owns its connection; both are taken out of
/// the slot before they can go (``remove(_:)``, ``update(_:)``). Slots beyond `capacity` are never read: ``subscript``
/// checks. The memory is freed with the table.
@safe final class SessionTable {
    @unsafe private struct Slot {
        var session: Unmanaged<Session>?
        var ready: Unmanaged<Connection>?
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var capacity = 64
    private var used = 0
    private var freeSlots: ContiguousArray<SessionSlot> = []
    private var byClient: [ClientIdentity: Session] = [:]
    private var nextGeneration: UInt32 = 0

    init() {
        unsafe slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe slots.initialize(repeating: Slot(), count: capacity)
    }

    deinit { unsafe slots.deallocate() }

    var count: Int { byClient.count }

    /// Slots that hold or held a session: every session's slot is below this.
    var slotCount: Int { used }

    var all: Dictionary<ClientIdentity, Session>.Values { byClient.values }

    subscript(slot: SessionSlot) -> Session? {
        guard Int(slot) < used else { return nil }
        return unsafe slots[Int(slot)].session?.takeUnretainedValue()
    }

    /// Runs `body` with a session and its connection if it is online, holds nothing back, is not moving and
    /// not watched.
    ///
    /// - Returns: false if there is none such; the caller takes the long way.
    @inline(__always)
    func withReady(_ slot: SessionSlot, _ body: (Session, Connection) -> Void) -> Bool {
        guard Int(slot) < used, let ready = unsafe slots[Int(slot)].ready,
            let session = unsafe slots[Int(slot)].session
        else { return false }
        unsafe session._withUnsafeGuaranteedRef { session in
            unsafe ready._withUnsafeGuaranteedRef { connection in body(session, connection) }
        }
        return true
    }

    subscript(client: ClientIdentity) -> Session? { byClient[client] }

    /// The session of a member or match that was noted earlier, if it is still the same.
    func find(_ slot: SessionSlot, generation: UInt32) -> Session? {
        guard let session = self[slot], session.generation == generation else { return nil }
        return session
    }

    /// Makes a session for a client that has none.
    func make(_ client: ClientIdentity, epoch: UInt64, expirySeconds: UInt32) -> Session {
        nextGeneration &+= 1
        let slot = freeSlots.popLast() ?? SessionSlot(used)
        if Int(slot) == used {
            if used == capacity { grow() }
            used += 1
        }
        let session = Session(
            client: client, slot: slot, generation: nextGeneration, epoch: epoch, expirySeconds: expirySeconds,
            table: self)
        unsafe slots[Int(slot)].session = unsafe Unmanaged.passUnretained(session)
        byClient[client] = session
        return session
    }

    func remove(_ session: Session) {
        guard self[session.slot] === session else { return }
        unsafe slots[Int(session.slot)] = Slot()
        freeSlots.append(session.slot)
        byClient[session.client] = nil
    }

    /// What decides whether a session's connection is ready has changed.
    func update(_ session: Session) {
        guard self[session.slot] === session else { return }
        var ready: Unmanaged<Connection>?
        if session.holds == 0, session.move == nil, !session.isWatched, let connection = session.connection {
            unsafe ready = unsafe Unmanaged.passUnretained(connection)
        }
        unsafe slots[Int(session.slot)].ready = unsafe ready
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Slot>.allocate(capacity: capacity * 2)
        unsafe larger.initialize(repeating: Slot(), count: capacity * 2)
        unsafe larger.update(from: slots, count: capacity)
        unsafe slots.deallocate()
        unsafe slots = larger
        capacity *= 2
    }
}
