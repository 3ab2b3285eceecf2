/// Finds the functions of a Swift file and how long they are.
struct FunctionFinder {
    /// One function with a body.
    struct Function: Equatable {
        let name: String
        /// The line of its `func` or `init`, from 1.
        let line: Int
        /// From there to the closing brace.
        let lineCount: Int
    }

    private let code: [UInt8]

    /// The functions in code without comments and literals, see ``CodeStripper``.
    static func functions(in code: String) -> [Function] {
        let finder = FunctionFinder(code: Array(code.utf8))
        var found: [Function] = []
        var line = 1
        var position = 0
        while position < finder.code.count {
            if finder.code[position] == UInt8(ascii: "\n") { line += 1 }
            let word = finder.word(at: position)
            if let function = finder.function(at: position, word: word, line: line) { found.append(function) }
            position += max(1, word.count)
        }
        return found
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        let lowercased = byte | 0x20
        return byte == UInt8(ascii: "_") || byte >= 0x80
            || lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z")
            || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private func word(at position: Int) -> ArraySlice<UInt8> { code[position...].prefix(while: Self.isWordPart) }

    private func function(at position: Int, word: ArraySlice<UInt8>, line: Int) -> Function? {
        let isInitializer = word.elementsEqual("init".utf8)
        guard isInitializer || word.elementsEqual("func".utf8) else { return nil }
        let before = position > 0 ? code[position - 1] : UInt8(ascii: "\n")
        guard before == UInt8(ascii: " ") || before == UInt8(ascii: "\n") else { return nil }
        let head = code[word.endIndex...].prefix { $0 != UInt8(ascii: "(") }
        if isInitializer, let next = head.first, next != UInt8(ascii: "?"), next != UInt8(ascii: "<") { return nil }
        guard let end = endOfBody(from: head.endIndex) else { return nil }
        let name = isInitializer ? "init" : String(decoding: head, as: UTF8.self).trimmingPrefix(" ")[...]
        let breaks = code[position...end].count { $0 == UInt8(ascii: "\n") }
        return Function(name: String(name), line: line, lineCount: breaks + 1)
    }

    /// The place of the brace that ends the body; nil for a requirement of a protocol, which has none.
    private func endOfBody(from start: Int) -> Int? {
        guard let afterParameters = end(of: UInt8(ascii: "("), UInt8(ascii: ")"), from: start),
            let body = startOfBody(from: afterParameters + 1)
        else { return nil }
        return end(of: UInt8(ascii: "{"), UInt8(ascii: "}"), from: body)
    }

    /// The place of the closing bracket that belongs to the first opening one.
    private func end(of opening: UInt8, _ closing: UInt8, from start: Int) -> Int? {
        var depth = 0
        for position in start..<code.count {
            if code[position] == opening { depth += 1 }
            if code[position] == closing {
                depth -= 1
                if depth == 0 { return position }
            }
        }
        return nil
    }

    /// The opening brace behind `async throws -> Result where ...`, if there is one before the declaration ends.
    private func startOfBody(from start: Int) -> Int? {
        var depth = 0
        for position in start..<code.count {
            switch code[position] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return position
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "\n") where depth == 0 && !isContinued(at: position): return nil
            default: break
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    /// Whether the line behind this line break goes on with the head of the function.
    private func isContinued(at lineBreak: Int) -> Bool {
        let rest = code[lineBreak...].prefix(400).drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: " ") }
        let before = code[..<lineBreak].reversed().first { $0 != UInt8(ascii: " ") }
        if before == UInt8(ascii: ",") || before == UInt8(ascii: ":") { return true }
        return ["->", "{", "where ", "throws", "async", "rethrows"].contains { rest.starts(with: $0.utf8) }
    }
}
