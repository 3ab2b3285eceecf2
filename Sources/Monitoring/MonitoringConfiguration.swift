/// What operators may set about monitoring.
package struct MonitoringConfiguration: Sendable, Hashable {
    package var http = MonitoringHTTPConfiguration()
    /// Whether `$SYS` topics are published.
    package var publishesSystemTopics = true
    /// Seconds between two times that they are.
    package var systemTopicInterval = 60
    package var introspection = IntrospectionConfiguration()

    /// Everything at its default.
    package init() {}
}
