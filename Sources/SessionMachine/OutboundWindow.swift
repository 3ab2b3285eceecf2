import BrokerValues
package import MQTTWire

/// QoS 1 and 2 from the broker to one client: what is in flight, under which identifier, in which state and order
/// (MQTT 5 sections 4.3, 4.4 and 4.9). Belongs to the session.
///
/// A slot of a dense table holds each message; its packet identifier is the slot's number plus one, so finding is
/// indexing and an identifier in use cannot be given out twice [MQTT-2.3.1-4]. Two lists run through the slots: those in
/// use in the order of sending, for resending in that order [MQTT-4.6.0-1], and the free ones, oldest first, so that an
/// identifier rests as long as possible before it is used again.
package struct OutboundWindow: Sendable {
    private enum SlotState: UInt8 {
        case free
        /// PUBLISH sent, QoS 1: waits for PUBACK.
        case awaitsPuback
        /// PUBLISH sent, QoS 2: waits for PUBREC.
        case awaitsPubrec
        /// PUBREL sent: waits for PUBCOMP.
        case awaitsPubcomp
        /// The exchange is over, but the identifier rests until that is stored, see ``pubcompReceived(_:rests:)``.
        case resting
    }

    private struct Slot {
        var delivery: Delivery?
        /// Slot numbers plus one; 0 for none.
        var next: UInt16 = 0
        var previous: UInt16 = 0
        var state: SlotState = .free
        /// Whether it takes one from the client's Receive Maximum on this connection.
        var countsAgainstQuota = false
    }

    private struct List: Equatable {
        var first: UInt16 = 0
        var last: UInt16 = 0
    }

    private var slots: ContiguousArray<Slot> = []
    private var used = List()
    private var free = List()
    /// Messages in flight, those taken over from an earlier connection included.
    package private(set) var count = 0
    /// Messages sent on this connection that the Receive Maximum counts.
    private var quotaUsed = 0
    /// The most that may be in flight on this connection.
    package private(set) var limit: Int
    /// The next slot to resend, plus one; 0 if nothing is left.
    private var resendCursor: UInt16 = 0
    /// Identifiers that are done with but not free yet.
    private var restingCount = 0
    /// Numbers of stored messages that are in flight and whose content has not been read back, by identifier.
    private var unread: [UInt16: UInt64] = [:]

    /// Nothing in flight; closed until a connection says what its client takes.
    package init(limit: Int = 0) { self.limit = limit }

    package var isEmpty: Bool { count == 0 }

    /// Whether a new message may be sent now: the quota allows it and no older one waits to be resent.
    @inline(__always)
    package var isOpen: Bool {
        quotaUsed < limit && resendCursor == 0 && count &+ restingCount < Int(UInt16.max)
    }

    // MARK: Connection

    /// The most that may be in flight has changed.
    package mutating func setLimit(_ limit: Int) { self.limit = limit }

    /// The client is connected: the quota starts anew [MQTT5-4.9.0-1] and everything in flight is due for resending
    /// [MQTT-4.4.0-1].
    ///
    /// - Parameter limit: the smaller of the client's Receive Maximum and the broker's limit.
    package mutating func connectionStarted(limit: Int) {
        self.limit = limit
        quotaUsed = 0
        var slot = used.first
        while slot != 0 {
            slots[Int(slot) - 1].countsAgainstQuota = false
            slot = slots[Int(slot) - 1].next
        }
        resendCursor = used.first
    }

    /// What to send again next.
    package enum Resend {
        /// PUBLISH with DUP 1 [MQTT-3.3.1-1].
        case publish(packetIdentifier: UInt16, Delivery)
        case pubrel(packetIdentifier: UInt16)
    }

    /// The next packet to resend in the original order; nil when nothing is left or the quota is used up.
    package mutating func nextResend() -> Resend? {
        guard resendCursor != 0 else { return nil }
        let identifier = resendCursor
        let index = Int(identifier) - 1
        if slots[index].state == .awaitsPubcomp {
            resendCursor = slots[index].next
            return .pubrel(packetIdentifier: identifier)  // takes no quota [MQTT5-4.9.0-2]
        }
        guard quotaUsed < limit, let delivery = slots[index].delivery else { return nil }  // or not read back yet
        resendCursor = slots[index].next
        slots[index].countsAgainstQuota = true
        quotaUsed += 1
        return .publish(packetIdentifier: identifier, delivery)
    }

    /// Whether something waits to be resent.
    package var isResending: Bool { resendCursor != 0 }

    // MARK: Sending

    /// A new message is sent. Requires ``isOpen``. Returns its packet identifier.
    @inline(__always)
    package mutating func publishSent(_ delivery: consuming Delivery) -> UInt16 {
        precondition(isOpen)
        let qos = delivery.qos
        if free.first == 0 { grow() }
        let identifier = free.first
        let index = Int(identifier) &- 1
        free.first = slots[index].next
        if free.first == 0 { free.last = 0 }
        slots[index].delivery = delivery
        slots[index].state = qos == .exactlyOnce ? .awaitsPubrec : .awaitsPuback
        slots[index].countsAgainstQuota = true
        slots[index].next = 0
        putUsed(identifier)
        count &+= 1
        quotaUsed &+= 1
        return identifier
    }

    // MARK: Answers

    /// What an acknowledgement did.
    package enum Answer {
        /// The message is done; its identifier and quota are free.
        case completed(Delivery?)
        /// PUBREL is due [MQTT-4.3.3-1].
        ///
        /// - Parameter finished: the stored message that the client owns now; 0 if there is none.
        case release(finished: UInt64)
        /// No message waits for this: answer an unknown PUBREC with PUBREL 0x92, ignore the others [MQTT5-2.2.1-5].
        case unknown
    }

    /// PUBACK has arrived. Reason codes from 0x80 end the message as well [MQTT5-4.4.0-2].
    @inline(__always)
    package mutating func pubackReceived(_ identifier: UInt16) -> Answer {
        guard state(of: identifier) == .awaitsPuback else { return .unknown }
        return .completed(complete(identifier))
    }

    /// PUBREC has arrived.
    package mutating func pubrecReceived(_ identifier: UInt16, isError: Bool) -> Answer {
        switch state(of: identifier) {
        case .awaitsPubrec:
            if isError { return .completed(complete(identifier)) }  // [MQTT5-4.3.3-4]
            let finished = storedNumber(of: identifier)
            unread[identifier] = nil
            slots[Int(identifier) - 1].delivery = nil  // the client owns the message now; only PUBREL can be repeated
            slots[Int(identifier) - 1].state = .awaitsPubcomp
            if resendCursor == identifier { resendCursor = slots[Int(identifier) - 1].next }
            return .release(finished: finished)
        // A repeated PUBREC: the PUBREL got lost with a connection.
        case .awaitsPubcomp: return .release(finished: 0)
        case .free, .awaitsPuback, .resting: return .unknown
        }
    }

    /// PUBCOMP has arrived.
    ///
    /// - Parameter rests: the identifier is not given out again before ``release(_:)``: after a crash that forgets this
    ///   PUBCOMP, the PUBREL is sent again, and must not meet another message.
    package mutating func pubcompReceived(_ identifier: UInt16, rests: Bool = false) -> Answer {
        guard state(of: identifier) == .awaitsPubcomp else { return .unknown }
        return .completed(complete(identifier, rests: rests))
    }

    /// An identifier that rested may be given out again.
    package mutating func release(_ identifier: UInt16) {
        guard state(of: identifier) == .resting else { return }
        restingCount -= 1
        slots[Int(identifier) - 1].state = .free
        putFree(identifier)
    }

    /// All identifiers that rest may be given out again.
    package mutating func releaseAll() {
        guard restingCount > 0 else { return }
        for index in slots.indices where slots[index].state == .resting { release(UInt16(index + 1)) }
    }

    /// A message that cannot be sent to this client any more is dropped: it is too large for the new connection
    /// [MQTT5-3.1.2-25].
    package mutating func dropped(_ identifier: UInt16) {
        switch state(of: identifier) {
        case .free, .resting: break
        case .awaitsPuback, .awaitsPubrec, .awaitsPubcomp: _ = complete(identifier)
        }
    }

    /// All that is in flight, in order, for handing the session on or ending it.
    package func deliveries() -> [Delivery] {
        var result: [Delivery] = []
        var slot = used.first
        while slot != 0 {
            if let delivery = slots[Int(slot) - 1].delivery { result.append(delivery) }
            slot = slots[Int(slot) - 1].next
        }
        return result
    }

    // MARK: Storage

    /// Gives every message in flight to `body`, in order, which may give it another number in the storage.
    package mutating func renumber(_ body: (inout Delivery) -> Void) {
        var slot = used.first
        while slot != 0 {
            let index = Int(slot) - 1
            if var delivery = slots[index].delivery.take() {
                body(&delivery)
                slots[index].delivery = delivery
            }
            slot = slots[index].next
        }
    }

    /// What is in flight as it was stored, before any of it was read back.
    ///
    /// - Parameter stored: in the order of sending; identifiers that are 0 or come twice are left out.
    package init(stored: [InFlightMessage]) {
        limit = 0
        guard let highest = stored.map(\.packetIdentifier).max(), highest > 0 else { return }
        slots = ContiguousArray(repeating: Slot(), count: Int(highest))
        for message in stored where message.packetIdentifier > 0 && state(of: message.packetIdentifier) == .free {
            let index = Int(message.packetIdentifier) - 1
            switch message.awaits {
            case .puback: slots[index].state = .awaitsPuback
            case .pubrec: slots[index].state = .awaitsPubrec
            case .pubcomp: slots[index].state = .awaitsPubcomp
            }
            if message.awaits != .pubcomp { unread[message.packetIdentifier] = message.number }
            putUsed(message.packetIdentifier)
            count += 1
        }
        for index in slots.indices where slots[index].state == .free { putFree(UInt16(index + 1)) }
    }

    /// What is in flight, to be stored.
    package var stored: [InFlightMessage] {
        var result: [InFlightMessage] = []
        result.reserveCapacity(count)
        var slot = used.first
        while slot != 0 {
            let step: InFlightMessage.Step? =
                switch slots[Int(slot) - 1].state {
                case .awaitsPuback: .puback
                case .awaitsPubrec: .pubrec
                case .awaitsPubcomp: .pubcomp
                case .free, .resting: nil
                }
            if let step {
                result.append(InFlightMessage(packetIdentifier: slot, awaits: step, number: storedNumber(of: slot)))
            }
            slot = slots[Int(slot) - 1].next
        }
        return result
    }

    /// Numbers of the stored messages in flight, in the order of sending.
    package var storedNumbers: [UInt64] { stored.lazy.map(\.number).filter { $0 != 0 } }

    /// The stored messages whose content has to be read back before they can be sent again, in the order of sending.
    package var unreadNumbers: [UInt64] {
        unread.isEmpty
            ? [] : stored.lazy.filter { unread[$0.packetIdentifier] != nil }.map(\.number)
    }

    /// Whether the content of something in flight has not been read back.
    package var hasUnread: Bool { !unread.isEmpty }

    /// The content of a stored message in flight was read back.
    ///
    /// - Parameter delivery: nil if it cannot be read: it is given up.
    /// - Returns: whether it was waited for.
    package mutating func wasRead(_ number: UInt64, _ delivery: Delivery?) -> Bool {
        guard let identifier = unread.first(where: { $0.value == number })?.key else { return false }
        unread[identifier] = nil
        if let delivery { slots[Int(identifier) - 1].delivery = delivery } else { _ = complete(identifier) }
        return true
    }

    /// A message whose PUBLISH waits to be sent for the first time: that of QoS 2, until its identifier is stored.
    package func unsentDelivery(_ identifier: UInt16) -> Delivery? {
        state(of: identifier) == .awaitsPubrec ? slots[Int(identifier) - 1].delivery : nil
    }

    private func storedNumber(of identifier: UInt16) -> UInt64 {
        slots[Int(identifier) - 1].delivery?.storedNumber ?? unread[identifier] ?? 0
    }

    /// Gives memory back when nothing is in flight.
    package mutating func trim() {
        guard count == 0, restingCount == 0 else { return }
        slots = []
        free = List()
        resendCursor = 0
    }

    @inline(__always)
    private func state(of identifier: UInt16) -> SlotState {
        let index = Int(identifier) &- 1
        return index >= 0 && index < slots.count ? slots[index].state : .free
    }

    @inline(__always)
    private mutating func complete(_ identifier: UInt16, rests: Bool = false) -> Delivery? {
        let index = Int(identifier) &- 1
        let delivery = slots[index].delivery.take()
        let next = slots[index].next
        let previous = slots[index].previous
        if resendCursor == identifier { resendCursor = next }
        if slots[index].countsAgainstQuota { quotaUsed &-= 1 }
        slots[index].state = .free
        slots[index].countsAgainstQuota = false
        if previous != 0 { slots[Int(previous) &- 1].next = next } else { used.first = next }
        if next != 0 { slots[Int(next) &- 1].previous = previous } else { used.last = previous }
        slots[index].next = 0
        slots[index].previous = 0
        count &-= 1
        if !unread.isEmpty { unread[identifier] = nil }
        if rests {
            slots[index].state = .resting
            restingCount &+= 1
        } else {
            putFree(identifier)
        }
        return delivery
    }

    @inline(__always)
    private mutating func putFree(_ identifier: UInt16) {
        if free.last != 0 { slots[Int(free.last) &- 1].next = identifier } else { free.first = identifier }
        free.last = identifier
    }

    @inline(__always)
    private mutating func putUsed(_ identifier: UInt16) {
        slots[Int(identifier) &- 1].previous = used.last
        if used.last != 0 { slots[Int(used.last) &- 1].next = identifier } else { used.first = identifier }
        used.last = identifier
    }

    private mutating func grow() {
        let old = slots.count
        let new = min(max(4, old * 2), Int(UInt16.max))  // more than before: `isOpen` counts those in use and resting
        for index in old..<new {
            slots.append(Slot(next: index + 1 < new ? UInt16(index + 2) : 0))
        }
        free.first = UInt16(old + 1)
        free.last = UInt16(new)
    }
}
