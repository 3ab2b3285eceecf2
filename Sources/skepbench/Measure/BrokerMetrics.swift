/// What Skep's own metrics say about a run: differences of counters between its begin and its end.
struct BrokerMetrics: Sendable {
    private static let dropped = "skep_messages_dropped_total"
    private static let paused = "skep_connection_paused_seconds_total"

    /// Messages that the broker dropped.
    let droppedMessages: Double
    /// Seconds that it did not read from clients, all of them added up. Not those in which a client only waited for its
    /// next turn (cause `turn`): so an event loop shares its time out among clients that have more than it can do at once.
    let pausedSeconds: Double

    /// Asks for them.
    ///
    /// - Throws: if there is no answer, or not of Skep.
    static func read(_ address: MetricsAddress) throws(BenchError) -> BrokerMetrics {
        let text = try MetricsProbe(address, metric: dropped).scrape()
        guard let dropped = MetricsText.sum(of: dropped, in: text),
            let paused = MetricsText.sum(of: paused, without: #"cause="turn""#, in: text)
        else {
            throw BenchError(.unavailable, "http://\(address.host):\(address.port)\(address.path) has no \(dropped)")
        }
        return BrokerMetrics(droppedMessages: dropped, pausedSeconds: paused)
    }

    /// What was added since then; nil if that is no sense: the broker has started anew.
    func since(_ before: BrokerMetrics) -> BrokerMetrics? {
        guard droppedMessages >= before.droppedMessages, pausedSeconds >= before.pausedSeconds else { return nil }
        return BrokerMetrics(
            droppedMessages: droppedMessages - before.droppedMessages,
            pausedSeconds: pausedSeconds - before.pausedSeconds)
    }
}
