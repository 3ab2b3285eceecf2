/// Turns the events of a parser into a tree, within ``XMLLimits``.
///
/// It knows nothing of libexpat, so that no unsafe code is needed here. Cost: one pass, each byte of text copied twice.
struct XMLTreeBuilder {
    private struct OpenElement {
        var name: String
        var line: Int
        var attributes: [String]
        var text: [UInt8] = []
        var children: [XMLElement] = []
    }

    /// Elements whose end tag has not come yet, the root first.
    private var open: [OpenElement] = []
    private var count = 0
    /// The finished tree, once the end tag of the root has come.
    private(set) var root: XMLElement?

    /// Opens an element; a fault means that parsing must stop.
    mutating func started(name: String, attributes: [String], line: Int) -> XMLFault? {
        count += 1
        if count > XMLLimits.elements {
            return XMLFault(line: line, message: "more than \(XMLLimits.elements) elements")
        }
        if open.count == XMLLimits.depth {
            return XMLFault(line: line, message: "elements nested deeper than \(XMLLimits.depth)")
        }
        open.append(OpenElement(name: name, line: line, attributes: attributes))
        return nil
    }

    /// Adds text to the innermost open element.
    mutating func text(_ bytes: some Sequence<UInt8>) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text.append(contentsOf: bytes)
    }

    /// Closes the innermost open element.
    mutating func ended() {
        guard let closed = open.popLast() else { return }
        let element = XMLElement(
            name: closed.name, line: closed.line, attributes: closed.attributes,
            text: Self.trimmed(closed.text), children: closed.children)
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    /// Without the white space that XML knows at both ends.
    private static func trimmed(_ bytes: [UInt8]) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
