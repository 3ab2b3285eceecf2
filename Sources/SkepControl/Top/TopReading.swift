import Introspection

/// What `top` has read of the broker at one moment.
struct TopReading: Sendable {
    /// Clients that are looked at for each order.
    static let clientLimit = 200

    let broker: Bean
    let stress: Bean
    let overload: Bean
    let memory: Bean
    let process: Bean
    /// Not sorted, with rates if there was a reading before.
    private(set) var clients: [BusyClient]
    /// Of a clock that only goes forward, in seconds.
    let moment: Double

    /// What to ask, in one round trip.
    static func requests(_ sort: TopSort) -> [BeanRequest] {
        let beans = ["Broker", "Stress", "Overload", "Memory", "Process"].map { BeanRequest.read("skep:type=\($0)") }
        return beans
            + sort.orders.map { order in
                let query: JSONValue = ["sort": .string(order), "reversed": true, "limit": JSONValue(clientLimit)]
                return .execute("skep:type=Sessions", "find", [query])
            }
    }

    /// The answers; what could not be read is shown as unknown.
    ///
    /// - Throws: if even the broker's own numbers could not be read.
    init(_ replies: [BeanReply.Value], moment: Double, before: TopReading?) throws(ToolError) {
        guard replies.count >= 5 else { throw ToolError(.failed, "The broker's answer has too few parts.") }
        broker = Bean(try replies[0].get())
        (stress, overload) = (Bean(replies[1]), Bean(replies[2]))
        (memory, process) = (Bean(replies[3]), Bean(replies[4]))
        self.moment = moment
        let now = BusyClient.unique(replies[5...].map { Bean($0).value })
        clients = Rates.between(before?.clients ?? [], now, seconds: before.map { moment - $0.moment } ?? 0)
    }
}
