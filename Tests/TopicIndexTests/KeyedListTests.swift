import RandomKit
import Testing
import TopicIndex

private struct Entry: Identifiable, Equatable {
    let id: Int
    let value: Int
}

@Suite("Lists with keys")
struct KeyedListTests {
    @Test("A list of any length holds what a dictionary would", arguments: [4, 16, 18, 200])
    func model(keys: Int) {
        var random = SeededGenerator(seed: UInt64(keys))
        var list = KeyedList<Entry>()
        var model: [Int: Entry] = [:]
        for step in 0..<5_000 {
            let entry = Entry(id: Int.random(in: 0..<keys, using: &random), value: step)
            if Int.random(in: 0..<100, using: &random) < (step % 1_000 < 500 ? 60 : 40) {
                #expect(list.set(entry) == (model.updateValue(entry, forKey: entry.id) == nil))
            } else {
                #expect(list.remove(entry.id) == model.removeValue(forKey: entry.id))
            }
            #expect(list.count == model.count && list.isEmpty == model.isEmpty)
            #expect(list.contains(entry.id) == (model[entry.id] != nil))
        }
        #expect(list.elements.sorted { $0.id < $1.id } == model.values.sorted { $0.id < $1.id })
    }
}
