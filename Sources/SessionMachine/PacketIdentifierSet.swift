/// A set of packet identifiers: those of QoS 2 publishes whose PUBREL has not come yet.
///
/// Open addressing over 16-bit slots, 0 for an empty one (0 is no identifier): two bytes for each of the usually few
/// members, at most 256 KB, whatever a client does.
package struct PacketIdentifierSet: Sendable, Equatable {
    private var slots: [UInt16] = []
    package private(set) var count = 0

    /// No members, no memory.
    package init() {}

    package var isEmpty: Bool { count == 0 }

    private static func home(_ identifier: UInt16, _ mask: Int) -> Int { Int(identifier &* 0x9E37) & mask }

    /// Whether an identifier is a member.
    package func contains(_ identifier: UInt16) -> Bool {
        if count == 0 { return false }
        let mask = slots.count - 1
        var position = Self.home(identifier, mask)
        while slots[position] != 0 {
            if slots[position] == identifier { return true }
            position = (position + 1) & mask
        }
        return false
    }

    /// Adds an identifier other than 0. Returns whether it is new.
    package mutating func insert(_ identifier: UInt16) -> Bool {
        if contains(identifier) { return false }
        if (count + 1) * 2 > slots.count { resize(to: max(8, slots.count * 2)) }
        place(identifier)
        count += 1
        return true
    }

    /// Removes an identifier. Returns whether it was there.
    package mutating func remove(_ identifier: UInt16) -> Bool {
        if count == 0 { return false }
        let mask = slots.count - 1
        var hole = Self.home(identifier, mask)
        while slots[hole] != identifier {
            if slots[hole] == 0 { return false }
            hole = (hole + 1) & mask
        }
        count -= 1
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Self.home(slots[next], mask)
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        return true
    }

    /// Gives memory back that few members do not need.
    package mutating func trim() {
        if count == 0 { slots = [] } else if count * 8 < slots.count { resize(to: max(8, slots.count / 4)) }
    }

    /// The members in no particular order.
    package var members: [UInt16] { slots.filter { $0 != 0 } }

    private mutating func place(_ identifier: UInt16) {
        let mask = slots.count - 1
        var position = Self.home(identifier, mask)
        while slots[position] != 0 { position = (position + 1) & mask }
        slots[position] = identifier
    }

    private mutating func resize(to capacity: Int) {
        let old = slots
        slots = [UInt16](repeating: 0, count: capacity)
        for identifier in old where identifier != 0 { place(identifier) }
    }
}
