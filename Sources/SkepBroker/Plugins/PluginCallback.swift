import MetricCatalog

/// The kinds of calls to plugins, by the names that HiveMQ's timers have.
enum PluginCallback: String, Sendable, CaseIterable {
    case loginSucceeded = "after-login.success"
    case loginFailed = "after-login.failed"
    case authentication
    case restrictions
    case authorization
    case publishRefused = "permissions-disconnect.publish"
    case subscribeRefused = "permissions-disconnect.subscribe"
    case connect
    case disconnect
    case publishReceived = "publish-received"
    case beforeSend = "before-publish-send"
    case topicSubscription = "topic-subscription"
    case subscribe
    case unsubscribe
    case sessionReady = "session-ready"
    case scheduled
    case connackSent = "connack-send"
    case publishSent = "publish-send"
    case ping
    case pubackReceived = "puback-received"
    case pubackSent = "puback-send"
    case pubrecReceived = "pubrec-received"
    case pubrecSent = "pubrec-send"
    case pubrelReceived = "pubrel-received"
    case pubrelSent = "pubrel-send"
    case pubcompReceived = "pubcomp-received"
    case pubcompSent = "pubcomp-send"
    case subackSent = "suback-send"
    case unsubackSent = "unsuback-send"

    /// Its place among all.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
