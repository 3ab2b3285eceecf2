package import BrokerValues

/// What monitoring has to know of a listener at one moment.
package struct MonitoredDoor: Sendable, Hashable {
    package let listener: String
    /// How many TLS handshakes have ended how.
    package var handshakes: [HandshakeOutcome: Int] = [:]
    /// How many connections were turned away by the PROXY protocol, by reason; empty for a listener without it.
    package var proxyRefusals: [ProxyRefusal: Int] = [:]
    /// How many connections WebSocket has refused or ended, by reason; empty for a listener without it.
    package var webSocketRefusals: [WebSocketRefusal: Int] = [:]
    /// Nil for a listener without TLS.
    package var tls: TLS?

    /// What a listener with TLS has besides.
    package struct TLS: Sendable, Hashable {
        package var handshakesInProgress = 0
        package var handshakesWaiting = 0
        /// When its certificate ceases to be valid, in seconds since 1970; nil until it has been read.
        package var expiry: Int64?
        package var reloads = 0
        package var failedReloads = 0

        /// Nothing has happened yet.
        package init() {}
    }

    /// A listener by its name.
    package init(listener: String) { self.listener = listener }

    func read(into snapshot: inout MetricSnapshot) {
        for outcome in HandshakeOutcome.allCases {
            snapshot.set("skep_tls_handshakes_total", [listener, outcome.rawValue], handshakes[outcome] ?? 0)
        }
        for reason in ProxyRefusal.allCases {
            guard let count = proxyRefusals[reason] else { continue }
            snapshot.set("skep_proxy_refusals_total", [listener, reason.rawValue], count)
        }
        for reason in WebSocketRefusal.allCases {
            guard let count = webSocketRefusals[reason] else { continue }
            snapshot.set("skep_websocket_refusals_total", [listener, reason.rawValue], count)
        }
        guard let tls else { return }
        snapshot.set("skep_tls_handshakes_in_progress", [listener], tls.handshakesInProgress)
        snapshot.set("skep_tls_handshakes_waiting", [listener], tls.handshakesWaiting)
        snapshot.set("skep_tls_certificate_expiry_timestamp_seconds", [listener], tls.expiry.map { Double($0) })
        snapshot.set("skep_tls_certificate_reloads_total", [listener, "ok"], tls.reloads)
        snapshot.set("skep_tls_certificate_reloads_total", [listener, "failed"], tls.failedReloads)
    }
}
