import BrokerValues
import MQTTWire

/// One connected client that asks and waits for the answer, one packet after another, in the calling thread.
struct Dialogue {
    private let descriptor: Int32
    private let poller: Poller
    private let buffer = ReceiveBuffer(size: 64 * 1024)
    private var reader = PacketReader()
    /// Nanoseconds for one answer.
    private static let timeLimit = 30 * MonotonicClock.second

    init(_ descriptor: Int32) throws(BenchError) {
        self.descriptor = descriptor
        poller = try Poller()
        try poller.add(descriptor, token: 0, .read)
    }

    /// Sends a packet and waits until one of this type has come.
    ///
    /// - Throws: if the broker refuses it, closes the connection, or takes too long.
    mutating func ask(_ packet: [UInt8], for type: PacketType) throws(BenchError) {
        try send(packet)
        let deadline = MonotonicClock.now() + Self.timeLimit
        var isAnswered = false
        var refusal: UInt8?
        while !isAnswered {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { throw BenchError(.refused, "The broker did not answer with \(type.name) in time") }
            guard try poller.wait(nanoseconds: left) > 0 else { continue }
            let transfer = try buffer.receive(descriptor) { (bytes) throws(BenchError) in
                try reader.feed(bytes) { (packet, header) throws(BenchError) in
                    guard header.type == type else { return }
                    isAnswered = true
                    // The codes of a SUBACK stand at its end, whatever the version; those of others do not refuse.
                    if type == .suback, packet[packet.count - 1] >= 0x80 { refusal = packet[packet.count - 1] }
                }
            }
            switch transfer {
            case .moved, .wouldBlock: break
            case .ended, .failed:
                throw BenchError(.refused, "The broker closed a connection that waited for \(type.name)")
            }
        }
        if let refusal {
            throw BenchError(
                .refused, "The broker refused a subscription with \(ReasonCode(rawValue: refusal).described)")
        }
    }

    /// Sends a packet, waiting for the socket where it must.
    mutating func send(_ packet: [UInt8]) throws(BenchError) {
        var offset = 0
        let deadline = MonotonicClock.now() + Self.timeLimit
        while offset < packet.count {
            switch Sockets.send(descriptor, packet, from: offset) {
            case .moved(let count): offset += count
            case .wouldBlock:
                guard MonotonicClock.now() < deadline else { throw BenchError(.refused, "The broker takes nothing") }
                MonotonicClock.sleep(nanoseconds: MonotonicClock.millisecond)
            case .ended, .failed: throw BenchError(.refused, "The broker closed a connection")
            }
        }
    }
}
