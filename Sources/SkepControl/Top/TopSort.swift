/// What `top` sorts clients by.
enum TopSort: String, Sendable, CaseIterable {
    /// Publishes a second both ways.
    case rate
    case received = "in"
    case sent = "out"
    case bytes
    case queued
    case unsent

    /// The one behind it, and the first behind the last.
    var next: TopSort {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }

    /// The orders of the broker in which those who come first are looked at.
    var orders: [String] {
        switch self {
        case .rate: ["received", "sent"]
        case .received: ["received"]
        case .sent: ["sent"]
        case .bytes: ["received-bytes", "sent-bytes"]
        case .queued: ["queued"]
        case .unsent: ["unsent"]
        }
    }

    /// What is compared.
    func key(_ client: BusyClient) -> Double {
        switch self {
        case .rate: (client.receivedRate ?? 0) + (client.sentRate ?? 0)
        case .received: client.receivedRate ?? 0
        case .sent: client.sentRate ?? 0
        case .bytes: client.bytesRate ?? 0
        case .queued: Double(client.queued)
        case .unsent: Double(client.unsentBytes)
        }
    }

    /// The clients in order: the largest first, or last; the same ones always in the same order.
    func sorted(_ clients: [BusyClient], isReversed: Bool) -> [BusyClient] {
        clients.sorted { left, right in
            let (a, b) = (key(left), key(right))
            if a != b { return isReversed ? a < b : a > b }
            return left.id < right.id
        }
    }
}
