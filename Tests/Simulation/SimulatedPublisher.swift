import MQTTWire
import SimulationKit

/// A client that publishes numbered messages to a topic of its own and finishes its QoS 2 exchanges.
final class SimulatedPublisher {
    let number: Int
    let qos: UInt8
    private(set) var sent: [String] = []
    private(set) var acknowledged = 0
    private let broker: SimulatedBroker
    private let link: SimulatedLink
    private var reader = ServerPacketReader(version: .v3_1_1)

    init(_ number: Int, qos: UInt8, _ broker: SimulatedBroker, shard: Int) {
        self.number = number
        self.qos = qos
        self.broker = broker
        link = broker.connect(shard: shard)
        link.clientSends(ConnectFields("publisher-\(number)", version: .v3_1_1).bytes)
    }

    func publish() {
        let text = "\(number):\(sent.count)"
        sent.append(text)
        link.clientSends(
            ClientPacket.publish(
                "t/\(number)", Array(text.utf8), qos: qos, identifier: sent.count, version: .v3_1_1))
    }

    func leave() {
        link.clientSends(ClientPacket.disconnect())
        link.clientCloses()
    }

    @discardableResult
    func read() -> Bool {
        guard link.hasBytesForClient, broker.canRead(link) else { return false }
        reader.append(link.clientReads())
        while let packet = try? reader.next() {
            guard case .acknowledgement(let type, let identifier, _) = packet else { continue }
            switch type {
            case .puback, .pubcomp: acknowledged += 1
            case .pubrec: link.clientSends(ClientPacket.acknowledgement(.pubrel, identifier))
            default: break
            }
        }
        return true
    }
}
