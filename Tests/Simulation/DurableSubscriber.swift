import MQTTWire
import SimulationKit

/// A client with a durable session that comes and goes, on whichever shard chance puts it, and keeps to the protocol:
/// it acknowledges what it gets, and knows a QoS 2 message again by its identifier.
final class DurableSubscriber {
    let name: String
    private let broker: SimulatedBroker
    private var link: SimulatedLink
    /// Connections that were taken over, and that nobody reads from any more.
    private var abandoned: [SimulatedLink] = []
    private var reader = ServerPacketReader(version: .v5)
    /// QoS 2 identifiers that the broker has not released: part of the client's session.
    private var held: Set<Int> = []
    /// Payloads in the order of their first arrival.
    private(set) var received: [String] = []
    /// Payloads that came once more as new messages: QoS 1 may do that, QoS 2 never.
    private(set) var repeated: [String] = []
    /// What the broker did that it must not do.
    private(set) var faults: [String] = []
    private var known: Set<String> = []
    private var expectsSession = false

    init(_ name: String, _ broker: SimulatedBroker, shard: Int) {
        self.name = name
        self.broker = broker
        link = broker.connect(shard: shard)
        link.clientSends(ConnectFields.durable(name).bytes)
    }

    func subscribe(_ filter: String) {
        link.clientSends(ClientPacket.subscribe(1, [(filter, 2)]))
        expectsSession = true
    }

    /// Connects again; the old connection is lost, or is still there to be taken over.
    func reconnect(shard: Int, losesOld: Bool) {
        if losesOld { link.clientResets() } else { abandoned.append(link) }
        link = broker.connect(shard: shard)
        reader = ServerPacketReader(version: .v5)
        link.clientSends(ConnectFields.durable(name).bytes)
    }

    /// Says goodbye and ends the session with it.
    func leaveForGood() {
        for old in abandoned { old.clientResets() }
        var properties = PropertyBytes()
        properties.add(0x11, uint32: 0)
        link.clientSends(ClientPacket.disconnect(reason: 0, properties: properties))
        link.clientCloses()
    }

    /// Reads some of what has come, and answers it. Returns whether there was anything.
    @discardableResult
    func read(_ count: Int = .max) -> Bool {
        guard link.hasBytesForClient, broker.canRead(link) else { return false }
        reader.append(link.clientReads(count))
        do {
            while let packet = try reader.next() { take(packet) }
        } catch {
            faults.append("unreadable: \(error)")
        }
        return true
    }

    private func take(_ packet: ServerPacket) {
        switch packet {
        case .connack(let isPresent, let code, _):
            if code != 0 { faults.append("CONNACK \(code)") }
            if isPresent != expectsSession { faults.append("session present is \(isPresent)") }
        case .publish(let publish): take(publish)
        case .acknowledgement(.pubrel, let identifier, _):
            held.remove(identifier)
            link.clientSends(ClientPacket.acknowledgement(.pubcomp, identifier))
        default: break
        }
    }

    private func take(_ publish: ReceivedPublish) {
        let text = String(decoding: publish.payload, as: UTF8.self)
        if publish.qos == 2 {
            if held.insert(publish.identifier).inserted { note(text) }
            link.clientSends(ClientPacket.acknowledgement(.pubrec, publish.identifier))
        } else {
            note(text)
            link.clientSends(ClientPacket.acknowledgement(.puback, publish.identifier))
        }
    }

    private func note(_ text: String) {
        if known.insert(text).inserted { received.append(text) } else { repeated.append(text) }
    }
}
