import RandomKit
import Testing

@testable import TopicIndex

@Suite("Hash slots")
struct HashSlotsTests {
    /// How hashes are spread: far apart, all in a few places, or all around the end of the table.
    private static let masks: [UInt32] = [.max, 0x7, 0xFFFF_FFF8]

    @Test("Slots hold what a dictionary holds, however the hashes collide", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for mask in Self.masks {
            var slots = HashSlots()
            var model: [Int32: UInt32] = [:]
            for step in 0..<800 {
                let index = Int32.random(in: 0..<120, using: &generator)
                if let hash = model[index] {
                    slots.remove(hash, index: index)
                    model[index] = nil
                } else {
                    let hash = UInt32.random(in: 0 ... .max, using: &generator) & mask
                    slots.insert(hash, index: index)
                    model[index] = hash
                }
                guard slots.count == model.count, holds(slots, model) else {
                    Issue.record("seed \(seed), mask \(mask), step \(step)")
                    return
                }
            }
        }
    }

    private func holds(_ slots: HashSlots, _ model: [Int32: UInt32]) -> Bool {
        (0..<120 as Range<Int32>).allSatisfy { index in
            guard let hash = model[index] else { return true }
            return slots.find(hash) { $0 == index } == index
        }
    }

    @Test("Only an index whose own hash is asked for is offered")
    func offered() {
        var slots = HashSlots()
        for index in 0..<50 as Range<Int32> { slots.insert(UInt32(index) % 5, index: index) }
        var offered: Set<Int32> = []
        #expect(
            slots.find(3) {
                offered.insert($0); return false
            } == nil)
        #expect(offered == [3, 8, 13, 18, 23, 28, 33, 38, 43, 48])
    }

    @Test("Removing what is not there changes nothing")
    func absent() {
        var slots = HashSlots()
        slots.remove(1, index: 1)
        #expect(slots.count == 0)
        slots.insert(1, index: 1)
        slots.remove(1, index: 2)
        slots.remove(2, index: 2)
        #expect(slots.count == 1)
        #expect(slots.find(1) { _ in true } == 1)
        #expect(slots.find(2) { _ in true } == nil)
    }

    @Test("A table that grew large and emptied again still finds what is left")
    func shrink() {
        var slots = HashSlots()
        for index in 0..<10_000 as Range<Int32> { slots.insert(UInt32(index) &* 2_654_435_761, index: index) }
        for index in 10..<10_000 as Range<Int32> { slots.remove(UInt32(index) &* 2_654_435_761, index: index) }
        #expect(slots.count == 10)
        for index in 0..<10 as Range<Int32> {
            #expect(slots.find(UInt32(index) &* 2_654_435_761) { $0 == index } == index)
        }
    }
}
