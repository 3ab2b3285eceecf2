package import BrokerCore
package import BrokerValues

/// Keeps every fact that a broker tells.
package final class RecordingObserver: BrokerObserver {
    package private(set) var facts: [BrokerFact] = []

    package init() {}

    package func observe(_ fact: BrokerFact) { facts.append(fact) }

    /// The reasons of all messages dropped so far, with the client that they were for ("" for none).
    package var drops: [(client: String, reason: DropReason, qos: QualityOfService)] {
        facts.compactMap { fact in
            if case .messageDropped(let client, let reason, let qos) = fact { return (client?.name ?? "", reason, qos) }
            return nil
        }
    }

    /// How often a reason was given.
    package func count(of reason: DropReason) -> Int { drops.count { $0.reason == reason } }

    /// The causes of all ends of connections.
    package var causes: [DisconnectCause] {
        facts.compactMap { fact in
            if case .clientDisconnected(_, _, let cause, _) = fact { return cause }
            return nil
        }
    }

    /// The clients whose sessions have ended.
    package var endedSessions: [String] {
        facts.compactMap { fact in
            if case .sessionEnded(let client, _) = fact { return client.name }
            return nil
        }
    }

    /// The clients among them that were away for too long.
    package var expiredSessions: [String] {
        facts.compactMap { fact in
            if case .sessionEnded(let client, hasExpired: true) = fact { return client.name }
            return nil
        }
    }

    /// The limits that have refused something, with the clients whose it was.
    package var limitsHit: [(limit: LimitName, client: String)] {
        facts.compactMap { fact in
            if case .limitHit(let limit, let client) = fact { return (limit, client) }
            return nil
        }
    }
}
