/// Files that hold one key and one number on a line, such as `meminfo`, `status`, `io` and `cpu.stat`.
enum KeyedLines {
    /// What stands behind a number.
    enum Unit {
        /// Nothing.
        case none
        /// ` kB`, which is 1024 bytes. It is demanded: a line that was cut off inside its number lacks it.
        case kibibytes
    }

    /// The values of `keys`, in their order; nil where a key does not occur.
    ///
    /// Lines with other keys may hold anything.
    /// - Returns: nil when the text was cut off, or the value of one of the keys is no number.
    static func values(_ text: ArraySlice<UInt8>, keys: [StaticString], unit: Unit) -> [UInt64?]? {
        guard TextScanner.isWhole(text) else { return nil }
        var values = [UInt64?](repeating: nil, count: keys.count)
        var scanner = TextScanner(text)
        while let line = scanner.line() {
            var words = TextScanner(line)
            guard let key = words.word() else { continue }
            let name = key.last == UInt8(ascii: ":") ? key.dropLast() : key
            guard let index = keys.firstIndex(where: { name.equals($0) }) else { continue }
            guard let number = words.number(), let value = scaled(number, &words, unit), words.word() == nil else {
                return nil
            }
            values[index] = value
        }
        return values
    }

    private static func scaled(_ number: UInt64, _ words: inout TextScanner, _ unit: Unit) -> UInt64? {
        switch unit {
        case .none: return number
        case .kibibytes:
            guard let word = words.word(), word.equals("kB") else { return nil }
            return TextScanner.product(number, 1024)
        }
    }
}
