/// The name of a managed bean, or a pattern for names: a domain and properties, such as `skep:type=Listener,name=a`.
///
/// The syntax is that of `javax.management.ObjectName`. Two names are equal whatever the order of their properties.
package struct ObjectName: Sendable {
    /// A key and its value, as written: a quoted value keeps its quotes.
    package struct Property: Sendable, Hashable {
        package let key: String
        package let value: String
    }

    package let domain: String
    /// In the order in which they were given; each key once.
    package let properties: [Property]
    /// Whether a name that the pattern matches may have other properties too (`,*`).
    package let isPropertyListPattern: Bool
    /// Domain and properties, these sorted by key.
    package let canonical: String

    private init(domain: String, properties: [Property], isPropertyListPattern: Bool) {
        self.domain = domain
        self.properties = properties
        self.isPropertyListPattern = isPropertyListPattern
        canonical =
            "\(domain):" + Self.list(properties.sorted { $0.key < $1.key }, isPropertyListPattern)
    }

    /// A name; values that contain what the syntax uses are quoted.
    package init(_ domain: String, _ properties: KeyValuePairs<String, String>) {
        self.init(
            domain: domain, properties: properties.map { Property(key: $0.key, value: Self.quotedIfNeeded($0.value)) },
            isPropertyListPattern: false)
    }

    /// Nil for what is neither a name nor a pattern.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let domain = text[..<colon]
        guard !domain.contains("\n") else { return nil }
        var rest = text[text.index(after: colon)...]
        var properties: [Property] = []
        var keys: Set<String> = []
        var isPropertyListPattern = false
        repeat {
            if rest.hasPrefix("*"), rest.dropFirst().isEmpty || rest.dropFirst().first == "," {
                guard !isPropertyListPattern else { return nil }
                isPropertyListPattern = true
                rest = rest.dropFirst()
            } else {
                guard let property = Self.takeProperty(&rest), keys.insert(property.key).inserted else { return nil }
                properties.append(property)
            }
            guard let separator = rest.popFirst() else { break }
            guard separator == ",", !rest.isEmpty else { return nil }
        } while true
        self.init(domain: String(domain), properties: properties, isPropertyListPattern: isPropertyListPattern)
    }

    /// As it was written.
    package var text: String { "\(domain):" + propertyList }

    /// The properties as they were written.
    package var propertyList: String { Self.list(properties, isPropertyListPattern) }

    /// The properties sorted by key.
    package var canonicalPropertyList: String {
        Self.list(properties.sorted { $0.key < $1.key }, isPropertyListPattern)
    }

    /// Whether it can match more than one name.
    package var isPattern: Bool {
        isPropertyListPattern || Self.hasWildcard(domain) || properties.contains { Self.isPattern($0.value) }
    }

    /// The value of a property as written; nil without one.
    package subscript(key: String) -> String? { properties.first { $0.key == key }?.value }

    /// Whether a name, which is no pattern, is one that this pattern, or equal name, is for.
    package func matches(_ name: ObjectName) -> Bool {
        guard Wildcard(domain).matches(name.domain),
            isPropertyListPattern || properties.count == name.properties.count
        else { return false }
        return properties.allSatisfy { wanted in
            guard let value = name[wanted.key] else { return false }
            return Self.isPattern(wanted.value) ? Wildcard(wanted.value).matches(value) : wanted.value == value
        }
    }

    // MARK: - Syntax

    private static func takeProperty(_ rest: inout Substring) -> Property? {
        guard let equals = rest.firstIndex(of: "=") else { return nil }
        let key = rest[..<equals]
        guard !key.isEmpty, !key.contains(where: { ",:*?\n".contains($0) }) else { return nil }
        rest = rest[rest.index(after: equals)...]
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != "," }
            guard !value.contains(where: { "=:\"\n".contains($0) }) else { return nil }
            rest = rest[value.endIndex...]
            return Property(key: String(key), value: String(value))
        }
        guard let value = takeQuoted(&rest) else { return nil }
        return Property(key: String(key), value: value)
    }

    private static func takeQuoted(_ rest: inout Substring) -> String? {
        var isEscaped = false
        for index in rest.indices.dropFirst() {
            let character = rest[index]
            if character == "\n" { return nil }
            if isEscaped {
                guard "\\\"*?n".contains(character) else { return nil }
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                let value = String(rest[...index])
                rest = rest[rest.index(after: index)...]
                return value
            }
        }
        return nil
    }

    /// As `ObjectName.quote` does it, for values that could not stand otherwise.
    package static func quotedIfNeeded(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { ",=:\"*?\n".contains($0) }) else { return value }
        var result = "\""
        for character in value {
            switch character {
            case "\\", "\"", "*", "?": result += "\\\(character)"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "\""
    }

    private static func list(_ properties: [Property], _ isPropertyListPattern: Bool) -> String {
        let pairs = properties.map { "\($0.key)=\($0.value)" } + (isPropertyListPattern ? ["*"] : [])
        return pairs.joined(separator: ",")
    }

    private static func hasWildcard(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" } }

    /// In a quoted value a backslash takes a wildcard's meaning away.
    private static func isPattern(_ value: String) -> Bool {
        guard value.first == "\"" else { return hasWildcard(value) }
        var isEscaped = false
        for character in value {
            if !isEscaped, character == "*" || character == "?" { return true }
            isEscaped = !isEscaped && character == "\\"
        }
        return false
    }
}

extension ObjectName: Hashable {
    /// Whatever the order of the properties.
    package static func == (left: ObjectName, right: ObjectName) -> Bool { left.canonical == right.canonical }

    /// Whatever the order of the properties.
    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
}
