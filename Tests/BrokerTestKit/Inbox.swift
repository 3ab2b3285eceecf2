import NIOCore
import Synchronization

/// The receiving end of a test client: cuts the stream into packets and hands them to whoever waits.
final class Inbox: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    enum Event: Sendable {
        case packet([UInt8])
        case closed
        case timedOut
    }

    private struct State {
        var received: [UInt8] = []
        /// How much of `received` was cut into packets.
        var cut = 0
        /// Packets, the first at the end.
        var waitingPackets: [[UInt8]] = []
        var newPackets: [[UInt8]] = []
        var isClosed = false
        var waiter: CheckedContinuation<Event, Never>?
        var ticket = 0

        mutating func popPacket() -> [UInt8]? {
            if waitingPackets.isEmpty {
                swap(&waitingPackets, &newPackets)
                waitingPackets.reverse()
            }
            return waitingPackets.popLast()
        }
    }

    private let state = Mutex(State())

    /// Everything that has come.
    var received: [UInt8] { state.withLock { $0.received } }

    /// What has come after the last whole packet.
    var incomplete: [UInt8] { state.withLock { [UInt8]($0.received[$0.cut...]) } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The next packet, the end of the stream once all packets were taken, or neither within the time.
    func next(timeout: Duration, on loop: any EventLoop) async -> Event {
        await withCheckedContinuation { continuation in
            let (event, ticket) = state.withLock { state -> (Event?, Int) in
                if let packet = state.popPacket() { return (.packet(packet), 0) }
                if state.isClosed { return (.closed, 0) }
                precondition(state.waiter == nil, "two tasks wait for packets of one client")
                state.waiter = continuation
                state.ticket += 1
                return (nil, state.ticket)
            }
            if let event { return continuation.resume(returning: event) }
            loop.scheduleTask(in: TimeAmount(timeout)) { self.giveUp(ticket) }
        }
    }

    /// Makes packets that were taken the next ones again.
    func putBack(_ packets: [[UInt8]]) {
        state.withLock { $0.waitingPackets.append(contentsOf: packets.reversed()) }
    }

    private func giveUp(_ ticket: Int) {
        let waiter = state.withLock { $0.ticket == ticket ? $0.waiter.take() : nil }
        waiter?.resume(returning: .timedOut)
    }

    private func serve() {
        let served = state.withLock { state -> (CheckedContinuation<Event, Never>, Event)? in
            guard let waiter = state.waiter else { return nil }
            if let packet = state.popPacket() {
                state.waiter = nil
                return (waiter, .packet(packet))
            }
            guard state.isClosed else { return nil }
            state.waiter = nil
            return (waiter, .closed)
        }
        served?.0.resume(returning: served?.1 ?? .closed)
    }

    // MARK: - Channel

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        state.withLock { state in
            state.received.append(contentsOf: buffer.readableBytesView)
            while let end = Self.endOfPacket(state.received, from: state.cut) {
                state.newPackets.append([UInt8](state.received[state.cut..<end]))
                state.cut = end
            }
        }
        serve()
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.withLock { $0.isClosed = true }
        serve()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Where the packet that begins at `start` ends, if all of it is there. A remaining length of more than four bytes
    /// ends the packet there, so that it is seen.
    private static func endOfPacket(_ bytes: [UInt8], from start: Int) -> Int? {
        var length = 0
        for position in 0..<4 {
            let index = start + 1 + position
            guard index < bytes.count else { return nil }
            length |= Int(bytes[index] & 0x7F) << (7 * position)
            if bytes[index] & 0x80 == 0 { return index + 1 + length <= bytes.count ? index + 1 + length : nil }
        }
        return start + 5
    }
}
