/// Slash-separated texts in which `!` escapes: the path of a GET and every inner path.
///
/// `!/` stands for `/`, `!!` for `!`, `!"` for `"`, and `!` before anything else for that.
enum JolokiaPath {
    /// Matches everything on its level.
    static let wildcard = "*"

    /// The segments; slashes in front and at the end make none, those between two others an empty one.
    static func segments(_ text: String) -> [String] {
        var result: [String] = []
        var segment = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                segment.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "!" {
                isEscaped = true
            } else if scalar == "/" {
                if !(result.isEmpty && segment.isEmpty) { result.append(segment) }
                segment = ""
            } else {
                segment.unicodeScalars.append(scalar)
            }
        }
        // Nothing is there to be escaped.
        if isEscaped { segment += "!" }
        result.append(segment)
        while result.last?.isEmpty == true { result.removeLast() }
        return result
    }

    /// The text of segments; the opposite of ``segments(_:)`` where the first and the last are not empty.
    static func text(_ segments: [String]) -> String {
        var result = ""
        for (index, segment) in segments.enumerated() {
            if index > 0 { result += "/" }
            for scalar in segment.unicodeScalars {
                if scalar == "!" || scalar == "/" { result += "!" }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The parts of a list with commas, such as attributes; `\` takes a comma's meaning away.
    static func list(_ text: String) -> [String] {
        var result: [String] = []
        var part = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                part.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," {
                result.append(part)
                part = ""
            } else {
                part.unicodeScalars.append(scalar)
            }
        }
        if isEscaped { part += "\\" }
        return result + [part]
    }
}
