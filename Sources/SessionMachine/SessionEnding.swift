package import BrokerValues

/// When a session whose client has gone ends, and when its will is published (MQTT 5 sections 3.1.2.5 and 3.1.3.2.2).
package struct SessionEnding: Sendable, Equatable {
    /// When the session ends; `.never` for one that is kept for ever.
    package let sessionEnd: Instant
    /// When the will is due; nil if there is none. Never after the session's end: whichever comes first publishes it
    /// [MQTT5-3.1.2-8].
    package let willDue: Instant?

    /// The connection has ended at `now`.
    ///
    /// - Parameters:
    ///   - sessionExpiry: seconds; `.max` for never.
    ///   - willDelay: seconds; nil if there is no will to publish.
    package init(now: Instant, sessionExpiry: UInt32, willDelay: UInt32?) {
        let end = sessionExpiry == .max ? Instant.never : now.advanced(bySeconds: sessionExpiry)
        sessionEnd = end
        willDue = willDelay.map { min(now.advanced(bySeconds: $0), end) }
    }

    private init(sessionEnd: Instant, willDue: Instant?) {
        self.sessionEnd = sessionEnd
        self.willDue = willDue.map { min($0, sessionEnd) }
    }

    /// The same with another session expiry (seconds, `.max` for never), which counts from `now`.
    package func withSessionExpiry(_ sessionExpiry: UInt32, since now: Instant) -> SessionEnding {
        SessionEnding(
            sessionEnd: sessionExpiry == .max ? .never : now.advanced(bySeconds: sessionExpiry), willDue: willDue)
    }

    /// The next instant at which something happens.
    package var next: Instant { min(sessionEnd, willDue ?? .never) }

    /// A new connection has come for a session that is still there, or whose old connection is just being closed.
    ///
    /// - Parameter endsSession: Clean Start 1, or the session's expiry is 0.
    /// - Returns: whether the will that waits is published now rather than dropped: it is if the session ends
    ///   [MQTT5-3.1.2-4], or if there was no delay; coming back in time to the same session drops it [MQTT5-3.1.3-9].
    package static func publishesWill(onReturnWith willDelay: UInt32, endsSession: Bool) -> Bool {
        endsSession || willDelay == 0
    }
}
