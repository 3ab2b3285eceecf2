import Introspection

/// How an answer is to look: the processing parameters of a request's query or `config`.
///
/// Parameters that are not known are passed over, as clients send those of newer versions.
struct JolokiaParameters: Hashable {
    enum StackTrace: String { case never = "false", always = "true", runtime }
    enum Long: String { case number, string }
    enum MimeType: String, CaseIterable { case text = "text/plain", json = "application/json" }

    /// Levels of arrays and objects; 0 for no limit.
    private(set) var maxDepth = 0
    /// Elements or members of each array or object; 0 for no limit.
    private(set) var maxCollectionSize = 0
    /// Arrays and objects in one value; 0 for no limit.
    private(set) var maxObjects = 0
    private(set) var ignoreErrors = false
    private(set) var includeStackTrace = StackTrace.never
    private(set) var serializeException = false
    private(set) var canonicalNaming = false
    private(set) var mimeType = MimeType.text
    /// Seconds since the Unix epoch; 0 without one.
    private(set) var ifModifiedSince = 0
    private(set) var includeRequest = true
    private(set) var listKeys = false
    private(set) var listCache = false
    private(set) var serializeLong = Long.number

    /// - Throws: for a value that a known parameter cannot have.
    mutating func set(_ name: String, _ text: String) throws(JolokiaError) {
        switch name {
        case "maxDepth": maxDepth = try Self.count(name, text)
        case "maxCollectionSize": maxCollectionSize = try Self.count(name, text)
        case "maxObjects": maxObjects = try Self.count(name, text)
        case "ignoreErrors": ignoreErrors = try Self.flag(name, text)
        case "includeStackTrace":
            if text.lowercased() == StackTrace.runtime.rawValue {
                includeStackTrace = .runtime
            } else {
                includeStackTrace = try Self.flag(name, text) ? .always : .never
            }
        case "serializeException": serializeException = try Self.flag(name, text)
        case "canonicalNaming": canonicalNaming = try Self.flag(name, text)
        case "mimeType": mimeType = MimeType(rawValue: text.lowercased()) ?? .text
        case "ifModifiedSince": ifModifiedSince = try Self.count(name, text)
        case "includeRequest": includeRequest = try Self.flag(name, text)
        case "listKeys": listKeys = try Self.flag(name, text)
        case "listCache": listCache = try Self.flag(name, text)
        case "serializeLong":
            guard let long = Long(rawValue: text.lowercased()) else { throw Self.unusable(name, text) }
            serializeLong = long
        default: break
        }
    }

    /// Takes over what a body's `config` says; what it leaves out or sets to null stays.
    mutating func set(_ config: JSONValue) throws(JolokiaError) {
        guard let members = config.object else {
            throw JolokiaError(.badRequest, "config must be an object")
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .null: break
            case .boolean(let isTrue): try set(name, isTrue ? "true" : "false")
            case .integer(let number): try set(name, String(number))
            case .string(let text): try set(name, text)
            case .number, .array, .object: try set(name, "")
            }
        }
    }

    private static func count(_ name: String, _ text: String) throws(JolokiaError) -> Int {
        guard let count = Int(text), count >= 0 else { throw unusable(name, text) }
        return count
    }

    private static func flag(_ name: String, _ text: String) throws(JolokiaError) -> Bool {
        switch text.lowercased() {
        case "true", "on", "yes", "y", "1": return true
        case "false", "off", "no", "n", "0": return false
        default: throw unusable(name, text)
        }
    }

    private static func unusable(_ name: String, _ text: String) -> JolokiaError {
        JolokiaError(.badRequest, "Invalid value of \(name) parameter: \"\(JolokiaError.cut(text))\"")
    }
}

/// The query of a URL: processing parameters, and `p`, another place for the path.
struct JolokiaQuery {
    private(set) var parameters = JolokiaParameters()
    private(set) var path: String?

    /// - Throws: if it is not encoded rightly, or a parameter has a value that it cannot have.
    init(_ text: String) throws(JolokiaError) {
        var names: Set<String> = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(Substring(parts[0]), plusIsSpace: true),
                let value = PercentCoding.decode(parts.count > 1 ? Substring(parts[1]) : "", plusIsSpace: true)
            else { throw JolokiaError(.badRequest, "The query is not encoded rightly") }
            // Of several the first counts.
            guard names.insert(name).inserted else { continue }
            if name == "p" {
                path = value
            } else {
                try parameters.set(name, value)
            }
        }
    }
}
