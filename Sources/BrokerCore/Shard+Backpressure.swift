import BrokerValues
import MQTTWire
import MetricCatalog
import SessionMachine

/// A receiver whose queue fills faster than it drains, and the publishers that wait for it.
final class Backpressure {
    let began: Instant
    /// Names it in mail.
    let number: UInt64
    /// Whether the receiver took messages since the clock last looked.
    var hasProgressed = true
    /// Publishers of this shard that are not read from.
    var publishers: [HeldPublisher] = []
    /// Publishers of other shards that were told to wait.
    var remotePublishers: Set<ClientIdentity> = []
    /// Which shards those are on.
    var shards: UInt64 = 0

    init(began: Instant, number: UInt64) {
        self.began = began
        self.number = number
    }
}

/// One hold on a publisher, which may have ended before its receiver ends it.
struct HeldPublisher {
    let connection: Connection
    /// The connection's number of this hold.
    let number: UInt64
}

/// One receiver's hold as another shard names it.
struct HoldKey: Hashable {
    let shard: ShardIndex
    let number: UInt64
}

// A receiver that is online and whose queue is half full slows the publishers that fill it, before anything is dropped.
//
// Its publishers are not read from until its queue is down to a quarter. That smooths bursts; it must not let one slow
// reader hold up a fleet, so a hold ends after `maximumPublisherHoldMilliseconds`, and at the next look at the clock if
// the receiver takes nothing at all. From then on until its queue is down to a quarter it gets no hold again: its queue
// limit decides. Two clients that wait for each other would wait in vain, so who is held holds nobody, and the reverse.
// And all holds on one publisher have a budget together (`HoldBudget`): when it is used up, the queue limits of its
// receivers decide until the next window.
extension Shard {
    /// Publishers of other shards that one receiver may hold.
    private static let maximumRemotePublishers = 10_000

    /// Called when a message was queued for a client that is online.
    @inline(__always)
    func noteCrowding(_ session: Session) {
        if isHalfFull(session), !session.isTooSlow { crowded = session }
    }

    private func isEased(_ session: Session) -> Bool {
        session.queue.count <= maximumQueuedMessages(of: session) / 4
            && session.queue.bytes <= limits.maximumQueuedBytes / 4
    }

    /// The publisher of a message that has just been queued for a crowded receiver waits.
    func holdPublisher(_ connection: Connection) {
        guard let receiver = crowded else { return }
        crowded = nil
        guard canBeHeld(connection), let pressure = backpressure(of: receiver), receiver !== connection.session else {
            return
        }
        pressure.publishers.append(hold(connection))
    }

    /// The same for a message that came from another shard.
    func holdRemotePublisher(_ client: ClientIdentity?, on shard: ShardIndex) {
        guard let receiver = crowded else { return }
        crowded = nil
        guard let client, let pressure = backpressure(of: receiver),
            pressure.remotePublishers.count < Self.maximumRemotePublishers,
            pressure.remotePublishers.insert(client).inserted
        else { return }
        pressure.shards |= UInt64(1) << UInt64(shard.rawValue)
        post(.holdPublisher(client, hold: pressure.number), to: shard)
    }

    /// A receiver on another shard holds a publisher of this one.
    func publisherHeld(_ client: ClientIdentity, hold number: UInt64, by shard: ShardIndex) {
        guard let connection = sessions[client]?.connection, canBeHeld(connection) else { return }
        remoteHolds[HoldKey(shard: shard, number: number), default: []].append(hold(connection))
    }

    /// That receiver has room again, or is given up.
    func holdReleased(_ number: UInt64, by shard: ShardIndex) {
        for held in remoteHolds.removeValue(forKey: HoldKey(shard: shard, number: number)) ?? [] { release(held) }
    }

    /// The receiver took messages from its queue.
    func notePressure(_ session: Session) {
        if isEased(session) {
            session.isTooSlow = false
            endBackpressure(session)
        } else {
            session.backpressure?.hasProgressed = true
        }
    }

    /// Lets all publishers go on that wait for this receiver.
    func endBackpressure(_ session: Session) {
        guard let pressure = session.backpressure else { return }
        session.backpressure = nil
        for held in pressure.publishers { release(held) }
        var rest = pressure.shards
        while rest != 0 {
            post(.releaseHold(pressure.number), to: ShardIndex(rest.trailingZeroBitCount))
            rest &= rest &- 1
        }
    }

    /// Ends holds that have lasted long enough, or that wait for a receiver that does not move.
    func reviewBackpressure() {
        let sessions = pressed
        pressed = []
        for session in sessions {
            guard let pressure = session.backpressure else { continue }
            let deadline = pressure.began.advanced(byMilliseconds: limits.maximumPublisherHoldMilliseconds)
            if !pressure.hasProgressed || deadline <= now {
                session.isTooSlow = true
                endBackpressure(session)
            } else {
                pressure.hasProgressed = false
                pressed.append(session)
            }
        }
    }

    /// Lets publishers go on that have used up their budget, whatever their receivers do.
    func reviewHeldPublishers() {
        let limit = limits.maximumPublisherHoldMilliseconds
        let all = heldPublishers
        heldPublishers = []
        for held in all where isOn(held) {
            let connection = held.connection
            if connection.holdBudget.isUsedUp(holding: connection.heldSince, now: now, limit: limit) {
                release(held)
            } else {
                heldPublishers.append(held)
            }
        }
    }

    // MARK: -

    private func backpressure(of receiver: Session) -> Backpressure? {
        if let pressure = receiver.backpressure { return pressure }
        // The session may have ended while the message was routed.
        guard limits.maximumPublisherHoldMilliseconds > 0, let connection = receiver.connection, !connection.isHeld
        else {
            return nil
        }
        let pressure = Backpressure(began: now, number: makeNumber())
        receiver.backpressure = pressure
        pressed.append(receiver)
        return pressure
    }

    private func canBeHeld(_ connection: Connection) -> Bool {
        connection.closing == .open && !connection.isHeld && connection.session?.backpressure == nil
            && !connection.holdBudget.isUsedUp(
                holding: nil, now: now, limit: limits.maximumPublisherHoldMilliseconds)
    }

    private func hold(_ connection: Connection) -> HeldPublisher {
        connection.heldSince = now
        connection.holdNumber += 1
        counters.add(ShardCounters.publisherHolds)
        counters.add(ShardCounters.publishersHeld)
        connection.openRequests += 1
        let held = HeldPublisher(connection: connection, number: connection.holdNumber)
        // Short holds end long before the clock looks at the list.
        if heldPublishers.count >= 2 * connections.count + 64 { heldPublishers.removeAll { !isOn($0) } }
        heldPublishers.append(held)
        return held
    }

    private func isOn(_ held: HeldPublisher) -> Bool {
        held.connection.isHeld && held.connection.holdNumber == held.number
    }

    private func release(_ held: HeldPublisher) {
        guard isOn(held), let began = held.connection.heldSince else { return }
        let connection = held.connection
        connection.heldSince = nil
        counters.add(ShardCounters.publishersHeld, -1)
        let limit = limits.maximumPublisherHoldMilliseconds
        if connection.holdBudget.charge(holding: began, now: now, limit: limit) {
            counters.add(ShardCounters.publisherHoldsUsedUp)
        }
        requestDone(connection)
    }
}
