package import BrokerValues
package import MQTTWire
import SessionMachine

/// A question that a port has not answered yet, with what is to be done then.
enum OpenRequest {
    case connect(Connection)
    case authenticate(Connection, isReauthentication: Bool)
    case publish(Connection, Message, packetIdentifier: UInt16)
    /// A message to one client, which stays the first of its queue meanwhile.
    case send(Session, Connection, Message)
    /// The packet's body, to be handled once the verdict is there.
    case subscribe(Connection, body: [UInt8])
    /// A SUBSCRIBE or UNSUBSCRIBE that waits for other shards.
    case subscription(PendingSubscription)
    /// A question to the retained messages of other shards.
    case retained(PendingRetained)
    /// Content of stored messages.
    case reading(StoredReading)
}

// Questions to the ports, and their answers.
extension Shard {
    func add(_ request: OpenRequest, number: RequestNumber) {
        requests[number] = request
        requestDeadlines.append((now.advanced(byMilliseconds: limits.authorityTimeoutMilliseconds), number))
    }

    /// A connection's question was answered: its next packets may be handled.
    func requestDone(_ connection: Connection) {
        connection.openRequests -= 1
        resumeIfPossible(connection)
    }

    /// Questions that were not answered in time count as refused.
    func expireRequests() {
        isAnsweringExpired = true
        defer { isAnsweringExpired = false }
        while let first = requestDeadlines.first, first.deadline <= now {
            requestDeadlines.removeFirst()
            guard let request = requests[first.number] else { continue }
            let text = "the authority did not answer in time"
            switch request {
            case .connect, .authenticate:
                connectResolved(first.number, .refuse(.serverUnavailable, text), now: now)
            case .publish: publishResolved(first.number, .refuse(.notAuthorized), now: now)
            case .subscribe: subscribeResolved(first.number, nil, now: now)
            case .send: sendResolved(first.number, .drop, now: now)
            case .subscription, .retained, .reading: break
            }
        }
    }

    /// The authority has answered CONNECT or AUTH.
    package func connectResolved(_ number: RequestNumber, _ verdict: ConnectVerdict, now: Instant) {
        self.now = now
        switch requests[number] {
        case .connect(let connection), .authenticate(let connection, isReauthentication: false):
            requests[number] = nil
            defer { requestDone(connection) }
            if connection.closing == .open { judged(connection, verdict) }
        case .authenticate(let connection, isReauthentication: true):
            requests[number] = nil
            defer { requestDone(connection) }
            if connection.closing == .open { rejudged(connection, verdict) }
        case .publish, .send, .subscribe, .subscription, .retained, .reading, nil: break
        }
    }

    /// The authority has answered PUBLISH.
    package func publishResolved(_ number: RequestNumber, _ verdict: PublishVerdict, now: Instant) {
        self.now = now
        guard case .publish(let connection, let message, let identifier) = requests.removeValue(forKey: number) else {
            return
        }
        resolvedPublish(connection, message, packetIdentifier: identifier, verdict)
    }

    /// The authority has answered SUBSCRIBE.
    ///
    /// - Parameter verdicts: one for each filter, nil for those that are allowed; nil refuses all.
    package func subscribeResolved(_ number: RequestNumber, _ verdicts: [ReasonCode?]?, now: Instant) {
        self.now = now
        guard case .subscribe(let connection, let body) = requests.removeValue(forKey: number) else { return }
        defer { requestDone(connection) }
        guard connection.closing == .open, let session = connection.session else { return }
        do throws(WireError) {
            try body.withByteView { (bytes) throws(WireError) in
                let packet = try decodeSubscribe(bytes, connection)
                let all = [ReasonCode?](repeating: .notAuthorized, count: packet.entries.count)
                subscribe(connection, session, packet, verdicts: verdicts ?? all)
            }
        } catch {
            fail(connection, error)  // cannot happen: the body was decoded before
        }
    }
}
