import BrokerTransport
import BrokerValues

/// One value that must not be above another.
struct SettingsRelation: Sendable {
    let smaller: String
    let larger: String
    let read: @Sendable (BrokerLimits) -> (smaller: Int, larger: Int)
    /// Whether it is asked only when the smaller value was set: its default is harmless beside any larger value.
    var onlyWhenSet = false

    static let all = [
        SettingsRelation(
            smaller: "restrictions/client-write-buffer/low-threshold",
            larger: "restrictions/client-write-buffer/high-threshold",
            read: { ($0.writeBufferLowThreshold, $0.writeBufferHighThreshold) }),
        SettingsRelation(
            smaller: "restrictions/client-write-buffer/high-threshold", larger: "restrictions/max-unsent-bytes",
            read: { ($0.writeBufferHighThreshold, $0.maximumUnsentBytes) }),
        SettingsRelation(
            smaller: "restrictions/max-unsent-bytes", larger: "restrictions/max-broker-unsent-bytes",
            read: { ($0.maximumUnsentBytes, $0.maximumBrokerUnsentBytes) }),
        SettingsRelation(
            smaller: "mqtt/queued-messages/max-bytes", larger: "mqtt/queued-messages/max-broker-bytes",
            read: { ($0.maximumQueuedBytes, $0.maximumBrokerQueuedBytes) }),
        // Otherwise the largest packet that is allowed could never arrive.
        SettingsRelation(
            smaller: "mqtt/packets/max-packet-size", larger: "mqtt/packets/max-reassembly-bytes",
            read: { ($0.maximumPacketSize, $0.maximumReassemblyBytes) }),
        SettingsRelation(
            smaller: "mqtt/packets/max-connect-packet-size", larger: "mqtt/packets/max-packet-size",
            read: { ($0.maximumConnectPacketSize, $0.maximumPacketSize) }, onlyWhenSet: true),
        SettingsRelation(
            smaller: "mqtt/packets/max-control-packet-size", larger: "mqtt/packets/max-packet-size",
            read: { ($0.maximumControlPacketSize, $0.maximumPacketSize) }, onlyWhenSet: true),
        // Each connection needs a session. 0, no limit, is above nothing.
        SettingsRelation(
            smaller: "restrictions/max-connections", larger: "restrictions/max-sessions",
            read: { ($0.maximumConnections, $0.maximumSessions) }),
    ]
}

extension SettingsInterpreter {
    /// Reports each broken relation with both values and where they come from.
    mutating func checkRelations() {
        for relation in SettingsRelation.all {
            let smaller = origins[relation.smaller]
            let larger = origins[relation.larger]
            let (low, high) = relation.read(values.limits)
            guard low > high, !failed.contains(relation.smaller), !failed.contains(relation.larger),
                smaller != nil || !relation.onlyWhenSet
            else { continue }
            let above = "\(relation.larger), which is \(high) (\(larger ?? .standard))"
            report(
                smaller?.line ?? larger?.line, relation.smaller,
                "\(low) (\(smaller ?? .standard)) is above \(above)")
        }
    }
}
