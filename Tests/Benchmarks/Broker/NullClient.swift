import BrokerCore
import BrokerValues
import MQTTWire
import NIOCore

/// A client without a socket: counts what it gets and answers it, with as few instructions as that takes.
final class NullClient: ClientLink {
    private(set) var connection: Connection?
    private let runner: NullRunner
    /// PUBLISH packets that it got.
    private(set) var publishes = 0
    /// Other packets that it got, such as PUBACK.
    private(set) var answers = 0
    /// What it is about to send.
    var replies: [UInt8] = []

    init(_ runner: NullRunner) { self.runner = runner }

    /// A new connection, or one more after the last has ended.
    func open() { connection = runner.accept(self) }

    /// The broker gets to know that the socket is gone.
    func drop() {
        guard let connection else { return }
        precondition(runner.shard.disconnected(connection, cause: .peerClosed, now: runner.now))
        self.connection = nil
    }

    // MARK: - ClientLink

    var remoteAddress: String { "192.0.2.1:1883" }
    var movedBytes: UInt64? { nil }

    func close() {}

    func setPaused(_ isPaused: Bool) { if !isPaused { runner.talks(self) } }

    func send(_ buffer: inout OutBuffer) -> Int {
        if let whole = buffer.single { read(whole) } else { preconditionFailure("a packet is in pieces") }
        buffer.reset()
        return 0
    }

    private func read(_ buffer: ByteBuffer) {
        let hasReplied = !replies.isEmpty
        // Safe: the view does not leave the closure.
        unsafe buffer.withUnsafeReadableBytes { bytes in
            let bytes = unsafe ByteView(bytes)
            var offset = 0
            while offset < bytes.count {
                let rest = bytes.dropping(offset)
                guard let header = try? FixedHeader.parse(rest) else { preconditionFailure("no packet") }
                if header.firstByte >> 4 == PacketType.publish.rawValue {
                    published(rest, header)
                } else {
                    answered(rest, header)
                }
                offset &+= header.packetLength
            }
        }
        if !hasReplied, !replies.isEmpty { runner.talks(self) }
    }

    @inline(__always)
    private func published(_ packet: ByteView, _ header: FixedHeader) {
        publishes &+= 1
        let qos = header.firstByte >> 1 & 3
        if qos == 0 { return }
        let identifier = packet.uint16(at: header.length &+ 2 &+ Int(packet.uint16(at: header.length)))
        reply(qos == 1 ? 0x40 : 0x50, identifier)
    }

    @inline(__always)
    private func answered(_ packet: ByteView, _ header: FixedHeader) {
        answers &+= 1
        switch header.firstByte >> 4 {
        case PacketType.pubrec.rawValue: reply(0x62, packet.uint16(at: header.length))
        case PacketType.pubrel.rawValue: reply(0x70, packet.uint16(at: header.length))
        default: break
        }
    }

    @inline(__always)
    private func reply(_ firstByte: UInt8, _ identifier: UInt16) {
        replies.append(firstByte)
        replies.append(2)
        replies.append(UInt8(truncatingIfNeeded: identifier >> 8))
        replies.append(UInt8(truncatingIfNeeded: identifier))
    }
}
