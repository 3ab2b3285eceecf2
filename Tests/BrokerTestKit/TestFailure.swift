/// What a conversation with the broker can go wrong with; ends the test that had it.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    init(_ text: String, _ file: StaticString, _ line: UInt) { self.init("\(file):\(line): \(text)") }
}

/// Bytes as a reader of a failed test wants them.
func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    let shown = bytes.prefix(200).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
    return bytes.count > 200 ? "\(shown) ... (\(bytes.count) bytes)" : shown
}
