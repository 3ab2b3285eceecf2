import NIOCore
import Synchronization

/// A client's side of WebSocket between its socket and MQTT, which can break the rules. It shares nothing with the
/// broker's.
final class WebSocketStage: ChannelDuplexHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What came that is no payload.
    struct Seen: Equatable {
        /// The head of the response.
        var head = ""
        /// Opcodes of data frames.
        var opcodes: Set<UInt8> = []
        var closeCode: UInt16?
    }

    private struct State {
        var seen = Seen()
        var isOpen = false
        var input: [UInt8] = []
        var waiting: [UInt8] = []
        var opcode: UInt8 = 2
    }

    private let state = Mutex(State())
    private let offer: String
    private let frameSize: Int

    /// - Parameters:
    ///   - offer: the subprotocols; none if it is empty.
    ///   - frameSize: bytes of MQTT in each frame.
    init(offer: String = "mqtt", frameSize: Int = .max) {
        self.offer = offer
        self.frameSize = frameSize
    }

    var seen: Seen { state.withLock { $0.seen } }

    /// The opcode of frames from now on.
    func use(opcode: UInt8) { state.withLock { $0.opcode = opcode } }

    func channelActive(context: ChannelHandlerContext) {
        let offered = offer.isEmpty ? "" : "Sec-WebSocket-Protocol: \(offer)\r\n"
        let request = """
            GET /mqtt HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\(offered)\r\n
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        context.fireChannelActive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = Array(unwrapOutboundIn(data).readableBytesView)
        let ready = state.withLock { state in
            if !state.isOpen { state.waiting += bytes }
            return state.isOpen ? frames(bytes, opcode: state.opcode) : []
        }
        context.write(wrapOutboundOut(ByteBuffer(bytes: ready)), promise: promise)
    }

    private func frames(_ bytes: [UInt8], opcode: UInt8) -> [UInt8] {
        let key: [UInt8] = [0x11, 0x22, 0x33, 0x44]
        var frames: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let payload = rest.prefix(min(frameSize, 60_000))
            rest = rest.dropFirst(payload.count)
            let length = [UInt8(truncatingIfNeeded: payload.count >> 8), UInt8(truncatingIfNeeded: payload.count)]
            frames += [0x80 | opcode] + (payload.count < 126 ? [0x80 | length[1]] : [0xFE] + length) + key
            frames += payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
        }
        return frames
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let (payload, late) = state.withLock { state in
            state.input += bytes
            let late = takeHead(&state)
            return (takePayload(&state), late)
        }
        if !late.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: late)), promise: nil) }
        if !payload.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: payload))) }
    }

    /// Takes the head of the response off the front; what waited for it, in frames.
    private func takeHead(_ state: inout State) -> [UInt8] {
        guard !state.isOpen, let end = state.input.firstRange(of: Array("\r\n\r\n".utf8)) else { return [] }
        state.seen.head = String(decoding: state.input[..<end.lowerBound], as: UTF8.self)
        state.input.removeFirst(end.upperBound)
        state.isOpen = state.seen.head.hasPrefix("HTTP/1.1 101 ")
        return state.isOpen ? frames(state.waiting, opcode: state.opcode) : []
    }

    private func takePayload(_ state: inout State) -> [UInt8] {
        var payload: [UInt8] = []
        while state.isOpen, state.input.count >= 2 {
            let isLong = state.input[1] == 126
            let start = isLong ? 4 : 2
            guard state.input.count >= start else { break }
            let length = isLong ? Int(state.input[2]) << 8 | Int(state.input[3]) : Int(state.input[1])
            guard state.input.count >= start + length else { break }
            let body = state.input[start..<(start + length)]
            let opcode = state.input[0] & 0x0F
            if opcode < 8 {
                state.seen.opcodes.insert(opcode)
                payload += body
            } else if opcode == 8, length >= 2 {
                state.seen.closeCode = UInt16(body[start]) << 8 | UInt16(body[start + 1])
            }
            state.input.removeFirst(start + length)
        }
        return payload
    }
}
