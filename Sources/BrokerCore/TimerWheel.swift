import BrokerValues

/// Something with one deadline. A subclass says in ``Shard`` what happens then.
package class Scheduled {
    fileprivate(set) var deadline = Instant.never
    /// Where it stands in the wheel; -1 if nowhere.
    fileprivate var slot: Int32 = -1
    fileprivate var position: Int32 = 0
}

/// All deadlines of a shard: setting, changing and cancelling one costs the same however many there are.
///
/// A wheel of slots a tenth of a second wide. A deadline further away than one turn stays in its slot and is looked at
/// once a turn. A deadline fires at most one slot's width late.
struct TimerWheel {
    /// Width of a slot in milliseconds.
    static let resolution: UInt64 = 100
    private static let slotCount = 1024

    private var slots = ContiguousArray<ContiguousArray<Scheduled>>(repeating: [], count: slotCount)
    private var handledUntil: UInt64
    private(set) var count = 0

    init(now: Instant) { handledUntil = now.milliseconds / Self.resolution }

    /// Sets, changes or (with `.never`) cancels the deadline of an item.
    mutating func schedule(_ item: Scheduled, at deadline: Instant) {
        if item.slot >= 0 { remove(item) }
        item.deadline = deadline
        guard deadline != .never else { return }
        // Rounded up, and never into the slot that was just handled: it would wait a whole turn.
        let due = max(deadline.milliseconds / Self.resolution + 1, handledUntil + 1)
        let slot = Int(due % UInt64(Self.slotCount))
        item.slot = Int32(slot)
        item.position = Int32(slots[slot].count)
        slots[slot].append(item)
        count += 1
    }

    private mutating func remove(_ item: Scheduled) {
        let slot = Int(item.slot)
        let last = slots[slot].removeLast()
        if last !== item {
            slots[slot][Int(item.position)] = last
            last.position = item.position
        }
        item.slot = -1
        count -= 1
    }

    /// Takes out everything whose deadline has come.
    mutating func takeDue(_ now: Instant) -> ContiguousArray<Scheduled> {
        var due: ContiguousArray<Scheduled> = []
        let target = now.milliseconds / Self.resolution
        guard target > handledUntil else { return due }
        // After a long pause one turn sees every slot.
        let first = max(handledUntil + 1, target >= UInt64(Self.slotCount) ? target - UInt64(Self.slotCount) + 1 : 0)
        handledUntil = target
        for tick in first...target {
            for item in slots[Int(tick % UInt64(Self.slotCount))] where item.deadline <= now {
                due.append(item)
            }
        }
        for item in due {
            remove(item)
            item.deadline = .never
        }
        return due
    }
}
