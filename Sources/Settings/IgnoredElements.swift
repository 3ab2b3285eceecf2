/// Elements that HiveMQ knows, or that a later version of ours will, and whose part is not built yet.
///
/// They are accepted with one warning each, so that a real HiveMQ file starts; nothing below them is looked at.
enum IgnoredElements {
    /// The path below the root, and what the warning adds.
    static let notes: [String: String] = {
        var notes: [String: String] = [:]
        for path in plain { notes[path] = "" }
        for kind in ListenerKind.allCases {
            for name in ["client-write-buffer", "socket-options"] { notes["\(kind.path)/\(name)"] = "" }
            guard kind.hasTLS else {
                notes["\(kind.path)/tls"] = "this listener is not encrypted"
                continue
            }
            notes["\(kind.path)/tls/native-ssl"] = "TLS is always native"
            notes["\(kind.path)/tls/ocsp-stapling"] = ""
            notes["\(kind.path)/tls/prefer-server-cipher-suites"] =
                "every suite that is offered is strong, and the client's order decides"
        }
        notes.merge(explained) { _, explanation in explanation }
        return notes
    }()

    private static let plain = [
        // Listeners (hivemq.md 1.2)
        "listeners/tcp-listener/path", "listeners/tcp-listener/subprotocols",
        "listeners/tcp-listener/allow-extensions", "listeners/tls-tcp-listener/path",
        "listeners/tls-tcp-listener/subprotocols", "listeners/tls-tcp-listener/allow-extensions",
        // Security (1.5)
        "security/payload-format-validation", "security/utf8-validation",
        "security/allow-request-problem-information", "security/control-center-audit-log",
        "security/rest-api-audit-log",
        // Persistence (1.6)
        "persistences",
        // The rest of HiveMQ (1.7, 1.8)
        "cluster", "general", "anonymous-usage-statistics", "shared-subscriptions",
        "rest-service", "rest-api", "web-ui", "control-center", "internal", "health-api", "client-event-history",
        "mqtt-addons", "data-hub",
    ]

    private static let explained = [
        "persistence/client-session/subscriptions": "subscriptions are kept with their sessions",
        "persistence/message-flow": "what is in flight is kept with the queued messages",
        "mqtt/retry-interval": "a live connection is not resent to",
    ]

    /// The warning about one such element.
    static func warning(path: String, note: String, file: String, line: Int) -> String {
        let reason = note.isEmpty ? "" : ": \(note)"
        return "\(file):\(line): \(path): has no effect in this version\(reason)"
    }
}
