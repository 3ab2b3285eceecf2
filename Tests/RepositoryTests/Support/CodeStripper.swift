/// Removes comments and the contents of string literals from Swift source, and keeps every line break.
struct CodeStripper {
    private let source: [UInt8]
    private var position = 0
    private var result: [UInt8] = []

    private init(_ text: String) {
        source = Array(text.utf8)
        result.reserveCapacity(source.count)
    }

    static func strip(_ text: String) -> String {
        var stripper = CodeStripper(text)
        while stripper.position < stripper.source.count { stripper.step() }
        return String(decoding: stripper.result, as: UTF8.self)
    }

    private func isNext(_ text: String) -> Bool { source[position...].starts(with: text.utf8) }

    private mutating func step() {
        let byte = source[position]
        guard byte == UInt8(ascii: "/") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "\"") else {
            result.append(byte)
            position += 1
            return
        }
        if isNext("//") {
            while position < source.count, source[position] != UInt8(ascii: "\n") { position += 1 }
        } else if isNext("/*") {
            skipBlockComment()
        } else if isNext("#/") {
            while position < source.count, !isNext("/#") { position += 1 }
        } else if let hashes = literalHashes() {
            skipLiteral(hashes: hashes)
        } else {
            result.append(byte)
            position += 1
        }
    }

    private mutating func keepLineBreak() {
        if source[position] == UInt8(ascii: "\n") { result.append(UInt8(ascii: "\n")) }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if isNext("/*") {
                depth += 1
                position += 2
            } else if isNext("*/") {
                depth -= 1
                position += 2
            } else {
                keepLineBreak()
                position += 1
            }
        } while depth > 0 && position < source.count
    }

    /// How many `#` stand before the quote of a string literal that begins here; nil if none does.
    private func literalHashes() -> Int? {
        var end = position
        while end < source.count, source[end] == UInt8(ascii: "#") { end += 1 }
        return end < source.count && source[end] == UInt8(ascii: "\"") ? end - position : nil
    }

    private mutating func skipLiteral(hashes: Int) {
        position += hashes
        let quotes = isNext("\"\"\"") ? 3 : 1
        position += quotes
        let hash = String(repeating: "#", count: hashes)
        let end = String(repeating: "\"", count: quotes) + hash
        let escape = "\\" + hash
        result.append(UInt8(ascii: "\""))
        while position < source.count, !isNext(end) {
            if isNext(escape) {
                position += escape.utf8.count
                if position < source.count, source[position] == UInt8(ascii: "(") {
                    keepInterpolation()
                    continue
                }
            }
            if position < source.count {
                keepLineBreak()
                position += 1
            }
        }
        position += end.utf8.count
        result.append(UInt8(ascii: "\""))
    }

    /// What is interpolated is code again, and may hold literals of its own.
    private mutating func keepInterpolation() {
        var depth = 0
        repeat {
            if source[position] == UInt8(ascii: "(") { depth += 1 }
            if source[position] == UInt8(ascii: ")") { depth -= 1 }
            step()
        } while depth > 0 && position < source.count
    }
}
