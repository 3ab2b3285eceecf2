/// The kinds of calls to plugins; the raw value is the label of metrics, and stands in the name of HiveMQ's timer.
package enum PluginCallback: String, Sendable, Hashable, CaseIterable {
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
    package var index: Int { Self.indices[self] ?? 0 }

    private static let indices = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}

/// Why a call to a plugin has brought no answer; the raw value is the label of metrics.
package enum PluginCallFailure: String, Sendable, Hashable, CaseIterable {
    /// It has thrown.
    case threw = "error"
    /// It has not answered in time.
    case timedOut = "timeout"
    /// Too many of its calls are open, so that it was not called.
    case overloaded
}
