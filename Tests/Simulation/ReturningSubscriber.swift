import MQTTWire
import SimulationKit

/// A client with a durable session that comes and goes, keeps to the protocol, and remembers all that it got.
final class ReturningSubscriber: ReturningClient {
    /// From when to when it was certainly subscribed to a filter.
    struct Interval {
        let from: Int
        var to: Int
    }

    /// The QoS of its subscriptions.
    let qos: UInt8
    /// What it subscribes to first, and for ever.
    private let filters: [String]
    /// Payloads of live messages in the order of their first arrival.
    private(set) var received: [String] = []
    private(set) var known: Set<String> = []
    /// Payloads that came once more as new messages: with QoS 1 that may be, with QoS 2 never.
    private(set) var repeated: [String] = []
    /// QoS 2 identifiers that the broker has not released: part of the client's session.
    private var held: Set<Int> = []
    /// When it subscribed to `r/#`, which it also leaves again.
    private(set) var intervals: [Interval] = []
    private var isWishing = false
    /// A SUBSCRIBE or UNSUBSCRIBE that was not answered.
    private var open: [UInt8]?
    private(set) var isReady = false

    init(_ number: Int, qos: UInt8, filters: [String], version: ProtocolVersion, steps: StepCounter) {
        self.qos = qos
        self.filters = filters
        super.init("subscriber-\(number)", version: version, steps: steps)
    }

    /// Subscribes to `r/#`, or ends that.
    func changeMind() {
        guard isReady, open == nil, !filters.contains("r/#") else { return }
        isWishing.toggle()
        if !isWishing { intervals[intervals.count - 1].to = steps.count }
        ask(
            isWishing
                ? ClientPacket.subscribe(2, [("r/#", qos)], version: version)
                : ClientPacket.unsubscribe(2, ["r/#"], version: version))
    }

    private func ask(_ packet: [UInt8]) {
        open = packet
        if isConnected { send(packet) }
    }

    override func letIn(isPresent: Bool) {
        if !isReady { open = ClientPacket.subscribe(1, filters.map { ($0, qos) }, version: version) }
        if let open { send(open) }
    }

    override func take(_ packet: ServerPacket) {
        switch packet {
        case .subscription(let type, _, _):
            open = nil
            hasSafeSession = true
            if isReady, type == .suback { intervals.append(Interval(from: steps.count, to: .max)) }
            isReady = true
        case .publish(let publish): take(publish)
        case .acknowledgement(.pubrel, let identifier, _):
            held.remove(identifier)
            send(ClientPacket.acknowledgement(.pubcomp, identifier))
        default: break
        }
    }

    private func take(_ publish: ReceivedPublish) {
        let text = String(decoding: publish.payload, as: UTF8.self)
        if publish.qos == 2 {
            if held.insert(publish.identifier).inserted { note(text, publish) }
            send(ClientPacket.acknowledgement(.pubrec, publish.identifier))
        } else {
            note(text, publish)
            if publish.qos == 1 { send(ClientPacket.acknowledgement(.puback, publish.identifier)) }
        }
    }

    private func note(_ text: String, _ publish: ReceivedPublish) {
        // A copy of a retained message, in answer to a subscription.
        if publish.retain || text.isEmpty { return }
        if known.insert(text).inserted { received.append(text) } else { repeated.append(text) }
    }

    func isAlwaysSubscribed(to filter: String) -> Bool { filters.contains(filter) }

    /// Whether it must get this message.
    func mustGet(_ item: ReturningPublisher.Item) -> Bool {
        guard !item.text.isEmpty, let acknowledged = item.acknowledgedAt else { return false }
        if !item.topic.hasPrefix("r/") || filters.contains("r/#") { return true }
        return intervals.contains { $0.from < item.publishedAt && acknowledged < $0.to }
    }
}
