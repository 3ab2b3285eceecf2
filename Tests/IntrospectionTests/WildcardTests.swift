import Introspection
import RandomKit
import Testing

@Suite("Wildcards")
struct WildcardTests {
    @Test(
        "A star stands for any characters, a question mark for one",
        arguments: [
            ("", "", true), ("", "a", false), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("*", "", true),
            ("*", "abc", true), ("a*", "a", true), ("a*", "ba", false), ("*a", "cba", true), ("*a", "ab", false),
            ("a*c", "abbc", true), ("a*c", "abcd", false), ("*b*", "abc", true), ("a*b*c", "aXbYbZc", true),
            ("**", "a", true),
            ("?", "a", true), ("?", "", false), ("?", "ab", false), ("a?c", "abc", true), ("?", "é", true),
            ("?", "😀", true),
            ("é*", "éa", true), ("*?", "", false), ("?*?", "ab", true), ("?*?", "a", false), (".", "a", false),
        ])
    func matches(pattern: String, text: String, isMatch: Bool) {
        #expect(Wildcard(pattern).matches(text) == isMatch)
    }

    @Test("Random patterns match what a slow and obvious matcher says", arguments: Seeds.all)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let pattern = (0..<random.below(7)).compactMap { _ in random.pick(["a", "b", "é", "*", "?"]) }.joined()
            let text = (0..<random.below(8)).compactMap { _ in random.pick(["a", "b", "é"]) }.joined()
            #expect(
                Wildcard(pattern).matches(text) == Self.matches(Array(pattern)[...], Array(text)[...]),
                "seed \(seed): \(pattern) \(text)")
        }
    }

    @Test("A pattern of many stars does not take long for a text that almost matches")
    func manyStars() {
        let pattern = String(repeating: "a*", count: 2000) + "b"
        #expect(!Wildcard(pattern).matches(String(repeating: "a", count: 4000)))
    }

    @Test("After as many comparisons as are allowed a text counts as one that does not match")
    func budget() {
        let pattern = Wildcard("*" + String(repeating: "a", count: 100) + "b")
        let text = String(repeating: "a", count: 5_000) + "b"
        #expect(pattern.matches(text))
        #expect(!pattern.matches(text, maximumSteps: 100_000))
        #expect(pattern.matches(text, maximumSteps: 1_000_000))
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" { return matches(rest, text) || !text.isEmpty && matches(pattern, text.dropFirst()) }
        guard let letter = text.first, first == "?" || first == letter else { return false }
        return matches(rest, text.dropFirst())
    }
}
