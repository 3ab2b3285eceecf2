/// A pattern in which `*` stands for any characters and `?` for one; everything else for itself.
///
/// Takes time in proportion to the product of the two lengths at most, whatever the pattern.
package struct Wildcard: Sendable, Hashable {
    private let pattern: [UInt8]

    /// A pattern; every text is one.
    package init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

    /// Whether the whole text is like the pattern. `?` stands for one character, whatever its bytes.
    ///
    /// - Parameter maximumSteps: comparisons after which a text counts as one that is not.
    package func matches(_ text: String, maximumSteps: Int = .max) -> Bool {
        var copy = text
        return copy.withUTF8 { unsafe matches($0.span, maximumSteps) }
    }

    private func matches(_ text: borrowing Span<UInt8>, _ maximumSteps: Int) -> Bool {
        var steps = 0
        var (place, at) = (0, 0)
        // Where to go on if what follows the last star turns out not to match.
        var star: (place: Int, at: Int)?
        while at < text.count {
            steps += 1
            if steps > maximumSteps { return false }
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") {
                place += 1
                at = Self.afterCharacter(text, at)
            } else if place < pattern.count, pattern[place] == text[at] {
                place += 1
                at += 1
            } else if let last = star {
                star = (last.place, last.at + 1)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// UTF-8's bytes after the first of a character begin with the bits 10.
    private static func afterCharacter(_ text: borrowing Span<UInt8>, _ at: Int) -> Int {
        var next = at + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}
