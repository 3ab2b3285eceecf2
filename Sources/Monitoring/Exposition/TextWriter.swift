import NIOCore

/// Writes the lines of Prometheus' text formats.
struct TextWriter {
    private(set) var buffer: ByteBuffer

    init(capacity: Int) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    mutating func write(_ text: String) { buffer.writeString(text) }

    mutating func write(_ text: StaticString) { buffer.writeStaticString(text) }

    /// `name{label="value",…} number` and a line feed.
    mutating func sample(_ name: String, suffix: StaticString = "", labels: String = "", _ value: Double) {
        buffer.writeString(name)
        buffer.writeStaticString(suffix)
        if !labels.isEmpty {
            buffer.writeStaticString("{")
            buffer.writeString(labels)
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString(" ")
        buffer.writeString(Self.text(of: value))
        buffer.writeStaticString("\n")
    }

    /// A number as both text formats take it.
    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int(exactly: value) { return String(whole) }
        return "\(value)"
    }

    /// `name="value",…` with what must be escaped.
    static func labels(_ names: [String], _ values: [String]) -> String {
        zip(names, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return text }
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
