import PluginAPI

/// A topic filter in which places stand for the client's identifier and its user name.
struct TopicTemplate: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case clientIdentifier
        case userName
    }

    private let parts: [Part]
    let usesClientIdentifier: Bool
    let usesUserName: Bool

    /// How places are written.
    struct Places: Sendable {
        let clientIdentifier: String
        let userName: String

        /// Mosquitto's.
        static let percent = Places(clientIdentifier: "%c", userName: "%u")
        /// HiveMQ's.
        static let braces = Places(clientIdentifier: "${clientid}", userName: "${username}")
    }

    /// A topic without places.
    init(literal topic: some StringProtocol) {
        parts = [.text(String(topic))]
        usesClientIdentifier = false
        usesUserName = false
    }

    init(_ topic: some StringProtocol, places: Places) {
        var parts: [Part] = []
        var text: [UInt8] = []
        var rest = Array(topic.utf8)[...]
        func endText() {
            // The places are plain letters, so that nothing is cut within a letter.
            if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
            text = []
        }
        while let byte = rest.first {
            if rest.starts(with: places.clientIdentifier.utf8) {
                endText()
                parts.append(.clientIdentifier)
                rest = rest.dropFirst(places.clientIdentifier.utf8.count)
            } else if rest.starts(with: places.userName.utf8) {
                endText()
                parts.append(.userName)
                rest = rest.dropFirst(places.userName.utf8.count)
            } else {
                text.append(byte)
                rest = rest.dropFirst()
            }
        }
        endText()
        self.parts = parts
        usesClientIdentifier = parts.contains(.clientIdentifier)
        usesUserName = parts.contains(.userName)
    }

    var hasPlaces: Bool { usesClientIdentifier || usesUserName }

    /// The filter for one client; nil for a client without the user name that it needs.
    func filter(clientIdentifier: String, userName: String?) -> String? {
        if usesUserName, userName == nil { return nil }
        return parts.map { part in
            switch part {
            case .text(let text): text
            case .clientIdentifier: clientIdentifier
            case .userName: userName ?? ""
            }
        }.joined()
    }
}

/// What a topic filter may be (MQTT 5, section 4.7).
enum TopicFilterSyntax {
    /// What is wrong with a filter; nil for nothing.
    static func fault(in filter: some StringProtocol) -> String? {
        guard !filter.isEmpty else { return "the topic is empty" }
        guard filter.utf8.count <= 65_535 else { return "the topic is longer than 65535 bytes" }
        let levels = filter.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard levels.count <= mostLevels else { return "the topic has more than \(mostLevels) levels" }
        for (index, level) in levels.enumerated() {
            if level.contains(UInt8(ascii: "+")), level.count > 1 { return "\"+\" must be a level of its own" }
            if level.contains(UInt8(ascii: "#")), level.count > 1 || index != levels.count - 1 {
                return "\"#\" must be the last level, and a level of its own"
            }
        }
        return nil
    }

    /// Mosquitto's limit, and more than the broker lets clients use.
    private static let mostLevels = 200
}
