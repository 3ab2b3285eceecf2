/// An open-addressing table from 32-bit hashes to indices of entries that the owner keeps elsewhere.
///
/// Why not `Dictionary`: keys here are bytes in a receive buffer, which a dictionary could only look up after copying
/// them into a key object. The owner compares the candidates itself. Linear probing, at most three quarters full,
/// removal by shifting back, so there are no tombstones to decay. Eight bytes a slot.
struct HashSlots {
    private struct Slot {
        var hash: UInt32
        /// -1 for an empty slot.
        var index: Int32
    }

    private var slots: ContiguousArray<Slot> = []
    private(set) var count = 0

    private var mask: Int { slots.count &- 1 }

    /// The index stored under `hash` for which `matches` says yes.
    @inline(__always)
    func find(_ hash: UInt32, where matches: (Int32) -> Bool) -> Int32? {
        if count == 0 { return nil }
        let mask = mask
        var position = Int(hash) & mask
        while true {
            let slot = slots[position]
            if slot.index < 0 { return nil }
            if slot.hash == hash, matches(slot.index) { return slot.index }
            position = (position &+ 1) & mask
        }
    }

    /// Adds an index that is not there yet. Amortised constant time.
    mutating func insert(_ hash: UInt32, index: Int32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        var position = Int(hash) & mask
        while slots[position].index >= 0 { position = (position &+ 1) & mask }
        slots[position] = Slot(hash: hash, index: index)
        count += 1
    }

    /// Removes an index that is there; does nothing otherwise.
    mutating func remove(_ hash: UInt32, index: Int32) {
        if count == 0 { return }
        let mask = mask
        var position = Int(hash) & mask
        while slots[position].index != index {
            if slots[position].index < 0 { return }
            position = (position &+ 1) & mask
        }
        count -= 1
        // Shift back what was displaced past the hole.
        var hole = position
        var next = (hole &+ 1) & mask
        while slots[next].index >= 0 {
            let home = Int(slots[next].hash) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].index = -1
        if slots.count > 64, count * 8 < slots.count { resize(to: slots.count / 2) }
    }

    private mutating func grow() { resize(to: max(8, slots.count * 2)) }

    private mutating func resize(to capacity: Int) {
        let old = slots
        slots = ContiguousArray(repeating: Slot(hash: 0, index: -1), count: capacity)
        for slot in old where slot.index >= 0 {
            var position = Int(slot.hash) & mask
            while slots[position].index >= 0 { position = (position &+ 1) & mask }
            slots[position] = slot
        }
    }
}
