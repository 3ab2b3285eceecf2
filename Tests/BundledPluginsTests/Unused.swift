import PluginAPI

/// Services that the bundled plugins do not ask.
struct Unused: PublishService, RetainedMessageStore, SubscriptionStore, ClientGroupService, MetricService {
    func publish(_ message: PublishedMessage) async throws(PluginServiceError) { throw .unavailable }
    func publish(_ message: PublishedMessage, to identifier: String) async throws(PluginServiceError) -> Bool {
        throw .unavailable
    }

    func count() async throws(PluginServiceError) -> Int { throw .unavailable }
    func message(at topic: String) async throws(PluginServiceError) -> PublishedMessage? { throw .unavailable }
    func topics(matching filter: String, after: String?) async throws(PluginServiceError) -> TopicPage {
        throw .unavailable
    }
    func set(_ message: PublishedMessage) async throws(PluginServiceError) { throw .unavailable }
    func remove(_ topic: String) async throws(PluginServiceError) -> Bool { throw .unavailable }
    func removeAll() async throws(PluginServiceError) -> Int { throw .unavailable }

    func subscriptions(of identifier: String) async throws(PluginServiceError) -> [Subscription] { throw .unavailable }
    func subscribers(of topic: String) async throws(PluginServiceError) -> [String] { throw .unavailable }
    func add(_ subscriptions: [Subscription], to identifier: String) async throws(PluginServiceError) {
        throw .unavailable
    }
    func remove(_ filters: [String], from identifier: String) async throws(PluginServiceError) { throw .unavailable }

    func add(_ identifier: String, to group: String) async throws(PluginServiceError) { throw .unavailable }
    func remove(_ identifier: String, from group: String) async throws(PluginServiceError) { throw .unavailable }
    func clients(of group: String) async throws(PluginServiceError) -> [String] { throw .unavailable }
    func groups() async throws(PluginServiceError) -> [String] { throw .unavailable }

    func value(of name: String) async -> Double? { nil }
    func counter(_ name: String) throws(PluginServiceError) -> any PluginCounter { throw .unavailable }
}

extension Unused: SessionAttributeStore {
    func put(_ identifier: String, _ key: String, _ value: [UInt8]) async throws(PluginServiceError) {
        throw .unavailable
    }
    func get(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]? { throw .unavailable }
    func all(_ identifier: String) async throws(PluginServiceError) -> [String: [UInt8]] { throw .unavailable }
    func remove(_ identifier: String, _ key: String) async throws(PluginServiceError) -> [UInt8]? {
        throw .unavailable
    }
    func removeAll(_ identifier: String) async throws(PluginServiceError) { throw .unavailable }
    func putIfNewer(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome { throw .unavailable }
    func putIfNewerOrEquals(
        _ identifier: String, _ key: String, _ value: [UInt8], timestamp: Int64
    ) async throws(PluginServiceError) -> AttributeOutcome { throw .unavailable }
}

extension Unused: ConnectionAttributeStore {
    func isAccessible(_ identifier: String) -> Bool { false }
    func put(_ identifier: String, _ key: String, _ value: [UInt8]) throws(PluginServiceError) { throw .unavailable }
    func get(_ identifier: String, _ key: String) -> [UInt8]? { nil }
    func all(_ identifier: String) -> [String: [UInt8]] { [:] }
    func remove(_ identifier: String, _ key: String) -> [UInt8]? { nil }
    func removeAll(_ identifier: String) {}
}

extension Unused: SystemInformation, ScheduledWork {
    var version: String { "0" }
    var settingsFile: String? { nil }
    var dataDirectory: String { "/nowhere" }
    var startTime: Int64 { 0 }
    func end() {}
}
