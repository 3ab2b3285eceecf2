import Introspection

/// A client in the list of the busiest, with what it did a second since the reading before.
struct BusyClient: Sendable, Hashable {
    let id: String
    let address: String
    let isOnline: Bool
    /// Counted since it connected.
    let received: Int64
    let sent: Int64
    let bytes: Int64
    let connectedSeconds: Double
    let queued: Int64
    let unsentBytes: Int64
    let pausedBy: String?
    /// Nil until there are two readings.
    var receivedRate: Double?
    var sentRate: Double?
    var bytesRate: Double?

    /// A client as the broker describes it; nil if that has no identifier.
    init?(_ client: JSONValue) {
        guard let id = client["id"]?.string else { return nil }
        let connection = client["connection"]
        func number(_ value: JSONValue?) -> Int64 { value?.integer ?? 0 }
        self.id = id
        address = connection?["address"]?.string ?? Bean.nothing
        isOnline = client["state"]?.string == "online"
        received = number(connection?["receivedPublishes"])
        sent = number(connection?["sentPublishes"])
        bytes =
            number(connection?["receivedBytes"]).addingReportingOverflow(number(connection?["sentBytes"])).partialValue
        connectedSeconds = connection?["connectedSeconds"]?.number ?? 0
        queued = number(client["queuedMessages"])
        unsentBytes = number(connection?["unsentBytes"])
        pausedBy = connection?["pausedBy"]?.string
    }

    /// The clients of several pages, each once.
    static func unique(_ pages: [JSONValue]) -> [BusyClient] {
        var seen: Set<String> = []
        return pages.flatMap { $0["clients"]?.array ?? [] }.compactMap(BusyClient.init)
            .filter { seen.insert($0.id).inserted }
    }
}

/// Rates from two readings of counters.
enum Rates {
    /// The clients of a reading with their rates since the one before.
    ///
    /// - Parameter seconds: between the two.
    static func between(_ before: [BusyClient], _ now: [BusyClient], seconds: Double) -> [BusyClient] {
        let known = Dictionary(before.map { ($0.id, $0) }) { first, _ in first }
        return now.map { client in
            var client = client
            let last = known[client.id]
            // Counters begin anew with each connection.
            let isNew = client.connectedSeconds < seconds || last.map { $0.received > client.received } ?? false
            guard isNew || last != nil, seconds > 0 else { return client }
            let time = isNew ? min(max(client.connectedSeconds, 1), max(seconds, 1)) : seconds
            client.receivedRate = perSecond(isNew ? 0 : last?.received ?? 0, client.received, time)
            client.sentRate = perSecond(isNew ? 0 : last?.sent ?? 0, client.sent, time)
            client.bytesRate = perSecond(isNew ? 0 : last?.bytes ?? 0, client.bytes, time)
            return client
        }
    }

    /// How fast a counter rises; 0 if it has fallen.
    static func perSecond(_ before: Int64, _ now: Int64, _ seconds: Double) -> Double {
        max(0, Double(now) - Double(before)) / seconds
    }
}

extension TopReading {
    /// The clients with their rates, the busiest first, as JSON.
    var json: JSONValue {
        .array(
            TopSort.rate.sorted(clients, isReversed: false).map { client in
                [
                    "id": .string(client.id), "address": .string(client.address),
                    "receivedPerSecond": client.receivedRate.map { JSONValue($0) } ?? .null,
                    "sentPerSecond": client.sentRate.map { JSONValue($0) } ?? .null,
                    "bytesPerSecond": client.bytesRate.map { JSONValue($0) } ?? .null,
                    "queued": .integer(client.queued), "unsentBytes": .integer(client.unsentBytes),
                ]
            })
    }
}
