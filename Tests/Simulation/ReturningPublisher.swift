import MQTTWire
import SimulationKit

/// A client that publishes numbered messages, and sends each again under its identifier until it is acknowledged.
final class ReturningPublisher: ReturningClient {
    /// A message that it has published, or means to.
    struct Item {
        let topic: String
        /// What stands in it: names it among all; empty for one that clears a retained message.
        let text: String
        let qos: UInt8
        let isRetained: Bool
        let identifier: Int
        let publishedAt: Int
        /// When PUBACK or PUBREC came.
        var acknowledgedAt: Int?
    }

    private(set) var items: [Item] = []
    /// Of those that are not done, in the order of sending.
    private var open: [Int] = []
    private let number: Int
    private var isReady = false

    init(_ number: Int, version: ProtocolVersion, steps: StepCounter) {
        self.number = number
        super.init("publisher-\(number)", version: version, steps: steps)
    }

    /// Whether everything was acknowledged.
    var isDone: Bool { open.isEmpty && isReady }

    /// Publishes to a topic of its own, unless too much is open.
    ///
    /// - Parameter kind: which of its topics: `t`, or `r` for retained messages.
    func publish(_ kind: String, qos: UInt8, clears: Bool = false) {
        guard isReady, open.count < 12 else { return }
        let used = Set(open.map { items[$0].identifier })
        let identifier = (2...).first { !used.contains($0) } ?? 2  // the lowest: reused as soon as may be
        let topic = "\(kind)/\(number)"
        let text = clears ? "" : "\(topic)|\(items.count)"
        items.append(
            Item(
                topic: topic, text: text, qos: qos, isRetained: kind == "r", identifier: identifier,
                publishedAt: steps.count))
        open.append(items.count - 1)
        if isConnected { send(items.count - 1, again: false) }
    }

    override func letIn(isPresent: Bool) {
        // A session of its own that is certainly stored: only then does it publish.
        if !isReady { return send(ClientPacket.subscribe(1, [("nothing/\(number)", 0)], version: version)) }
        for item in open { send(item, again: true) }
    }

    private func send(_ item: Int, again: Bool) {
        let (identifier, isReleased) = (items[item].identifier, items[item].acknowledgedAt != nil)
        if isReleased { return send(ClientPacket.acknowledgement(.pubrel, identifier)) }
        send(
            ClientPacket.publish(
                items[item].topic, Array(items[item].text.utf8), qos: items[item].qos, identifier: identifier,
                retain: items[item].isRetained, duplicate: again, version: version))
    }

    override func take(_ packet: ServerPacket) {
        switch packet {
        case .subscription(.suback, _, _):
            isReady = true
            hasSafeSession = true
        case .acknowledgement(let type, let identifier, let reason):
            let isKnownNoMore = type == .pubcomp && reason == 0x92  // to a PUBREL that is repeated
            if reason >= 0x80, !isKnownNoMore { faults.append("\(name): \(type.name) says \(reason)") }
            guard let position = open.firstIndex(where: { items[$0].identifier == identifier }) else {
                return faults.append("\(name): \(type.name) for \(identifier), which is not open")
            }
            acknowledged(type, position)
        default: break
        }
    }

    private func acknowledged(_ type: PacketType, _ position: Int) {
        let item = open[position]
        if items[item].acknowledgedAt == nil { items[item].acknowledgedAt = steps.count }
        if type == .pubrec {
            send(ClientPacket.acknowledgement(.pubrel, items[item].identifier))
        } else {
            open.remove(at: position)
        }
    }
}
