import RandomKit
import MQTTWire
import Testing
import TopicIndex

@Suite("Byte strings")
struct ByteStringsTests {
    @Test("Strings are found, counted and read back like those of a dictionary", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var strings = ByteStrings(seed: seed)
        var model: [String: (number: Int32, references: Int)] = [:]
        for step in 0..<1500 {
            let number = Int.random(in: 0..<200, using: &generator)
            let text = String(repeating: "x", count: number % 40) + "\(number)"
            let known = model[text]
            if let known, Bool.random(using: &generator) {
                let isLast = strings.release(known.number)
                #expect(isLast == (known.references == 1), "seed \(seed), step \(step)")
                model[text] = isLast ? nil : (known.number, known.references - 1)
            } else {
                let inserted = text.view { strings.insert($0) }
                #expect(known == nil || known?.number == inserted, "seed \(seed), step \(step)")
                model[text] = (inserted, (known?.references ?? 0) + 1)
            }
            let isRight =
                strings.count == model.count && text.view { strings.find($0) } == model[text]?.number
                && Set(model.values.map(\.number)).count == model.count
            if !isRight {
                Issue.record("seed \(seed), step \(step): \(text) is not as the dictionary has it")
                return
            }
        }
        for (text, entry) in model {
            #expect(strings.bytes(entry.number) == Array(text.utf8), "seed \(seed)")
            #expect(strings.withBytes(entry.number) { $0.text } == text, "seed \(seed)")
            #expect(strings.references(entry.number) == entry.references, "seed \(seed)")
        }
    }

    @Test("Strings stay readable when most others are gone and the gaps are packed")
    func packing() {
        var strings = ByteStrings(seed: 1)
        let texts = (0..<1000).map { "string number \($0) of a good length" }
        let numbers = texts.map { text in text.view { strings.insert($0) } }
        for (index, number) in numbers.enumerated() where index % 10 != 0 { strings.release(number) }
        #expect(strings.count == 100)
        for (index, number) in numbers.enumerated() {
            let found = texts[index].view { strings.find($0) }
            #expect(found == (index % 10 == 0 ? number : nil))
            if index % 10 == 0 { #expect(strings.bytes(number) == Array(texts[index].utf8)) }
        }
    }

    @Test("Numbers that became free are used again before there are new ones")
    func reuse() {
        var strings = ByteStrings(seed: 1)
        let numbers = (0..<100).map { number in "first \(number)".view { strings.insert($0) } }
        #expect(Set(numbers) == Set(0..<100))
        for number in numbers { #expect(strings.release(number) == true) }
        #expect(strings.count == 0)
        let again = (0..<100).map { number in "second \(number)".view { strings.insert($0) } }
        #expect(Set(again) == Set(numbers))
        #expect(strings.capacity == 100)
        for (index, number) in again.enumerated() { #expect(strings.bytes(number) == Array("second \(index)".utf8)) }
    }

    @Test("The empty string is a string like any other")
    func empty() {
        var strings = ByteStrings(seed: 1)
        #expect("".view { strings.find($0) } == nil)
        let empty = "".view { strings.insert($0) }
        let other = "a".view { strings.insert($0) }
        #expect(empty != other)
        #expect("".view { strings.find($0) } == empty)
        #expect(strings.bytes(empty).isEmpty)
        #expect(strings.release(empty) == true)
        #expect("".view { strings.find($0) } == nil)
        #expect("a".view { strings.find($0) } == other)
    }
}
