package import BrokerValues
package import Introspection
import MQTTWire
import SessionMachine
import StressModel
import TopicIndex

// One client as operators see it.
extension Shard {
    /// What there is to know about one client of this shard; nil without a session here.
    package func snapshot(of name: String, now: Instant) -> ClientSnapshot? {
        self.now = now
        return sessions[identity(name)].map { snapshot(of: $0) }
    }

    /// Whether a client's session is on its way here, so that another shard knows more of it.
    package func isArriving(_ name: String) -> Bool { sessions[identity(name)]?.isArriving ?? false }

    func snapshot(of session: Session) -> ClientSnapshot {
        var snapshot = ClientSnapshot(clientIdentifier: session.client.name)
        snapshot.eventLoop = index.rawValue
        snapshot.sessionExpiry = session.expirySeconds
        snapshot.hasWill = session.will != nil
        snapshot.subscriptionCount = session.subscriptionCount
        snapshot.attributeCount = session.attributes?.value.count ?? 0
        snapshot.queuedMessages = session.queue.count
        snapshot.queuedBytes = session.queue.bytes
        snapshot.inflightMessages = session.outbound.count
        snapshot.maximumQueuedMessages = maximumQueuedMessages(of: session)
        snapshot.queueStrategy = queueStrategy(of: session)
        snapshot.restrictions = session.restrictions?.value ?? ClientRestrictions()
        if let connection = session.connection {
            snapshot.connection = part(of: connection, session)
        } else if let end = session.lastEnd {
            snapshot.disconnectedSeconds = seconds(since: end.time)
            snapshot.disconnectCause = end.cause.name
        }
        return snapshot
    }

    private func part(of connection: Connection, _ session: Session) -> ClientSnapshot.ConnectionPart {
        var part = ClientSnapshot.ConnectionPart(
            address: connection.link.remoteAddress, listener: connection.listener.name,
            protocolVersion: connection.version.name)
        part.userName = connection.userName
        part.connectedSeconds = seconds(since: connection.connectedAt)
        part.keepAliveSeconds = Int(connection.machine.terms?.keepAlive ?? 0)
        part.receivedPublishes = connection.receivedPublishes
        part.sentPublishes = connection.sentPublishes
        part.receivedBytes = connection.receivedBytes
        part.sentBytes = connection.sentBytes
        part.inflightQueueSize = session.outbound.limit
        part.unsentBytes = connection.backlog
        part.credits = connection.credits.credits(refilled: creditBook.refilled)
        part.pauseCause = connection.pause?.cause
        return part
    }

    private func seconds(since instant: Instant) -> Double { Double(now.nanoseconds(since: instant)) / 1e9 }

    // MARK: - Subscriptions

    /// Where a page of a client's subscriptions ends: what is left stands below this position.
    package enum SubscriptionPlace: Sendable, Hashable {
        case own(Int)
        case shared(Int)
    }

    /// Some of a client's subscriptions, from the last to the first.
    ///
    /// A subscription that goes makes room for the last one. So this goes from the end to the beginning: what is there all
    /// the time is never missed, though it may be there twice.
    /// - Parameter place: what an earlier call answered; nil begins.
    /// - Returns: at most `maximum`, and where to go on, if there is more; nil without a session here.
    package func subscriptions(
        of name: String, below place: SubscriptionPlace?, maximum: Int
    ) -> (found: [SubscriptionSnapshot], next: SubscriptionPlace?)? {
        guard let session = sessions[identity(name)] else { return nil }
        var found: [SubscriptionSnapshot] = []
        var position = session.sharedSubscriptions.count
        if case .shared(let bound) = place {
            position = min(position, max(0, bound))
        } else {
            var own = session.subscriptions.count
            if case .own(let bound) = place { own = min(own, max(0, bound)) }
            while own > 0, found.count < maximum {
                own -= 1
                found.append(snapshot(of: session.subscriptions.elements[own]))
            }
            if own > 0 { return (found, .own(own)) }
        }
        while position > 0, found.count < maximum {
            position -= 1
            found.append(snapshot(of: session.sharedSubscriptions.elements[position]))
        }
        return (found, position > 0 ? .shared(position) : nil)
    }

    private func snapshot(of subscription: SessionSubscription) -> SubscriptionSnapshot {
        snapshot(
            of: String(decoding: subscriptions.text(of: subscription.filter), as: UTF8.self), subscription.options,
            subscription.identifier)
    }

    private func snapshot(of subscription: SharedSubscription) -> SubscriptionSnapshot {
        snapshot(of: subscription.key.text, subscription.options, subscription.identifier)
    }

    private func snapshot(
        of filter: String, _ options: SubscriptionOptions, _ identifier: UInt32
    ) -> SubscriptionSnapshot {
        SubscriptionSnapshot(
            filter: filter, qos: Int(options.qos.rawValue), noLocal: options.noLocal,
            retainAsPublished: options.retainAsPublished, retainHandling: Int(options.retainHandling.rawValue),
            identifier: identifier)
    }
}
