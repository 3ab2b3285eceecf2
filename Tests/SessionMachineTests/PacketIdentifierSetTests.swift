import RandomKit
import SessionMachine
import Testing

@Suite("Sets of packet identifiers")
struct PacketIdentifierSetTests {
    @Test("A set of identifiers does what Set<UInt16> does", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for range in [1...12, 1...400, 65_500 ... .max, 1 ... .max] as [ClosedRange<UInt16>] {
            var set = PacketIdentifierSet()
            var model: Set<UInt16> = []
            for step in 0..<1500 {
                let identifier = UInt16.random(in: range, using: &generator)
                let isRight: Bool
                switch Int.random(in: 0..<20, using: &generator) {
                case 0..<9: isRight = set.insert(identifier) == model.insert(identifier).inserted
                case 9..<19:
                    let known = Bool.random(using: &generator) ? model.randomElement(using: &generator) : nil
                    let gone = known ?? identifier
                    isRight = set.remove(gone) == (model.remove(gone) != nil)
                default:
                    set.trim()
                    isRight = Set(set.members) == model
                }
                let isSame =
                    set.count == model.count && set.isEmpty == model.isEmpty
                    && set.contains(identifier) == model.contains(identifier)
                if !isRight || !isSame {
                    Issue.record("seed \(seed), identifiers \(range), step \(step), identifier \(identifier)")
                    return
                }
            }
            #expect(set.members.sorted() == model.sorted(), "seed \(seed), identifiers \(range)")
        }
    }

    @Test("All 65,535 identifiers fit, and all can be taken out again")
    func full() {
        var set = PacketIdentifierSet()
        for identifier in 1...UInt16.max {
            let isNew = set.insert(identifier)
            if !isNew { Issue.record("\(identifier) was there already") }
        }
        #expect(set.count == 65_535)
        let isAgain = set.insert(40_000)
        #expect(!isAgain)
        for identifier in 1...UInt16.max where !set.remove(identifier) { Issue.record("\(identifier) was lost") }
        #expect(set.isEmpty)
        #expect(set.members.isEmpty)
    }

    @Test("0 is no identifier and never a member", arguments: [0, 1, 100])
    func zero(count: Int) {
        var set = PacketIdentifierSet()
        for identifier in 0..<count { _ = set.insert(UInt16(identifier + 1)) }
        #expect(!set.contains(0))
        #expect(!set.members.contains(0))
        #expect(set.count == count)
    }
}
