package import MQTTWire

/// A set of byte strings, each kept once and named by a small number: filters, topic levels, retained topics.
///
/// All bytes stand in one arena; removed ones leave gaps, and the arena is packed when half of it is gaps. A string
/// costs its bytes, 16 bytes of entry and about 12 of hash slot. References are counted.
package struct ByteStrings {
    private struct Entry {
        var offset: Int
        var length: UInt32
        /// 0 for a free entry, whose `offset` then names the next free one.
        var references: Int32
    }

    private var entries: ContiguousArray<Entry> = []
    private var slots = HashSlots()
    private var arena: [UInt8] = []
    private var gapBytes = 0
    private var firstFree: Int32 = -1
    private let seed: UInt64

    /// - Parameter seed: secret of the process; peers choose the strings.
    package init(seed: UInt64) { self.seed = seed }

    /// Strings kept.
    package var count: Int { slots.count }

    /// One more than the largest number in use: side arrays of the owner are this long.
    package var capacity: Int { entries.count }

    /// The number of `bytes`, or nil if they are not kept.
    @inline(__always)
    package func find(_ bytes: ByteView) -> Int32? {
        if slots.count == 0 { return nil }
        let hash = UInt32(truncatingIfNeeded: bytes.hash(seed: seed))
        return slots.find(hash) { isEqual(entries[Int($0)], bytes) }
    }

    /// Adds a reference to `bytes`, keeping them if they are new.
    package mutating func insert(_ bytes: ByteView) -> Int32 {
        let hash = UInt32(truncatingIfNeeded: bytes.hash(seed: seed))
        if let index = slots.find(hash, where: { isEqual(entries[Int($0)], bytes) }) {
            entries[Int(index)].references += 1
            return index
        }
        let entry = Entry(offset: arena.count, length: UInt32(bytes.count), references: 1)
        arena.append(contentsOf: bytes.bytes)
        let index: Int32
        if firstFree >= 0 {
            index = firstFree
            firstFree = Int32(entries[Int(index)].offset)
            entries[Int(index)] = entry
        } else {
            index = Int32(entries.count)
            entries.append(entry)
        }
        slots.insert(hash, index: index)
        return index
    }

    /// Gives one reference back. Returns whether it was the last, so that the number is free now.
    @discardableResult
    package mutating func release(_ index: Int32) -> Bool {
        entries[Int(index)].references -= 1
        if entries[Int(index)].references > 0 { return false }
        // The hash is not kept: eight bytes less for each string, and this is the one place that needs it.
        let hash = withBytes(index) { UInt32(truncatingIfNeeded: $0.hash(seed: seed)) }
        slots.remove(hash, index: index)
        gapBytes += Int(entries[Int(index)].length)
        entries[Int(index)].offset = Int(firstFree)
        entries[Int(index)].length = 0
        firstFree = index
        if gapBytes > 4096, gapBytes * 2 > arena.count { pack() }
        return true
    }

    /// How often the string is referred to.
    package func references(_ index: Int32) -> Int { Int(entries[Int(index)].references) }

    /// Runs `body` with the bytes of a string that is kept.
    package func withBytes<R>(_ index: Int32, _ body: (ByteView) -> R) -> R {
        let entry = entries[Int(index)]
        return arena.withByteView { body($0.slice(entry.offset, entry.offset + Int(entry.length))) }
    }

    /// A copy of the bytes of a string that is kept.
    package func bytes(_ index: Int32) -> [UInt8] {
        let entry = entries[Int(index)]
        return Array(arena[entry.offset..<entry.offset + Int(entry.length)])
    }

    @inline(__always)
    private func isEqual(_ entry: Entry, _ bytes: ByteView) -> Bool {
        guard Int(entry.length) == bytes.count else { return false }
        return arena.withByteView {
            $0.slice(entry.offset, entry.offset &+ bytes.count).elementsEqual(bytes)
        }
    }

    private mutating func pack() {
        var packed: [UInt8] = []
        packed.reserveCapacity(arena.count - gapBytes)
        for index in entries.indices where entries[index].references > 0 {
            let start = entries[index].offset
            entries[index].offset = packed.count
            packed.append(contentsOf: arena[start..<start + Int(entries[index].length)])
        }
        arena = packed
        gapBytes = 0
    }
}
