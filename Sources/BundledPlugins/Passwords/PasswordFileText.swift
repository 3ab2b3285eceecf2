/// A password file that is changed: what is not meant stays as it is, to the byte.
package struct PasswordFileText: Sendable {
    /// Why a user name cannot stand in a file.
    package enum NameFault: Error, Sendable, Hashable, CustomStringConvertible {
        case empty, tooLong, colon, control, blank, comment

        package var description: String {
            switch self {
            case .empty: "The user name is empty."
            case .tooLong: "The user name is longer than \(PasswordFileText.longestName) bytes."
            case .colon: "A user name cannot hold \":\", which ends it in the file."
            case .control: "A user name cannot hold control characters."
            case .blank: "A user name cannot begin or end with a space."
            case .comment: "A user name cannot begin with \"#\", which begins a comment in the file."
            }
        }
    }

    static let longestName = 1_024

    /// What some editors put at the beginning of UTF-8.
    private var mark: ArraySlice<UInt8> = []
    /// Each with the line break that ends it, if any.
    private var lines: [ArraySlice<UInt8>] = []

    /// Any bytes; what is not understood stays as it is.
    package init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { mark = bytes[..<3] }
        var start = mark.endIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
            lines.append(bytes[start..<end])
            start = end
        }
    }

    package var bytes: [UInt8] { Array(mark) + Array(lines.joined()) }

    /// Looks at a name before it is written.
    package static func check(_ name: String) throws(NameFault) {
        if name.isEmpty { throw .empty }
        if name.utf8.count > longestName { throw .tooLong }
        if name.utf8.contains(0x3A) { throw .colon }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { throw .control }
        if name.hasPrefix("#") { throw .comment }
        if name.trimmed.utf8.count != name.utf8.count { throw .blank }
    }

    /// Gives a user a hash, where the user stands or at the end.
    ///
    /// - Returns: whether the user was there before.
    package mutating func set(_ user: String, _ hash: PasswordHash) -> Bool {
        let line = Array("\(user):\(hash.text)\n".utf8)[...]
        guard let index = lines.firstIndex(where: { Self.isLine($0, of: user) }) else {
            if let last = lines.last, last.last != 0x0A { lines[lines.count - 1].append(0x0A) }
            lines.append(line)
            return false
        }
        lines[index] = line
        return true
    }

    /// - Returns: whether the user was there.
    package mutating func remove(_ user: String) -> Bool {
        let count = lines.count
        lines.removeAll { Self.isLine($0, of: user) }
        return lines.count != count
    }

    /// By bytes: texts that look alike may be two users.
    private static func isLine(_ line: ArraySlice<UInt8>, of user: String) -> Bool {
        Self.user(of: line)?.utf8.elementsEqual(user.utf8) ?? false
    }

    private static func user(of line: ArraySlice<UInt8>) -> String? {
        guard line.first != UInt8(ascii: "#"), let colon = line.firstIndex(of: 0x3A) else { return nil }
        return String(validating: line[..<colon], as: UTF8.self).map { String($0.trimmed) }
    }
}
