/// Which elements there are: derived from the option table and the ignored elements.
struct SettingsSchema: Sendable {
    static let shared = SettingsSchema()

    /// The option that each path sets, aliases included.
    let options: [String: SettingsOption]
    /// The names of the known children of each element that holds others; the root's path is empty.
    let children: [String: Set<String>]

    private init() {
        var options: [String: SettingsOption] = [:]
        for option in OptionTable.options {
            for path in option.acceptedPaths { options[path] = option }
        }
        var children: [String: Set<String>] = [:]
        for path in Array(options.keys) + Array(IgnoredElements.notes.keys) {
            var parent = ""
            for name in path.split(separator: "/") {
                children[parent, default: []].insert(String(name))
                parent = parent.isEmpty ? String(name) : "\(parent)/\(name)"
            }
        }
        self.options = options
        self.children = children
    }

    /// What an unknown element was probably meant to be: a sibling with a similar name, else the same name elsewhere.
    func suggestion(for name: String, below parent: String) -> String? {
        // A name that is longer than any of ours is not compared: the distance costs the product of the lengths.
        guard name.utf8.count <= 64 else { return nil }
        let near = (children[parent] ?? [])
            .map { (name: $0, distance: EditDistance.between(name, $0)) }
            .filter { $0.distance <= max(1, min(name.utf8.count, $0.name.utf8.count) / 3) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let near { return near.name }
        return (Array(options.keys) + Array(IgnoredElements.notes.keys)).filter {
            $0 == name || $0.hasSuffix("/\(name)")
        }.min()
    }
}

/// How many letters must be inserted, removed or replaced to turn one name into the other (Levenshtein).
enum EditDistance {
    /// Costs the product of both lengths.
    static func between(_ left: String, _ right: String) -> Int {
        let target = Array(right.utf8)
        var row = Array(0...target.count)
        for (index, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let replaced = diagonal + (byte == target[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[target.count]
    }
}
