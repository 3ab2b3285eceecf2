import BrokerTransport

/// How an option reads from and writes to the value that it configures; made together with its kind, so that the two
/// cannot disagree.
struct OptionField<Root: Sendable>: Sendable {
    let kind: OptionKind
    /// The value as a settings file would write it.
    let read: @Sendable (Root) -> String
    /// Whether the element may stand several times, each with one more value.
    var isList = false
    /// Takes a text of the file; false, and no change, when the kind does not allow it.
    let write: @Sendable (inout Root, String) -> Bool

    /// A whole number within bounds that the field can hold; what it cannot hold becomes its largest value.
    static func integer<Number: FixedWidthInteger & SendableMetatype>(
        _ field: any WritableKeyPath<Root, Number> & Sendable, _ bounds: ClosedRange<Int>
    ) -> Self {
        integer(
            bounds, read: { Int(clamping: $0[keyPath: field]) },
            write: { $0[keyPath: field] = Number(clamping: $1) })
    }

    /// A whole number that the field holds in another form.
    static func integer(
        _ bounds: ClosedRange<Int>, read: @escaping @Sendable (Root) -> Int,
        write: @escaping @Sendable (inout Root, Int) -> Void
    ) -> Self {
        let kind = OptionKind.integer(bounds)
        return Self(kind: kind, read: { "\(read($0))" }) { root, text in
            guard let number = kind.integer(text) else { return false }
            write(&root, number)
            return true
        }
    }

    static func double(_ field: any WritableKeyPath<Root, Double> & Sendable, _ bounds: ClosedRange<Double>) -> Self {
        let kind = OptionKind.double(bounds)
        return Self(kind: kind, read: { OptionKind.text(of: $0[keyPath: field]) }) { root, text in
            guard let number = kind.double(text) else { return false }
            root[keyPath: field] = number
            return true
        }
    }

    /// A number that may have a fraction and need not be set; not set it reads as an empty text.
    static func double(
        _ field: any WritableKeyPath<Root, Double?> & Sendable, _ bounds: ClosedRange<Double>
    ) -> Self {
        let kind = OptionKind.double(bounds)
        return Self(kind: kind, read: { $0[keyPath: field].map(OptionKind.text) ?? "" }) { root, text in
            guard let number = kind.double(text) else { return false }
            root[keyPath: field] = number
            return true
        }
    }

    /// A whole number that need not be set; `read` says what then holds, and is empty if nothing does.
    static func integer(
        _ field: any WritableKeyPath<Root, Int?> & Sendable, _ bounds: ClosedRange<Int>,
        read: @escaping @Sendable (Root) -> String
    ) -> Self {
        let kind = OptionKind.integer(bounds)
        return Self(kind: kind, read: read) { root, text in
            guard let number = kind.integer(text) else { return false }
            root[keyPath: field] = number
            return true
        }
    }

    static func boolean(_ field: any WritableKeyPath<Root, Bool> & Sendable) -> Self {
        let kind = OptionKind.boolean
        return Self(kind: kind, read: { "\($0[keyPath: field])" }) { root, text in
            guard let value = kind.boolean(text) else { return false }
            root[keyPath: field] = value
            return true
        }
    }

    static func string(_ field: any WritableKeyPath<Root, String> & Sendable, maximumBytes: Int) -> Self {
        text(field, .string(maximumBytes: maximumBytes))
    }

    /// Where something is in the file system.
    static func filePath(_ field: any WritableKeyPath<Root, String> & Sendable, maximumBytes: Int) -> Self {
        text(field, .filePath(maximumBytes: maximumBytes))
    }

    private static func text(_ field: any WritableKeyPath<Root, String> & Sendable, _ kind: OptionKind) -> Self {
        Self(kind: kind, read: { $0[keyPath: field] }) { root, text in
            guard let value = kind.text(text) else { return false }
            root[keyPath: field] = value
            return true
        }
    }

    /// Where something is found over HTTP.
    static func httpPath(
        _ field: any WritableKeyPath<Root, String> & Sendable, taken: [String]
    ) -> Self {
        text(field, .httpPath(taken: taken))
    }

    /// An address or a network; each element adds one.
    static func networks(_ field: any WritableKeyPath<Root, [NetworkRange]> & Sendable) -> Self {
        list(.network, read: { $0[keyPath: field].map(\.description) }) { root, text in
            guard let range = NetworkRange(text) else { return false }
            root[keyPath: field].append(range)
            return true
        }
    }

    /// Each element adds one value.
    ///
    /// - Parameter read: all of them.
    static func list(
        _ kind: OptionKind, read: @escaping @Sendable (Root) -> [String],
        add: @escaping @Sendable (inout Root, String) -> Bool
    ) -> Self {
        Self(
            kind: kind, read: { read($0).joined(separator: ", ") }, isList: true,
            write: { root, text in
                guard kind.text(text) != nil else { return false }
                return add(&root, text)
            })
    }

    /// One of the cases of an enum, written as its raw value.
    static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ field: any WritableKeyPath<Root, Choice> & Sendable
    ) -> Self {
        let kind = OptionKind.choice(Choice.allCases.map(\.rawValue))
        return Self(kind: kind, read: { $0[keyPath: field].rawValue }) { root, text in
            guard let choice = Choice(rawValue: text) else { return false }
            root[keyPath: field] = choice
            return true
        }
    }
}
