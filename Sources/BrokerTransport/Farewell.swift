import NIOCore

/// Ends a connection so that its last bytes arrive: a close with bytes unread would make the kernel throw them away at the
/// client. So they are sent, then it is said that no more comes, and the client has a little time to close.
enum Farewell {
    /// How long a closing connection waits for its last bytes to leave and the peer to answer.
    private static let lingerTime = TimeAmount.seconds(1)

    /// Sends the last bytes and closes the channel. Whatever else comes has to be ignored by the caller.
    static func send(_ last: ByteBuffer, _ context: ChannelHandlerContext, _ scratch: DoorScratch) {
        guard scratch.mayLinger() else {
            context.writeAndFlush(NIOAny(last), promise: nil)
            return context.close(promise: nil)
        }
        let channel = context.channel
        let bound = NIOLoopBound((context, scratch), eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        // Not through the whole pipeline: the handlers behind the caller have nothing to add.
        written.futureResult.whenComplete { _ in bound.value.0.close(mode: .output, promise: nil) }
        context.writeAndFlush(NIOAny(last), promise: written)
        try? channel.syncOptions?.setOption(.autoRead, value: true)
        let timer = context.eventLoop.scheduleTask(in: lingerTime) { bound.value.0.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in
            timer.cancel()
            bound.value.1.lingeringEnded()
        }
    }
}
