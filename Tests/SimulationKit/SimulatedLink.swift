package import BrokerCore
package import BrokerValues
package import MQTTWire
import NIOCore

/// A client's socket without a network: bytes on their way in both directions, in the hands of the test.
///
/// It does to the shard what the transport does: hands bytes in, keeps what was not handled, tells of drained bytes and
/// of the end. Every one of these is an event of its own that ``SimulatedBroker`` chooses when to run.
package final class SimulatedLink: ClientLink {
    /// Something that the broker's side of the connection may do next.
    package enum Event: CaseIterable {
        case read, resume, drained, ended
    }

    package let remoteAddress: String
    /// The shard that the connection lives on.
    package let shardNumber: Int
    private let shard: Shard
    /// The broker's connection until it is gone.
    package private(set) var connection: Connection?

    /// Bytes that the client has sent and the broker has not read.
    private var inbound: [UInt8] = []
    /// Bytes that were read and have to be handed in again.
    private var remainder: [UInt8] = []
    package private(set) var isPaused = false
    private var mustResume = false
    /// Bytes that the client can read.
    private var socket: [UInt8] = []
    /// Bytes that the socket has not taken.
    private var unsent: [UInt8] = []
    /// Bytes that the socket holds at most.
    private let capacity: Int
    private var mustTellDrained = false
    /// The most bytes that ever waited for the socket.
    package private(set) var largestUnsent = 0

    /// The largest piece of memory that was ever sent, and which it is.
    package private(set) var largestPiece: (count: Int, memory: UInt) = (0, 0)

    /// The broker closes as soon as everything sent has left.
    package private(set) var isClosedByBroker = false
    package private(set) var isClosedByClient = false
    private var isReset = false
    /// Why the socket is gone, while the connection still has packets to handle.
    private var departure: DisconnectCause?

    package init(shard: Shard, shardNumber: Int, capacity: Int, listener: ListenerIdentity, number: Int, now: Instant) {
        self.shard = shard
        self.shardNumber = shardNumber
        self.capacity = capacity
        remoteAddress = "192.0.2.1:\(number)"
        connection = shard.accepted(self, listener: listener, now: now)
    }

    // MARK: - ClientLink

    package func send(_ buffer: inout OutBuffer) -> Int {
        buffer.drain { piece in
            unsent += piece.readableBytesView
            if piece.readableBytes > largestPiece.count {
                // Safe: the address is only compared with others.
                let memory = unsafe piece.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
                largestPiece = (piece.readableBytes, memory)
            }
        }
        buffer.reset()
        if connection == nil || isClosedByClient || departure != nil { unsent = [] }
        fill()
        largestUnsent = max(largestUnsent, unsent.count)
        return unsent.count
    }

    package func close() {
        isClosedByBroker = true
        setRemainder([])
        inbound = []
        if departure != nil { connection = nil }
    }

    /// Bytes that the client has read and sent.
    package private(set) var movedBytes: UInt64? = 0

    package func setPaused(_ isPaused: Bool) {
        self.isPaused = isPaused
        if !isPaused { mustResume = true }
    }

    private func fill() {
        let count = min(max(0, capacity - socket.count), unsent.count)
        socket += unsent.prefix(count)
        unsent.removeFirst(count)
    }

    // MARK: - The client's side

    /// The client writes bytes.
    package func clientSends(_ bytes: [UInt8]) {
        if isClosedByClient { return }
        inbound += bytes
        movedBytes = (movedBytes ?? 0) + UInt64(bytes.count)
    }

    /// The client reads at most `count` bytes.
    package func clientReads(_ count: Int = .max) -> [UInt8] {
        let count = min(count, socket.count)
        let bytes = Array(socket.prefix(count))
        socket.removeFirst(count)
        movedBytes = (movedBytes ?? 0) + UInt64(count)
        if !unsent.isEmpty, count > 0 {
            fill()
            mustTellDrained = true
        }
        return bytes
    }

    package var hasBytesForClient: Bool { !socket.isEmpty }

    /// Bytes that the broker has been told are not taken.
    package var unsentCount: Int { unsent.count }

    /// The broker has closed, and the client has read all that came before.
    package var isAtEndForClient: Bool {
        (connection == nil || isClosedByBroker) && socket.isEmpty && unsent.isEmpty
    }

    /// Bytes that the broker has not handled.
    package var unhandledCount: Int { inbound.count + remainder.count }

    /// The client closes its side; what it sent before still arrives.
    package func clientCloses() { isClosedByClient = true }

    /// The connection is lost together with everything on its way.
    package func clientResets() {
        isClosedByClient = true
        isReset = true
        inbound = []
    }

    // MARK: - Events

    /// Whether an event may come now.
    package func isDue(_ event: Event) -> Bool {
        guard connection != nil else { return false }
        switch event {
        // At the end of the stream everything is read, whether reading is paused or not.
        case .read: return !inbound.isEmpty && (!isPaused || isClosedByClient) && !isClosedByBroker
        case .resume: return mustResume
        case .drained: return mustTellDrained && departure == nil
        case .ended:
            return departure == nil
                && (isReset || isClosedByClient && (inbound.isEmpty || isClosedByBroker)
                    || isClosedByBroker && socket.isEmpty && unsent.isEmpty)
        }
    }

    /// Lets an event happen.
    ///
    /// - Parameter count: bytes of a read at most.
    package func run(_ event: Event, count: Int = .max, now: Instant) {
        guard let connection else { return }
        switch event {
        case .read:
            let bytes = Array(inbound.prefix(count))
            inbound.removeFirst(bytes.count)
            handle(remainder + bytes, connection, now)
        case .resume:
            mustResume = false
            if departure != nil { finishIfDone(now) } else if !isClosedByBroker { handle(remainder, connection, now) }
        case .drained:
            mustTellDrained = false
            shard.drained(connection, unsent: unsent.count, now: now)
        case .ended:
            departure = isReset ? .socketFailed : .peerClosed
            unsent = []
            finishIfDone(now)
        }
    }

    /// Whole packets are kept until they have been handled.
    private func finishIfDone(_ now: Instant) {
        guard let connection, let departure else { return }
        if !isClosedByBroker { handle(remainder, connection, now) }
        let whole = remainder.withByteView { FixedHeader.wholePackets($0) }
        setRemainder(Array(remainder.prefix(whole)))
        if shard.disconnected(connection, cause: departure, unhandled: whole, now: now) {
            setRemainder([])
            self.connection = nil
        }
    }

    private func handle(_ bytes: [UInt8], _ connection: Connection, _ now: Instant) {
        guard !bytes.isEmpty else { return }
        let handled = bytes.withByteView { shard.received(connection, $0, now: now) }
        precondition(handled >= 0 && handled <= bytes.count, "the shard handled more bytes than there were")
        if !isClosedByBroker { setRemainder(Array(bytes.dropFirst(handled))) }
    }

    private func setRemainder(_ bytes: [UInt8]) {
        let before = remainder.count
        remainder = bytes
        if let connection, before != bytes.count { shard.keeps(connection, bytes: bytes.count, before: before) }
    }
}
