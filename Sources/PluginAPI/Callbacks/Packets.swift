/// Hears of single packets (HiveMQ's low-level callbacks). Each costs a call: to be used with few clients.
public protocol PacketObserver: Plugin {
    /// Which packets it wants to hear of.
    var packets: Set<PacketKind> { get }
    func packet(_ kind: PacketKind, of client: Client, packetIdentifier: UInt16) async
}

/// Packets that can be heard of.
public enum PacketKind: String, Sendable, Hashable, CaseIterable {
    case connackSent, publishSent, pingReceived
    case pubackReceived, pubackSent, pubrecReceived, pubrecSent, pubrelReceived, pubrelSent, pubcompReceived
    case pubcompSent, subackSent, unsubackSent
}
