/// The closed list of metrics. Exposition, `$SYS`, documentation and their tests all read this one list.
///
/// A label never holds a client, a topic or an address: its values are fixed here, or given by the settings and the
/// machine.
package enum MetricCatalog {
    /// Every metric, in the order in which it is shown.
    package static let all: [Metric] =
        packets + messages + latency + connections + doors + refusals + sessions + credits + stress + process + host
        + control + broker + storage + plugins

    /// The metric of that name.
    package static func named(_ name: String) -> Metric? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static let packetType = MetricLabel("type", Array(MetricLabels.packetTypes.dropFirst()))
    static let qos = MetricLabel("qos", MetricLabels.qos)

    /// Slots of a family by packet type, without the reserved type 0.
    static func types(of family: CounterFamily) -> CounterFamily {
        CounterFamily(base: family.base + 1, count: family.count - 1)
    }
}
