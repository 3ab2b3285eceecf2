import NIOCore

/// Stands first in the pipeline where anything stands between a socket and MQTT: gives the loop's receive buffer back when
/// the others have dealt with what was read, and hands it on in pieces, so that what they make of it stays small.
///
/// A handler that keeps bytes beyond the call has to copy them, or the buffer cannot be used again.
final class SocketReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes of a piece: a record of TLS has no more.
    private static let pieceBytes = 16 * 1024

    private let receiveBuffer: ReceiveBuffer

    init(_ receiveBuffer: ReceiveBuffer) { self.receiveBuffer = receiveBuffer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        var rest = buffer
        while rest.readableBytes > Self.pieceBytes, let piece = rest.readSlice(length: Self.pieceBytes) {
            context.fireChannelRead(wrapInboundOut(piece))
            // What is kept until the end of a read would grow with its size.
            context.fireChannelReadComplete()
        }
        context.fireChannelRead(wrapInboundOut(rest))
        receiveBuffer.giveBack(buffer)
    }
}
