/// Something that has happened in the broker and that operators may want to see when it does.
package struct BrokerEvent: Sendable, Hashable {
    /// What kind of thing has happened.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case clientConnected = "client-connected"
        case clientDisconnected = "client-disconnected"
        case connectRefused = "connect-refused"
        case sessionExpired = "session-expired"
        case limitHit = "limit-hit"
        case messageDropped = "message-dropped"
        case stressChanged = "stress-changed"
        case settingsReloaded = "settings-reloaded"
        case storageChanged = "storage-changed"
        case backupEnded = "backup-ended"
    }

    package let kind: Kind
    /// Seconds since the Unix epoch.
    package let time: Double
    /// What is known about it, by name: client, address, reason and the like.
    package let details: [String: JSONValue]

    /// An event.
    package init(_ kind: Kind, time: Double, details: [String: JSONValue]) {
        self.kind = kind
        self.time = time
        self.details = details
    }
}
