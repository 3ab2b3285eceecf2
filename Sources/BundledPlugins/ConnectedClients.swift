import PluginAPI

/// Walks over all clients that are connected, page by page, and ends connections.
///
/// A service that has too much to do is asked again after the time that it names, a limited number of times.
struct ConnectedClients {
    let services: PluginServices

    /// How often one question is asked again.
    private static let attempts = 120

    /// Ends the connection of each client that is meant; its will is published.
    ///
    /// - Returns: how many there were.
    func disconnect(where isMeant: (SessionInformation) -> Bool) async -> Int {
        var count = 0
        var next: String?
        repeat {
            let cursor = next
            let page = await patiently { () async throws(PluginServiceError) in
                try await services.clients.clients(connected: true, after: cursor)
            }
            guard let page else {
                services.log.log(.warning, "Not all clients could be looked at: the broker did not answer")
                return count
            }
            for identifier in page.identifiers where await disconnect(identifier, where: isMeant) { count += 1 }
            next = page.next
        } while next != nil
        return count
    }

    /// Ends the connection of one client if it is meant.
    func disconnect(_ identifier: String, where isMeant: (SessionInformation) -> Bool) async -> Bool {
        let session = await patiently { () async throws(PluginServiceError) in
            try await services.clients.session(of: identifier)
        }
        guard let session, let session, session.isConnected, isMeant(session) else { return false }
        return await patiently { () async throws(PluginServiceError) in
            try await services.clients.disconnect(identifier, suppressesWill: false)
        } ?? false
    }

    /// Has all authorizers asked again.
    func refreshPermissions() async {
        let count = await patiently { () async throws(PluginServiceError) in try await services.permissions.refresh() }
        if count == nil { services.log.log(.warning, "Permissions of connected clients could not be asked again") }
    }

    /// The answer of a service; nil if there is none.
    private func patiently<Answer>(_ ask: () async throws(PluginServiceError) -> Answer) async -> Answer? {
        for _ in 0..<Self.attempts {
            do throws(PluginServiceError) {
                return try await ask()
            } catch {
                switch error {
                case .rateLimitExceeded(let delay):
                    guard (try? await Task.sleep(for: .milliseconds(min(max(delay, 1), 1_000)))) != nil else {
                        return nil
                    }
                case .noSuchClient, .limitExceeded, .invalid, .unavailable: return nil
                }
            }
        }
        return nil
    }
}
