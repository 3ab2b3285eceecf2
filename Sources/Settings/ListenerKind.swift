/// The kinds of listeners, by the element that one is written as.
enum ListenerKind: String, Sendable, Hashable, CaseIterable {
    case tcp = "tcp-listener"
    case tls = "tls-tcp-listener"
    case webSocket = "websocket-listener"
    case tlsWebSocket = "tls-websocket-listener"

    /// The element's path below the root.
    var path: String { "listeners/\(rawValue)" }

    var hasTLS: Bool {
        switch self {
        case .tcp, .webSocket: false
        case .tls, .tlsWebSocket: true
        }
    }

    var hasWebSocket: Bool {
        switch self {
        case .tcp, .tls: false
        case .webSocket, .tlsWebSocket: true
        }
    }

    static let withTLS = allCases.filter(\.hasTLS)
    static let withWebSocket = allCases.filter(\.hasWebSocket)

    /// The kind whose element is at a path; nil for any other path.
    init?(path: String) {
        guard let kind = Self.allCases.first(where: { $0.path == path }) else { return nil }
        self = kind
    }
}
