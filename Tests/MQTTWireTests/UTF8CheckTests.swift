import MQTTWire
import Testing

@Suite("UTF-8 strings")
struct UTF8CheckTests {
    private func isValid(_ bytes: [UInt8]) -> Bool { bytes.withByteView { view in UTF8Check.isValid(view) } }

    /// Well-formed sequences at the ends of every range of the Unicode standard's table 3-7.
    private static let good: [[UInt8]] = [
        [], [0x01], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xE0, 0xBF, 0xBF], [0xE1, 0x80, 0x80],
        [0xEC, 0xBF, 0xBF], [0xED, 0x80, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF0, 0xBF, 0xBF, 0xBF], [0xF1, 0x80, 0x80, 0x80], [0xF3, 0xBF, 0xBF, 0xBF],
        [0xF4, 0x80, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xEF, 0xBB, 0xBF],
    ]

    /// U+0000, stray and missing continuations, overlong forms, surrogates, beyond U+10FFFF.
    private static let bad: [[UInt8]] = [
        [0x00], [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x7F], [0xC2, 0xC0], [0xDF, 0x00],
        [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0], [0xE1, 0x80], [0xE1, 0x80, 0x7F], [0xE1, 0xC0, 0x80],
        [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xEF, 0xBF, 0xC0], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF0, 0x90, 0x80, 0x41], [0xF1, 0x80, 0x41, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test("Well-formed text is accepted wherever it stands", arguments: good)
    func accepted(sequence: [UInt8]) {
        for before in 0...17 {
            for after in [0, 1, 7, 8, 9] {
                let bytes = [UInt8](repeating: 0x61, count: before) + sequence + [UInt8](repeating: 0x7A, count: after)
                #expect(isValid(bytes), "\(before) before, \(after) behind")
            }
        }
    }

    @Test("U+0000, surrogates, overlong, stray and cut forms are refused wherever they stand", arguments: bad)
    func refused(sequence: [UInt8]) {
        for before in 0...17 {
            for after in [0, 1, 7, 8, 9] {
                let bytes = [UInt8](repeating: 0x61, count: before) + sequence + [UInt8](repeating: 0x7A, count: after)
                #expect(!isValid(bytes), "\(before) before, \(after) behind")
            }
        }
    }

    @Test("Every two bytes are judged as the standard library judges them, but for U+0000")
    func pairs() {
        var differing: [[UInt8]] = []
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max {
                let bytes = [first, second]
                let expected = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
                if isValid(bytes) != expected { differing.append(bytes) }
            }
        }
        #expect(differing == [])
    }

    @Test("Every three bytes that start a longer sequence are judged as the standard library judges them")
    func triples() {
        var differing: [[UInt8]] = []
        for first in UInt8(0xE0) ... .max {
            for second in stride(from: UInt8(0x70), to: 0xD0, by: 1) {
                for third in [0x00, 0x7F, 0x80, 0xBF, 0xC0] as [UInt8] {
                    let bytes = [first, second, third]
                    let expected = String(validating: bytes, as: UTF8.self) != nil && third != 0
                    if isValid(bytes) != expected { differing.append(bytes) }
                }
            }
        }
        #expect(differing == [])
    }
}
