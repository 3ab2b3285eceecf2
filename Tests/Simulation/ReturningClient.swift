import MQTTWire
import SimulationKit

/// Counts what the simulation does, so that one thing can be said to have been before another.
final class StepCounter {
    var count = 0
}

/// A client that keeps its side of a session through lost connections and crashes of the broker.
class ReturningClient {
    let name: String
    let version: ProtocolVersion
    let steps: StepCounter
    private var link: SimulatedLink?
    /// Connections that were taken over, and that nobody reads from any more.
    private var abandoned: [SimulatedLink] = []
    private var reader: ServerPacketReader
    /// Whether CONNACK has come.
    private(set) var isConnected = false
    /// Whether the broker has said something that it may say only of a session that is safe.
    var hasSafeSession = false
    /// What the broker did that it must not do.
    var faults: [String] = []

    init(_ name: String, version: ProtocolVersion, steps: StepCounter) {
        self.name = name
        self.version = version
        self.steps = steps
        reader = ServerPacketReader(version: version)
    }

    // MARK: - For the kinds of clients

    /// How it connects.
    var fields: ConnectFields { .durable(name, version: version) }

    /// It is about to connect.
    func prepare() {}

    /// It is let in: it sends again what is open.
    func letIn(isPresent: Bool) {}

    /// A packet other than CONNACK has come.
    func take(_ packet: ServerPacket) {}

    /// Its connection is lost, or it has connected anew.
    func parted() {}

    func send(_ bytes: [UInt8]) { link?.clientSends(bytes) }

    // MARK: - The connection

    /// Whether there is a connection, which may not have been let in yet.
    var hasLink: Bool { link != nil }

    func connect(_ broker: SimulatedBroker, shard: Int, capacity: Int, losesOld: Bool) {
        if losesOld { lose() } else if let link { abandon(link) }
        prepare()
        reader = ServerPacketReader(version: version)
        let link = broker.connect(shard: shard, capacity: capacity)
        self.link = link
        link.clientSends(fields.bytes)
    }

    private func abandon(_ old: SimulatedLink) {
        abandoned.append(old)
        link = nil
        isConnected = false
        parted()
    }

    /// The network fails.
    ///
    /// - Parameter afterSending: what was sent still arrives.
    func lose(afterSending: Bool = false) {
        guard let link else { return }
        if afterSending { link.clientCloses() } else { link.clientResets() }
        self.link = nil
        isConnected = false
        parted()
    }

    /// The broker is no more, and all connections with it.
    func brokerCrashed() {
        abandoned = []
        link = nil
        isConnected = false
        parted()
    }

    /// Ends the session.
    func leaveForGood(_ broker: SimulatedBroker) {
        for old in abandoned { old.clientResets() }
        abandoned = []
        var fields = ConnectFields(name, version: version)
        fields.cleanStart = true
        lose()
        let link = broker.connect()
        link.clientSends(fields.bytes + ClientPacket.disconnect())
        link.clientCloses()
    }

    /// Reads some of what has come, and answers it. Returns whether there was anything.
    @discardableResult
    func read(_ broker: SimulatedBroker, _ count: Int = .max) -> Bool {
        guard let link, broker.canRead(link) else { return false }
        if link.isAtEndForClient {
            self.link = nil
            isConnected = false
            parted()
            return true
        }
        guard link.hasBytesForClient else { return false }
        reader.append(link.clientReads(count))
        do {
            while let packet = try reader.next() { arrived(packet) }
        } catch {
            faults.append("\(name): unreadable: \(error)")
        }
        return true
    }

    private func arrived(_ packet: ServerPacket) {
        guard case .connack(let isPresent, let code, _) = packet else { return take(packet) }
        if code != 0 { faults.append("\(name): CONNACK \(code)") }
        if hasSafeSession, !fields.cleanStart, !isPresent { faults.append("\(name): its session is gone") }
        isConnected = true
        letIn(isPresent: isPresent)
    }
}
