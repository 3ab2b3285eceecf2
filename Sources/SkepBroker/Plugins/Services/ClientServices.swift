import BrokerCore
import BrokerTransport
import BrokerValues
import Introspection
import PluginAPI
import Synchronization

/// Looks at clients and acts on them for plugins.
struct BrokerClientService: ClientService {
    let reach: BrokerReach

    func clients(connected: Bool?, after: String?) async throws(PluginServiceError) -> PluginAPI.ClientPage {
        try reach.rate.take()
        var query = ClientQuery()
        query.isConnected = connected
        query.cursor = after
        query.limit = ClientQuery.maximumLimit
        do {
            let page = try await reach.inspector.clients(query)
            return PluginAPI.ClientPage(identifiers: page.clients.map(\.clientIdentifier), next: page.next)
        } catch {
            throw .invalid("\(error)")
        }
    }

    func isConnected(_ identifier: String) async throws(PluginServiceError) -> Bool {
        try reach.rate.take()
        return await reach.inspector.client(identifier)?.connection != nil
    }

    func session(of identifier: String) async throws(PluginServiceError) -> SessionInformation? {
        try reach.rate.take()
        return await reach.inspector.client(identifier).map { SessionInformation($0) }
    }

    func disconnect(_ identifier: String, suppressesWill: Bool) async throws(PluginServiceError) -> Bool {
        try reach.rate.take()
        return await reach.inspector.disconnect(identifier, publishesWill: !suppressesWill)
    }

    func setTimeToLive(_ seconds: UInt32, of identifier: String) async throws(PluginServiceError) {
        guard await reach.inspector.setSessionExpiry(seconds, of: identifier) else { throw .noSuchClient(identifier) }
    }

    func timeToLive(of identifier: String) async throws(PluginServiceError) -> UInt32 {
        guard let snapshot = await reach.inspector.client(identifier) else { throw .noSuchClient(identifier) }
        return snapshot.sessionExpiry
    }

    func invalidateSession(_ identifier: String) async throws(PluginServiceError) -> Bool {
        guard let snapshot = await reach.inspector.client(identifier),
            await reach.inspector.invalidateSession(identifier)
        else { throw .noSuchClient(identifier) }
        return snapshot.connection != nil
    }

    func setRestrictions(_ restrictions: Restrictions, of identifier: String) async throws(PluginServiceError) {
        try reach.rate.take()
        guard await reach.inspector.setRestrictions(ClientRestrictions(restrictions), of: identifier) else {
            throw .noSuchClient(identifier)
        }
    }
}

extension SessionInformation {
    init(_ snapshot: ClientSnapshot) {
        self.init(
            identifier: snapshot.clientIdentifier, isConnected: snapshot.connection != nil,
            userName: snapshot.connection?.userName, address: snapshot.connection?.address,
            listener: snapshot.connection?.listener, timeToLive: snapshot.sessionExpiry,
            queuedMessages: snapshot.queuedMessages, inflightMessages: snapshot.inflightMessages,
            subscriptionCount: snapshot.subscriptionCount,
            disconnectTimestamp: snapshot.disconnectedSeconds.map { SystemClock.milliseconds - Int64($0 * 1000) },
            restrictions: Restrictions(snapshot.restrictions))
    }
}

/// The attributes of connections.
struct BrokerConnectionAttributes: ConnectionAttributeStore {
    let reach: BrokerReach

    private func login(_ identifier: String) async -> PluginLogin? {
        for runner in reach.runners {
            let found = await runner.ask { $0.login(of: identifier) as? PluginLogin }
            if let found, let found { return found }
        }
        return nil
    }

    func isAccessible(_ identifier: String) async -> Bool { await login(identifier) != nil }

    func put(_ identifier: String, _ key: String, _ value: [UInt8]) async throws(PluginServiceError) {
        guard let login = await login(identifier) else { throw .noSuchClient(identifier) }
        try login.put(key, value)
    }

    func get(_ identifier: String, _ key: String) async -> [UInt8]? { await login(identifier)?.all[key] }

    func all(_ identifier: String) async -> [String: [UInt8]] { await login(identifier)?.all ?? [:] }

    func remove(_ identifier: String, _ key: String) async -> [UInt8]? { await login(identifier)?.remove(key) }

    func removeAll(_ identifier: String) async { await login(identifier)?.removeAll() }
}

/// Groups of clients by name.
final class BrokerClientGroups: ClientGroupService {
    /// The groups, which are those of all plugins.
    final class Table: Sendable {
        fileprivate let members = Mutex<[String: Set<String>]>([:])
    }

    private let rate: PluginRate
    private let table: Table

    private static let maximumGroups = 10_000
    private static let maximumMembers = 1_000_000

    init(rate: PluginRate, table: Table) {
        self.rate = rate
        self.table = table
    }

    func add(_ identifier: String, to group: String) async throws(PluginServiceError) {
        try rate.take()
        guard (1...256).contains(group.utf8.count) else { throw .limitExceeded("a group's name has 1 to 256 bytes") }
        guard identifier.utf8.count <= 65_535 else { throw .invalid("that is no client identifier") }
        let hasRoom = table.members.withLock { members in
            let isKnown = members[group] != nil
            guard isKnown || members.count < Self.maximumGroups,
                members[group]?.count ?? 0 < Self.maximumMembers
            else { return false }
            members[group, default: []].insert(identifier)
            return true
        }
        if !hasRoom {
            throw .limitExceeded("\(Self.maximumGroups) groups, of \(Self.maximumMembers) clients each, are the most")
        }
    }

    func remove(_ identifier: String, from group: String) async throws(PluginServiceError) {
        try rate.take()
        table.members.withLock { members in
            members[group]?.remove(identifier)
            if members[group]?.isEmpty == true { members[group] = nil }
        }
    }

    func clients(of group: String) async throws(PluginServiceError) -> [String] {
        try rate.take()
        return table.members.withLock { $0[group] ?? [] }.sorted()
    }

    func groups() async throws(PluginServiceError) -> [String] {
        try rate.take()
        return table.members.withLock { Array($0.keys) }.sorted()
    }
}
