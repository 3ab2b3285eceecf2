/// A file as lines of text, without what ends them.
struct KeyFileLines {
    /// Numbers begin at 1. Spaces, tabs and carriage returns at the end of a line are left out.
    private(set) var lines: [(number: Int, text: String)] = []

    /// A file that is not UTF-8, has a line that is too long or a zero byte is refused with all such lines.
    init(_ bytes: [UInt8], file: String, longestLine: Int) throws(KeyFileFaults) {
        var faults: [KeyFileFault] = []
        var start = bytes.startIndex
        var number = 0
        // The mark that some editors put at the beginning of UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        while start < bytes.endIndex, faults.count < KeyFileFaults.limit {
            number += 1
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            var line = bytes[start..<end]
            start = end == bytes.endIndex ? end : end + 1
            while let last = line.last, Self.isBlank(last) { line.removeLast() }
            func refuse(_ problem: String) {
                faults.append(KeyFileFault(file: file, line: number, problem: problem))
            }
            if line.count > longestLine {
                refuse("the line is longer than \(longestLine) bytes")
            } else if line.contains(0) {
                refuse("there is a zero byte in the line")
            } else if let text = String(validating: line, as: UTF8.self) {
                lines.append((number, text))
            } else {
                refuse("the line is not UTF-8")
            }
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

extension StringProtocol {
    /// Without spaces, tabs and the like at either end.
    var trimmed: Substring {
        // By bytes: to Swift a space and an accent after it are one letter, to those who write such files they are not.
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let text = Substring(self)
        guard let first = text.utf8.firstIndex(where: { !isBlank($0) }),
            let last = text.utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return text[first..<text.utf8.index(after: last)]
    }
}
