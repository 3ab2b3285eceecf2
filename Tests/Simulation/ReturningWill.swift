import MQTTWire
import RandomKit
import SimulationKit

/// A client that leaves a will behind each time that it goes without a word.
final class ReturningWill: ReturningClient {
    private var random: SeededGenerator
    private var count = 0
    private var delay: UInt32 = 0
    private var isClean = false
    private var isSafe = false
    private var text = ""
    /// Wills that must be published, once each: they were safe, without a delay, and their client did not say goodbye.
    private(set) var due: [String] = []

    init(_ number: Int, seed: UInt64, steps: StepCounter) {
        random = SeededGenerator(seed: seed &+ UInt64(number))
        super.init("will-\(number)", version: .v5, steps: steps)
    }

    override var fields: ConnectFields {
        var fields = ConnectFields.durable(name, expiry: 300)
        fields.cleanStart = isClean
        fields.willTopic = "w/\(name)"
        fields.willPayload = Array(text.utf8)
        fields.willQoS = 2
        if delay > 0 { fields.willProperties.add(0x18, uint32: delay) }
        return fields
    }

    /// Chooses what the next connection leaves behind.
    override func prepare() {
        count += 1
        text = "\(name)|\(count)"
        delay = random.chance(70) ? 0 : UInt32(1 + random.below(5))
        isClean = random.chance(20)
    }

    override func letIn(isPresent: Bool) { send(ClientPacket.subscribe(1, [("nothing/\(name)", 0)])) }

    override func take(_ packet: ServerPacket) {
        // The will came before the subscription, so it is safe as well.
        if case .subscription = packet { isSafe = true }
    }

    override func parted() {
        if isSafe, delay == 0 { due.append(text) }
        isSafe = false
    }

    /// Says goodbye: no will, if that arrives.
    func disconnect() {
        guard isConnected else { return }
        isSafe = false
        send(ClientPacket.disconnect())
        lose(afterSending: true)
    }
}
